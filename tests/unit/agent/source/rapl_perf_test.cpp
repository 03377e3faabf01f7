#include "agent/source/rapl_perf.hpp"

#include "agent/source/rapl.hpp"
#include "tests/support/fake_perf.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/tree_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::uint64_t pkg = 2;
constexpr std::uint64_t ram = 3;

// Two sockets, whose first processors are 0 and 28; package and memory.
TempTree two_sockets() {
  TempTree tree;
  add_power_pmu(tree, "0,28");
  add_power_event(tree, "energy-pkg", "event=0x02");
  add_power_event(tree, "energy-ram", "event=0x03");
  add_topology(tree, 0, 0, 0);
  add_topology(tree, 28, 1, 0);
  return tree;
}

TEST(RaplPerf, rule_10_maps_each_processor_of_the_cpumask_to_its_package) {
  TempTree tree = two_sockets();
  FakePerf perf;
  perf.counts[{28, pkg}] = 77 * counts_per_joule;  // before the agent opened it
  Discovery found = discover_rapl(tree.roots(), {}, &perf);
  ASSERT_EQ(found.status, SourceStatus::found) << found.summary;
  EXPECT_THAT(instances(*found.source),
              ElementsAre("package-0", "package-0/dram", "package-1", "package-1/dram"));
  EXPECT_THAT(read_at(*found.source, 10s).cells, ElementsAre(0, 0, 0, 0));
  perf.counts[{0, pkg}] += 500 * counts_per_joule;
  perf.counts[{28, pkg}] += 300 * counts_per_joule + counts_per_joule / 2;
  perf.counts[{28, ram}] += 1;
  const std::size_t before = perf.reads;
  EXPECT_THAT(read_at(*found.source, 15s).cells, ElementsAre(500'000'000, 0, 300'500'000, 0));
  EXPECT_EQ(perf.reads - before, 2U) << "one read a socket";
}

TEST(RaplPerf, rule_10_maps_dies_of_one_package_by_their_die) {
  TempTree tree;
  add_power_pmu(tree, "0,14");
  add_power_event(tree, "energy-pkg", "event=0x02");
  add_power_event(tree, "energy-psys", "event=0x05");
  add_topology(tree, 0, 0, 0);
  add_topology(tree, 14, 0, 1);
  FakePerf perf;
  const Discovery found = discover_rapl(tree.roots(), {}, &perf);
  ASSERT_EQ(found.status, SourceStatus::found) << found.summary;
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0-die-0", "package-0-die-1", "psys"))
      << "counts since opening are equal and mirror nothing; psys is one";
}

TEST(RaplPerf, rule_10_is_read_at_least_every_60_s) {
  TempTree tree = two_sockets();
  FakePerf perf;
  const Discovery found = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_EQ(found.source->longest_interval(), 60s);
}

TEST(RaplPerf, rule_10_names_parts_as_powercap_does) {
  for (const auto& [event, component, inside] :
       {std::tuple{"energy-pkg", "package-3", ""},
        std::tuple{"energy-cores", "package-3/core", "package-3"},
        std::tuple{"energy-gpu", "package-3/uncore", "package-3"},
        std::tuple{"energy-ram", "package-3/dram", ""}, std::tuple{"energy-psys", "psys-3", ""}}) {
    const auto domain = domain_of_event(event);
    ASSERT_TRUE(domain) << event;
    const RaplZone zone = zone_of({*domain, 3, {}});
    EXPECT_EQ(zone.component, component);
    EXPECT_EQ(zone.contained_in, inside);
  }
  EXPECT_FALSE(domain_of_event("energy-pkg.scale"));
  EXPECT_FALSE(domain_of_event("energy-core"));
}

TEST(RaplPerf, rule_09_a_refusal_is_denied_and_names_the_capability) {
  TempTree tree = two_sockets();
  FakePerf perf;
  perf.refuses = true;
  perf.refusal = Errc::denied;
  const Discovery found = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_EQ(found.status, SourceStatus::denied);
  EXPECT_THAT(found.fix, HasSubstr("CAP_PERFMON"));
  EXPECT_THAT(found.fix, HasSubstr("perf_event_paranoid"));
}

