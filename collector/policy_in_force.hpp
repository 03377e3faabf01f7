// The policy that a configuration names: what the judge and reports go by until the next reload.
#pragma once

#include "collector/policy/policy.hpp"
#include "proto/base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sobriety::collector {

struct PolicyInForce {
  std::shared_ptr<const policy::Policy> policy;  // never null
  std::string version;             // in a report: digest of the file, "defaults" without one
  std::vector<std::string> notes;  // of the policy's reader, for the log
};

// `file`: empty for the defaults.
[[nodiscard]] Result<PolicyInForce> policy_in_force(const std::filesystem::path& file);

}  // namespace sobriety::collector
