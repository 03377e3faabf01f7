// sobriety-agent: the command line.
#include "agent/app.hpp"
#include "agent/config.hpp"
#include "agent/enrol_command.hpp"
#include "agent/image.hpp"
#include "agent/probe.hpp"
#include "agent/source/registry.hpp"
#include "proto/runtime/log.hpp"
#include "proto/runtime/version.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using namespace sobriety;
using namespace sobriety::agent;

struct Options {
  std::string config_file;
  std::string proc_root;
  std::string sys_root;
  std::string format = "text";
  std::string token_file;
};

// The configuration of the file with what the command line sets over it.
Result<AgentConfig> configuration(const Options& options) {
  AgentConfig config = default_config(std::getenv("STATE_DIRECTORY"));
  if (!options.config_file.empty()) {
    BOOST_OUTCOME_TRY(config, load_config(options.config_file, config, source_kinds()));
  }
  if (!options.proc_root.empty()) config.roots.proc = options.proc_root;
  if (!options.sys_root.empty()) config.roots.sys = options.sys_root;
  config.sources.interval = config.sampling.interval;
  return config;
}

int complain(const Error& error) {
  std::cerr << "sobriety-agent: " << error.message << '\n';
  return 1;
}

int run_command(const AgentConfig& config, const Options& options) {
  start_log("sobriety-agent", config.log_level);
  const auto done = agent::run(config, [&options] { return configuration(options); });
  return done ? 0 : complain(done.error());
}

int probe_command(const AgentConfig& config, bool json) {
  const auto sources = probe_sources(config.roots, config.sources);
  std::cout << (json ? probe_json(sources) : probe_text(sources));
  return 0;
}

int print_payload_command(const AgentConfig& config) {
  const auto text = print_payload(config);
  if (!text) return complain(text.error());
  std::cout << text.value();
  return 0;
}

int prepare_image_command(const AgentConfig& config) {
  const auto& directory = config.host.state_directory;
  if (const auto done = prepare_image(directory); !done) return complain(done.error());
  std::cerr << directory.string()
            << ": identity, token and spool are gone; each machine that starts "
            << "from this image becomes a host of its own\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{
      "Samples this machine's CPU time, energy and uptime and reports them to a sobriety "
      "collector.",
      "sobriety-agent"};
  cli.set_version_flag("--version", version_text("sobriety-agent"));
  cli.require_subcommand(1);
  Options options;
  const auto add_command = [&](const char* name, const char* help) {
    CLI::App* command = cli.add_subcommand(name, help);
    command->add_option("--config.file", options.config_file,
                        "YAML configuration; defaults without it");
    command->add_option("--proc-root", options.proc_root, "read this directory instead of /proc");
    command->add_option("--sys-root", options.sys_root, "read this directory instead of /sys");
    return command;
  };
  CLI::App* run = add_command(
      "run", "sample and report until SIGINT or SIGTERM; SIGHUP reloads the configuration");
  CLI::App* probe = add_command(
      "probe", "say of each source whether it is found, absent, denied (and the fix) or broken");
  CLI::App* sample = add_command("sample", "read every source once and print what it reads");
  CLI::App* payload =
      add_command("print-payload", "print, field by field, what a report of this machine contains");
  for (CLI::App* command : {probe, sample})
    command->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
  CLI::App* check = add_command("check-config", "check the configuration and print it whole");
  CLI::App* enrol = add_command(
      "enrol", "fetch this host's certificate by a token, from a file or standard input");
  enrol->add_option("--token-file", options.token_file,
                    "the token; removed once the certificate is there. Without it or with - the "
                    "token is read from standard input");
  CLI::App* image =
      add_command("prepare-image", "forget who this machine is, before an image of it is taken");
  CLI11_PARSE(cli, argc, argv);
  try {
    const auto config = configuration(options);
    if (!config) return complain(config.error());
    if (run->parsed()) return run_command(config.value(), options);
    start_log("sobriety-agent", LogLevel::warn);  // what follows speaks on standard output
    if (probe->parsed()) return probe_command(config.value(), options.format == "json");
    if (sample->parsed()) std::cout << sample_once(config.value(), options.format == "json");
    if (payload->parsed()) return print_payload_command(config.value());
    if (check->parsed()) std::cout << describe(config.value());
    if (enrol->parsed()) {
      const auto done = enrol_now(config.value(), options.token_file);
      return done ? 0 : complain(done.error());
    }
    if (image->parsed()) return prepare_image_command(config.value());
  } catch (const std::exception& problem) {
    return complain({Errc::broken, problem.what()});
  }
  return 0;
}
