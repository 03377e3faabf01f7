// Makes a state directory fit for an image that many machines start from.
#pragma once

#include "proto/base/result.hpp"

#include <filesystem>

namespace sobriety::agent {

// Removes what would make each of them the same host: certificate and key, host id, token, spool.
// Refuses while an agent uses the directory.
[[nodiscard]] Result<void> prepare_image(const std::filesystem::path& state_directory);

}  // namespace sobriety::agent
