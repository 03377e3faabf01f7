// From quiet minutes to idle and back, with hysteresis. Pure.
//
// A host falls idle at the end of a window of which nearly all was quiet, never in hindsight: so
// idle time errs low, by at most one window a spell. It wakes when a few of its last minutes were
// not quiet, or at once when somebody comes.
#pragma once

#include "collector/fleet/power_state.hpp"
#include "collector/policy/thresholds.hpp"

#include <bitset>

namespace sobriety::collector {

// The longest window that is remembered, in minutes.
inline constexpr std::size_t most_idle_minutes = 256;

struct IdleMemory {
  PowerState state = PowerState::active;  // active or idle
  unsigned known = 0;                     // minutes in `quiet` that count
  std::bitset<most_idle_minutes> quiet;   // the newest is bit 0

  bool operator==(const IdleMemory&) const = default;
};

// `count` minutes went by, all of them quiet or none.
void take_minutes(IdleMemory& memory, bool quiet, unsigned count, const policy::IdleRule& rule);

// Somebody came, or the machine began anew: it is active, and what was quiet before counts no more.
void wake(IdleMemory& memory);

}  // namespace sobriety::collector
