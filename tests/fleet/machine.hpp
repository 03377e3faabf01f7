// A simulated machine whose truth is known to the microjoule. Pure and deterministic: everything
// follows from the seed and the time.
#pragma once

#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sobriety::simulation {

enum class Kind : std::uint8_t { server, idle_server, desktop, left_on_desktop, laptop };
[[nodiscard]] std::string_view to_string(Kind kind);

// Power of a kind in milliwatts; the anchors are those of the project's power profiles.
struct Profile {
  Kind kind;
  std::string_view chassis;
  std::uint64_t idle_mw;
  std::uint64_t full_mw;
  std::uint32_t cpus;
  std::uint64_t memory;
  bool off_at_night;
};

// What a machine has counted: all of it that changes.
struct MachineCounters {
  std::uint64_t energy_uj = 0;       // over the machine's life
  std::uint64_t agent_start_uj = 0;  // of that, before its agent's counter began
  std::int64_t uptime_ms = 0;
  std::uint64_t user_ms = 0;
  std::uint64_t system_ms = 0;
  std::uint64_t idle_ms = 0;
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
};

class Machine {
 public:
  Machine(std::uint64_t seed, std::size_t number);

  [[nodiscard]] const Profile& profile() const { return *profile_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Inventory inventory(WallTime boot_time) const;

  // In use, and switched on, at this time of the simulated calendar (UTC, Monday to Friday).
  [[nodiscard]] std::uint32_t load_percent(WallTime time) const;
  [[nodiscard]] bool on(WallTime time) const;
  // Constant over each slot of five minutes.
  [[nodiscard]] std::uint64_t power_mw(WallTime time) const;

  // Lives through `step` (whole milliseconds) from `time` on, drawing that time's power.
  void live(WallTime time, std::chrono::milliseconds step);
  // A new boot: counters since boot start again; what counts for the machine's whole life does not.
  void boot();

  // Fills a row of inventory().series.size() cells with the counters as they stand.
  void sample(std::span<Cell> row) const;

  // The agent started: its energy counter runs from here, and from `total`.
  void start_agent(std::uint64_t total) { counters_.agent_start_uj = counters_.energy_uj - total; }
  [[nodiscard]] std::uint64_t agent_energy_uj() const {
    return counters_.energy_uj - counters_.agent_start_uj;
  }
  [[nodiscard]] std::uint64_t energy_uj() const { return counters_.energy_uj; }
  [[nodiscard]] std::chrono::milliseconds uptime() const {
    return std::chrono::milliseconds{counters_.uptime_ms};
  }

  [[nodiscard]] const MachineCounters& counters() const { return counters_; }
  // Goes on from where an earlier run of the simulation left it.
  void go_on_from(const MachineCounters& counters) { counters_ = counters; }

 private:
  const Profile* profile_;
  std::uint64_t seed_;
  std::string name_;
  MachineCounters counters_;
  std::uint32_t load_ = 0;
};

}  // namespace sobriety::simulation
