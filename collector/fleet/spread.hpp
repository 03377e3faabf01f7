// Attributes what happened over a span of time to the hours of UTC that it touches. Pure, and
// exact: the parts add up to the whole.
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

// The time of `span` to its hours: `part` (0 to the span's length) as `minor`, the rest as `major`,
// in the same proportion in each hour. No hour gets more than it overlaps with the span.
void spread_time(Hours& hours, Span span, std::chrono::milliseconds part, Figure minor,
                 Figure major);

// The energy, as `quality` and as `state`, in proportion to the overlap of each hour with the span;
// all of it to the hour of span.end where the span is empty.
void spread_energy(Hours& hours, Span span, Microjoules energy, Figure quality, Figure state);

}  // namespace sobriety::collector
