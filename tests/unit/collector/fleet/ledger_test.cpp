// What a host's batches bring to its hours: nothing is made and nothing is lost, whatever comes.
#include "collector/fleet/account.hpp"
#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using enum Figure;
using test::Sample;

constexpr Hour first_hour = std::chrono::floor<std::chrono::hours>(test::boot_wall);

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() {
    begin_stream(host, test::id<StreamId>(1));
    boot(1);
  }
  void boot(std::uint8_t number) {
    const Inventory inventory = test::inventory_of({test::wall_meter(), test::cpu("user")}, number);
    adopt(host, inventory, layout, std::make_shared<const LabelText>());
  }
  Oddities take(Batch batch) {
    batch.seq = host.applied.seq + 1;
    const Oddities odd = apply(host, batch, arrival);
    if (commits) commit();
    return odd;
  }
  Oddities take(const std::vector<Sample>& samples) { return take(test::batch_of(1, samples)); }
  void commit() {
    for (const HourFigures& hour : host.pending->hours) hours[hour.hour] += hour.figures;
    publish(host, host.pending->row, layout);
    host.pending.reset();
  }
  [[nodiscard]] Figures sum() const {
    Figures all;
    for (const auto& [hour, figures] : hours) all += figures;
    return all;
  }
  void expect_conserved() const {
    EXPECT_EQ(sum(), host.account.totals);
    EXPECT_EQ(sum().energy_by_state(), sum().energy_by_quality());
    EXPECT_EQ(static_cast<std::uint64_t>(sum()[uj_measured]), host.account.energy[0].count());
    for (const auto& [hour, figures] : hours) EXPECT_LE(figures.time(), 3'600'000);
  }

  const std::shared_ptr<const Layout> layout =
      std::make_shared<const Layout>(test::inventory_of({test::wall_meter(), test::cpu("user")}));
  WallTime arrival = test::arrival;
  bool commits = true;
  Host host;
  std::map<Hour, Figures> hours;
};