TEST(RaplPerf, an_event_that_a_processor_lacks_does_not_cost_the_others) {
  TempTree tree = two_sockets();
  FakePerf perf;
  perf.absent = {ram};
  const Discovery found = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0", "package-1"));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("energy-ram left out"), HasSubstr("energy-ram")));
}

// The same machine as powercap shows it.
TempTree& add_powercap(TempTree& tree) {
  add_zone(tree, {"intel-rapl:0", "package-0", "1000000\n"});
  add_zone(tree, {"intel-rapl:0:0", "dram", "1000000\n"});
  add_zone(tree, {"intel-rapl:1", "package-1", "1000000\n"});
  return add_zone(tree, {"intel-rapl:1:0", "dram", "1000000\n"});
}

TEST(RaplChoice, rule_11_a_tie_goes_to_perf_where_it_is_permitted) {
  TempTree tree = two_sockets();
  add_powercap(tree);
  FakePerf perf;
  const Discovery found = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_THAT(found.summary, HasSubstr("4 zones by perf: package-0, package-0/dram, package-1"));
  EXPECT_THAT(found.summary, HasSubstr("; powercap shows the same"));
  EXPECT_EQ(found.source->series().size(), 4U) << "no component is there twice";
}

TEST(RaplChoice, rule_11_a_tie_goes_to_powercap_where_perf_is_denied) {
  TempTree tree = two_sockets();
  add_powercap(tree);
  FakePerf perf;
  perf.refuses = true;
  perf.refusal = Errc::denied;
  const Discovery found = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_THAT(found.summary, HasSubstr("4 zones by powercap"));
  EXPECT_THAT(found.summary, HasSubstr("; perf is denied: none of 2 events"));
  EXPECT_THAT(found.notes, testing::Contains(HasSubstr("perf could be used too: ")));
}

TEST(RaplChoice, rule_11_the_back_end_with_more_domains_is_preferred) {
  TempTree tree = two_sockets();
  add_powercap(tree);
  add_zone(tree, {"intel-rapl:2", "psys", "1000000\n"});
  FakePerf perf;
  const Discovery powercap = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_THAT(powercap.summary, HasSubstr("5 zones by powercap"));
  EXPECT_THAT(powercap.summary, HasSubstr("; perf shows 4, without psys"));
  tree.remove("sys/class/powercap/intel-rapl:2").remove("sys/class/powercap/intel-rapl:1");
  const Discovery better = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_THAT(better.summary, HasSubstr("4 zones by perf"));
  EXPECT_THAT(better.summary, HasSubstr("; powercap shows 2, without package-1, package-1/dram"));
}

TEST(RaplChoice, rule_11_mirrored_dies_do_not_win_the_choice_for_powercap) {
  TempTree tree;
  add_power_pmu(tree, "0");
  add_power_event(tree, "energy-pkg", "event=0x02");
  add_topology(tree, 0, 0, 0);
  add_zone(tree, {"intel-rapl:0", "package-0-die-0", "7000000\n"});
  add_zone(tree, {"intel-rapl:1", "package-0-die-1", "7000000\n"});
  FakePerf perf;
  const Discovery found = discover_rapl(tree.roots(), {}, &perf);
  EXPECT_THAT(instances(*found.source), ElementsAre("package-0"));
}

TEST(RaplChoice, rule_11_when_perf_fails_powercap_takes_over_and_totals_go_on) {
  TempTree tree = two_sockets();
  add_powercap(tree);
  FakePerf perf;
  Discovery first = discover_rapl(tree.roots(), {}, &perf);
  read_at(*first.source, 10s);
  perf.counts[{0, pkg}] += 500 * counts_per_joule;
  read_at(*first.source, 15s);
  perf.fails = perf.refuses = true;
  const Reading failed = read_at(*first.source, 20s);
  EXPECT_EQ(failed.outcome.failures, 4U);
  EXPECT_TRUE(failed.outcome.rescan);

  Discovery second = discover_rapl(tree.roots(), {}, &perf);
  second.source->take_over(*first.source);
  EXPECT_THAT(second.summary, HasSubstr("4 zones by powercap"));
  EXPECT_EQ(read_at(*second.source, 20s).by_name.at("package-0"), no_value)
      << "unmeasured: another counter";
  set_energy(tree, "intel-rapl:0", 101'000'000);
  EXPECT_EQ(read_at(*second.source, 25s).by_name.at("package-0"), 600'000'000);
}

