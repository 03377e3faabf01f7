// A small file of /proc or /sys, kept open and read again from its start at each sample.
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::agent {

class KeptFile {
 public:
  // `capacity`: the most that is read; a longer file is cut there.
  static Result<KeptFile> open(const std::filesystem::path& path, std::size_t capacity = 4096);

  KeptFile(KeptFile&& other) noexcept;
  KeptFile& operator=(KeptFile&& other) noexcept;
  ~KeptFile();

  // The content now, by one pread; valid until the next call. Errors carry the path.
  // A file that was replaced (renamed over) is not noticed: the kernel never does that.
  [[nodiscard]] Result<std::string_view> read();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  KeptFile(int descriptor, std::filesystem::path path, std::size_t capacity);

  int descriptor_ = -1;
  std::filesystem::path path_;
  std::vector<char> buffer_;
};

// Content of a small file that is read once, trimmed; what lies beyond `limit` is left out.
[[nodiscard]] Result<std::string> read_once(const std::filesystem::path& path,
                                            std::size_t limit = 4096);

// Names in a directory, sorted; none where it cannot be listed. At most `limit` of them.
[[nodiscard]] std::vector<std::string> names_in(const std::filesystem::path& directory,
                                                std::size_t limit = 4096);

}  // namespace sobriety::agent
