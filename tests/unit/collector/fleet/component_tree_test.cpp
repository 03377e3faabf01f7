#include "collector/fleet/component_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

using enum EnergyScope;

// Everything that a two-socket machine can have, and then some.
const std::vector<Component> everything{
    {"package-0", cpu, ""},
    {"package-0/core", cpu, "package-0"},
    {"package-0/uncore", cpu, "package-0"},
    {"package-0/dram", memory, ""},
    {"package-1", cpu, ""},
    {"package-1/core", cpu, "package-1"},
    {"package-1/dram", memory, ""},
    {"psys", platform, ""},
    {"psys-1", platform, ""},
    {"zenpower-pci-00c3/SVI2_P_Core", cpu, ""},
    {"gpu-00000000:01:00.0", gpu, ""},
    {"ltc4215-i2c-0-44/power1", other, ""},
    {"battery", machine, ""},
    {"power_meter-acpi-0/power1", machine, ""},
};

// The truth, written a second time and slower: does the energy of `outer` include that of `inner`?
bool includes(const Component& outer, const Component& inner, bool psys_believed) {
  if (outer.name == inner.name) return false;
  if (inner.contained_in == outer.name) return true;
  if (outer.scope == machine && inner.scope != machine) return true;
  if (outer.scope == machine) return inner.name == "battery";
  if (outer.scope == platform && inner.scope == platform)
    return psys_believed && outer.name == "psys";
  if (outer.scope == platform)
    return psys_believed && (inner.scope == cpu || inner.scope == memory);
  return outer.name.starts_with("package-") && outer.contained_in.empty() && outer.scope == cpu &&
         inner.name.starts_with("zenpower");
}

std::vector<std::vector<Component>> all_subsets() {
  std::vector<std::vector<Component>> subsets;
  for (std::size_t bits = 0; bits < std::size_t{1} << everything.size(); ++bits) {
    std::vector<Component>& subset = subsets.emplace_back();
    for (std::size_t i = 0; i < everything.size(); ++i)
      if ((bits >> i & 1U) != 0) subset.push_back(everything[i]);
  }
  return subsets;
}

TEST(ComponentTree, rule_05_no_subset_of_meters_is_counted_twice_or_missed) {
  for (const bool believed : {false, true})
    for (const std::vector<Component>& subset : all_subsets()) {
      const auto chosen = roots(subset, believed);
      const std::set<std::size_t> counted{chosen.begin(), chosen.end()};
      for (std::size_t i = 0; i < subset.size(); ++i) {
        bool contained = false;
        bool in_counted = false;
        for (std::size_t j = 0; j < subset.size(); ++j) {
          if (!includes(subset[j], subset[i], believed)) continue;
          contained = true;
          in_counted = in_counted || counted.contains(j);
        }
        const bool doubtful = subset[i].scope == platform && !believed;
        if (counted.contains(i)) {
          ASSERT_FALSE(in_counted) << subset[i].name << " is counted beside what contains it";
          ASSERT_FALSE(doubtful);
        } else {
          ASSERT_TRUE(contained || doubtful) << subset[i].name << " is missed";
        }
      }
    }
}

TEST(ComponentTree, rule_05_adding_top_level_zones_would_double_the_power_and_is_not_done) {
  const std::vector<Component> laptop{{"package-0", cpu, ""},
                                      {"package-0/core", cpu, "package-0"},
                                      {"package-0/dram", memory, ""},
                                      {"psys", platform, ""}};
  EXPECT_THAT(roots(laptop, false), ElementsAre(0, 2));
  EXPECT_THAT(roots(laptop, true), ElementsAre(3));
}

TEST(ComponentTree, rule_13_sums_by_scope_never_mix_what_meters_something_else) {
  const ComponentTree tree{everything};
  EXPECT_THAT(tree.roots_of(cpu), ElementsAre(0, 4)) << "the packages";
  EXPECT_THAT(tree.roots_of(memory), ElementsAre(3, 6));
  EXPECT_THAT(tree.roots_of(platform), ElementsAre(7)) << "psys, not psys-1 beside it";
  EXPECT_THAT(tree.roots_of(gpu), ElementsAre(10));
  EXPECT_THAT(tree.roots_of(other), ElementsAre(11));
  EXPECT_THAT(tree.roots_of(machine), ElementsAre(13)) << "not the battery beside it";
  EXPECT_THAT(tree.psys(), ElementsAre(7));
  EXPECT_THAT(tree.packages(), ElementsAre(0, 4));
}

TEST(ComponentTree, a_part_whose_container_is_not_metered_counts) {
  const std::vector<Component> parts{{"package-0/core", cpu, "package-0"}};
  EXPECT_THAT(roots(parts, false), ElementsAre(0));
}

TEST(ComponentTree, a_component_that_claims_to_be_inside_itself_counts) {
  const std::vector<Component> odd{{"x", other, "x"}};
  EXPECT_THAT(roots(odd, false), ElementsAre(0));
}

TEST(PsysTrust, rule_05_psys_is_believed_after_it_held_for_ten_minutes) {
  PsysTrust trust;
  for (int minute = 0; minute < 10; ++minute) {
    EXPECT_FALSE(trust.believed()) << minute;
    for (int sample = 0; sample < 12; ++sample)
      trust.observe(Microjoules{50'000'000}, Microjoules{30'000'000}, 5s);
  }
  EXPECT_TRUE(trust.believed());
}

TEST(PsysTrust, rule_05_psys_below_the_packages_is_not_believed_any_more) {
  PsysTrust trust;
  for (int minute = 0; minute < 20; ++minute)
    trust.observe(Microjoules{50'000'000}, Microjoules{30'000'000}, 60s);
  ASSERT_TRUE(trust.believed());
  trust.observe(Microjoules{29'000'000}, Microjoules{30'000'000}, 60s);
  EXPECT_FALSE(trust.believed());
  for (int minute = 0; minute < 9; ++minute)
    trust.observe(Microjoules{50'000'000}, Microjoules{30'000'000}, 60s);
  EXPECT_FALSE(trust.believed());
}

TEST(PsysTrust, a_psys_that_counts_in_whole_joules_is_judged_over_a_minute) {
  PsysTrust trust;
  for (int sample = 0; sample < 240; ++sample)
    trust.observe(Microjoules{sample % 4 == 3 ? 60'000'000U : 0U}, Microjoules{10'000'000}, 5s);
  EXPECT_TRUE(trust.believed());
}

// A ThinkPad L480 was captured whose psys shows 850 J where its package shows 26,717 J.
TEST(PsysTrust, rule_05_a_psys_that_stands_still_is_never_believed) {
  PsysTrust trust;
  for (int minute = 0; minute < 100; ++minute)
    trust.observe(Microjoules{0}, Microjoules{600'000'000}, 60s);
  EXPECT_FALSE(trust.believed());
}

}  // namespace
}  // namespace sobriety::collector
