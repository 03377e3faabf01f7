// Samples of one host under one inventory, in time order.
#pragma once

#include "proto/base/clock.hpp"
#include "proto/base/units.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace sobriety {

// One value of one series, in the integer unit of its signal.
using Cell = std::int64_t;
inline constexpr Cell no_value = std::numeric_limits<Cell>::min();  // the source had nothing to say

// Row-major: samples x series. A series of Pace::batch has a value in the last row only.
struct Batch {
  std::uint64_t seq = 0;  // from 1, without holes in a stream
  std::uint64_t inventory_hash = 0;
  std::vector<Instant> times;  // one a sample; whole milliseconds
  std::vector<Cell> cells;     // times.size() x width
  std::size_t width = 0;       // number of series

  [[nodiscard]] std::span<const Cell> row(std::size_t sample) const {
    return {cells.data() + sample * width, width};
  }
  [[nodiscard]] std::span<Cell> row(std::size_t sample) {
    return {cells.data() + sample * width, width};
  }
  bool operator==(const Batch&) const = default;
};

}  // namespace sobriety
