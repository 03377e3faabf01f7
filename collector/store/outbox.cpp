#include "collector/store/outbox.hpp"

#include <zstd.h>

#include <boost/endian/conversion.hpp>

#include <array>
#include <cassert>

namespace sobriety::collector {

namespace {

constexpr std::size_t head_size = 8;
// A block has at most 64 points of a host; 16 MiB is far more than the widest host's.
constexpr std::size_t most_unpacked = 16U << 20U;
constexpr int level = 1;

void append_u32(std::string& out, std::uint32_t number) {
  std::array<unsigned char, 4> bytes{};
  boost::endian::store_little_u32(bytes.data(), number);
  out.append(bytes.begin(), bytes.end());
}

std::uint32_t read_u32(std::string_view bytes) {
  return boost::endian::load_little_u32(reinterpret_cast<const unsigned char*>(bytes.data()));
}

std::string compressed(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ::ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  assert(!::ZSTD_isError(size));  // the space is enough, so that nothing can fail
  out.resize(size);
  return out;
}

Error damaged() {
  return {Errc::broken, "a row of the outbox is not as it was written; it is given up"};
}

}  // namespace

std::vector<PackedRow> pack(std::span<const OutboxBlock> blocks) {
  std::vector<PackedRow> rows;
  std::string raw;
  std::uint64_t samples = 0;
  const auto close = [&] {
    if (!raw.empty()) rows.push_back({compressed(raw), samples});
    raw.clear();
    samples = 0;
  };
  for (const OutboxBlock& block : blocks) {
    append_u32(raw, static_cast<std::uint32_t>(block.bytes.size()));
    append_u32(raw, block.samples);
    raw += block.bytes;
    samples += block.samples;
    if (raw.size() >= most_in_row) close();
  }
  close();
  return rows;
}

Result<std::vector<OutboxBlock>> unpack(std::string_view row) {
  const auto size = ::ZSTD_getFrameContentSize(row.data(), row.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most_unpacked)
    return damaged();
  std::string raw(size, '\0');
  if (::ZSTD_decompress(raw.data(), raw.size(), row.data(), row.size()) != raw.size())
    return damaged();
  std::vector<OutboxBlock> blocks;
  for (std::string_view rest = raw; !rest.empty();) {
    if (rest.size() < head_size) return damaged();
    const std::size_t length = read_u32(rest);
    const std::uint32_t samples = read_u32(rest.substr(4));
    rest.remove_prefix(head_size);
    if (length > rest.size()) return damaged();
    blocks.push_back({std::string{rest.substr(0, length)}, samples});
    rest.remove_prefix(length);
  }
  return blocks;
}

}  // namespace sobriety::collector
