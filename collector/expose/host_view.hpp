// What the API shows of a host and of groups of hosts. Pure; read on the thread of the hosts'
// shard.
#pragma once

#include "collector/expose/api_query.hpp"
#include "collector/fleet/shard.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sobriety::collector {

inline constexpr std::size_t verdicts = 7;

// A host as a JSON object, and the id by which pages are turned.
struct HostText {
  HostId id;
  std::string json;
};

enum class Wanted : std::uint8_t { all, idle };  // idle: idle now, or judged to be of little use

// The first `filter.limit` + 1 hosts by id that the filter takes. `personal`: those that people sit
// at too.
[[nodiscard]] std::vector<HostText> host_page(const std::deque<Host>& hosts,
                                              const HostFilter& filter, Wanted wanted,
                                              bool personal);
[[nodiscard]] std::optional<HostText> host_text(const std::deque<Host>& hosts, const HostId& id,
                                                bool personal);

// {"hosts": […], "next": id or null} of the pages of all shards.
[[nodiscard]] std::string page_text(std::vector<HostText> found, std::size_t limit);

struct GroupView {
  std::string site, department, role;
  std::uint32_t parts = 1;
  std::array<std::uint32_t, power_state_count> by_state{};
  std::array<std::uint32_t, verdicts> by_verdict{};
  // Of the hosts' lives; a fleet has more microjoules than an integer holds.
  double kwh_measured = 0, kwh_estimated = 0, kwh_wasted = 0, kwh_avoidable = 0;

  [[nodiscard]] std::uint32_t hosts() const;
  void add(const GroupView& other);
};
[[nodiscard]] std::vector<GroupView> groups_of(const std::deque<Host>& hosts);
// Those of several shards, each group once, in order.
[[nodiscard]] std::vector<GroupView> together(std::vector<GroupView> groups);
// {"groups": […], "merged_groups": n, "withheld_hosts": n, "next": offset or null}
[[nodiscard]] std::string groups_text(std::vector<GroupView> groups, std::uint32_t least,
                                      std::size_t limit, std::size_t after);

}  // namespace sobriety::collector
