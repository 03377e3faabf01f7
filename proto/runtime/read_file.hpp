// A file that configuration names, whole and bounded.
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace sobriety {

// Absent, denied, no regular file, or larger than `limit` bytes: the error names the file.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace sobriety
