// No figures of a handful of people's machines: groups that are too small are merged, and what is
// still too small is withheld. Pure.
#pragma once

#include "collector/report/input.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace sobriety::collector::report {

// Department or site of a row that stands for several.
inline constexpr std::string_view several = "*";

template <class Group>
struct Shown {
  std::vector<Group> groups;   // in order of site, department, role
  std::uint32_t merged = 0;    // groups that are in a merged row
  std::uint32_t withheld = 0;  // hosts that are in no row and in no total
};

namespace detail {

// What merged groups have in common, and so the name of their row.
struct Common {
  bool site, role;
};
inline constexpr std::array widening{Common{true, true}, Common{false, true}, Common{false, false}};

template <class Group>
std::pair<std::string, std::string> key_of(const Group& group, Common common) {
  return {common.site ? group.site : std::string{several},
          common.role ? group.role : std::string{several}};
}

template <class Group>
bool takes_part(const Group& group) {
  return is_personal(group.role) || group.role == several;
}

template <class Group>
void absorb(Group& into, const Group& other) {
  into.add(other);
  into.parts += other.parts;
}

// One step: the small groups of each key become one, with the smallest other group of that key
// where they are still too few.
template <class Group>
std::vector<Group> merged(std::vector<Group> groups, std::uint32_t least, Common common) {
  std::map<std::pair<std::string, std::string>, Group> pools;
  std::vector<Group> kept;
  for (Group& group : groups) {
    if (!takes_part(group) || group.hosts() >= least) {
      kept.push_back(std::move(group));
      continue;
    }
    const auto key = key_of(group, common);
    const auto [place, fresh] = pools.try_emplace(key);
    if (fresh) {
      place->second.site = key.first;
      place->second.department = std::string{several};
      place->second.role = key.second;
      place->second.parts = 0;
    }
    absorb(place->second, group);
  }
  for (auto& [key, pool] : pools) {
    if (pool.hosts() >= least) continue;
    auto smallest = kept.end();
    for (auto group = kept.begin(); group != kept.end(); ++group)
      if (takes_part(*group) && key_of(*group, common) == key &&
          (smallest == kept.end() || group->hosts() < smallest->hosts()))
        smallest = group;
    if (smallest == kept.end()) continue;
    absorb(pool, *smallest);
    kept.erase(smallest);
  }
  for (auto& [key, pool] : pools) kept.push_back(std::move(pool));
  return kept;
}

}  // namespace detail

// Only machines that people sit at are protected. Among those of one role, groups of less than
// `least` hosts become one row of their site, or of all sites, or of all such roles; where that row
// is still too small, the smallest group beside it joins, so that no small group can be had by
// subtracting. Only where there is no other group is anything withheld.
//
// A Group has site, department, role and parts (the groups that it is made of, 1 at first), hosts()
// and add(other).
template <class Group>
[[nodiscard]] Shown<Group> protect(std::vector<Group> groups, std::uint32_t least) {
  for (const auto common : detail::widening)
    groups = detail::merged(std::move(groups), least, common);
  Shown<Group> shown;
  for (Group& group : groups) {
    if (detail::takes_part(group) && group.hosts() < least) {
      shown.withheld += group.hosts();
      continue;
    }
    if (group.parts > 1) shown.merged += group.parts;
    shown.groups.push_back(std::move(group));
  }
  std::sort(shown.groups.begin(), shown.groups.end(), [](const Group& a, const Group& b) {
    return std::tie(a.site, a.department, a.role) < std::tie(b.site, b.department, b.role);
  });
  return shown;
}

}  // namespace sobriety::collector::report
