#include "collector/fleet/account.hpp"

#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using test::batch_of;
using test::Sample;

constexpr Cell joule = 1'000'000;

// A host on its own, without the shard that would keep it.
class Account {
 public:
  explicit Account(const Inventory& inventory) {
    begin_stream(host, test::id<StreamId>(1));
    learn(inventory);
  }

  void learn(const Inventory& inventory) {
    adopt(host, inventory, std::make_shared<const Layout>(inventory),
          std::make_shared<const LabelText>(info_labels(inventory)));
  }
  void take(const std::vector<Sample>& samples) {
    apply(host, batch_of(host.applied.seq + 1, samples), test::arrival);
    publish(host, host.pending->row, host.layout);
  }
  void restart(std::uint8_t stream) { begin_stream(host, test::id<StreamId>(stream)); }

  [[nodiscard]] Cell cell(MetricId metric, std::size_t at = 0) const {
    return host.row[host.layout->first(metric) + at];
  }
  [[nodiscard]] Cell wall_energy() const {
    return cell(MetricId::host_energy);
  }  // the first is external_meter
  [[nodiscard]] Cell wall_power() const { return cell(MetricId::host_power); }
  [[nodiscard]] Cell usage() const { return cell(MetricId::host_cpu_usage); }
  [[nodiscard]] Cell total(const std::string& component) const {
    for (const ComponentAccount& account : host.account.components)
      if (account.component == component) return static_cast<Cell>(account.total.count());
    return no_value;
  }

  Host host;
};

Inventory metered() {
  return test::inventory_of({test::wall_meter(), test::meter("package-0", EnergyScope::cpu)});
}
Inventory processors() {
  return test::inventory_of({test::cpu("user"), test::cpu("idle"), test::cpu("iowait"),
                             test::cpu("steal"), test::cpu("guest")});
}

