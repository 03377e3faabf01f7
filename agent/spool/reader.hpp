// Reads the records of one segment, one after the other, through a small buffer.
#pragma once

#include "agent/spool/file_system.hpp"
#include "agent/spool/format.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

namespace sobriety::agent::spool {

inline constexpr std::uint64_t whole_file = std::numeric_limits<std::uint64_t>::max();

class RecordReader {
 public:
  // Begins at `offset`, behind the header.
  explicit RecordReader(std::unique_ptr<File> file, std::uint64_t offset = segment_header_size)
      : file_(std::move(file)), offset_(offset) {}

  // The next record that ends at `limit` at the latest, valid until the next call; zeros where
  // there is none. A file that cannot be read is damaged. Never Kind::more.
  [[nodiscard]] Step next(std::uint64_t limit = whole_file);

  // Behind the last record.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t offset_;
  std::string buffer_;
  std::size_t at_ = 0;  // in the buffer
};

}  // namespace sobriety::agent::spool
