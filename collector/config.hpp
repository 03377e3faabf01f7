// The collector's configuration: its defaults, how it is read from YAML, and how it is shown.
// deploy/config/collector.yaml explains each key.
#pragma once

#include "collector/door/options.hpp"
#include "collector/identity/options.hpp"
#include "collector/remote/options.hpp"
#include "collector/report/options.hpp"
#include "collector/store/options.hpp"
#include "proto/base/result.hpp"
#include "proto/runtime/endpoint.hpp"
#include "proto/runtime/log_level.hpp"
#include "proto/runtime/yaml.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace sobriety::collector {

struct CollectorConfig {
  TelemetryOptions telemetry;

  struct Web {
    Endpoint listen{"127.0.0.1", 18551};
    unsigned max_connections = 64;
    std::filesystem::path config_file;  // Prometheus' web configuration; empty: none
    bool unprotected = false;           // may listen beyond this machine without one

    bool operator==(const Web&) const = default;
  } web;

  IdentityOptions identity;
  StoreOptions store;
  unsigned months_of_hours = 13;  // calendar months that the ledger keeps by hour, then by day

  remote::RemoteWriteOptions remote_write;

  std::filesystem::path policy_file;  // empty: the defaults of collector/policy
  report::ReportOptions report;       // and privacy

  unsigned threads = 0;  // 0: one per processor
  std::chrono::milliseconds commit_interval{200};
  bool expose_hosts = true;  // the per-host families on /metrics
  LogLevel log_level = LogLevel::info;

  bool operator==(const CollectorConfig&) const = default;
};

// The defaults under systemd, which names the state directory in $STATE_DIRECTORY (null: unset).
[[nodiscard]] CollectorConfig default_config(const char* state_directory);

// What the file leaves out keeps its default of `defaults`. An error lists all that is wrong, each
// with file, line and key. load_config finds the policy beside the file.
[[nodiscard]] Result<CollectorConfig> load_config(const std::filesystem::path& path,
                                                  const CollectorConfig& defaults = {});
[[nodiscard]] Result<CollectorConfig> read_config(const yaml::Document& document,
                                                  const CollectorConfig& defaults = {});

// Whether the HTTP port can be reached from other machines, and so must be protected.
[[nodiscard]] bool is_exposed(const CollectorConfig::Web& web);
// Error: it can be reached, and nothing is there to protect it.
[[nodiscard]] Result<void> check_exposure(const CollectorConfig::Web& web);
// Whether a collector can run so; what the file and the command line say together.
[[nodiscard]] Result<void> check(const CollectorConfig& config);

// Every key with its value, as YAML that reads back as the same configuration.
[[nodiscard]] std::string describe(const CollectorConfig& config);

}  // namespace sobriety::collector
