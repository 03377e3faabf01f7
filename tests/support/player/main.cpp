// sobriety-player: plays a machine with energy meters of known truth to whoever reads its files.
#include "tests/support/player/mount.hpp"
#include "tests/support/player/playback.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <vector>

namespace {

using namespace sobriety;

int play(const player::Scenario& scenario, const std::string& tree, const std::string& clock,
         const std::string& mount_point) {
  using namespace std::chrono;
  const auto wall = duration_cast<seconds>(system_clock::now().time_since_epoch());
  const auto booted = wall - duration_cast<seconds>(scenario.uptime);
  player::HostTree host{scenario, std::filesystem::absolute(tree), booted.count()};
  if (!host.command(clock, steady_clock::now().time_since_epoch())) {
    std::cerr << "sobriety-player: --clock: expected 'real', 'stop' or 'step 30s', got '" << clock
              << "'\n";
    return 1;
  }
  return player::serve(host, mount_point);
}

// For each uptime on standard input, what each zone has used since the player's start.
void tell_truth(const player::Scenario& scenario) {
  std::vector<Elapsed> times;
  for (double seconds = 0; std::cin >> seconds;)
    times.emplace_back(static_cast<Elapsed::rep>(std::llround(seconds * 1e9)));
  std::cout << '{';
  const char* next_zone = "";
  for (const player::Zone& zone : scenario.zones) {
    if (!zone.mirrors.empty()) continue;
    std::cout << next_zone << '"' << zone.directory << R"(": {"component": ")"
              << player::component_of(scenario, zone) << R"(", "joules": [)" << std::fixed
              << std::setprecision(6);
    const char* next_time = "";
    for (const Elapsed uptime : times) {
      const auto awake = player::awake_at(scenario, uptime);
      std::cout << next_time
                << static_cast<double>(player::truth_at(scenario, zone, awake).count()) / 1e6;
      next_time = ", ";
    }
    std::cout << "]}";
    next_zone = ", ";
  }
  std::cout << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{"Plays a machine whose energy meters have a known truth, from a scenario.",
               "sobriety-player"};
  cli.require_subcommand(1);
  std::string file;
  std::string tree;
  std::string clock = "real";
  std::string mount_point;
  cli.add_option("--scenario", file, "a YAML file")->required();
  auto* const playing = cli.add_subcommand("play", "serves the machine's files by FUSE");
  playing->add_option("--tree", tree, "a captured machine: the directory with its proc and sys")
      ->required()
      ->check(CLI::ExistingDirectory);
  playing->add_option("--clock", clock, "'real', 'stop', or 'step 30s' at each look at the uptime")
      ->capture_default_str();
  playing->add_option("mount point", mount_point, "an empty directory")
      ->required()
      ->check(CLI::ExistingDirectory);
  cli.add_subcommand("truth",
                     "reads uptimes from standard input and prints, as JSON, the joules "
                     "that each zone had used by then");
  CLI11_PARSE(cli, argc, argv);

  const auto scenario = player::load_scenario(file);
  if (!scenario) {
    std::cerr << "sobriety-player: " << scenario.error().message << '\n';
    return 1;
  }
  if (playing->parsed()) return play(scenario.value(), tree, clock, mount_point);
  tell_truth(scenario.value());
  return 0;
}
