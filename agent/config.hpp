// The agent's configuration: its defaults, how it is read from YAML, and how it is shown.
// deploy/config/agent.yaml explains each key.
#pragma once

#include "agent/source/registry.hpp"
#include "agent/source/source.hpp"
#include "proto/base/result.hpp"
#include "proto/base/units.hpp"
#include "proto/runtime/endpoint.hpp"
#include "proto/runtime/log_level.hpp"
#include "proto/runtime/yaml.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace sobriety::agent {

// Where a collector is looked for of which nobody told.
inline const Endpoint default_collector{"127.0.0.1", 18550};

struct AgentConfig {
  struct Collector {
    std::optional<Endpoint> endpoint;  // none: as the token told, or default_collector
    std::filesystem::path token_file;  // empty: `token` in the state directory
    bool plain = false;                // no TLS, to a collector on this machine
    // PEM files; those left empty lie in `identity` below the state directory.
    struct Tls {
      std::filesystem::path certificate;
      std::filesystem::path key;
      std::filesystem::path ca;
      std::string server_name;  // that the collector's certificate has; empty: the endpoint's host
    } tls{};
  } collector;

  struct Host {
    std::string name;  // empty: the machine's host name
    std::filesystem::path state_directory = "/var/lib/sobriety-agent";
  } host;

  struct Sampling {
    std::chrono::milliseconds interval = std::chrono::seconds{5};
    unsigned batch = 6;  // samples
  } sampling;

  struct Spool {
    Bytes max_bytes{64U << 20U};
    std::chrono::milliseconds max_age = std::chrono::hours{30 * 24};
    std::chrono::milliseconds sync_interval = std::chrono::seconds{10};
    Bytes memory_bytes{4U << 20U};
  } spool;

  struct Uplink {
    Bytes drain_rate{64U << 10U};  // a second
  } uplink;

  Roots roots;
  SourceOptions sources;
  LogLevel log_level = LogLevel::info;
};

// The defaults under systemd, which names the state directory in $STATE_DIRECTORY (null: unset).
[[nodiscard]] AgentConfig default_config(const char* state_directory);

// What the file leaves out stays as in `defaults`; `kinds` are the sources that may be named. An
// error lists all that is wrong, each with file, line and key.
[[nodiscard]] Result<AgentConfig> load_config(const std::filesystem::path& path,
                                              const AgentConfig& defaults,
                                              std::span<const SourceKind> kinds);
[[nodiscard]] Result<AgentConfig> read_config(const yaml::Document& document,
                                              const AgentConfig& defaults,
                                              std::span<const SourceKind> kinds);

// Every key with its value, as YAML that reads back as the same configuration.
[[nodiscard]] std::string describe(const AgentConfig& config);

}  // namespace sobriety::agent
