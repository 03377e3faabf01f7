// Where a host stands in time: which span of the calendar each of its samples closes. Pure.
//
// Durations come from the host's time since boot, never from its wall clock. Where a boot lies on
// the calendar is decided once, with its first sample, and kept while the samples' own times agree
// to within clock_tolerance; so steps of the wall clock neither make nor lose time. Beyond that the
// boot is placed anew. Time that is accounted is never accounted again: spans begin where the one
// before ended, or later. What lies between two samples of one boot is time on or asleep, however
// long it is: the time since boot proves it. What lies between two boots is lost, up to the moment
// when the later one began; a judge with evidence may know better.
#pragma once

#include "collector/fleet/spread.hpp"
#include "proto/base/clock.hpp"
#include "proto/base/ids.hpp"

#include <optional>

namespace sobriety::collector {

// By how much a label may be off before it is not believed. NTP and the way of a hello stay far
// below; a wrong hour in the accounts would take far more.
inline constexpr std::chrono::seconds clock_tolerance{60};
// Older time is not accounted: it bounds what one sample can write, and no spool is so old.
inline constexpr std::chrono::days oldest_accounted{400};

// What a hello tells of the host's clock: when, by our clock, its boot began.
struct BootClock {
  BootId boot{};
  WallTime began{};
};

struct SampleTime {
  WallTime wall{};
  bool implausible = false;  // it was in the future, and the time of arrival stands for it
};

// When a sample was taken, by our clock as far as that can be known: its own label; where that is
// off by more than clock_tolerance from what `clock` (of this boot) says, what that says.
[[nodiscard]] SampleTime time_of(const Instant& sample, const BootId& boot,
                                 const std::optional<BootClock>& clock, WallTime arrival);

// Kept with the host's account: it goes on where the newest committed sample was.
struct Timeline {
  BootId boot{};
  Elapsed boottime{};    // of the newest sample, whole milliseconds
  Elapsed asleep{};      // of the newest sample, whole milliseconds
  WallTime began{};      // where the boot lies on the calendar
  WallTime accounted{};  // up to here time is accounted; 0: nothing is yet

  [[nodiscard]] bool started() const { return accounted != WallTime{}; }
  bool operator==(const Timeline&) const = default;
};

// The time that a sample closes. The spans do not overlap with any before.
struct Passage {
  Span lost;                           // before the boot of the sample
  Span lived;                          // on or asleep
  std::chrono::milliseconds asleep{};  // of the span lived, 0 to its length
  WallTime at{};                       // the sample, on the calendar
  bool placed_anew = false;            // the clock was wrong before, or is now
  bool new_boot = false;               // another than that of the sample before, or the first
};

// Moves the timeline on to a sample of `boot`, taken at `wall`, which arrived at `arrival`.
Passage advance(Timeline& timeline, const BootId& boot, const Instant& sample, WallTime wall,
                WallTime arrival);

}  // namespace sobriety::collector
