// The model P_wall = a + b P_rapl of one machine, found from a plug meter's readings and RAPL's
// counters.
#pragma once

#include "collector/policy/power_model.hpp"
#include "proto/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

struct TimedValue {
  std::chrono::sys_seconds time;
  double value = 0;

  bool operator==(const TimedValue&) const = default;
};

// A CSV of two columns, timestamp (UTC unless it has an offset) and `figure`, of at most 1,000,000
// rows; in order of time, each time once. Figures are finite and not negative.
[[nodiscard]] Result<std::vector<TimedValue>> read_timed(std::string_view text,
                                                         const std::string& file,
                                                         std::string_view figure);

// Mean powers over one interval, in watts.
struct PowerPair {
  double rapl = 0;
  double wall = 0;

  bool operator==(const PowerPair&) const = default;
};

// Of each interval between neighbouring counters (joules): what RAPL advanced, and the mean of the
// meter's readings (watts) in it, both ends included. Without a reading, or where the counter went
// back or more than ten minutes passed, there is no pair.
[[nodiscard]] std::vector<PowerPair> pair_up(std::span<const TimedValue> meter,
                                             std::span<const TimedValue> counter);

struct Calibration {
  RaplToWall model;
  std::size_t pairs = 0;
  double rms_error = 0;       // W
  double worst_error = 0;     // W
  double relative_error = 0;  // rms_error over the mean wall power
};

// By least squares. Refuses what would give a model that is worth less than its place on the
// ladder: fewer than 20 pairs, load that hardly changed, a wall power that falls as RAPL's rises or
// that is less than RAPL's, or a relative error above the 10 % that `rapl_calibrated` promises.
[[nodiscard]] Result<Calibration> calibrate(std::span<const PowerPair> pairs);

}  // namespace sobriety::collector::policy
