#include "tests/support/player/playback.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace sobriety::player {
namespace {

using namespace std::chrono_literals;

Zone package(Watts power = Watts{100}) {
  Zone zone;
  zone.directory = "intel-rapl:0";
  zone.name = "package-0";
  zone.range = 1'000'000'000;
  zone.power = PowerCurve{{{power, power, 1h}}};
  return zone;
}

constexpr std::uint64_t joules = 1'000'000;

struct Row {
  const char* name;
  std::vector<Fault> faults;
  Elapsed awake;
  std::uint64_t counter;
};

TEST(counter_at, is_the_truth_as_the_faults_distort_it) {
  const std::vector<Fault> flip{{2s, Jump{"intel-rapl:0", 700}}, {3s, Jump{"intel-rapl:0", -700}}};
  const Row rows[] = {
      {"without faults it counts", {}, 5s, 500 * joules},
      {"it wraps at its range", {}, 12s, 200 * joules},
      {"it flips forward", flip, 2s, 900 * joules},
      {"and back", flip, 3s, 300 * joules},
      {"a jump back below 0 is one from the range",
       {{1s, Jump{"intel-rapl:0", -200}}},
       1s,
       900 * joules},
      {"a reset begins at 0", {{4s, Reset{""}}}, 6s, 200 * joules},
      {"that of another zone does nothing", {{4s, Reset{"intel-rapl:1"}}}, 6s, 600 * joules},
      {"a sleep does not count", {{4s, Suspend{10min}}}, 6s, 600 * joules},
  };
  for (const Row& row : rows) {
    const Scenario scenario{1000s, {package()}, row.faults};
    EXPECT_EQ(counter_at(scenario, scenario.zones[0], row.awake), row.counter) << row.name;
    EXPECT_EQ(truth_at(scenario, scenario.zones[0], row.awake).count(),
              static_cast<std::uint64_t>(row.awake / 1s) * 100 * joules)
        << row.name << ": faults do not change the truth";
  }
}

TEST(counter_at, of_a_mirror_is_that_of_the_mirrored) {
  Zone mirror = package(Watts{1});
  mirror.directory = "intel-rapl:1";
  mirror.mirrors = "intel-rapl:0";
  const Scenario scenario{1000s, {package(), mirror}, {}};
  EXPECT_EQ(counter_at(scenario, scenario.zones[1], 3s), 300 * joules);
}

TEST(uptime_at, goes_on_over_a_sleep_and_leads_back) {
  const Scenario scenario{1000s, {}, {{10s, Suspend{600s}}, {20s, Suspend{60s}}}};
  const std::pair<Elapsed, Elapsed> rows[] = {{0s, 1000s}, {9s, 1009s}, {11s, 1611s}, {25s, 1685s}};
  for (const auto& [awake, uptime] : rows) {
    EXPECT_EQ(uptime_at(scenario, awake), uptime);
    EXPECT_EQ(awake_at(scenario, uptime), awake);
  }
  EXPECT_EQ(awake_at(scenario, 1300s), 10s) << "asleep";
  EXPECT_EQ(awake_at(scenario, 1640s), 20s) << "asleep again";
}

TEST(present_at, a_zone_is_away_for_a_while) {
  const Scenario scenario{1000s, {package()}, {{5s, Absence{"intel-rapl:0", 2s}}}};
  EXPECT_TRUE(present_at(scenario, scenario.zones[0], 4s));
  EXPECT_FALSE(present_at(scenario, scenario.zones[0], 6s));
  EXPECT_TRUE(present_at(scenario, scenario.zones[0], 7s));
}

TEST(error_at, a_file_fails_for_a_while) {
  const Scenario scenario{1000s, {}, {{5s, ReadError{"proc/stat", ENODEV, 2s}}}};
  EXPECT_EQ(error_at(scenario, "proc/stat", 4s), std::nullopt);
  EXPECT_EQ(error_at(scenario, "proc/stat", 5s), ENODEV);
  EXPECT_EQ(error_at(scenario, "proc/uptime", 5s), std::nullopt);
  EXPECT_EQ(error_at(scenario, "proc/stat", 7s), std::nullopt);
}

TEST(component_of, names_the_zone_below_its_parents) {
  Zone dram = package();
  dram.directory = "intel-rapl:0:1";
  dram.name = "dram";
  const Scenario scenario{1000s, {package(), dram}, {}};
  EXPECT_EQ(component_of(scenario, scenario.zones[0]), "package-0");
  EXPECT_EQ(component_of(scenario, scenario.zones[1]), "package-0/dram");
}

}  // namespace
}  // namespace sobriety::player
