// The clock of a collector that replays what was: the newest time of all samples that came. So that
// a history may be imported, or a simulation played, at any speed, and by the same code as the
// present.
#pragma once

#include "proto/base/clock.hpp"

#include <atomic>

namespace sobriety::collector {

// Shared by all network threads.
class ReplayClock final : public Clock {
 public:
  // Samples up to `time` came.
  void observe(WallTime time) {
    auto seen = newest_.load(std::memory_order_relaxed);
    const auto now = time.time_since_epoch().count();
    while (now > seen && !newest_.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
    }
  }
  // The wall's alone; nothing measures durations by it.
  [[nodiscard]] Instant now() const override {
    Instant instant;
    instant.wall = WallTime{std::chrono::milliseconds{newest_.load(std::memory_order_relaxed)}};
    return instant;
  }

 private:
  std::atomic<std::chrono::milliseconds::rep> newest_{0};
};

}  // namespace sobriety::collector
