// An invented machine: identities, inventories and batches that tests read at a glance.
#pragma once

#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"
#include "proto/wire/messages.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::test {

// The id whose bytes are all `number`.
template <class SomeId>
SomeId id(std::uint8_t number) {
  SomeId made;
  made.bytes.fill(number);
  return made;
}

inline constexpr WallTime boot_wall{std::chrono::milliseconds{1'700'000'000'000}};

// When batches arrive: long after they were sampled, so that no sample is from the future.
inline constexpr WallTime arrival = boot_wall + std::chrono::days{30};

// The moment this long after boot.
inline Instant at(std::chrono::milliseconds since_boot) {
  return {since_boot, Elapsed::zero(), boot_wall + since_boot};
}

inline wire::Hello hello_of(std::uint8_t host, std::uint8_t stream = 1, std::string name = {}) {
  wire::Hello hello;
  hello.host = id<HostId>(host);
  hello.stream = id<StreamId>(stream);
  hello.host_name = name.empty() ? "host-" + std::to_string(host) : std::move(name);
  hello.agent_version = "1.2.3";
  hello.wall = boot_wall;
  hello.report_interval = std::chrono::seconds{30};
  return hello;
}

inline Series cpu(std::string mode) {
  return {SignalId::cpu_time, std::move(mode), EnergyScope::none, ""};
}
inline Series meter(std::string component, EnergyScope scope, std::string contained_in = {}) {
  return {SignalId::component_energy, std::move(component), scope, std::move(contained_in)};
}
inline Series wall_meter() { return meter("bmc", EnergyScope::machine); }

inline Inventory inventory_of(std::vector<Series> series, std::uint8_t boot = 1) {
  Inventory inventory;
  inventory.agent_version = "1.2.3";
  inventory.boot = id<BootId>(boot);
  inventory.boot_time = boot_wall;
  inventory.facts = {"Debian 12", "6.1.0", "Some CPU", 8, 16'000'000'000, "server", "none", "R740"};
  inventory.series = std::move(series);
  return inventory;
}

// One sample: how long after boot, and its cells.
using Sample = std::pair<std::chrono::milliseconds, std::vector<Cell>>;

inline Batch batch_of(std::uint64_t seq, const std::vector<Sample>& samples,
                      std::uint64_t inventory_hash = 0) {
  Batch batch;
  batch.seq = seq;
  batch.inventory_hash = inventory_hash;
  batch.width = samples.empty() ? 0 : samples.front().second.size();
  for (const auto& [time, cells] : samples) {
    batch.times.push_back(at(time));
    batch.cells.insert(batch.cells.end(), cells.begin(), cells.end());
  }
  return batch;
}

}  // namespace sobriety::test
