// One host as the collector knows it. Owned by a shard and touched on that shard's thread only.
#pragma once

#include "collector/fleet/component_tree.hpp"
#include "collector/fleet/figures.hpp"
#include "collector/fleet/judge.hpp"
#include "collector/fleet/layout.hpp"
#include "collector/fleet/point.hpp"
#include "collector/fleet/rates.hpp"
#include "collector/fleet/timeline.hpp"
#include "collector/fleet/wall_power.hpp"
#include "collector/policy/host_policy.hpp"
#include "collector/policy/power_method.hpp"
#include "collector/policy/subject.hpp"
#include "proto/base/clock.hpp"
#include "proto/base/ids.hpp"
#include "proto/model/batch.hpp"

#include <algorithm>
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

// Emissions by the source of their factor.
struct Emission {
  std::string source;
  std::uint64_t micrograms = 0;  // of CO2e

  bool operator==(const Emission&) const = default;
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
  PowerWait wait;          // what waits to be energy at the wall
  JudgeMemory judge;
  std::vector<Emission> emissions;

  bool operator==(const Account&) const = default;
};

// What was taken and is not committed yet.
struct Pending {
  std::vector<Cell> row;          // as it will be shown
  Hours hours;                    // what the ledger gains; handed to the commit
  std::vector<QuietDay> days;     // that ended; handed to the commit
  std::vector<Microjoules> used;  // of each energy series by the present sample
  std::vector<Point> points;      // as they were taken, where they are kept; handed to the commit
  WallTime points_since{};        // when the first of them came
};

// What a host is judged by that nothing is known of.
[[nodiscard]] std::shared_ptr<const policy::HostPolicy> policy_of_strangers();

// A line of /metrics needs a host's first cache line and its cell of the row: a scrape walks over
// all hosts once a family, and a large fleet is in no cache.
struct alignas(64) Host {
  std::string label;                     // unique in the fleet, escaped for exposition
  std::shared_ptr<const Layout> layout;  // of the current inventory; null: none yet
  bool up = false;
  bool left = false;      // said goodbye: the silence is meant
  bool noted = false;     // something beside batches changed its account since it was stored
  bool dirty = false;     // waits for the next commit
  std::vector<Cell> row;  // layout->row_width() cells, committed; no_value: no line

  HostId id;
  std::string name;  // as the host calls itself

  Place applied;                          // last batch in the account below
  Place stored;                           // last batch that the store is known to have
  Figures shown_totals;                   // as committed, for sums over groups
  std::vector<Emission> shown_emissions;  // the same
  Account account;
  std::unique_ptr<Pending> pending;  // while anything of it is not committed
  PsysTrust psys;                    // observed by this process

  // What it is judged by, from now on:
  std::shared_ptr<const policy::HostPolicy> policy = policy_of_strangers();  // never null
  RateMemory rates;                                                          // of that policy
  std::shared_ptr<const LabelText> membership;  // member_labels() of that policy; null: none
  std::vector<QuietDay> quiet_days;  // whole ones, ascending, as many as are looked back at
  policy::Subject subject;           // what the policy may know of it
  std::string subject_text;          // the same as the store keeps it

  // Of the current inventory:
  std::shared_ptr<const LabelText> info;
  BootId boot{};
  std::vector<std::size_t> account_of;  // index into account.components, one a layout->energy()
  std::optional<BootClock> clock;       // as the last hello told
  bool fresh = true;           // a new stream, boot or layout, of which nothing was taken yet
  bool counters_known = true;  // counters of the stream that are new here begin at zero
  bool measuring = false;  // the newest sample has a reading of the machine's meter that the next
                           // one may be measured against

  // Presence:
  HostSession* session = nullptr;
  std::optional<MachineHash> machine;  // of that session, where it tells
  bool cloned = false;                 // another machine came with this identity; it was told once
  Steady::time_point last_arrival{};
  std::chrono::milliseconds report_interval{30'000};
  std::chrono::milliseconds skew{0};  // wall clock of the host minus ours, at its hello

  [[nodiscard]] unsigned processors() const { return std::max(1U, subject.facts.cpus); }
  // The last batch of the present stream that is in the store.
  [[nodiscard]] std::uint64_t committed() const {
    return stored.stream == applied.stream ? stored.seq : 0;
  }
  // Batches of it wait for their commit, which makes it up.
  [[nodiscard]] bool has_uncommitted() const { return applied.seq != committed(); }
};

}  // namespace sobriety::collector
