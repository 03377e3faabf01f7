// The little that the spool does with files, as an interface: tests cut the power and fill the disk
// behind it.
#pragma once

#include "proto/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::agent::spool {

class File {
 public:
  virtual ~File() = default;

  // At most `size` bytes from `offset` on; fewer at the end of the file.
  [[nodiscard]] virtual Result<std::string> read(std::uint64_t offset, std::size_t size) = 0;
  [[nodiscard]] virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;
  // Cuts what is behind `size`.
  [[nodiscard]] virtual Result<void> cut(std::uint64_t size) = 0;
  // Grows to `size` by zeros whose space is reserved, where the file system can do that.
  [[nodiscard]] virtual Result<void> reserve(std::uint64_t size) = 0;
  // Returns when what was written before is on the disk. May be called on another thread, beside
  // the others.
  [[nodiscard]] virtual Result<void> sync() = 0;
};

// Files of one directory, by name.
class Directory {
 public:
  virtual ~Directory() = default;

  [[nodiscard]] virtual Result<std::vector<std::string>> names() = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& name) = 0;
  // A new, empty file; one of that name is emptied.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> create(const std::string& name) = 0;
  [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Result<void> remove(const std::string& name) = 0;
  // Returns when names are on the disk as they are now. May be called on another thread.
  [[nodiscard]] virtual Result<void> sync() = 0;
  // For messages.
  [[nodiscard]] virtual std::string path() const = 0;
};

// Makes the directory where it is not there, and takes it for this process alone; the lock ends
// with the object. An error says what to do.
[[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(const std::filesystem::path& path);

}  // namespace sobriety::agent::spool
