// That one collector at a time owns a store.
#pragma once

#include "proto/base/result.hpp"

#include <filesystem>
#include <utility>

namespace sobriety::collector {

// A lock on STORE.lock that ends with the process, however it ends. It is a file beside the
// database because SQLite's own locks go when any other descriptor of the database is closed.
class Lock {
 public:
  // An error of code unavailable where another process has it.
  [[nodiscard]] static Result<Lock> take(const std::filesystem::path& store);
  Lock() = default;  // of nothing
  Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock();

 private:
  explicit Lock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace sobriety::collector