TEST_F(LedgerTest, time_and_energy_lie_in_the_hours_in_which_they_were) {
  // boot_wall is 22:13:20 UTC: the hour ends 2,800 s after boot.
  take({{2'790s, {0, 0}}, {2'795s, {500, 0}}, {2'805s, {1'500, 0}}, {2'810s, {2'000, 0}}});
  ASSERT_EQ(hours.size(), 2U);
  EXPECT_EQ(hours[first_hour][ms_active], 10'000);
  EXPECT_EQ(hours[first_hour][uj_measured], 1'000);
  EXPECT_EQ(hours[first_hour + 1h][ms_active], 10'000);
  EXPECT_EQ(hours[first_hour + 1h][uj_active], 1'000);
  expect_conserved();
}

TEST_F(LedgerTest, energy_over_dropped_batches_lies_over_the_time_since_it_was_last_known) {
  take({{2'700s, {0, 0}}, {2'800s - 100s, {0, 0}}});
  skip(host, 40, false);
  take({{2'800s + 100s, {6'000, 0}}});
  EXPECT_EQ(hours[first_hour][uj_measured], 3'000);
  EXPECT_EQ(hours[first_hour + 1h][uj_measured], 3'000);
  expect_conserved();
}

TEST_F(LedgerTest, energy_after_rows_without_a_value_is_credited_and_their_time_is_on) {
  take({{10s, {100, 0}}, {15s, {no_value, 0}}, {20s, {no_value, 0}}, {25s, {400, 0}}});
  EXPECT_EQ(sum()[uj_measured], 400);
  EXPECT_EQ(sum()[ms_active], 15'000);
  expect_conserved();
}

TEST_F(LedgerTest, a_new_stream_counts_from_zero_and_time_goes_on_over_it) {
  take({{10s, {0, 0}}, {15s, {700, 0}}});
  begin_stream(host, test::id<StreamId>(2));
  take({{115s, {30, 0}}, {120s, {50, 0}}});
  EXPECT_EQ(sum()[uj_measured], 750);
  EXPECT_EQ(sum()[ms_active], 110'000);
  expect_conserved();
}

TEST_F(LedgerTest, a_reboot_in_a_backlog_is_lost_time_and_no_lost_energy) {
  take({{10s, {0, 0}}, {20s, {700, 0}}});
  boot(2);
  Batch after = test::batch_of(1, {{30s, {no_value, 0}}, {40s, {900, 0}}});
  for (Instant& time : after.times) time.wall += 1h;
  take(after);
  EXPECT_EQ(sum()[ms_lost], 3'600'000 - 20'000);
  EXPECT_EQ(sum()[ms_active], 10'000 + 40'000);
  EXPECT_EQ(sum()[uj_measured], 900);
  expect_conserved();
}

TEST_F(LedgerTest, sleep_is_told_by_the_clocks) {
  Batch batch = test::batch_of(1, {{10s, {0, 0}}, {20s, {0, 0}}, {1000s, {0, 0}}});
  batch.times[2].asleep = 900s;
  take(batch);
  EXPECT_EQ(sum()[ms_suspended], 900'000);
  EXPECT_EQ(sum()[ms_active], 90'000);
}

TEST_F(LedgerTest, the_wall_clock_may_step_and_the_boot_clock_keeps_the_hours_right) {
  host.clock = {test::id<BootId>(1), test::boot_wall};
  arrival = test::boot_wall + 3h;
  for (const auto step : {0h, 1h, -1h, 8766h, -8766h}) {
    Batch batch = test::batch_of(1, {{2'000s, {0, 0}}});
    const auto number = static_cast<Cell>(host.applied.seq);
    for (Instant& time : batch.times) {
      time.boottime += number * 5s;
      time.wall += number * 5s + step;
    }
    const Oddities odd = take(batch);
    EXPECT_EQ(odd.implausible_times + odd.clock_steps, 0U);
  }
  ASSERT_EQ(hours.size(), 1U);
  EXPECT_EQ(hours[first_hour][ms_active], 20'000);
  EXPECT_EQ(host.account.last_seen, test::boot_wall + 2'020s);
}

TEST_F(LedgerTest, a_label_from_the_future_is_counted_and_the_arrival_stands_for_it) {
  arrival = test::boot_wall + 100s;
  Batch batch = test::batch_of(1, {{10s, {0, 0}}, {20s, {70, 0}}});
  for (Instant& time : batch.times) time.wall += 8766h;
  EXPECT_EQ(take(batch).implausible_times, 2U);
  EXPECT_EQ(host.account.last_seen, arrival);
  EXPECT_EQ(sum()[uj_measured], 70);
  EXPECT_LE(hours.rbegin()->first, arrival);
  expect_conserved();
}

TEST_F(LedgerTest, numbers_of_a_broken_agent_are_survived) {
  constexpr Cell most = std::numeric_limits<Cell>::max();
  take({{10s, {most, 0}}, {20s, {0, 0}}, {30s, {most, 0}}, {40s, {5, 0}}, {50s, {most, 0}}});
  EXPECT_EQ(sum()[uj_measured], static_cast<Cell>(most_wall_energy.count()));
  expect_conserved();
}

TEST_F(LedgerTest, nothing_is_shown_before_it_is_committed) {
  const std::size_t energy = layout->cell(MetricId::host_energy, PowerMethod::external_meter);
  take({{10s, {100, 0}}});
  EXPECT_EQ(host.row[energy], 100);
  commits = false;
  take({{20s, {250, 0}}});
  take({{30s, {300, 0}}});
  EXPECT_EQ(host.row[energy], 100);
  commit();
  EXPECT_EQ(host.row[energy], 300);
}

TEST_F(LedgerTest, presence_is_as_it_is_now_in_a_row_that_is_committed_late) {
  commits = false;
  take({{10s, {100, 0}}});
  host.left = true;
  set_up(host, false);
  commit();
  EXPECT_EQ(host.row[layout->first(MetricId::host_up)], 0);
  EXPECT_FALSE(host.up);
}

TEST_F(LedgerTest, whatever_comes_is_conserved_over_restarts_of_everything) {
  std::mt19937_64 random{11};
  const auto below = [&random](std::uint64_t bound) { return static_cast<Cell>(random() % bound); };
  Cell counter = 0;
  std::uint64_t truth = 0;
  auto boottime = 1'000s + 0ms;
  auto booted = 0ms;  // after boot_wall
  for (int i = 0; i < 3'000; ++i) {
    const auto step = std::chrono::milliseconds{below(i % 50 == 0 ? 20'000'000 : 60'000)};
    boottime += step;
    const Cell used = below(1'000'000);
    counter += used;
    truth += static_cast<std::uint64_t>(used);
    const bool told = below(4) != 0;
    Batch batch = test::batch_of(1, {{boottime, {told ? counter : no_value, 0}}});
    batch.times[0].wall += booted + std::chrono::milliseconds{below(80'000)} - 40s;
    arrival = std::max(arrival, batch.times[0].wall);
    take(batch);
    if (below(10) == 0) skip(host, host.applied.seq + 3, false);
    if (!told) continue;
    if (below(20) == 0) {  // the agent starts with a new stream
      begin_stream(host, {test::id<StreamId>(static_cast<std::uint8_t>(below(200)))});
      counter = 0;
    }
    if (below(30) == 0) {  // the machine starts
      booted += boottime + std::chrono::milliseconds{below(10'000'000)};
      boottime = 0ms;
      boot(static_cast<std::uint8_t>(below(200)));
    }
    if (below(30) == 0) {  // the collector starts
      Host restored;
      restored.id = host.id;
      restored.applied = restored.stored = host.applied;
      restored.account = host.account;
      const BootId of_boot = host.boot;
      host = std::move(restored);
      boot(of_boot.bytes[0]);
    }
  }
  take({{boottime + 5s, {counter, 0}}});
  EXPECT_EQ(sum()[uj_measured], static_cast<std::int64_t>(truth));
  expect_conserved();
}

}  // namespace
}  // namespace sobriety::collector
