// What check-config tells of the policy.
#pragma once

#include "collector/config.hpp"

#include <string>

namespace sobriety::collector {

// Checks the policy and prints the configuration and, as comments of that YAML, what each rule is about.
// With `explain` (a host, as policy/explain.hpp has it) it prints why that host has what it has instead.
// Returns the exit status: 0, or 1 where anything is wrong.
[[nodiscard]] int check_config(const CollectorConfig& config, const std::string& explain);

}  // namespace sobriety::collector
