// Spans of the calendar, and shares of what happened over one: exact, the parts add up to the
// whole. Pure.
#pragma once

#include "collector/fleet/figures.hpp"
#include "proto/base/units.hpp"

namespace sobriety::collector {

// From `begin` up to and without `end`; empty where end <= begin.
struct Span {
  WallTime begin{};
  WallTime end{};

  [[nodiscard]] std::chrono::milliseconds length() const {
    return end > begin ? end - begin : std::chrono::milliseconds::zero();
  }
  bool operator==(const Span&) const = default;
};

// floor(whole * at / length): the share of the first `at` of `length`. Differences of shares at
// ascending positions add up to the whole, whatever the rounding. 0 <= at <= length, length > 0.
[[nodiscard]] std::int64_t share(std::int64_t whole, std::chrono::milliseconds at,
                                 std::chrono::milliseconds length);

}  // namespace sobriety::collector
