// The configuration of the collector's own authority: section `identity`.
#pragma once

#include "collector/identity/policy.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sobriety::collector {

struct IdentityOptions {
  std::filesystem::path directory;  // empty: there is no authority of our own
  std::vector<std::string> names;   // of the telemetry port; empty: those that ca init was given
  EnrolmentPolicy policy;

  [[nodiscard]] bool enabled() const { return !directory.empty(); }
  bool operator==(const IdentityOptions&) const = default;
};

void read_identity(yaml::Section section, IdentityOptions& options);
// The section as YAML that reads back as the same.
[[nodiscard]] std::string describe(const IdentityOptions& options);

}  // namespace sobriety::collector
