#include "collector/fleet/idle.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

// Of the newest `window` minutes, how many were quiet.
std::size_t quiet_of(const IdleMemory& memory, std::size_t window) {
  return (memory.quiet << (most_idle_minutes - window)).count();
}

bool falls_idle(const IdleMemory& memory, const policy::IdleRule& rule) {
  const auto window =
      std::clamp<std::size_t>(static_cast<std::size_t>(rule.window.count()), 1, most_idle_minutes);
  if (memory.known < window) return false;
  const double needed = rule.quiet_share * static_cast<double>(window);
  return static_cast<double>(quiet_of(memory, window)) >= needed - 1e-9;
}

bool wakes(const IdleMemory& memory, const policy::IdleRule& rule) {
  const auto of = std::clamp<std::size_t>(rule.wake_of, 1, most_idle_minutes);
  return of - quiet_of(memory, of) >= rule.wake_buckets;
}

}  // namespace

void take_minutes(IdleMemory& memory, bool quiet, unsigned count, const policy::IdleRule& rule) {
  for (unsigned i = 0; i < count; ++i) {
    memory.quiet <<= 1;
    memory.quiet[0] = quiet;
    memory.known = std::min<unsigned>(memory.known + 1, most_idle_minutes);
  }
  if (memory.state == PowerState::idle) {
    if (wakes(memory, rule)) memory.state = PowerState::active;
  } else if (falls_idle(memory, rule)) {
    memory.state = PowerState::idle;
  }
}

void wake(IdleMemory& memory) { memory = {}; }

}  // namespace sobriety::collector
