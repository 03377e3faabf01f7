// What groups of hosts are and used: each host is in exactly one group of {site, department, role},
// so that sums over groups count nothing twice. Groups of few people's machines are shown as
// reports show them: merged, or withheld. And what the figures stand on: carbon intensity, tariff,
// PUE and working hours now.
#pragma once

#include "collector/expose/format.hpp"
#include "collector/fleet/power_state.hpp"
#include "collector/fleet/shard.hpp"
#include "collector/fleet/verdict.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sobriety::collector {

struct GroupSum {
  std::array<std::size_t, power_state_count> states{};
  std::array<std::size_t, verdict_count> verdicts{};
  Figures totals;                                // of hosts that count, as committed
  std::map<std::string, std::uint64_t> emitted;  // micrograms by the source of the factor
  std::map<std::string, std::int64_t> cost;      // millionths by currency

  GroupSum& operator+=(const GroupSum& other);
};

struct GroupTable {
  std::map<policy::Group, GroupSum> groups;
  std::shared_ptr<const policy::Policy> policy;

  GroupTable& operator+=(const GroupTable& other);
};

// On the shard's thread.
[[nodiscard]] GroupTable group_table(const Shard& shard, WallTime now);

// The families of groups and of the policy's figures, at `now`; no group of people's machines is
// shown that has less than `least` hosts.
[[nodiscard]] std::string group_text(const GroupTable& table, std::uint32_t least, WallTime now,
                                     Format format);

}  // namespace sobriety::collector
