#include "agent/config.hpp"

#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <vector>

namespace sobriety::agent {

namespace {

using namespace std::chrono_literals;

// What a chip of the sensors can be told to measure.
constexpr std::array energy_scopes{Choice<EnergyScope>{"machine", EnergyScope::machine},
                                   Choice<EnergyScope>{"cpu", EnergyScope::cpu},
                                   Choice<EnergyScope>{"memory", EnergyScope::memory},
                                   Choice<EnergyScope>{"gpu", EnergyScope::gpu},
                                   Choice<EnergyScope>{"platform", EnergyScope::platform},
                                   Choice<EnergyScope>{"other", EnergyScope::other}};

// As the kernel lets drivers name their chips: without blanks, "-" and "*".
bool is_chip_name(std::string_view text) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

void read_sensor_scopes(yaml::Section chips, SourceOptions& options) {
  const auto prefixes = chips.keys();
  if (!prefixes.empty()) options.sensor_scopes.clear();
  for (const std::string& prefix : prefixes) {
    auto scope = EnergyScope::other;
    if (!is_chip_name(prefix)) chips.refuse(prefix, "expected the name of a chip such as ina3221");
    chips.read(prefix, scope, energy_scopes);
    options.sensor_scopes[prefix] = scope;
  }
}

void check_source_names(yaml::Section& sources, const std::vector<std::string>& names,
                        std::span<const SourceKind> kinds) {
  std::vector<std::string> known;
  for (const SourceKind& kind : kinds) known.emplace_back(kind.name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::find(known, names[i]) != known.end()) continue;
    std::string message = "unknown source '" + yaml::shown(names[i]) + "'";
    if (const auto near = yaml::nearest(names[i], known); !near.empty())
      message.append(", did you mean '").append(near).append("'?");
    sources.refuse_item("disabled", i, std::move(message));
  }
}

void read_tls(yaml::Section section, AgentConfig::Collector::Tls& tls) {
  section.read_optional("certificate", tls.certificate);
  section.read_optional("key", tls.key);
  section.read_optional("ca", tls.ca);
  section.read("server_name", tls.server_name, {0, 253});
}

void read_endpoint(yaml::Section& section, std::optional<Endpoint>& endpoint) {
  std::string text = endpoint ? to_string(*endpoint) : "";
  section.read("endpoint", text, {0, 300});
  Endpoint given = endpoint.value_or(default_collector);
  if (text.empty()) return endpoint.reset();
  section.read("endpoint", given);
  endpoint = given;
}

void read_collector(yaml::Section section, AgentConfig::Collector& collector) {
  read_endpoint(section, collector.endpoint);
  section.read_optional("token_file", collector.token_file);
  section.read("plain", collector.plain);
  read_tls(section.section("tls"), collector.tls);
  if (const Endpoint where = collector.endpoint.value_or(default_collector);
      collector.plain && !is_loopback(where))
    section.refuse("plain",
                   "without TLS samples go to a collector on this machine only: give a "
                   "loopback address such as 127.0.0.1 or [::1], not '" +
                       yaml::shown(where.host) + "'");
}

void read_sources(yaml::Section sources, SourceOptions& options,
                  std::span<const SourceKind> kinds) {
  sources.read("disabled", options.disabled, {0, 100}, {1, 100});
  check_source_names(sources, options.disabled, kinds);
  sources.read("rapl_ceiling", options.rapl_ceiling_watts, {1, 100'000});
  sources.read("rapl_in_guest", options.rapl_in_guest);
  read_sensor_scopes(sources.section("sensor_scopes"), options);
  sources.read("simulated_watts", options.simulated_watts, {0, 100'000});
}

std::string list_text(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items)
    text.append(text.empty() ? "" : ", ").append(yaml::quoted_scalar(item));
  return "[" + text + "]";
}

std::string scopes_text(const std::map<std::string, EnergyScope>& scopes) {
  std::string text;
  for (const auto& [prefix, scope] : scopes)
    text.append(text.empty() ? "" : ", ")
        .append(yaml::quoted_scalar(prefix))
        .append(": ")
        .append(name_of(energy_scopes, scope));
  return "{" + text + "}";
}

}  // namespace

AgentConfig default_config(const char* state_directory) {
  AgentConfig config;
  const std::string_view directories = state_directory == nullptr ? "" : state_directory;
  // systemd separates several directories by colons; ours is the first.
  if (const auto first = directories.substr(0, directories.find(':')); !first.empty())
    config.host.state_directory = first;
  return config;
}

Result<AgentConfig> load_config(const std::filesystem::path& path, const AgentConfig& defaults,
                                std::span<const SourceKind> kinds) {
  BOOST_OUTCOME_TRY(const auto document, yaml::load(path));
  return read_config(document, defaults, kinds);
}

Result<AgentConfig> read_config(const yaml::Document& document, const AgentConfig& defaults,
                                std::span<const SourceKind> kinds) {
  AgentConfig config = defaults;
  yaml::Reader reader{document};

  read_collector(reader.section("collector"), config.collector);

  auto host = reader.section("host");
  host.read("name", config.host.name, {0, 253});  // the longest name of a host (RFC 1035)
  host.read("state_directory", config.host.state_directory);

  auto sampling = reader.section("sampling");
  // Nothing finer than 1 s: energy at a finer grain tells what the machine computes (PLATYPUS).
  sampling.read("interval", config.sampling.interval, {1s, 60s});
  sampling.read("batch", config.sampling.batch, {1, 1000});

  auto spool = reader.section("spool");
  spool.read("max_bytes", config.spool.max_bytes, {Bytes{4U << 20U}, Bytes{1ULL << 40U}});
  spool.read("max_age", config.spool.max_age, {1h, std::chrono::hours{3650 * 24}});
  spool.read("sync_interval", config.spool.sync_interval, {1s, 1h});
  spool.read("memory_bytes", config.spool.memory_bytes, {Bytes{64U << 10U}, Bytes{1U << 30U}});

  reader.section("uplink").read("drain_rate", config.uplink.drain_rate,
                                {Bytes{1U << 10U}, Bytes{1U << 30U}});

  auto roots = reader.section("roots");
  roots.read("proc", config.roots.proc);
  roots.read("sys", config.roots.sys);

  read_sources(reader.section("sources"), config.sources, kinds);
  reader.section("log").read("level", config.log_level, log_levels);
  config.sources.interval = config.sampling.interval;
  return reader.finish(std::move(config));
}

std::string describe(const AgentConfig& config) {
  const auto& watts = config.sources.simulated_watts;
  const auto& tls = config.collector.tls;
  const auto& endpoint = config.collector.endpoint;
  std::ostringstream out;
  out << "collector:\n"
      << "  endpoint: " << yaml::quoted_scalar(endpoint ? to_string(*endpoint) : "") << "\n"
      << "  token_file: " << yaml::quoted_scalar(config.collector.token_file.string()) << "\n"
      << "  plain: " << (config.collector.plain ? "true" : "false") << "\n"
      << "  tls:\n"
      << "    certificate: " << yaml::quoted_scalar(tls.certificate.string()) << "\n"
      << "    key: " << yaml::quoted_scalar(tls.key.string()) << "\n"
      << "    ca: " << yaml::quoted_scalar(tls.ca.string()) << "\n"
      << "    server_name: " << yaml::quoted_scalar(tls.server_name) << "\n"
      << "host:\n"
      << "  name: " << yaml::quoted_scalar(config.host.name) << "\n"
      << "  state_directory: " << yaml::quoted_scalar(config.host.state_directory.string()) << "\n"
      << "sampling:\n"
      << "  interval: " << duration_text(config.sampling.interval) << "\n"
      << "  batch: " << config.sampling.batch << "\n"
      << "spool:\n"
      << "  max_bytes: " << size_text(config.spool.max_bytes) << "\n"
      << "  max_age: " << duration_text(config.spool.max_age) << "\n"
      << "  sync_interval: " << duration_text(config.spool.sync_interval) << "\n"
      << "  memory_bytes: " << size_text(config.spool.memory_bytes) << "\n"
      << "uplink:\n"
      << "  drain_rate: " << size_text(config.uplink.drain_rate) << "\n"
      << "roots:\n"
      << "  proc: " << yaml::quoted_scalar(config.roots.proc.string()) << "\n"
      << "  sys: " << yaml::quoted_scalar(config.roots.sys.string()) << "\n"
      << "sources:\n"
      << "  disabled: " << list_text(config.sources.disabled) << "\n"
      << "  rapl_ceiling: " << finite_text(config.sources.rapl_ceiling_watts) << "\n"
      << "  rapl_in_guest: " << (config.sources.rapl_in_guest ? "true" : "false") << "\n"
      << "  sensor_scopes: " << scopes_text(config.sources.sensor_scopes) << "\n"
      << "  simulated_watts: " << (watts ? finite_text(*watts) : "null") << "\n"
      << "log:\n"
      << "  level: " << name_of(log_levels, config.log_level) << "\n";
  return std::move(out).str();
}

}  // namespace sobriety::agent
