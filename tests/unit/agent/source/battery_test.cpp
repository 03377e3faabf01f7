#include "agent/source/battery.hpp"

#include "agent/source/sensors.hpp"
#include "tests/support/fixture.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

TempTree& add_battery(TempTree& tree, const std::string& name, const std::string& status,
                      const std::string& microwatts) {
  const std::string path = "sys/class/power_supply/" + name + "/";
  return tree.file(path + "type", "Battery\n")
      .file(path + "status", status + "\n")
      .file(path + "power_now", microwatts + "\n");
}

TempTree& add_mains(TempTree& tree, const std::string& online) {
  return tree.file("sys/class/power_supply/AC/type", "Mains\n")
      .file("sys/class/power_supply/AC/online", online + "\n");
}

TEST(Battery, rule_17_its_power_is_the_machines_while_it_discharges) {
  TempTree tree;
  add_battery(tree, "BAT0", "Discharging", "20000000");
  add_mains(tree, "0");
  Discovery found = discover_battery(tree.roots(), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_EQ(found.source->series()[0],
            (Series{SignalId::component_energy, "battery", EnergyScope::machine, ""}));
  EXPECT_THAT(read_at(*found.source, 10s).cells, ElementsAre(0, 0));
  EXPECT_THAT(read_at(*found.source, 15s).cells, ElementsAre(100'000'000, 0));
}

TEST(Battery, rule_17_is_silent_while_charging_or_full_and_bridges_nothing) {
  TempTree tree;
  add_battery(tree, "BAT0", "Discharging", "20000000");
  Discovery found = discover_battery(tree.roots(), {});
  read_at(*found.source, 10s);
  read_at(*found.source, 15s);
  for (const char* status : {"Charging", "Full", "Not charging", "Unknown"}) {
    add_battery(tree, "BAT0", status, "30000000");
    const Reading silent = read_at(*found.source, 20s);
    EXPECT_THAT(silent.cells, ElementsAre(no_value)) << status;
    EXPECT_EQ(silent.outcome.failures + silent.outcome.discontinuities, 0U) << status;
  }
  add_battery(tree, "BAT0", "Discharging", "20000000");
  EXPECT_THAT(read_at(*found.source, 22s).cells, ElementsAre(100'000'000));
  EXPECT_THAT(read_at(*found.source, 27s).cells, ElementsAre(200'000'000));
}

TEST(Battery, rule_17_is_silent_while_the_mains_feed_the_machine_as_well) {
  TempTree tree;
  add_battery(tree, "BAT0", "Discharging", "5000000");
  add_mains(tree, "1");
  Discovery found = discover_battery(tree.roots(), {});
  EXPECT_THAT(read_at(*found.source, 10s).cells, ElementsAre(no_value, 1));
}

struct PowerCase {
  const char* name;
  const char* power;
  const char* current;
  const char* voltage;
  double watts;  // below 0: an error
};

class BatteryPower : public testing::TestWithParam<PowerCase> {};

TEST_P(BatteryPower, rule_17_is_positive_whatever_the_drivers_sign) {
  const PowerCase& row = GetParam();
  const auto watts = battery_power(row.power, row.current, row.voltage);
  ASSERT_EQ(watts.has_value(), row.watts >= 0);
  if (watts) {
    EXPECT_DOUBLE_EQ(watts.value().count(), row.watts);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , BatteryPower,
    testing::Values(PowerCase{"power", "12345000\n", "", "", 12.345},
                    PowerCase{"negative_power", "-12345000", "", "", 12.345},
                    PowerCase{"current_times_voltage", "", "1500000\n", "12000000\n", 18.0},
                    PowerCase{"negative_current", "", "-1500000", "12000000", 18.0},
                    PowerCase{"power_before_current", "1000000", "9000000", "12000000", 1.0},
                    PowerCase{"nothing", "", "", "", -1}, PowerCase{"no_voltage", "", "1", "", -1},
                    PowerCase{"junk", "junk", "", "", -1},
                    PowerCase{"too_much", "", "9000000000000000000", "9000000000000000000", -1}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(Battery, rule_17_several_batteries_are_one_meter) {
  TempTree tree;
  add_battery(tree, "BAT0", "Discharging", "8000000");
  add_battery(tree, "BAT1", "Discharging", "-2000000");
  Discovery found = discover_battery(tree.roots(), {});
  read_at(*found.source, 10s);
  EXPECT_THAT(read_at(*found.source, 15s).cells, ElementsAre(50'000'000));
  add_battery(tree, "BAT1", "Charging", "2000000");
  EXPECT_THAT(read_at(*found.source, 20s).cells, ElementsAre(no_value))
      << "one feeds the other: what the machine draws is not known";
}

TEST(Battery, the_battery_of_a_mouse_is_none_of_the_machine) {
  TempTree tree;
  add_battery(tree, "hidpp_battery_0", "Discharging", "1000");
  tree.file("sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
  EXPECT_EQ(discover_battery(tree.roots(), {}).status, SourceStatus::absent);
}

TEST(Battery, a_reading_that_fails_is_silent_logged_once_and_asks_for_a_rescan_once) {
  TempTree tree;
  add_battery(tree, "BAT0", "Discharging", "20000000");
  Discovery found = discover_battery(tree.roots(), {});
  read_at(*found.source, 10s);
  tree.file("sys/class/power_supply/BAT0/power_now", "junk");
  for (const bool first : {true, false}) {
    const Reading bad = read_at(*found.source, 15s);
    EXPECT_THAT(bad.cells, ElementsAre(no_value));
    EXPECT_EQ(bad.outcome.failures, 1U);
    EXPECT_EQ(bad.outcome.rescan, first);
  }
}

TEST(Battery, a_captured_laptop_discharges_and_its_sensor_is_read_once) {
  const Roots roots = fixture("qemu-real-kernel/skylake-2s-t0");
  Discovery found = discover_battery(roots, {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_THAT(read_at(*found.source, 10s).cells, ElementsAre(0, 0));
  EXPECT_THAT(read_at(*found.source, 20s).cells, ElementsAre(123'450'000, 0)) << "12.345 W";
  const Discovery sensors = discover_sensors(roots, {});
  for (const Series& series : sensors.source->series())
    EXPECT_THAT(series.instance, testing::Not(HasSubstr("BAT0")));
}

}  // namespace
}  // namespace sobriety::agent
