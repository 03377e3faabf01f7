// The three clocks of a sample, behind an interface so that tests and replays own the time.
#pragma once

#include "proto/base/units.hpp"

namespace sobriety {

struct Instant {
  Elapsed boottime{};  // CLOCK_BOOTTIME: since boot, suspended time included
  Elapsed asleep{};    // CLOCK_BOOTTIME - CLOCK_MONOTONIC: time spent suspended since boot
  WallTime wall{};     // CLOCK_REALTIME, a label only

  bool operator==(const Instant&) const = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
};

// The kernel's clocks (vDSO: no system call).
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
};

}  // namespace sobriety
