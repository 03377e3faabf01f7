#include "tests/support/player/host_tree.hpp"

#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace sobriety::player {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Text = std::variant<std::string, int>;

constexpr const char* zone = "sys/class/powercap/intel-rapl:0";
constexpr const char* energy = "sys/class/powercap/intel-rapl:0/energy_uj";

Scenario one_package() {
  Scenario scenario;
  scenario.zones.resize(1);
  scenario.zones[0].directory = "intel-rapl:0";
  scenario.zones[0].name = "package-0";
  scenario.zones[0].power = PowerCurve{{{Watts{45}, Watts{45}, 1h}}};
  return scenario;
}

TEST(HostTree, shows_the_captured_files_under_its_own_clock) {
  test::TempTree captured;
  captured.file("proc/stat", "cpu  1 2 3 4\nbtime 1\nprocesses 5\n").file("sys/a/b", "kept\n");
  captured.link("sys/link", "a/b");
  HostTree tree{{}, captured.root(), 1'700'000'000};
  EXPECT_EQ(tree.read("proc/stat", 0s), Text{"cpu  1 2 3 4\nprocesses 5\nbtime 1700000000\n"});
  EXPECT_EQ(tree.read("sys/a/b", 0s), Text{"kept\n"});
  EXPECT_EQ(tree.read("sys/a/c", 0s), Text{ENOENT});
  EXPECT_EQ(tree.kind("sys/link", 0s), NodeKind::link);
  EXPECT_EQ(tree.target("sys/link"), "a/b");
  EXPECT_EQ(tree.read("proc/uptime", 0s), Text{"1000.00 0.00\n"});
  EXPECT_TRUE(tree.command("advance 1500ms", 0s));
  EXPECT_EQ(tree.read("proc/uptime", 9s), Text{"1001.50 0.00\n"});
  EXPECT_THAT(tree.names("proc", 0s), ElementsAre("stat", "uptime"));
  EXPECT_THAT(tree.names("", 0s), ElementsAre(".clock", "proc", "sys"));
}

TEST(HostTree, shows_the_zones_in_place_of_the_captured_ones) {
  test::TempTree captured;
  captured.file("sys/class/powercap/intel-rapl:9/name", "package-9\n");
  HostTree tree{one_package(), captured.root(), 0};
  EXPECT_THAT(tree.names("sys/class/powercap", 0s), ElementsAre("intel-rapl", "intel-rapl:0"));
  EXPECT_THAT(tree.names(zone, 0s), ElementsAre("energy_uj", "max_energy_range_uj", "name"));
  EXPECT_EQ(tree.kind(energy, 0s), NodeKind::file);
  EXPECT_EQ(tree.kind("sys/class/powercap/intel-rapl:9", 0s), NodeKind::absent);
  EXPECT_EQ(tree.read(energy, 0s), Text{"0\n"});
  EXPECT_TRUE(tree.command("advance 2s", 0s));
  EXPECT_EQ(tree.read(energy, 0s), Text{"90000000\n"});
}

TEST(HostTree, a_look_at_the_uptime_moves_a_stepping_clock_and_nothing_else_does) {
  test::TempTree captured;
  HostTree tree{one_package(), captured.root(), 0};
  EXPECT_TRUE(tree.command("step 10s", 0s));
  EXPECT_EQ(tree.read("proc/uptime", 0s), Text{"1000.00 0.00\n"});
  EXPECT_EQ(tree.read(energy, 0s), Text{"0\n"});
  EXPECT_EQ(tree.read("proc/uptime", 0s), Text{"1010.00 0.00\n"});
  EXPECT_EQ(tree.read(energy, 0s), Text{"450000000\n"});
  EXPECT_EQ(tree.read(energy, 0s), Text{"450000000\n"});
}

TEST(HostTree, a_zone_that_is_away_is_absent_and_fails_for_who_has_it_open) {
  test::TempTree captured;
  Scenario scenario = one_package();
  scenario.faults = {{0s, Absence{"intel-rapl:0", 5s}}, {10s, ReadError{energy, EIO, 5s}}};
  HostTree tree{scenario, captured.root(), 0};
  EXPECT_EQ(tree.kind(zone, 0s), NodeKind::absent);
  EXPECT_EQ(tree.read(energy, 0s), Text{ENODEV});
  EXPECT_TRUE(tree.command("advance 6s", 0s));
  EXPECT_EQ(tree.kind(zone, 0s), NodeKind::directory);
  EXPECT_TRUE(tree.command("advance 6s", 0s));
  EXPECT_EQ(tree.kind(energy, 0s), NodeKind::file);
  EXPECT_EQ(tree.read(energy, 0s), Text{EIO});
}

}  // namespace
}  // namespace sobriety::player