TEST(Account, conserves_energy_however_the_samples_are_cut_into_batches) {
  std::mt19937 random{20};
  const auto below = [&random](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  for (int round = 0; round < 200; ++round) {
    // What two meters count, with readings missing here and there, but not the last.
    const std::size_t samples = 1 + below(30);
    std::vector<Sample> all;
    Cell wall = below(1000);
    Cell package = below(1000);
    for (std::size_t i = 0; i < samples; ++i) {
      const bool last = i + 1 == samples;
      all.push_back(
          {5000ms * i,
           {last || below(4) != 0 ? wall : no_value, last || below(4) != 0 ? package : no_value}});
      if (last) break;
      wall += below(1'000'000'000);
      package += below(3) * below(1'000'000);
    }
    Account account{metered()};
    for (std::size_t at = 0; at < samples;) {
      const std::size_t size = std::min<std::size_t>(1 + below(6), samples - at);
      account.take({all.begin() + static_cast<std::ptrdiff_t>(at),
                    all.begin() + static_cast<std::ptrdiff_t>(at + size)});
      at += size;
    }
    ASSERT_EQ(account.total("bmc"), wall) << round;
    ASSERT_EQ(account.total("package-0"), package) << round;
    ASSERT_EQ(account.wall_energy(), wall) << round;
    ASSERT_EQ(account.cell(MetricId::host_component_energy, 0), wall) << round;
    ASSERT_EQ(account.cell(MetricId::host_component_energy, 1), package) << round;
  }
}

TEST(Account, an_agent_that_restarts_counts_from_zero_and_adds_to_what_was) {
  Account account{metered()};
  account.take({{0ms, {0, 0}}, {5000ms, {100, 40}}});
  account.restart(2);
  EXPECT_EQ(account.host.applied.seq, 0U);
  account.take({{10'000ms, {3, 1}}, {15'000ms, {50, 20}}});
  account.restart(3);
  account.take({{20'000ms, {0, 0}}});
  EXPECT_EQ(account.total("bmc"), 150);
  EXPECT_EQ(account.total("package-0"), 60);
  EXPECT_EQ(account.wall_energy(), 150);
}

TEST(Account, a_counter_that_goes_back_started_again_at_zero) {
  Account account{metered()};
  account.take({{0ms, {0, 0}}, {5000ms, {100, 0}}, {10'000ms, {30, 0}}, {15'000ms, {35, 0}}});
  EXPECT_EQ(account.total("bmc"), 135);
  account.take({{20'000ms, {20, 0}}, {25'000ms, {21, 0}}});
  EXPECT_EQ(account.total("bmc"), 156);
}

TEST(Account, a_negative_counter_is_not_one) {
  Account account{metered()};
  account.take({{0ms, {10, 0}}, {5000ms, {-5, 0}}, {10'000ms, {12, 0}}});
  EXPECT_EQ(account.total("bmc"), 12);
}

TEST(Account, skipped_batches_cost_no_energy_because_counters_are_cumulative) {
  Account account{metered()};
  account.take({{0ms, {0, 0}}, {5000ms, {100, 10}}});
  skip(account.host, 9, false);
  EXPECT_EQ(account.host.applied.seq, 9U);
  account.take({{100'000ms, {900, 90}}});
  EXPECT_EQ(account.host.applied.seq, 10U);
  EXPECT_EQ(account.total("bmc"), 900);
  skip(account.host, 4, false);
  EXPECT_EQ(account.host.applied.seq, 10U);
}

TEST(Account, a_stream_that_was_accounted_once_goes_on_where_its_counters_are) {
  Account account{metered()};
  account.take({{0ms, {0, 0}}, {5000ms, {100, 10}}});
  // The agent reported under another stream for a while, and comes back to this one.
  begin_stream(account.host, test::id<StreamId>(9));
  account.take({{10'000ms, {40, 4}}});
  EXPECT_EQ(account.total("bmc"), 140);
  begin_stream(account.host, test::id<StreamId>(1));
  skip(account.host, 1, true);
  account.take({{15'000ms, {107, 12}}, {20'000ms, {110, 15}}});
  EXPECT_EQ(account.total("bmc"), 143);
}

TEST(Account, what_was_dropped_before_the_first_contact_is_in_the_counters) {
  Account account{metered()};
  skip(account.host, 7, false);
  account.take({{15'000ms, {107, 12}}});
  EXPECT_EQ(account.total("bmc"), 107);
}

TEST(Account, of_several_machine_meters_the_first_tells_the_energy_of_the_wall) {
  Account account{test::inventory_of(
      {test::meter("psu-1", EnergyScope::machine), test::meter("psu-2", EnergyScope::machine)})};
  account.take({{0ms, {0, 0}}, {5000ms, {100, 7}}});
  EXPECT_EQ(account.wall_energy(), 100);
  EXPECT_EQ(account.total("psu-2"), 7);
}

TEST(Account, a_battery_tells_the_energy_of_the_wall_by_its_own_method) {
  Account account{test::inventory_of({test::meter("battery", EnergyScope::machine)})};
  account.take({{0ms, {0}}, {5000ms, {100 * joule}}});
  const auto battery = static_cast<std::size_t>(PowerMethod::battery);
  EXPECT_EQ(account.wall_energy(), no_value);
  EXPECT_EQ(account.cell(MetricId::host_energy, battery), 100 * joule);
  EXPECT_EQ(account.cell(MetricId::host_power, battery), 20'000);
}

TEST(Account, an_external_meter_goes_before_a_battery_wherever_it_stands) {
  Account account{
      test::inventory_of({test::meter("battery", EnergyScope::machine), test::wall_meter()})};
  account.take({{0ms, {0, 0}}, {5000ms, {100 * joule, 130 * joule}}});
  EXPECT_EQ(account.wall_energy(), 130 * joule);
  EXPECT_EQ(account.cell(MetricId::host_energy, static_cast<std::size_t>(PowerMethod::battery)),
            no_value);
}

TEST(Account, rule_05_scopes_count_no_part_twice_and_psys_once_it_has_proved_itself) {
  Account account{test::inventory_of({test::meter("package-0", EnergyScope::cpu),
                                      test::meter("package-0/core", EnergyScope::cpu, "package-0"),
                                      test::meter("package-0/dram", EnergyScope::memory),
                                      test::meter("psys", EnergyScope::platform)})};
  const auto scope = [&](std::size_t at) { return account.cell(MetricId::host_scope_energy, at); };
  for (int minute = 0; minute <= 12; ++minute) {
    const Cell m = minute;
    account.take({{minute * 60'000ms,
                   {m * 600 * joule, m * 400 * joule, m * 100 * joule, m * 900 * joule}}});
    EXPECT_EQ(scope(0), m * 600 * joule) << "cpu: the package, not its core beside it";
    EXPECT_EQ(scope(1), m * 100 * joule) << "memory";
    EXPECT_EQ(scope(2), minute < 10 ? no_value : (m - 10) * 900 * joule) << minute;
  }
}

TEST(Account, rule_05_psys_is_not_judged_over_time_that_is_unmeasured) {
  Account account{test::inventory_of(
      {test::meter("package-0", EnergyScope::cpu), test::meter("psys", EnergyScope::platform)})};
  for (int minute = 0; minute <= 30; ++minute)
    account.take({{minute * 60'000ms,
                   {minute % 2 == 0 ? no_value : minute * 600 * joule, minute * 900 * joule}}});
  EXPECT_FALSE(account.host.psys.believed());
}

TEST(Account, without_a_machine_meter_there_is_no_wall_energy) {
  Account account{test::inventory_of({test::meter("package-0", EnergyScope::cpu)})};
  account.take({{0ms, {0}}, {5000ms, {50 * joule}}});
  EXPECT_EQ(account.wall_energy(), no_value);
  EXPECT_EQ(account.wall_power(), no_value);
  EXPECT_EQ(account.cell(MetricId::host_component_energy), 50 * joule);
}

// Power: batches of (time, counter of the machine's meter), and the milliwatts after the last.
struct PowerCase {
  const char* name;
  std::vector<std::vector<std::pair<std::chrono::milliseconds, Cell>>> batches;
  Cell milliwatts;
};
class Power : public testing::TestWithParam<PowerCase> {};

TEST_P(Power, is_energy_over_time) {
  Account account{test::inventory_of({test::wall_meter()})};
  for (const auto& batch : GetParam().batches) {
    std::vector<Sample> samples;
    for (const auto& [time, counter] : batch) samples.push_back({time, {counter}});
    account.take(samples);
  }
  EXPECT_EQ(account.wall_power(), GetParam().milliwatts);
}

INSTANTIATE_TEST_SUITE_P(
    Account, Power,
    testing::Values(
        PowerCase{"a_first_batch_is_measured_from_its_first_sample",
                  {{{0ms, 500 * joule}, {5000ms, 600 * joule}, {10'000ms, 1500 * joule}}},
                  100'000},
        PowerCase{"a_next_batch_is_measured_from_the_last_sample_before_it",
                  {{{0ms, 0}, {5000ms, 0}}, {{10'000ms, 250 * joule}, {15'000ms, 500 * joule}}},
                  50'000},
        PowerCase{"one_sample_alone_says_nothing", {{{0ms, 500 * joule}}}, no_value},
        PowerCase{"a_counter_that_stands_is_zero_watts", {{{0ms, 7}, {5000ms, 7}}}, 0},
        PowerCase{"milliwatts_are_rounded", {{{0ms, 0}, {3000ms, 1'000'000}}}, 333},
        PowerCase{"dropped_batches_are_averaged_over",
                  {{{0ms, 0}, {5000ms, 0}}, {{105'000ms, 1000 * joule}}},
                  10'000},
        // A missing cell is unmeasured time: neither its energy nor its seconds count.
        PowerCase{"a_hole_in_the_middle_is_left_out",
                  {{{0ms, 0},
                    {5000ms, 50 * joule},
                    {10'000ms, no_value},
                    {15'000ms, 900 * joule},
                    {20'000ms, 950 * joule}}},
                  10'000},
        PowerCase{"a_first_sample_without_a_reading_does_not_count_as_zero",
                  {{{0ms, no_value}, {5000ms, 700 * joule}, {10'000ms, 750 * joule}}},
                  10'000},
        PowerCase{
            "a_hole_at_the_end_of_the_batch_before_is_no_start",
            {{{0ms, 0}, {5000ms, no_value}}, {{10'000ms, 900 * joule}, {15'000ms, 1000 * joule}}},
            20'000},
        PowerCase{"a_batch_without_readings_has_no_power",
                  {{{0ms, 0}, {5000ms, 50 * joule}}, {{10'000ms, no_value}, {15'000ms, no_value}}},
                  no_value},
        PowerCase{"samples_of_one_moment_have_no_power",
                  {{{5000ms, 0}, {5000ms, 50 * joule}}},
                  no_value}),
    [](const auto& row) { return row.param.name; });

TEST(Account, power_after_a_restart_of_the_agent_is_not_measured_across_it) {
  Account account{test::inventory_of({test::wall_meter()})};
  account.take({{0ms, {0}}, {5000ms, {100 * joule}}});
  account.restart(2);
  account.take({{65'000ms, {0}}, {70'000ms, {150 * joule}}});
  EXPECT_EQ(account.wall_power(), 30'000);
}

// CPU: batches of rows user, idle, iowait, steal, guest; the share in 1/10000 after the last.
struct CpuCase {
  const char* name;
  std::vector<std::vector<std::vector<Cell>>> batches;
  Cell share;
};
class CpuUsage : public testing::TestWithParam<CpuCase> {};

TEST_P(CpuUsage, is_the_busy_share_of_the_newest_batch) {
  Account account{processors()};
  std::chrono::milliseconds now = 0ms;
  for (const auto& batch : GetParam().batches) {
    std::vector<Sample> samples;
    for (const auto& row : batch) samples.push_back({now += 5000ms, row});
    account.take(samples);
  }
  EXPECT_EQ(account.usage(), GetParam().share);
}

constexpr Cell huge = std::numeric_limits<Cell>::max();

INSTANTIATE_TEST_SUITE_P(
    Account, CpuUsage,
    testing::Values(
        CpuCase{
            "idle_iowait_and_steal_are_not_busy", {{{0, 0, 0, 0, 0}, {25, 50, 15, 10, 0}}}, 2'500},
        CpuCase{"guest_time_is_in_user_already", {{{0, 0, 0, 0, 0}, {50, 50, 0, 0, 50}}}, 5'000},
        CpuCase{"measured_from_the_last_sample_before_the_batch",
                {{{0, 0, 0, 0, 0}, {100, 0, 0, 0, 0}}, {{110, 10, 0, 0, 0}, {120, 180, 0, 0, 0}}},
                1'000},
        CpuCase{"fractions_are_cut", {{{0, 0, 0, 0, 0}, {1, 2, 0, 0, 0}}}, 3'333},
        CpuCase{"all_busy", {{{0, 0, 0, 0, 0}, {7, 0, 0, 0, 0}}}, 10'000},
        CpuCase{"one_sample_alone_says_nothing", {{{7, 9, 0, 0, 0}}}, no_value},
        CpuCase{"standing_counters_say_nothing", {{{7, 9, 0, 0, 0}, {7, 9, 0, 0, 0}}}, no_value},
        CpuCase{
            "counters_that_went_back_say_nothing", {{{7, 9, 0, 0, 0}, {3, 4, 0, 0, 0}}}, no_value},
        CpuCase{"idle_that_went_back_says_nothing",
                {{{0, 100, 0, 0, 0}, {300, 50, 0, 0, 0}}},
                no_value},
        CpuCase{"nothing_after_a_reading_that_failed",
                {{{1000, 9000, 0, 0, 0}, {no_value, no_value, no_value, no_value, no_value}}},
                no_value},
        CpuCase{"a_failed_reading_at_the_end_of_a_batch_is_not_a_count_of_zero",
                {{{1000, 9000, 0, 0, 0}, {no_value, no_value, no_value, no_value, no_value}},
                 {{1010, 9010, 0, 0, 0}, {1020, 9020, 0, 0, 0}}},
                no_value},
        CpuCase{"a_failed_reading_at_the_start_neither",
                {{{no_value, no_value, no_value, no_value, no_value}, {1010, 9010, 0, 0, 0}}},
                no_value},
        CpuCase{"a_mode_that_comes_later_is_not_a_jump",
                {{{10, 90, no_value, 0, 0}, {20, 180, 5'000, 0, 0}}},
                no_value},
        CpuCase{"numbers_of_a_broken_agent_are_survived",
                {{{0, 0, 0, 0, 0}, {huge, huge, huge, huge, huge}}},
                no_value},
        CpuCase{
            "negative_ones_too", {{{-huge, -huge, -huge, 0, 0}, {huge, 1, 1, 1, 1}}}, no_value}),
    [](const auto& row) { return row.param.name; });

TEST(Account, shows_the_newest_sample_and_nothing_where_it_has_no_value) {
  Account account{processors()};
  account.take({{1000ms, {1, 2, 3, 4, 5}}, {6000ms, {10, 20, no_value, 40, 50}}});
  EXPECT_EQ(account.cell(MetricId::host_cpu_time, 0), 10);
  EXPECT_EQ(account.cell(MetricId::host_cpu_time, 2), no_value);
  EXPECT_EQ(account.cell(MetricId::host_cpu_time, 4), 50);
  EXPECT_EQ(account.cell(MetricId::host_uptime), 6'000);
  EXPECT_EQ(account.cell(MetricId::host_last_seen), 1'700'000'006'000);
  EXPECT_EQ(account.cell(MetricId::host_boot_time), 1'700'000'000'000);
  EXPECT_EQ(account.cell(MetricId::host_info), 1);
}

TEST(Account, a_boot_time_that_is_not_known_is_not_shown) {
  Inventory inventory = processors();
  inventory.boot_time = WallTime{};
  EXPECT_EQ(Account{inventory}.cell(MetricId::host_boot_time), no_value);
}

TEST(Account, a_new_boot_is_not_measured_against_the_old_one) {
  Account account{processors()};
  account.take({{5000ms, {0, 0, 0, 0, 0}}, {10'000ms, {10, 90, 0, 0, 0}}});
  Inventory rebooted = processors();
  rebooted.boot = test::id<BootId>(2);
  account.learn(rebooted);
  account.take({{20'000ms, {100, 900, 0, 0, 0}}, {25'000ms, {150, 950, 0, 0, 0}}});
  EXPECT_EQ(account.usage(), 5'000);
}

TEST(Account, another_layout_keeps_the_accounts_of_components_by_their_names) {
  Account account{metered()};
  account.take({{0ms, {0, 0}}, {5000ms, {100, 40}}});
  // The wall meter goes, a dram meter comes, and the package moves to another column.
  account.learn(test::inventory_of(
      {test::meter("dram", EnergyScope::memory), test::meter("package-0", EnergyScope::cpu)}));
  account.take({{10'000ms, {5, 60}}});
  EXPECT_EQ(account.total("bmc"), 100);
  EXPECT_EQ(account.total("package-0"), 60);
  EXPECT_EQ(account.total("dram"), 5);
  EXPECT_EQ(account.cell(MetricId::host_component_energy, 0), 5);
  EXPECT_EQ(account.cell(MetricId::host_component_energy, 1), 60);
  // And back: the meter of the wall counts on.
  account.learn(metered());
  account.take({{15'000ms, {110, 70}}});
  EXPECT_EQ(account.total("bmc"), 110);
  EXPECT_EQ(account.wall_energy(), 110);
  EXPECT_EQ(account.host.account.components.size(), 3U);
}

}  // namespace
}  // namespace sobriety::collector
