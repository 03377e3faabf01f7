// What tells whether a file is still the one that was read.
#pragma once

#include <cstdint>
#include <filesystem>

namespace sobriety {

struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t changed = 0;  // ns since 1970
  std::int64_t size = -1;    // -1: not there

  bool operator==(const FileStamp&) const = default;
};

[[nodiscard]] FileStamp stamp_of(const std::filesystem::path& file);

}  // namespace sobriety
