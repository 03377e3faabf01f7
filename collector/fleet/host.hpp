// One host as the collector knows it. Owned by a shard and touched on that shard's thread only.
#pragma once

#include "collector/fleet/component_tree.hpp"
#include "collector/fleet/figures.hpp"
#include "collector/fleet/layout.hpp"
#include "collector/policy/power_method.hpp"
#include "collector/fleet/timeline.hpp"
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

// A place in the batches of a host: the last of them that was taken, of which stream.
struct Place {
  StreamId stream{};
  std::uint64_t seq = 0;

  bool operator==(const Place&) const = default;
};

// Energy of one component over the life of the host, across restarts of the agent and of the
// machine: the agent's counter starts from zero with each stream.
struct ComponentAccount {
  std::string component;
  Cell counter = 0;  // newest value of the agent's counter in this stream; no_value: not known
  Microjoules total{};

  bool operator==(const ComponentAccount&) const = default;
};

// All of a host that goes on after a restart of the collector.
struct Account {
  std::array<Microjoules, shown_methods> energy{};  // of the whole machine, by method
  ScopeEnergy by_scope{};                           // of what is metered, no part of it twice
  std::vector<ComponentAccount> components;
  Figures totals;          // over the life of the host: what its hours add up to
  Timeline timeline;       // up to the newest sample
  WallTime measured_to{};  // up to here the energy of the whole machine is in the hours; 0: nowhere
  WallTime last_seen{};    // when the newest sample was taken

  bool operator==(const Account&) const = default;
};

// What was taken and is not committed yet.
struct Pending {
  std::vector<Cell> row;  // as it will be shown
  Hours hours;            // what the ledger gains; handed to the commit
};

struct Host {
  HostId id;
  std::string name;   // as the host calls itself
  std::string label;  // unique in the fleet, escaped for exposition

  Place applied;       // last batch in the account below
  Place stored;        // last batch that the store is known to have
  bool dirty = false;  // waits for the next commit
  Account account;
  std::unique_ptr<Pending> pending;  // while anything of it is not committed
  PsysTrust psys;                    // observed by this process

  // Of the current inventory:
  std::shared_ptr<const Layout> layout;
  std::shared_ptr<const LabelText> info;
  BootId boot{};
  std::vector<std::size_t> account_of;  // index into account.components, one a layout->energy()
  std::vector<Cell> row;                // layout->row_width() cells, committed; no_value: no line
  std::optional<BootClock> clock;       // as the last hello told
  bool fresh = true;           // a new stream, boot or layout, of which nothing was taken yet
  bool counters_known = true;  // counters of the stream that are new here begin at zero
  bool measuring = false;  // the newest sample has a reading of the machine's meter that the next
                           // one may be measured against

  // Presence:
  HostSession* session = nullptr;
  std::optional<MachineHash> machine;  // of that session, where it tells
  bool cloned = false;                 // another machine came with this identity; it was told once
  bool up = false;
  bool left = false;  // said goodbye: the silence is meant
  Steady::time_point last_arrival{};
  std::chrono::milliseconds report_interval{30'000};
  std::chrono::milliseconds skew{0};  // wall clock of the host minus ours, at its hello

  // The last batch of the present stream that is in the store.
  [[nodiscard]] std::uint64_t committed() const {
    return stored.stream == applied.stream ? stored.seq : 0;
  }
};

}  // namespace sobriety::collector