TEST(RaplChoice, a_rescan_goes_on_with_the_events_that_are_open) {
  TempTree tree = two_sockets();
  FakePerf perf;
  Discovery first = discover_rapl(tree.roots(), {}, &perf);
  read_at(*first.source, 10s);
  perf.counts[{0, pkg}] += 500 * counts_per_joule;
  Discovery second = discover_rapl(tree.roots(), {}, &perf);
  second.source->take_over(*first.source);
  const Reading next = read_at(*second.source, 15s);
  EXPECT_EQ(next.by_name.at("package-0"), 500'000'000);
  EXPECT_EQ(next.outcome.discontinuities, 0U);
}

TEST(RaplPerf, counts_become_microjoules_exactly) {
  constexpr double unit = 2.3283064365386962890625e-10;
  EXPECT_EQ(microjoules(0, unit), 0U);
  EXPECT_EQ(microjoules(counts_per_joule, unit), 1'000'000U);
  EXPECT_EQ(microjoules(counts_per_joule * 1'000'000'000 + counts_per_joule / 2, unit),
            1'000'000'000'500'000U);
}

TEST(RaplPerf, parses_lists_of_processors_and_refuses_the_rest) {
  EXPECT_EQ(parse_cpu_list("0,28\n"), (std::vector<unsigned>{0, 28}));
  EXPECT_EQ(parse_cpu_list("0-2,8"), (std::vector<unsigned>{0, 1, 2, 8}));
  for (const char* bad : {"a", "3-1", "0-65536", "0,,1", "-1", "0-65535,0-65535"})
    EXPECT_FALSE(parse_cpu_list(bad)) << bad;
  EXPECT_EQ(parse_event("event=0x1f\n"), 31U);
  for (const char* bad : {"", "event=2", "event=0x", "event=0x2,umask=0x1", "config=0x2"})
    EXPECT_FALSE(parse_event(bad)) << bad;
}

struct BadPmu {
  const char* name;
  const char* file;
  const char* content;
  const char* summary;
};

class BrokenPmu : public testing::TestWithParam<BadPmu> {};

TEST_P(BrokenPmu, is_broken_and_says_what) {
  TempTree tree = two_sockets();
  tree.file(std::string{"sys/"} + GetParam().file, GetParam().content);
  FakePerf perf;
  const RaplBackend found = find_rapl_perf(tree.roots().sys, perf);
  EXPECT_EQ(found.status, SourceStatus::broken);
  EXPECT_THAT(found.summary, HasSubstr(GetParam().summary));
}

INSTANTIATE_TEST_SUITE_P(
    , BrokenPmu,
    testing::Values(BadPmu{"no_type", "bus/event_source/devices/power/type", "x", "has no type"},
                    BadPmu{"cpumask", "bus/event_source/devices/power/cpumask", "",
                           "not a list of processors"},
                    BadPmu{"topology", "devices/system/cpu/cpu28/topology/physical_package_id", "",
                           "does not tell the package"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(RaplPerf, an_event_in_another_unit_is_left_out_with_a_note) {
  TempTree tree = two_sockets();
  tree.file("sys/bus/event_source/devices/power/events/energy-ram.unit", "Watts\n")
      .file("sys/bus/event_source/devices/power/events/energy-pkg.scale", "nan\n");
  FakePerf perf;
  const RaplBackend found = find_rapl_perf(tree.roots().sys, perf);
  EXPECT_THAT(found.summary, HasSubstr("no event of energy"));
  EXPECT_EQ(found.notes.size(), 2U);
}

}  // namespace
}  // namespace sobriety::agent
