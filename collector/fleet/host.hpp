// One host as the collector knows it. Owned by a shard and touched on that shard's thread only.
#pragma once

#include "collector/fleet/component_tree.hpp"
#include "collector/fleet/layout.hpp"
#include "collector/fleet/method.hpp"
#include "proto/base/clock.hpp"
#include "proto/base/ids.hpp"
#include "proto/model/batch.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sobriety::collector {

using Steady = std::chrono::steady_clock;

// Told when batches of its host are in durable storage, or when its host has another session.
class HostSession {
 public:
  virtual ~HostSession() = default;
  virtual void committed(std::uint64_t seq) = 0;
  virtual void superseded() = 0;
};

// Energy of one component over the life of the host, across restarts of the agent and of the
// machine: the agent's counter starts from zero with each stream.
struct ComponentAccount {
  std::string component;
  Cell counter = 0;  // newest value of the agent's counter in this stream
  Microjoules total{};
};

struct Host {
  HostId id;
  std::string name;   // as the host calls itself
  std::string label;  // unique in the fleet, escaped for exposition

  StreamId stream{};
  std::uint64_t applied = 0;    // last batch of the stream in the account below
  std::uint64_t committed = 0;  // last batch of the stream in the store
  bool dirty = false;           // waits for the next commit

  std::array<Microjoules, shown_methods> energy{};
  std::vector<ComponentAccount> components;
  std::array<Microjoules, shown_scopes.size()> scope_energy{};
  PsysTrust psys;

  // Of the current inventory:
  std::shared_ptr<const Layout> layout;
  std::shared_ptr<const LabelText> info;
  BootId boot{};
  std::vector<std::size_t> account_of;  // index into components, one a layout->energy()
  std::vector<Cell> row;                // layout->row_width() cells; no_value: no line
  std::optional<Instant> newest;        // newest sample of this boot, and of this process's life
  bool machine_read = false;            // it has a reading of the machine's meter

  // Presence:
  HostSession* session = nullptr;
  bool up = false;
  bool left = false;  // said goodbye: the silence is meant
  Steady::time_point last_arrival{};
  std::chrono::milliseconds report_interval{30'000};
  std::chrono::milliseconds skew{0};  // wall clock of the host minus ours, at its hello
};

}  // namespace sobriety::collector
