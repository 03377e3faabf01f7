#include "agent/source/rapl_powercap.hpp"

#include "tests/support/fixture.hpp"
#include "tests/support/other_user.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/tree_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(RaplPowercap, counts_from_zero_at_first_sight_and_extends_each_zone_alone) {
  TempTree tree = xeon_2s_near_wrap();
  Discovery found = discover_rapl_powercap(tree.roots(), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_THAT(found.notes, IsEmpty());
  EXPECT_THAT(instances(*found.source),
              ElementsAre("package-0", "package-0/dram", "package-1", "package-1/dram"));
  EXPECT_THAT(read_at(*found.source, 10s).cells, ElementsAre(0, 0, 0, 0));

  set_energy(tree, "intel-rapl:0", 500'000'000);   // wrapped: 43.32885 J to the end, 500 J after it
  set_energy(tree, "intel-rapl:0:0", 51'000'000);  // +50 J
  set_energy(tree, "intel-rapl:1", 119'321'284'256);  // +500 J
  set_energy(tree, "intel-rapl:1:0", 50'000'000);     // wrapped at its own, shorter range
  const Reading second = read_at(*found.source, 15s);
  EXPECT_THAT(second.cells, ElementsAre(543'328'850, 50'000'000, 500'000'000, 62'999'613));
  EXPECT_EQ(second.outcome.failures + second.outcome.discontinuities, 0U);
}

TEST(RaplPowercap, an_implausible_step_back_is_a_discontinuity_and_never_energy) {
  TempTree tree = ryzen();
  Discovery found = discover_rapl_powercap(tree.roots(), {});
  read_at(*found.source, 10s);
  set_energy(tree, "intel-rapl:0", 40'000'000'000);
  const Reading flipped = read_at(*found.source, 11s);
  EXPECT_EQ(flipped.outcome.discontinuities, 1U);
  EXPECT_EQ(flipped.by_name.at("package-0"), no_value);
  EXPECT_EQ(flipped.by_name.at("package-0/core"), 0);
  set_energy(tree, "intel-rapl:0", 40'100'000'000);
  EXPECT_EQ(read_at(*found.source, 12s).by_name.at("package-0"), 100'000'000);
}

TEST(RaplPowercap, tells_how_long_it_may_go_unread) {
  TempTree tree = ryzen();
  const Discovery found = discover_rapl_powercap(tree.roots(), {});
  // 65.5 kJ at 1 kW wrap in 65.5 s; a quarter of that.
  EXPECT_GT(found.source->longest_interval(), 16s);
  EXPECT_LT(found.source->longest_interval(), 17s);
}

TEST(RaplPowercap, knows_zones_by_name_on_a_machine_where_psys_shifts_the_numbers) {
  SourceOptions options;
  options.rapl_in_guest = true;
  const Discovery found =
      discover_rapl_powercap(fixture("qemu-real-kernel/skylake-2s-t0"), options);
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_THAT(instances(*found.source),
              ElementsAre("package-0", "package-0/core", "package-0/dram", "package-1",
                          "package-1/core", "package-1/dram", "psys", "psys-1"));
  EXPECT_EQ(found.source->series()[1],
            (Series{SignalId::component_energy, "package-0/core", EnergyScope::cpu, "package-0"}));
  EXPECT_EQ(found.source->series()[2],
            (Series{SignalId::component_energy, "package-0/dram", EnergyScope::memory, ""}));
  EXPECT_EQ(found.source->series()[6],
            (Series{SignalId::component_energy, "psys", EnergyScope::platform, ""}));
}

TEST(RaplPowercap, is_off_in_a_virtual_machine_and_says_how_to_turn_it_on) {
  const Discovery found = discover_rapl_powercap(fixture("qemu-real-kernel/skylake-2s-t0"), {});
  EXPECT_EQ(found.status, SourceStatus::absent);
  EXPECT_THAT(found.summary, HasSubstr("virtual machine (qemu)"));
  EXPECT_THAT(found.summary, HasSubstr("sources.rapl_in_guest"));
}

TEST(RaplPowercap, reads_each_domain_once_where_mmio_repeats_it) {
  const Discovery found = discover_rapl_powercap(fixture("kepler/testdata-variants"), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0", "package-0/core", "package-10"));
  EXPECT_THAT(found.notes,
              ElementsAre("intel-rapl-mmio:0 left out: it repeats package-0 of intel-rapl:0"));
}

TEST(RaplPowercap, takes_mmio_where_the_msr_zone_is_broken) {
  TempTree tree = ryzen();
  add_zone(tree, {"intel-rapl-mmio:0", "package-0", "7\n"});
  tree.file("sys/class/powercap/intel-rapl:0/energy_uj", "junk");
  const Discovery found = discover_rapl_powercap(tree.roots(), {});
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0", "package-0/core"));
  EXPECT_THAT(found.notes,
              ElementsAre("intel-rapl:0 left out: energy_uj is not a number: \"junk\""));
}

TEST(RaplPowercap, a_laptop_whose_every_energy_is_empty_is_broken) {
  TempTree tree = laptop(LaptopEnergy::empty);
  const Discovery found = discover_rapl_powercap(tree.roots(), {});
  EXPECT_EQ(found.status, SourceStatus::broken);
  EXPECT_EQ(found.summary, "none of 5 RAPL zones can be read");
  EXPECT_THAT(found.notes, Contains("intel-rapl:0:1 left out: energy_uj is empty"));
  EXPECT_EQ(found.source, nullptr);
}

TEST(RaplPowercap, a_laptop_whose_energy_is_for_root_is_denied_with_the_fix) {
  TempTree tree = laptop(LaptopEnergy::root_only);
  EXPECT_TRUE(holds_without_rights([&] {
    const Discovery found = discover_rapl_powercap(tree.roots(), {});
    return found.status == SourceStatus::denied && found.source == nullptr &&
           found.fix.find("sobriety-rapl") != std::string::npos && found.notes.size() == 5 &&
           found.notes[0].find("Permission denied") != std::string::npos;
  }));
}

TEST(RaplPowercap, what_may_be_read_is_read_beside_what_may_not) {
  TempTree tree = ryzen();
  tree.file("sys/class/powercap/intel-rapl:0:0/energy_uj", "1\n", 0400);
  EXPECT_TRUE(holds_without_rights([&] {
    const Discovery found = discover_rapl_powercap(tree.roots(), {});
    return found.status == SourceStatus::found && found.source->series().size() == 1 &&
           !found.fix.empty() && found.notes.size() == 1;
  }));
}

TEST(RaplPowercap, a_zone_that_fails_to_read_is_dropped_with_a_note) {
  TempTree tree = ryzen();
  tree.unreadable("sys/class/powercap/intel-rapl:0:0/energy_uj");
  const Discovery found = discover_rapl_powercap(tree.roots(), {});
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0"));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("Input/output error")));
}

TEST(RaplPowercap, a_zone_that_goes_bad_later_fails_alone_and_asks_for_a_rescan_once) {
  TempTree tree = ryzen();
  Discovery found = discover_rapl_powercap(tree.roots(), {});
  read_at(*found.source, 10s);
  for (const char* bad : {"", "-5\n", "junk\n"}) {
    tree.file("sys/class/powercap/intel-rapl:0:0/energy_uj", bad);
    const Reading reading = read_at(*found.source, 11s);
    EXPECT_EQ(reading.outcome.failures, 1U);
    EXPECT_EQ(reading.outcome.rescan, *bad == '\0') << "only the first failure asks";
    EXPECT_EQ(reading.by_name.at("package-0/core"), no_value);
    EXPECT_EQ(reading.by_name.at("package-0"), 0);
  }
}

TEST(RaplPowercap, totals_go_on_over_a_rescan_even_for_a_zone_that_was_away) {
  TempTree tree = ryzen();
  Discovery first = discover_rapl_powercap(tree.roots(), {});
  read_at(*first.source, 10s);
  set_energy(tree, "intel-rapl:0", 65'100'000'000);
  set_energy(tree, "intel-rapl:0:0", 1'250'000'000);
  read_at(*first.source, 11s);

  tree.file("sys/class/powercap/intel-rapl:0:0/energy_uj", "");
  Discovery second = discover_rapl_powercap(tree.roots(), {});
  second.source->take_over(*first.source);
  set_energy(tree, "intel-rapl:0", 65'200'000'000);
  EXPECT_THAT(read_at(*second.source, 12s).by_name, ElementsAre(Pair("package-0", 200'000'000)));

  set_energy(tree, "intel-rapl:0:0", 1'260'000'000);
  Discovery third = discover_rapl_powercap(tree.roots(), {});
  third.source->take_over(*second.source);
  EXPECT_THAT(read_at(*third.source, 13s).by_name,
              ElementsAre(Pair("package-0", 200'000'000), Pair("package-0/core", 60'000'000)));
}

TEST(RaplPowercap, no_zones_is_absent) {
  TempTree tree;
  EXPECT_EQ(discover_rapl_powercap(tree.roots(), {}).status, SourceStatus::absent);
  tree.file("sys/class/powercap/dtpm/enabled", "1");
  EXPECT_EQ(discover_rapl_powercap(tree.roots(), {}).status, SourceStatus::absent);
}

struct VariantCase {
  const char* name;
  const char* tree;
  SourceStatus status;
  std::vector<std::string> zones;
};

class MalformedZones : public testing::TestWithParam<VariantCase> {};

TEST_P(MalformedZones, leave_the_good_ones) {
  Discovery found =
      discover_rapl_powercap(fixture(std::string{"intel-powertelemetry/"} + GetParam().tree), {});
  EXPECT_EQ(found.status, GetParam().status);
  EXPECT_THAT(found.notes, testing::Not(IsEmpty()));
  if (found.source != nullptr) {
    EXPECT_EQ(instances(*found.source), GetParam().zones);
    EXPECT_EQ(read_at(*found.source, 1s).outcome.failures, 0U);
  } else {
    EXPECT_THAT(GetParam().zones, IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    , MalformedZones,
    testing::Values(
        VariantCase{"junk_names_and_numbers",
                    "intel-rapl",
                    SourceStatus::found,
                    {"package-0", "package-0/dram", "package-1", "package-2", "package-2/dram",
                     "package-3", "psys"}},
        VariantCase{"empty_name", "intel-rapl-domain-name-empty", SourceStatus::broken, {}},
        VariantCase{"no_energy_of_dram",
                    "intel-rapl-dram-curr-energy-attr-file-not-exist",
                    SourceStatus::found,
                    {"package-0"}},
        VariantCase{
            "no_name_of_dram", "intel-rapl-dram-domain-name-not-exist", SourceStatus::broken, {}},
        VariantCase{"number_unlike_the_name",
                    "intel-rapl-invalid-package-domain-name-id",
                    SourceStatus::broken,
                    {}},
        VariantCase{"no_energy_of_the_package",
                    "intel-rapl-package-curr-energy-attr-file-not-exist",
                    SourceStatus::found,
                    {"package-0/dram"}},
        VariantCase{"no_name_of_the_package",
                    "intel-rapl-package-domain-name-not-exist",
                    SourceStatus::broken,
                    {}}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace sobriety::agent
