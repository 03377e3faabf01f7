// The bytes of a segment, sans I/O, as FORMAT.md specifies: header and records to bytes and back.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"
#include "proto/base/units.hpp"
#include "proto/wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::agent::spool {

inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t segment_header_size = 64;
inline constexpr std::size_t record_head_size = 32;
// Totals are the longest payload: two frames.
inline constexpr std::size_t most_record_payload = 2 * (wire::header_size + wire::max_payload);

// Numbers of batches are below this: there is always a next one.
inline constexpr std::uint64_t seq_limit = std::uint64_t{1} << 63U;

// CRC-32C.
[[nodiscard]] std::uint32_t checksum(std::string_view bytes);

struct SegmentHeader {
  StreamId stream;
  std::uint64_t first_seq = 0;
  std::uint64_t samples_before = 0;  // in all batches of the stream before first_seq
  WallTime begun;

  bool operator==(const SegmentHeader&) const = default;
};

void append(std::string& out, const SegmentHeader& header);
// Errors: unsupported (version), malformed.
[[nodiscard]] Result<SegmentHeader> decode_header(std::string_view bytes);

enum class RecordType : std::uint32_t { inventory = 1, totals = 2, sample = 3, batch = 4 };

struct Record {
  RecordType type{};
  std::uint32_t samples = 0;
  std::uint64_t seq = 0;
  std::uint64_t acknowledged = 0;
  std::string_view payload;  // in the caller's buffer

  [[nodiscard]] std::size_t size() const { return record_head_size + payload.size(); }
  bool operator==(const Record&) const = default;
};

// `record.payload` is at most most_record_payload.
void append(std::string& out, const Record& record);

// What is at the start of some bytes of a segment.
struct Step {
  enum class Kind : std::uint8_t {
    record,
    more,     // `needed` bytes in all would tell
    zeros,    // nothing was written here
    damaged,  // something that is not a record
  };
  Kind kind;
  Record record;
  std::size_t needed = 0;
};
[[nodiscard]] Step next_record(std::string_view bytes);

// Whether records fit one after the other; one of these goes along a segment from its start.
class RecordOrder {
 public:
  explicit RecordOrder(std::uint64_t first_seq) : first_seq_(first_seq) {}

  // False where the record does not fit: it is then not taken.
  [[nodiscard]] bool take(const Record& record);

  [[nodiscard]] std::uint64_t last_batch() const { return last_batch_; }  // 0: none yet

 private:
  [[nodiscard]] bool in_order(std::uint64_t seq) const;

  std::uint64_t first_seq_;
  bool begun_ = false;
  std::uint64_t last_batch_ = 0;
  std::uint64_t open_batch_ = 0;  // whose samples came behind the last batch; 0: none came
};

// `NNNNNNNNNNNNNNNN.seg` of the first batch's number, and back.
[[nodiscard]] std::string segment_name(std::uint64_t first_seq);
[[nodiscard]] std::optional<std::uint64_t> parse_segment_name(std::string_view name);

}  // namespace sobriety::agent::spool
