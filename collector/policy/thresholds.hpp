// From which figures on a host is quiet, idle, left on, underused or comatose.
//
// The values are this project's proposal, within the ranges of the recommenders of GCP, Azure, AWS
// and BMC Helix; zombie servers (`confirmed`) follow Koomey and Taylor (2015): six months without
// use.
#pragma once

#include "collector/policy/role.hpp"

#include <chrono>
#include <string>

namespace sobriety::collector::policy {

// A bucket of this length is quiet or not.
inline constexpr std::chrono::seconds quiet_bucket{60};

// A bucket is quiet when each figure that the host has is below its limit.
struct QuietLimits {
  double cpu_ratio = 0.05;         // busy, of all processors
  double cpu_cores = 1.0;          // busy, in processors
  double network_received = 10e3;  // B/s, physical interfaces
  double network_sent = 5e3;       // B/s
  double disk = 100e3;             // B/s, read and written together
  double gpu_ratio = 0.05;

  bool operator==(const QuietLimits&) const = default;
};

// When a host falls idle, and wakes.
struct IdleRule {
  std::chrono::minutes window{
      60};  // idle once so long, and `quiet_share` of its buckets, was quiet
  double quiet_share = 0.95;
  unsigned wake_buckets = 3;  // active once so many of the last `wake_of` were not quiet
  unsigned wake_of = 5;
  std::chrono::minutes remote_session{30};  // a remote session counts as idle after so long

  bool operator==(const IdleRule&) const = default;
};

// A verdict holds once `days` are over in which `quiet_share` of the time on was quiet.
struct LongQuiet {
  std::chrono::days days;
  double quiet_share;

  bool operator==(const LongQuiet&) const = default;
};

struct VerdictRule {
  LongQuiet underused{std::chrono::days{7}, 0.95};
  double underused_cpu_p95 = 0.05;  // besides, the 95th percentile of CPU use is below
  LongQuiet comatose{std::chrono::days{30}, 0.97};  // and nobody logged in
  std::chrono::days confirmed{180};                 // comatose for so long
  double leave_below = 0.90;       // a day less quiet than this ends any of the three
  double least_coverage = 0.80;    // below it, or
  std::chrono::days least_age{5};  // younger: unknown

  bool operator==(const VerdictRule&) const = default;
};

struct Thresholds {
  std::string name;
  QuietLimits quiet;
  IdleRule idle;
  VerdictRule verdict;

  bool operator==(const Thresholds&) const = default;
};

// Personal machines fall idle after 30 minutes, others after 60.
[[nodiscard]] Thresholds default_thresholds(Role role);

}  // namespace sobriety::collector::policy
