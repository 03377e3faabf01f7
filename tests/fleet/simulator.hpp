// A fleet of simulated machines that report to a real collector: one connection a machine, through
// the agent's own spool, delivery and uplink.
#pragma once

#include "agent/uplink/uplink.hpp"
#include "proto/wire/batch_codec.hpp"
#include "tests/fleet/authority.hpp"
#include "tests/fleet/machine.hpp"
#include "tests/fleet/truth_file.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::simulation {

struct Options {
  Endpoint collector{"127.0.0.1", 18550};
  std::size_t hosts = 10;
  double rate = 1;  // simulated seconds a second
  std::uint64_t seed = 1;
  std::chrono::milliseconds interval{5'000};  // between samples, simulated
  unsigned batch = 6;                         // samples
  std::chrono::milliseconds duration{0};      // real; 0: until a signal
  bool days = false;                          // machines are switched off out of hours
  std::chrono::milliseconds connect_over{0};  // spread the first connections over this real time
  std::filesystem::path state;                // spools on disk, below it; empty: in memory
  std::filesystem::path tls;                  // an authority's directory; empty: plain connections
  std::filesystem::path truth;    // a TruthFile to go on from and to keep; needs `state`
  std::uint64_t spool_bytes = 0;  // bound of each spool on disk; 0: an agent's own default
  std::uint64_t batches = 0;      // of each machine's life, then the end; 0: no end but `duration`
};

struct Truth {
  std::size_t hosts = 0;
  std::size_t on = 0;
  std::size_t connected = 0;
  double simulated_seconds = 0;
  double watts = 0;               // of the machines that are on, now
  std::uint64_t microjoules = 0;  // in all batches made
  std::uint64_t samples = 0;
  std::uint64_t batches = 0;
  std::uint64_t unacknowledged_bytes = 0;
  std::uint64_t dropped_samples = 0;
  std::uint64_t sent_bytes = 0;
};

[[nodiscard]] std::string to_json(const Truth& truth, const Options& options);

class Simulator {
 public:
  Simulator(net::io_context& context, const Options& options);

  // Runs for options.duration or until stop(); then lets every machine finish its delivery.
  Task<> run();
  void stop() { stopped_ = true; }

  [[nodiscard]] Truth truth() const;
  // All that was made is acknowledged.
  [[nodiscard]] bool settled() const;

 private:
  struct Host {
    Host(const Options& options, std::size_t number);
    Machine machine;
    HostId id;
    std::shared_ptr<agent::Spool> spool;
    std::unique_ptr<agent::Uplink> uplink;
    agent::SharedInventory inventory;
    std::uint64_t bytes_before = 0;  // sent by earlier uplinks
    WallTime lived_until;
    HostTruth* truth = nullptr;  // null: nobody asks
  };
  struct Due {
    WallTime at;
    std::size_t host;
    bool operator>(const Due& other) const { return at > other.at; }
  };
  // Wall time of the simulation, for hellos.
  class SimulatedClock;

  [[nodiscard]] WallTime now() const;
  [[nodiscard]] std::unique_ptr<agent::Spool> spool_of(const Host& host) const;
  void start_agent(Host& host) const;
  void open_truth();
  void go_on_from_truth(Host& host) const;
  void keep_truth(Host& host, std::size_t samples) const;
  void note_progress();  // what the collector is known to have
  [[nodiscard]] bool made_all() const;
  [[nodiscard]] agent::Uplink::Security security_of(const Host& host) const;
  void switch_on(Host& host, std::size_t number, WallTime at);
  void switch_off(Host& host);
  void report(Host& host, WallTime until);
  void keep_sample(Host& host);
  Task<> finish();

  net::io_context& context_;
  const Options options_;
  std::unique_ptr<Clock> clock_;
  std::chrono::steady_clock::time_point started_;
  WallTime epoch_;
  TruthFile truth_file_;
  std::optional<Authority> authority_;
  std::deque<Host> hosts_;
  // Uplinks that say goodbye, each with the spool that it delivers.
  std::vector<std::pair<std::shared_ptr<agent::Spool>, std::unique_ptr<agent::Uplink>>> leaving_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  wire::ColumnPlan plan_;
  wire::BatchCodec codec_;
  Batch batch_;
  Batch row_;
  bool stopped_ = false;
  std::uint64_t samples_ = 0;
  std::uint64_t batches_ = 0;
  std::uint64_t microjoules_ = 0;
};

}  // namespace sobriety::simulation
