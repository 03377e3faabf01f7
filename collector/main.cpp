// sobriety-collector: the command line.
#include "collector/app.hpp"
#include "collector/commands.hpp"
#include "collector/config.hpp"
#include "collector/identity_commands.hpp"
#include "collector/policy_commands.hpp"
#include "collector/report_command.hpp"
#include "collector/web/protection.hpp"
#include "proto/model/metric.hpp"
#include "proto/runtime/log.hpp"
#include "proto/runtime/values.hpp"
#include "proto/runtime/version.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using namespace sobriety;
using namespace sobriety::collector;

struct Options {
  std::string config_file;
  std::string telemetry_listen;
  std::string web_listen;
  std::string web_config_file;
  std::string store_path;
  std::string backup_file;
  bool replay = false;
  std::string explained_host;
  std::string calibrated_host;
  CalibrateFiles calibrate_files;
};

// The configuration of the file with what the command line sets over it.
Result<CollectorConfig> configuration(const Options& options) {
  CollectorConfig config = default_config(std::getenv("STATE_DIRECTORY"));
  if (!options.config_file.empty()) {
    BOOST_OUTCOME_TRY(config, load_config(options.config_file, config));
  }
  if (!options.store_path.empty()) config.store.path = options.store_path;
  if (!options.telemetry_listen.empty()) {
    const auto endpoint = parse_endpoint(options.telemetry_listen);
    if (!endpoint)
      return fail(Errc::malformed, "--telemetry.listen-address: expected host:port, got '" +
                                       options.telemetry_listen + "'");
    config.telemetry.listen = *endpoint;
  }
  if (!options.web_listen.empty()) {
    const auto endpoint = parse_endpoint(options.web_listen);
    if (!endpoint)
      return fail(Errc::malformed,
                  "--web.listen-address: expected an address and a port such as "
                  "127.0.0.1:18551, got '" +
                      options.web_listen + "'");
    config.web.listen = *endpoint;
  }
  if (!options.web_config_file.empty()) config.web.config_file = options.web_config_file;
  return config;
}

// The same where a collector can run so.
Result<CollectorConfig> checked_configuration(const Options& options) {
  BOOST_OUTCOME_TRY(auto config, configuration(options));
  BOOST_OUTCOME_TRY(check(config));
  BOOST_OUTCOME_TRY(check_exposure(config.web));
  return config;
}

int complain(const Error& error) {
  std::cerr << "sobriety-collector: " << error.message << '\n';
  return 1;
}

int run_command(const Options& options) {
  const auto config = checked_configuration(options);
  if (!config) return complain(config.error());
  start_log("sobriety-collector", config.value().log_level);
  const auto done = collector::run(
      config.value(), [&options] { return checked_configuration(options); },
      options.replay ? collector::Time::replayed : collector::Time::real);
  return done ? 0 : complain(done.error());
}

int check_config_command(const Options& options) {
  const auto config = configuration(options);
  if (!config) return complain(config.error());
  const auto& web = config.value().web;
  if (const auto safe = check_exposure(web); !safe) return complain(safe.error());
  const auto protection = ProtectionFile::open(web.config_file, is_exposed(web));
  if (!protection) return complain(protection.error());
  const int checked = check_config(config.value(), options.explained_host);
  if (const auto runs = check(config.value()); !runs)
    std::cerr << "sobriety-collector: what is good so far would not run: " << runs.error().message
              << '\n';
  return checked;
}

int identity_command(const Options& options, const IdentityCommands& commands) {
  const auto config = configuration(options);
  return config ? commands.run(config.value()) : complain(config.error());
}

int report_command(const Options& options, const ReportCommand& report) {
  const auto config = configuration(options);
  return config ? report.run(config.value()) : complain(config.error());
}

int verify_command(const Options& options) {
  const auto config = configuration(options);
  return config ? verify_store(config.value().store) : complain(config.error());
}

int backup_command(const Options& options) {
  const auto config = configuration(options);
  if (!config) return complain(config.error());
  int status = back_up_store(config.value().store, options.backup_file);
  if (status == 0) status = back_up_reports(config.value().store, options.backup_file);
  return status == 0 ? back_up_identity(config.value().identity, options.backup_file) : status;
}

