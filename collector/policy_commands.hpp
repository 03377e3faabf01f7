// The commands that are about the policy: check-config and calibrate.
#pragma once

#include "collector/config.hpp"

#include <string>

namespace sobriety::collector {

// Checks the policy and prints the configuration and, as comments of that YAML, what each rule is
// about. With `explain` (a host, as policy/explain.hpp has it) it prints why that host has what it
// has instead. Returns the exit status: 0, or 1 where anything is wrong.
[[nodiscard]] int check_config(const CollectorConfig& config, const std::string& explain);

// Fits RAPL to the readings of a plug meter and prints the rule of a policy that says so. Returns
// the exit status: 0, or 1 where a file or the fit is not good enough.
struct CalibrateFiles {
  std::string meter;  // timestamp,watts
  std::string rapl;   // timestamp,joules: a counter
};
[[nodiscard]] int calibrate_host(const std::string& host, const CalibrateFiles& files);

}  // namespace sobriety::collector
