// The policy that a configuration names, and what a report calls it.
#pragma once

#include "collector/policy/policy.hpp"
#include "proto/base/result.hpp"

#include <filesystem>
#include <string>

namespace sobriety::collector {

struct PolicyInForce {
  policy::Policy policy;
  std::string version;  // digest of the file, "defaults" without one
};

// `file`: empty for the defaults.
[[nodiscard]] Result<PolicyInForce> policy_in_force(const std::filesystem::path& file);

}  // namespace sobriety::collector
