// The units of this project. Energy is an integer number of microjoules (the kernel's own unit) and
// becomes joules only where it is shown; durations are integer nanoseconds of CLOCK_BOOTTIME.
#pragma once

#include "proto/base/quantity.hpp"

#include <chrono>
#include <cstdint>

namespace sobriety {

using Microjoules = Quantity<struct EnergyTag, std::uint64_t>;
using Watts = Quantity<struct PowerTag, double>;
using Bytes = Quantity<struct BytesTag, std::uint64_t>;

// Time on CLOCK_BOOTTIME (runs on while suspended) or a difference of two such times.
using Elapsed = std::chrono::nanoseconds;
// Wall clock, UTC, milliseconds since 1970: it labels a sample and never measures a duration.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// Mean power; `time` must be positive.
constexpr Watts operator/(Microjoules energy, Elapsed time) {
  return Watts{static_cast<double>(energy.count()) * 1e3 / static_cast<double>(time.count())};
}

// Energy of a constant power; rounds to the nearest microjoule. Both must be >= 0.
constexpr Microjoules operator*(Watts power, Elapsed time) {
  return Microjoules{
      static_cast<std::uint64_t>(power.count() * static_cast<double>(time.count()) / 1e3 + 0.5)};
}

}  // namespace sobriety
