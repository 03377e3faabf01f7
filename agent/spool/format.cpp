#include "agent/spool/format.hpp"

#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cassert>
#include <charconv>

namespace sobriety::agent::spool {

namespace {

constexpr std::string_view magic{"SBSPOOL\0", 8};
constexpr std::string_view suffix = ".seg";
constexpr std::size_t name_digits = 16;

template <class Integer>
void put(std::string& out, Integer value) {
  char bytes[sizeof value];
  boost::endian::endian_store<Integer, sizeof value, boost::endian::order::little>(
      reinterpret_cast<unsigned char*>(bytes), value);
  out.append(bytes, sizeof bytes);
}

template <class Integer>
Integer get(std::string_view bytes, std::size_t at) {
  return boost::endian::endian_load<Integer, sizeof(Integer), boost::endian::order::little>(
      reinterpret_cast<const unsigned char*>(bytes.data() + at));
}

bool all_zeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

// Boost's is a table a byte: a spool of 64 MiB takes it a fraction of a second.
std::uint32_t checksum(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void append(std::string& out, const SegmentHeader& header) {
  const std::size_t start = out.size();
  out.append(magic);
  put(out, format_version);
  put(out, std::uint32_t{0});
  out.append(header.stream.bytes.begin(), header.stream.bytes.end());
  put(out, header.first_seq);
  put(out, header.samples_before);
  put(out, static_cast<std::int64_t>(header.begun.time_since_epoch().count()));
  put(out, std::uint32_t{0});
  put(out, checksum(std::string_view{out}.substr(start)));
}

Result<SegmentHeader> decode_header(std::string_view bytes) {
  if (bytes.size() < segment_header_size || bytes.substr(0, magic.size()) != magic)
    return fail(Errc::malformed, "not a segment of a spool");
  if (const auto version = get<std::uint32_t>(bytes, 8); version != format_version)
    return fail(Errc::unsupported, "a spool of format " + std::to_string(version) +
                                       "; this program reads format " +
                                       std::to_string(format_version));
  if (get<std::uint32_t>(bytes, 60) != checksum(bytes.substr(0, 60)))
    return fail(Errc::malformed, "a segment whose header is damaged");
  SegmentHeader header;
  std::copy_n(bytes.begin() + 16, header.stream.bytes.size(), header.stream.bytes.begin());
  header.first_seq = get<std::uint64_t>(bytes, 32);
  header.samples_before = get<std::uint64_t>(bytes, 40);
  header.begun = WallTime{std::chrono::milliseconds{get<std::int64_t>(bytes, 48)}};
  if (header.first_seq == 0 || header.first_seq >= seq_limit)
    return fail(Errc::malformed, "a segment whose first batch has no valid number");
  return header;
}

void append(std::string& out, const Record& record) {
  assert(record.payload.size() <= most_record_payload);
  std::string head;
  put(head, static_cast<std::uint32_t>(record.payload.size()));
  put(head, static_cast<std::uint32_t>(record.type));
  put(head, record.samples);
  put(head, record.seq);
  put(head, record.acknowledged);
  const std::size_t start = out.size();
  put(out, std::uint32_t{0});
  out += head;
  out += record.payload;
  std::string sum;
  put(sum, checksum(std::string_view{out}.substr(start + 4)));
  out.replace(start, sum.size(), sum);
}

Step next_record(std::string_view bytes) {
  if (bytes.size() < record_head_size) return {Step::Kind::more, {}, record_head_size};
  if (all_zeros(bytes.substr(0, record_head_size))) return {Step::Kind::zeros, {}, 0};
  const std::size_t length = get<std::uint32_t>(bytes, 4);
  const auto type = get<std::uint32_t>(bytes, 8);
  if (length > most_record_payload || type < static_cast<std::uint32_t>(RecordType::inventory) ||
      type > static_cast<std::uint32_t>(RecordType::batch))
    return {Step::Kind::damaged, {}, 0};
  const std::size_t size = record_head_size + length;
  if (bytes.size() < size) return {Step::Kind::more, {}, size};
  if (get<std::uint32_t>(bytes, 0) != checksum(bytes.substr(4, size - 4)))
    return {Step::Kind::damaged, {}, 0};
  return {
      Step::Kind::record,
      {static_cast<RecordType>(type), get<std::uint32_t>(bytes, 12), get<std::uint64_t>(bytes, 16),
       get<std::uint64_t>(bytes, 24), bytes.substr(record_head_size, length)},
      0};
}

bool RecordOrder::take(const Record& record) {
  if (!begun_ && record.type != RecordType::inventory) return false;
  if (record.seq >= seq_limit || record.acknowledged >= record.seq) return false;
  begun_ = true;
  switch (record.type) {
    case RecordType::inventory:
    case RecordType::totals:
      return true;
    case RecordType::sample:
      if (!in_order(record.seq)) return false;
      open_batch_ = record.seq;
      return true;
    case RecordType::batch:
      if (!in_order(record.seq) || record.samples == 0) return false;
      last_batch_ = record.seq;
      open_batch_ = 0;
      return true;
  }
  return false;
}

bool RecordOrder::in_order(std::uint64_t seq) const {
  return seq >= first_seq_ && seq > last_batch_ && seq >= open_batch_;
}

std::string segment_name(std::uint64_t first_seq) {
  char digits[name_digits];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, first_seq, 16);
  const auto length = static_cast<std::size_t>(end - digits);
  return std::string(name_digits - length, '0').append(digits, length).append(suffix);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != name_digits + suffix.size() || name.substr(name_digits) != suffix)
    return std::nullopt;
  std::uint64_t first_seq = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name_digits, first_seq, 16);
  // Only what segment_name() makes: no capitals, no signs.
  if (error != std::errc{} || segment_name(first_seq) != name) return std::nullopt;
  return first_seq;
}

}  // namespace sobriety::agent::spool
