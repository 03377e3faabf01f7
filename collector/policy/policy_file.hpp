// Reads a policy: a YAML file, and the tables that it names (beside it, unless their paths are
// absolute). deploy/config/policy.yaml explains each key. An error lists all that is wrong, with
// file, line and key.
#pragma once

#include "collector/policy/policy.hpp"
#include "proto/base/result.hpp"
#include "proto/runtime/yaml.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sobriety::collector::policy {

// Where the bytes of files come from.
struct PolicyFiles {
  std::function<Result<std::string>(const std::filesystem::path& path, std::size_t limit)> read;
  std::filesystem::path directory;  // of relative paths
  std::filesystem::path zones = "/usr/share/zoneinfo";
};

struct LoadedPolicy {
  Policy policy;
  std::vector<std::string> notes;  // what is no error and should be known: holes, lines left out
};

[[nodiscard]] Result<LoadedPolicy> load_policy(const std::filesystem::path& path);
[[nodiscard]] Result<LoadedPolicy> read_policy(const yaml::Document& document,
                                               const PolicyFiles& files);

// Bounds of the YAML file: they have room for most_groups rules.
inline constexpr yaml::Limits policy_limits{.bytes = 16U << 20U, .depth = 16, .nodes = 1'000'000};

}  // namespace sobriety::collector::policy
