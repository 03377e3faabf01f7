// sobriety-collector: the command line.
#include "collector/app.hpp"
#include "collector/config.hpp"
#include "proto/model/metric.hpp"
#include "proto/runtime/log.hpp"
#include "proto/runtime/values.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <iostream>
#include <string>

namespace {

using namespace sobriety;
using namespace sobriety::collector;

struct Options {
  std::string config_file;
  std::string telemetry_listen;
  std::string web_listen;
};

// An address of this machine alone, as the file's keys want it too.
Result<Endpoint> listen_endpoint(const std::string& text, std::string_view flag) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint || !is_loopback(*endpoint))
    return fail(Errc::malformed,
                std::string{flag} +
                    ": expected a loopback address and a port such as 127.0.0.1:18550, got '" +
                    text + "': this release has no TLS yet and listens on nothing else");
  return *endpoint;
}

// The configuration of the file with what the command line sets over it.
Result<CollectorConfig> configuration(const Options& options) {
  CollectorConfig config;
  if (!options.config_file.empty()) {
    BOOST_OUTCOME_TRY(config, load_config(options.config_file));
  }
  const auto set = [](const std::string& text, std::string_view flag,
                      Endpoint& endpoint) -> Result<void> {
    if (text.empty()) return success();
    BOOST_OUTCOME_TRY(endpoint, listen_endpoint(text, flag));
    return success();
  };
  BOOST_OUTCOME_TRY(
      set(options.telemetry_listen, "--telemetry.listen-address", config.telemetry.listen));
  BOOST_OUTCOME_TRY(set(options.web_listen, "--web.listen-address", config.web.listen));
  return config;
}

int complain(const Error& error) {
  std::cerr << "sobriety-collector: " << error.message << '\n';
  return 1;
}

int run_command(const Options& options) {
  const auto config = configuration(options);
  if (!config) return complain(config.error());
  start_log("sobriety-collector", config.value().log_level);
  const auto done = collector::run(config.value(), [&options] { return configuration(options); });
  return done ? 0 : complain(done.error());
}

int check_config_command(const Options& options) {
  const auto config = configuration(options);
  if (!config) return complain(config.error());
  std::cout << describe(config.value());
  return 0;
}

// The catalogue as a Markdown table: the documentation's part that the table of metrics writes.
int metrics_command() {
  std::cout << "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const Metric& row : metrics()) {
    std::cout << "| `" << row.name << "` | "
              << (row.kind == MetricKind::counter ? "counter" : "gauge") << " | host";
    if (!row.label.empty()) std::cout << ", " << row.label;
    if (row.id == MetricId::host_source_status) std::cout << ", status";
    std::cout << " | " << row.help << " |\n";
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Collects energy telemetry from sobriety agents and exposes it to Prometheus.",
               "sobriety-collector"};
  cli.set_version_flag("--version", "sobriety-collector " SOBRIETY_VERSION);
  cli.require_subcommand(1);
  Options options;
  const auto add_options = [&options](CLI::App* command) {
    command->add_option("--config.file", options.config_file,
                        "YAML configuration; defaults without it");
    command->add_option("--telemetry.listen-address", options.telemetry_listen,
                        "where agents connect, host:port");
    command->add_option("--web.listen-address", options.web_listen,
                        "where /metrics is served, host:port");
  };
  CLI::App* run = cli.add_subcommand(
      "run", "collect until SIGINT or SIGTERM; SIGHUP reloads the configuration");
  CLI::App* check =
      cli.add_subcommand("check-config", "check the configuration and print it whole");
  CLI::App* list =
      cli.add_subcommand("metrics", "print the catalogue of per-host metrics as a Markdown table");
  add_options(run);
  add_options(check);
  CLI11_PARSE(cli, argc, argv);
  try {
    if (run->parsed()) return run_command(options);
    if (check->parsed()) return check_config_command(options);
    if (list->parsed()) return metrics_command();
  } catch (const std::exception& problem) {
    return complain({Errc::broken, problem.what()});
  }
  return 2;
}
