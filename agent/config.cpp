#include "agent/config.hpp"

#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

namespace sobriety::agent {

namespace {

using namespace std::chrono_literals;

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

void read_sources(yaml::Section sources, SourceOptions& options,
                  std::span<const SourceKind> kinds) {
  sources.read("disabled", options.disabled, {0, 100}, {1, 100});
  check_source_names(sources, options.disabled, kinds);
  sources.read("rapl_ceiling", options.rapl_ceiling_watts, {1, 100'000});
  sources.read("simulated_watts", options.simulated_watts, {0, 1'000'000});
}

std::string list_text(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items)
    text.append(text.empty() ? "" : ", ").append(yaml::quoted_scalar(item));
  return "[" + text + "]";
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

  reader.section("collector").read("endpoint", config.collector.endpoint);

  auto host = reader.section("host");
  host.read("name", config.host.name, {0, 253});  // the longest name of a host (RFC 1035)
  host.read("state_directory", config.host.state_directory);

  auto sampling = reader.section("sampling");
  // Nothing finer than 1 s: energy at a finer grain tells what the machine computes (PLATYPUS).
  sampling.read("interval", config.sampling.interval, {1s, 60s});
  sampling.read("batch", config.sampling.batch, {1, 1000});

  reader.section("queue").read("max_bytes", config.queue.max_bytes,
                               {Bytes{64U << 10U}, Bytes{1U << 30U}});

  auto roots = reader.section("roots");
  roots.read("proc", config.roots.proc);
  roots.read("sys", config.roots.sys);

  read_sources(reader.section("sources"), config.sources, kinds);
  reader.section("log").read("level", config.log_level, log_levels);
  return reader.finish(std::move(config));
}

std::string describe(const AgentConfig& config) {
  const auto& watts = config.sources.simulated_watts;
  std::ostringstream out;
  out << "collector:\n"
      << "  endpoint: " << yaml::quoted_scalar(to_string(config.collector.endpoint)) << "\n"
      << "host:\n"
      << "  name: " << yaml::quoted_scalar(config.host.name) << "\n"
      << "  state_directory: " << yaml::quoted_scalar(config.host.state_directory.string()) << "\n"
      << "sampling:\n"
      << "  interval: " << duration_text(config.sampling.interval) << "\n"
      << "  batch: " << config.sampling.batch << "\n"
      << "queue:\n"
      << "  max_bytes: " << size_text(config.queue.max_bytes) << "\n"
      << "roots:\n"
      << "  proc: " << yaml::quoted_scalar(config.roots.proc.string()) << "\n"
      << "  sys: " << yaml::quoted_scalar(config.roots.sys.string()) << "\n"
      << "sources:\n"
      << "  disabled: " << list_text(config.sources.disabled) << "\n"
      << "  rapl_ceiling: " << finite_text(config.sources.rapl_ceiling_watts) << "\n"
      << "  simulated_watts: " << (watts ? finite_text(*watts) : "null") << "\n"
      << "log:\n"
      << "  level: " << name_of(log_levels, config.log_level) << "\n";
  return std::move(out).str();
}

}  // namespace sobriety::agent
