#include "proto/base/clock.hpp"

#include <time.h>

#include <algorithm>

namespace sobriety {

namespace {
Elapsed read(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);
  return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}
}  // namespace

Instant SystemClock::now() const {
  const Elapsed boottime = read(CLOCK_BOOTTIME);
  // Read after BOOTTIME, MONOTONIC can be ahead by the time between the two calls: never negative.
  const Elapsed asleep = std::max(Elapsed::zero(), boottime - read(CLOCK_MONOTONIC));
  // What separates two adjacent clock reads is not sleep.
  const Elapsed settled = asleep < std::chrono::milliseconds{1} ? Elapsed::zero() : asleep;
  return {boottime, settled,
          WallTime{std::chrono::duration_cast<std::chrono::milliseconds>(read(CLOCK_REALTIME))}};
}

}  // namespace sobriety
