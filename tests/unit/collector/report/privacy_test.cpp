#include "collector/report/privacy.hpp"

#include "collector/report/sums.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::report {
namespace {

Group group(std::string site, std::string department, std::string role, std::uint32_t hosts) {
  Group made{std::move(site), std::move(department), std::move(role), {}, {}, 1};
  made.sums.hosts = hosts;
  return made;
}

// "site/department/role hosts" of each row.
std::vector<std::string> rows(const Shown<Group>& shown) {
  std::vector<std::string> texts;
  for (const Group& of : shown.groups)
    texts.push_back(of.site + "/" + of.department + "/" + of.role + " " +
                    std::to_string(of.sums.hosts));
  return texts;
}
using Rows = std::vector<std::string>;

TEST(ReportPrivacy, groups_of_the_least_size_are_shown_as_they_are) {
  const auto shown =
      protect(std::vector{group("a", "x", "laptop", 5), group("a", "y", "laptop", 9)}, 5);
  EXPECT_EQ(rows(shown), (Rows{"a/x/laptop 5", "a/y/laptop 9"}));
  EXPECT_EQ(shown.merged, 0U);
}

TEST(ReportPrivacy, small_groups_of_a_site_become_one) {
  const auto shown = protect(std::vector{group("a", "x", "laptop", 2), group("a", "y", "laptop", 3),
                                         group("a", "z", "laptop", 9)},
                             5);
  EXPECT_EQ(rows(shown), (Rows{"a/*/laptop 5", "a/z/laptop 9"}));
  EXPECT_EQ(shown.merged, 2U);
}

TEST(ReportPrivacy, one_small_group_takes_the_smallest_beside_it_so_that_none_can_be_subtracted) {
  const auto shown =
      protect(std::vector{group("a", "x", "laptop", 1), group("a", "y", "laptop", 20),
                          group("a", "z", "laptop", 9)},
              5);
  EXPECT_EQ(rows(shown), (Rows{"a/*/laptop 10", "a/y/laptop 20"}));
}

TEST(ReportPrivacy, small_sites_are_merged_over_sites) {
  const auto shown =
      protect(std::vector{group("a", "x", "laptop", 2), group("b", "x", "laptop", 3)}, 5);
  EXPECT_EQ(rows(shown), (Rows{"*/*/laptop 5"}));
}

TEST(ReportPrivacy, small_roles_are_merged_over_roles) {
  const auto shown =
      protect(std::vector{group("a", "x", "laptop", 2), group("a", "x", "thin", 3)}, 5);
  EXPECT_EQ(rows(shown), (Rows{"*/*/* 5"}));
}

TEST(ReportPrivacy, what_nothing_can_be_merged_with_is_withheld_and_counted) {
  const auto shown =
      protect(std::vector{group("a", "x", "laptop", 4), group("a", "x", "server", 2)}, 5);
  EXPECT_EQ(rows(shown), (Rows{"a/x/server 2"}));
  EXPECT_EQ(shown.withheld, 4U);
}

TEST(ReportPrivacy, servers_are_nobodys_presence) {
  const auto shown =
      protect(std::vector{group("a", "x", "server", 1), group("a", "x", "virtual", 1)}, 5);
  EXPECT_EQ(rows(shown), (Rows{"a/x/server 1", "a/x/virtual 1"}));
}

TEST(ReportPrivacy, a_least_size_of_one_shows_all) {
  EXPECT_EQ(protect(std::vector{group("a", "x", "laptop", 1)}, 1).groups.size(), 1U);
}

}  // namespace
}  // namespace sobriety::collector::report
