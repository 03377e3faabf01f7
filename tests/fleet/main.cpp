// sobriety-fleet: the command line of the fleet simulator.
#include "proto/runtime/log.hpp"
#include "proto/runtime/values.hpp"
#include "tests/fleet/simulator.hpp"

#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>

namespace {

using namespace sobriety;

void raise_descriptor_limit(std::size_t hosts) {
  rlimit limit{};
  const rlim_t wanted = hosts + 256;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(limit.rlim_max, wanted);  // root may
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    spdlog::warn("only {} file descriptors are allowed: some of {} hosts will not connect",
                 static_cast<std::uint64_t>(limit.rlim_cur), hosts);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli{
      "Simulates a fleet of machines that report to a collector through the real protocol, and "
      "prints at its "
      "end, as JSON on standard output, what they really used.",
      "sobriety-fleet"};
  simulation::Options options;
  std::string collector = to_string(options.collector);
  double duration = 0;
  double interval = 5;
  double connect_over = 0;
  cli.set_version_flag("--version", "sobriety-fleet " SOBRIETY_VERSION);
  cli.add_option("--collector", collector, "the collector's telemetry address")
      ->capture_default_str();
  cli.add_option("--hosts", options.hosts, "machines")
      ->check(CLI::Range(1, 200'000))
      ->capture_default_str();
  cli.add_option("--rate", options.rate, "simulated seconds a second")
      ->check(CLI::Range(0.001, 100'000.0))
      ->capture_default_str();
  cli.add_option("--seed", options.seed, "of the fleet: the same seed is the same fleet")
      ->capture_default_str();
  cli.add_option("--interval", interval, "simulated seconds between samples")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  cli.add_option("--batch", options.batch, "samples a report")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  cli.add_option("--duration", duration, "real seconds; 0: until SIGINT or SIGTERM")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  cli.add_option("--connect-over", connect_over,
                 "spread the first connections over so many real seconds")
      ->check(CLI::NonNegativeNumber);
  cli.add_option("--state", options.state,
                 "keep the machines' spools below this directory; without, in memory");
  cli.add_option(
      "--truth", options.truth,
      "keep what the machines really did in this file, and go on from it; needs --state");
  cli.add_option("--spool-bytes", options.spool_bytes,
                 "what a spool on disk may take before the oldest is dropped; 0: as an agent");
  cli.add_option("--batches", options.batches,
                 "end when each machine has made so many reports in its life and all are "
                 "acknowledged; 0: go on");
  cli.add_option("--tls", options.tls,
                 "connect by TLS, each machine with a certificate that the authority in this "
                 "directory (ca.pem, ca.key) issues to it; without, plain");
  cli.add_flag("--days", options.days,
               "desktops and laptops are switched off out of working hours");
  CLI11_PARSE(cli, argc, argv);
  const auto milliseconds = [](double seconds) {
    return std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(seconds * 1e3)};
  };
  options.duration = milliseconds(duration);
  options.interval = milliseconds(interval);
  options.connect_over = milliseconds(connect_over);
  const auto endpoint = parse_endpoint(collector);
  if (!endpoint) {
    std::cerr << "sobriety-fleet: --collector: expected host:port, got '" << collector << "'\n";
    return 1;
  }
  options.collector = *endpoint;

  start_log("sobriety-fleet", LogLevel::warn);
  raise_descriptor_limit(options.hosts);
  net::io_context context{1};
  simulation::Simulator simulator{context, options};
  bool delivered = false;
  net::signal_set signals{context, SIGINT, SIGTERM};
  signals.async_wait([&](error_code error, int) {
    if (!error) simulator.stop();
  });
  net::co_spawn(context, simulator.run(), [&](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
    std::cout << simulation::to_json(simulator.truth(), options) << std::flush;
    delivered = simulator.settled();
    context.stop();  // nothing is left to deliver: the connections may just end
  });
  context.run();
  return options.batches > 0 && !delivered ? 1 : 0;
}
