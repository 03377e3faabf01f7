// Whether a store still says what was put into it: the conservation of time and energy, row by row
// and host by host.
//
// It holds of every store that only the collector wrote to:
// - a row is as it was written, and nothing in it is negative;
// - its energy by state adds up to its energy by quality, and lies between its low and its high;
// - what was out of hours, wasted or avoidable is no more than what it is part of;
// - its time is at most the length of its hour or day;
// - a host's hours and days add up to its totals, figure by figure, and the measured and estimated
//   energy of its totals to its energy by method.
#pragma once

#include "collector/store/store.hpp"

#include <functional>
#include <string>

namespace sobriety::collector {

// A fault in one line, which names host and hour: "host web-1 (0123…) hour 2026-11-24T13:00Z: …".
using FaultSink = std::function<void(const std::string& fault)>;

struct Verified {
  std::size_t hosts = 0;
  std::size_t rows = 0;
  std::size_t faults = 0;
};

// Looks at one moment of the store, page by page; an error where it cannot be read at all.
// `progress` is in hosts.
[[nodiscard]] Result<Verified> verify(Store& store, const FaultSink& fault,
                                      const Progress& progress);

// "2026-11-24T13:00Z", "2026-11-24".
[[nodiscard]] std::string hour_text(Hour hour);
[[nodiscard]] std::string day_text(Hour first_hour);

}  // namespace sobriety::collector
