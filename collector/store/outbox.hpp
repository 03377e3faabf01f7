// What waits in the store to be written elsewhere: rows that come with a commit, in its
// transaction, and leave when the receiver has them.
//
// A row holds blocks; a block is a piece of a message whose meaning only its writer and its
// receiver know (collector/remote). In a row they are packed:
//   zstd of: (length of block: 4 bytes, samples in it: 4 bytes, little endian; the block) ...
// The outbox is bounded: rows that do not fit displace the oldest, and are counted. Of samples,
// taken = sent + refused + dropped + those that wait, at every commit.
#pragma once

#include "proto/base/result.hpp"
#include "proto/base/units.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector {

struct OutboxBlock {
  std::string bytes;
  std::uint32_t samples = 0;

  bool operator==(const OutboxBlock&) const = default;
};

struct OutboxRow {
  std::int64_t no = 0;  // ascending in the order of commits, never used twice
  std::vector<OutboxBlock> blocks;
};

// What became of a row that leaves: all of its samples were sent, but for those that were refused.
struct OutboxSettled {
  std::int64_t no = 0;
  std::uint64_t refused = 0;  // samples

  bool operator==(const OutboxSettled&) const = default;
};

struct OutboxState {
  // Samples over the life of the store:
  std::uint64_t taken = 0;
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;  // the receiver will never take them
  std::uint64_t dropped = 0;  // by the bound
  // What waits:
  std::uint64_t rows = 0;
  std::uint64_t samples = 0;
  Bytes size{};      // as it is packed
  WallTime since{};  // when the oldest came; 0: nothing waits

  bool operator==(const OutboxState&) const = default;
};

// A row as it is stored.
struct PackedRow {
  std::string bytes;
  std::uint64_t samples = 0;
};

inline constexpr std::size_t most_in_row = 1U << 20U;  // bytes of blocks, and one block more

// Blocks in their order as rows.
[[nodiscard]] std::vector<PackedRow> pack(std::span<const OutboxBlock> blocks);
// The blocks of a row; an error where it is not as it was packed.
[[nodiscard]] Result<std::vector<OutboxBlock>> unpack(std::string_view row);

}  // namespace sobriety::collector
