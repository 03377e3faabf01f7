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
  void start_agent(std::uint64_t total) { agent_start_uj_ = energy_uj_ - total; }
  [[nodiscard]] std::uint64_t energy_uj() const { return energy_uj_; }
  [[nodiscard]] std::chrono::milliseconds uptime() const { return uptime_; }

 private:
  const Profile* profile_;
  std::uint64_t seed_;
  std::string name_;
  std::uint64_t energy_uj_ = 0;
  std::uint64_t agent_start_uj_ = 0;
  std::chrono::milliseconds uptime_{0};
  std::uint64_t user_ms_ = 0;
  std::uint64_t system_ms_ = 0;
  std::uint64_t idle_ms_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t written_ = 0;
  std::uint32_t load_ = 0;
};

}  // namespace sobriety::simulation
