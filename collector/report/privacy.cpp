#include "collector/report/privacy.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace sobriety::collector::report {

namespace {

// What merged groups have in common, and so the name of their row.
struct Common {
  bool site, role;
};
constexpr std::array widening{Common{true, true}, Common{false, true}, Common{false, false}};

using Key = std::pair<std::string, std::string>;

Key key_of(const Group& group, Common common) {
  return {common.site ? group.site : std::string{several},
          common.role ? group.role : std::string{several}};
}

bool takes_part(const Group& group) { return is_personal(group.role) || group.role == several; }

void absorb(Group& into, const Group& other) {
  into.sums += other.sums;
  into.counted += other.counted;
  into.parts += other.parts;
}

// One step: the small groups of each key become one, with the smallest other group of that key
// where they are still too few.
std::vector<Group> merged(std::vector<Group> groups, std::uint32_t least, Common common) {
  std::map<Key, Group> pools;
  std::vector<Group> kept;
  for (Group& group : groups) {
    if (!takes_part(group) || group.sums.hosts >= least) {
      kept.push_back(std::move(group));
      continue;
    }
    const Key key = key_of(group, common);
    Group& pool =
        pools.try_emplace(key, Group{key.first, std::string{several}, key.second, {}, {}, 0})
            .first->second;
    absorb(pool, group);
  }
  for (auto& [key, pool] : pools) {
    if (pool.sums.hosts >= least) continue;
    auto smallest = kept.end();
    for (auto group = kept.begin(); group != kept.end(); ++group)
      if (takes_part(*group) && key_of(*group, common) == key &&
          (smallest == kept.end() || group->sums.hosts < smallest->sums.hosts))
        smallest = group;
    if (smallest == kept.end()) continue;
    absorb(pool, *smallest);
    kept.erase(smallest);
  }
  for (auto& [key, pool] : pools) kept.push_back(std::move(pool));
  return kept;
}

}  // namespace

Shown protect(std::vector<Group> groups, std::uint32_t least) {
  for (const Common common : widening) groups = merged(std::move(groups), least, common);
  Shown shown;
  for (Group& group : groups) {
    if (takes_part(group) && group.sums.hosts < least) {
      shown.withheld += group.sums.hosts;
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
