// Who this agent is: a random id, made at its first start and kept in the state directory.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"

#include <filesystem>

namespace sobriety::agent {

// Reads <directory>/host-id, or makes it. Errors say which directory and what to do.
[[nodiscard]] Result<HostId> load_or_make_host_id(const std::filesystem::path& directory);

}  // namespace sobriety::agent