// The catalogue as a Markdown table: the documentation's part that the table of metrics writes.
int metrics_command() {
  std::cout << "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const Metric& row : metrics()) {
    std::cout << "| `" << row.name << "` | "
              << (row.kind == MetricKind::counter ? "counter" : "gauge") << " | host";
    if (!row.label.empty()) std::cout << ", " << row.label;
    if (!row.second_label.empty()) std::cout << ", " << row.second_label;
    if (row.id == MetricId::host_source_status) std::cout << ", status";
    std::cout << " | " << row.help << " |\n";
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Collects energy telemetry from sobriety agents and exposes it to Prometheus.",
               "sobriety-collector"};
  cli.set_version_flag("--version", version_text("sobriety-collector"));
  cli.require_subcommand(1);
  Options options;
  const auto add_store = [&options](CLI::App* command) {
    command->add_option("--config.file", options.config_file,
                        "YAML configuration; defaults without it");
    command->add_option("--store.path,--store", options.store_path,
                        "the file of accounts and ledger, instead of the configured one");
  };
  const auto add_options = [&](CLI::App* command) {
    add_store(command);
    command->add_option("--telemetry.listen-address", options.telemetry_listen,
                        "where agents connect, host:port");
    command->add_option("--web.listen-address", options.web_listen,
                        "where /metrics is served, host:port");
    command->add_option("--web.config.file", options.web_config_file,
                        "TLS and users of that port, in Prometheus' web configuration format");
  };
  CLI::App* run = cli.add_subcommand(
      "run", "collect until SIGINT or SIGTERM; SIGHUP reloads the configuration");
  CLI::App* check = cli.add_subcommand(
      "check-config", "check the configuration and the policy, and print them whole");
  check->add_option(
      "--explain", options.explained_host,
      "tell, rule by rule, what the policy says of HOST and why; after its name what is "
      "known of it, such as HOST,chassis=laptop,address=10.1.2.3,tag=lab");
  CLI::App* calibrate = cli.add_subcommand(
      "calibrate",
      "find from a plug meter's readings how a machine's power at the wall follows from RAPL, and "
      "print "
      "the rule for the policy; the machine must have been idle, half loaded and fully loaded");
  calibrate->add_option("HOST", options.calibrated_host, "its name")->required();
  calibrate
      ->add_option("--meter", options.calibrate_files.meter,
                   "CSV timestamp,watts of the meter, in UTC or with an offset")
      ->required();
  calibrate
      ->add_option("--rapl", options.calibrate_files.rapl,
                   "CSV timestamp,joules of the same time: the counter "
                   "sobriety_host_scope_energy_joules_total{scope=\"cpu\"}")
      ->required();
  CLI::App* list =
      cli.add_subcommand("metrics", "print the catalogue of per-host metrics as a Markdown table");
  CLI::App* verify = cli.add_subcommand(
      "verify",
      "check that the store is sound and that no time and no energy was made or lost in it; prints "
      "a "
      "line a fault, and the exit status is 1 if there is any; a collector may be running");
  CLI::App* backup = cli.add_subcommand(
      "backup", "copy the store to a new file, whole or not at all; a collector may be running");
  add_options(run);
  run->add_flag("--replay", options.replay,
                "take the time of the newest sample for now: to import history, or to simulate");
  add_options(check);
  add_store(verify);
  add_store(backup);
  backup->add_option("FILE", options.backup_file, "where to; replaced if it is there")->required();
  const IdentityCommands identity{cli, options.config_file};
  const ReportCommand report{cli};
  add_store(report.command());
  CLI11_PARSE(cli, argc, argv);
  try {
    if (run->parsed()) return run_command(options);
    if (check->parsed()) return check_config_command(options);
    if (calibrate->parsed())
      return calibrate_host(options.calibrated_host, options.calibrate_files);
    if (verify->parsed()) return verify_command(options);
    if (backup->parsed()) return backup_command(options);
    if (report.command()->parsed()) return report_command(options, report);
    if (list->parsed()) return metrics_command();
    if (identity.parsed()) return identity_command(options, identity);
  } catch (const std::exception& problem) {
    return complain({Errc::broken, problem.what()});
  }
  return 2;
}
