// No figures of a handful of people's machines: groups that are too small are merged, and what is
// still too small is withheld. Pure.
#pragma once

#include "collector/report/sums.hpp"

namespace sobriety::collector::report {

// Department or site of a row that stands for several.
inline constexpr std::string_view several = "*";

struct Shown {
  std::vector<Group> groups;   // in order of site, department, role
  std::uint32_t merged = 0;    // groups that are in a merged row
  std::uint32_t withheld = 0;  // hosts that are in no row and in no total
};

// Only machines that people sit at are protected. Among those of one role, groups of less than
// `least` hosts become one row of their site, or of all sites, or of all such roles; where that row
// is still too small, the smallest group beside it joins, so that no small group can be had by
// subtracting. Only where there is no other group is anything withheld.
[[nodiscard]] Shown protect(std::vector<Group> groups, std::uint32_t least);

}  // namespace sobriety::collector::report
