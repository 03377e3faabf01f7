#include "agent/source/rapl.hpp"

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

TEST(Rapl, rule_01_each_zone_is_extended_alone_and_counts_from_zero_at_first_sight) {
  TempTree tree = xeon_2s_near_wrap();
  Discovery found = discover_rapl(tree.roots(), {});
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

TEST(Rapl, rule_02_an_implausible_step_back_is_a_discontinuity_and_never_energy) {
  TempTree tree = ryzen();
  Discovery found = discover_rapl(tree.roots(), {});
  read_at(*found.source, 10s);
  set_energy(tree, "intel-rapl:0", 40'000'000'000);
  const Reading flipped = read_at(*found.source, 11s);
  EXPECT_EQ(flipped.outcome.discontinuities, 1U);
  EXPECT_EQ(flipped.by_name.at("package-0"), no_value);
  EXPECT_EQ(flipped.by_name.at("package-0/core"), 0);
  set_energy(tree, "intel-rapl:0", 40'100'000'000);
  EXPECT_EQ(read_at(*found.source, 12s).by_name.at("package-0"), 100'000'000);
}

TEST(Rapl, rule_01_each_zone_is_read_four_times_in_its_shortest_wrap) {
  TempTree tree = ryzen();
  const Discovery found = discover_rapl(tree.roots(), {});
  // 65.5 kJ at 1 kW wrap in 65.5 s; a quarter of that.
  EXPECT_GT(found.source->longest_interval(), 16s);
  EXPECT_LT(found.source->longest_interval(), 17s);
}

TEST(Rapl, rule_06_zones_are_known_by_name_where_psys_shifts_the_numbers) {
  SourceOptions options;
  options.rapl_in_guest = true;
  const Discovery found = discover_rapl(fixture("qemu-real-kernel/skylake-2s-t0"), options);
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

TEST(Rapl, rule_15_is_off_in_a_virtual_machine_and_says_how_to_turn_it_on) {
  const Discovery found = discover_rapl(fixture("qemu-real-kernel/skylake-2s-t0"), {});
  EXPECT_EQ(found.status, SourceStatus::absent);
  EXPECT_THAT(found.summary, HasSubstr("virtual machine (qemu)"));
  EXPECT_THAT(found.summary, HasSubstr("sources.rapl_in_guest"));
}

TEST(Rapl, rule_07_reads_each_domain_once_where_mmio_repeats_it) {
  const Discovery found = discover_rapl(fixture("kepler/testdata-variants"), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0", "package-0/core", "package-10"));
  EXPECT_THAT(found.notes,
              ElementsAre("intel-rapl-mmio:0 left out: it repeats package-0 of intel-rapl:0"));
}

TEST(Rapl, rule_07_takes_mmio_where_the_msr_zone_is_broken) {
  TempTree tree = ryzen();
  add_zone(tree, {"intel-rapl-mmio:0", "package-0", "7\n"});
  tree.file("sys/class/powercap/intel-rapl:0/energy_uj", "junk");
  const Discovery found = discover_rapl(tree.roots(), {});
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0", "package-0/core"));
  EXPECT_THAT(found.notes,
              ElementsAre("intel-rapl:0 left out: energy_uj is not a number: \"junk\""));
}

TEST(Rapl, a_laptop_whose_every_energy_is_empty_is_broken) {
  TempTree tree = laptop(LaptopEnergy::empty);
  const Discovery found = discover_rapl(tree.roots(), {});
  EXPECT_EQ(found.status, SourceStatus::broken);
  EXPECT_THAT(found.summary, HasSubstr("none of 5 RAPL zones can be read; perf: "));
  EXPECT_THAT(found.notes, Contains("intel-rapl:0:1 left out: energy_uj is empty"));
  EXPECT_EQ(found.source, nullptr);
}

TEST(Rapl, rule_09_a_laptop_whose_energy_is_for_root_is_denied_with_the_fix) {
  TempTree tree = laptop(LaptopEnergy::root_only);
  EXPECT_TRUE(holds_without_rights([&] {
    const Discovery found = discover_rapl(tree.roots(), {});
    return found.status == SourceStatus::denied && found.source == nullptr &&
           found.fix.find("sobriety-rapl") != std::string::npos && found.notes.size() == 5 &&
           found.notes[0].find("Permission denied") != std::string::npos;
  }));
}

TEST(Rapl, what_may_be_read_is_read_beside_what_may_not) {
  TempTree tree = ryzen();
  tree.file("sys/class/powercap/intel-rapl:0:0/energy_uj", "1\n", 0400);
  EXPECT_TRUE(holds_without_rights([&] {
    const Discovery found = discover_rapl(tree.roots(), {});
    return found.status == SourceStatus::found && found.source->series().size() == 1 &&
           !found.fix.empty() && found.notes.size() == 1;
  }));
}

TEST(Rapl, rule_14_a_zone_that_fails_to_read_is_dropped_with_a_note) {
  TempTree tree = ryzen();
  tree.unreadable("sys/class/powercap/intel-rapl:0:0/energy_uj");
  const Discovery found = discover_rapl(tree.roots(), {});
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0"));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("Input/output error")));
}

TEST(Rapl, rule_14_a_zone_that_goes_bad_later_fails_alone_and_asks_for_a_rescan_once) {
  TempTree tree = ryzen();
  Discovery found = discover_rapl(tree.roots(), {});
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

TEST(Rapl, rule_14_totals_go_on_over_a_rescan_even_for_a_zone_that_was_away) {
  TempTree tree = ryzen();
  Discovery first = discover_rapl(tree.roots(), {});
  read_at(*first.source, 10s);
  set_energy(tree, "intel-rapl:0", 65'100'000'000);
  set_energy(tree, "intel-rapl:0:0", 1'250'000'000);
  read_at(*first.source, 11s);

  tree.file("sys/class/powercap/intel-rapl:0:0/energy_uj", "");
  Discovery second = discover_rapl(tree.roots(), {});
  second.source->take_over(*first.source);
  set_energy(tree, "intel-rapl:0", 65'200'000'000);
  EXPECT_THAT(read_at(*second.source, 12s).by_name, ElementsAre(Pair("package-0", 200'000'000)));

  set_energy(tree, "intel-rapl:0:0", 1'260'000'000);
  Discovery third = discover_rapl(tree.roots(), {});
  third.source->take_over(*second.source);
  EXPECT_THAT(read_at(*third.source, 13s).by_name,
              ElementsAre(Pair("package-0", 200'000'000), Pair("package-0/core", 60'000'000)));
}

TEST(Rapl, no_zones_is_absent) {
  TempTree tree;
  EXPECT_EQ(discover_rapl(tree.roots(), {}).status, SourceStatus::absent);
  tree.file("sys/class/powercap/dtpm/enabled", "1");
  EXPECT_EQ(discover_rapl(tree.roots(), {}).status, SourceStatus::absent);
}

TEST(Rapl, rule_02_twice_the_highest_power_of_a_zones_constraints_is_not_believed) {
  TempTree tree = xeon_2s_near_wrap();
  tree.file("sys/class/powercap/intel-rapl:0/constraint_0_max_power_uw", "0\n")
      .file("sys/class/powercap/intel-rapl:1/constraint_0_max_power_uw", "15000000\n")
      .file("sys/class/powercap/intel-rapl:1/constraint_1_max_power_uw", "0\n")
      .file("sys/class/powercap/intel-rapl:1/constraint_1_power_limit_uw", "51000000\n");
  Discovery found = discover_rapl(tree.roots(), {});
  read_at(*found.source, 10s);
  set_energy(tree, "intel-rapl:0", 500'000'000);      // 543 J in 5 s: 109 W
  set_energy(tree, "intel-rapl:1", 119'316'284'256);  // 495 J: 99 W, and its turbo takes 51 W
  EXPECT_EQ(read_at(*found.source, 15s).by_name.at("package-0"), 543'328'850);
  EXPECT_EQ(read_at(*found.source, 15s).by_name.at("package-1"), 495'000'000);
  set_energy(tree, "intel-rapl:1", 119'836'284'256);  // 520 J: 104 W
  const Reading third = read_at(*found.source, 20s);
  EXPECT_EQ(third.by_name.at("package-1"), no_value);
  EXPECT_EQ(third.outcome.discontinuities, 1U);
}

TEST(Rapl, rule_02_a_suspend_is_unmeasured_where_the_counter_restarted) {
  TempTree tree = xeon_2s_near_wrap();
  Discovery found = discover_rapl(tree.roots(), {});
  std::vector<Cell> cells(4, no_value);
  found.source->read({10s, 0s, {}}, cells);
  for (const char* zone : {"intel-rapl:0", "intel-rapl:0:0", "intel-rapl:1:0"})
    set_energy(tree, zone, 5'000'000);  // package-0 and package-1/dram restarted, dram went on
  cells.assign(4, no_value);
  EXPECT_EQ(found.source->read({30s, 15s, {}}, cells).discontinuities, 2U);
  EXPECT_THAT(cells, ElementsAre(no_value, 4'000'000, 0, no_value));
}

TEST(Rapl, rule_03_a_zone_without_a_range_is_not_believed_after_a_gap_in_which_it_could_wrap) {
  TempTree tree;
  add_zone(tree, {"intel-rapl:0", "package-0", "1000000\n", "0"});
  Discovery found = discover_rapl(tree.roots(), {});
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("no usable max_energy_range_uj")));
  read_at(*found.source, 10s);
  set_energy(tree, "intel-rapl:0", 2'000'000);
  EXPECT_EQ(read_at(*found.source, 20s).by_name.at("package-0"), 1'000'000);
  set_energy(tree, "intel-rapl:0", 3'000'000);
  EXPECT_EQ(read_at(*found.source, 60s).by_name.at("package-0"), no_value);
}

// Threadripper and EPYC of the first Zens: four dies, one counter.
TempTree dies(const std::vector<std::uint64_t>& energies) {
  TempTree tree;
  for (std::size_t die = 0; die < energies.size(); ++die)
    add_zone(tree, {"intel-rapl:" + std::to_string(die), "package-0-die-" + std::to_string(die),
                    std::to_string(energies[die]) + "\n", "65532610987"});
  return tree;
}

TEST(Rapl, rule_08_dies_that_mirror_one_counter_are_counted_once) {
  TempTree tree = dies({30'000'000'000, 30'000'400'000, 29'999'900'000, 30'000'000'000});
  Discovery found = discover_rapl(tree.roots(), {});
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0-die-0"));
  EXPECT_THAT(found.summary, HasSubstr("1 zone by powercap: package-0-die-0"));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("package-0-die-1 left out: it shows the counter"),
                                       HasSubstr("package-0-die-2"), HasSubstr("package-0-die-3")));
  read_at(*found.source, 10s);
  for (const char* zone : {"intel-rapl:0", "intel-rapl:1", "intel-rapl:2", "intel-rapl:3"})
    set_energy(tree, zone, 30'340'000'000);
  const Reading second = read_at(*found.source, 15s);
  EXPECT_THAT(second.cells, ElementsAre(340'000'000)) << "68 W, not four times that";
  EXPECT_FALSE(second.outcome.rescan);
}

TEST(Rapl, rule_08_mirrored_dies_stay_one_while_one_of_them_has_wrapped_and_the_other_not_yet) {
  TempTree tree = dies({65'532'000'000, 65'532'000'000});
  Discovery found = discover_rapl(tree.roots(), {});
  read_at(*found.source, 10s);
  set_energy(tree, "intel-rapl:0", 65'532'600'000);
  set_energy(tree, "intel-rapl:1", 200'000);
  EXPECT_FALSE(read_at(*found.source, 11s).outcome.rescan);
}

TEST(Rapl, rule_08_real_dies_are_added) {
  TempTree tree = dies({30'000'000'000, 30'100'000'000});
  Discovery found = discover_rapl(tree.roots(), {});
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0-die-0", "package-0-die-1"));
}

TEST(Rapl, rule_08_dies_that_seemed_the_same_at_boot_are_parted_later_and_lose_nothing) {
  TempTree tree = dies({100'000, 300'000});
  Discovery found = discover_rapl(tree.roots(), {});
  ASSERT_THAT(instances(*found.source), ElementsAre("package-0-die-0"));
  read_at(*found.source, 10s);
  set_energy(tree, "intel-rapl:0", 100'100'000);
  set_energy(tree, "intel-rapl:1", 101'300'000);
  EXPECT_FALSE(read_at(*found.source, 15s).outcome.rescan);
  set_energy(tree, "intel-rapl:0", 200'100'000);
  set_energy(tree, "intel-rapl:1", 230'300'000);
  EXPECT_TRUE(read_at(*found.source, 20s).outcome.rescan);

  Discovery parted = discover_rapl(tree.roots(), {});
  parted.source->take_over(*found.source);
  EXPECT_THAT(
      read_at(*parted.source, 25s).by_name,
      ElementsAre(Pair("package-0-die-0", 200'000'000), Pair("package-0-die-1", 230'000'000)));
}

TEST(Rapl, rule_08_sockets_are_never_taken_for_mirrors) {
  TempTree tree;
  add_zone(tree, {"intel-rapl:0", "package-0", "5\n"});
  add_zone(tree, {"intel-rapl:1", "package-1", "5\n"});
  const Discovery found = discover_rapl(tree.roots(), {});
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0", "package-1"));
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
      discover_rapl(fixture(std::string{"intel-powertelemetry/"} + GetParam().tree), {});
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
