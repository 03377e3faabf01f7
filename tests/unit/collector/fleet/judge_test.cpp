// A host's life as the judge sees it: samples in, states and accounts out.
#include "collector/fleet/account.hpp"
#include "collector/fleet/show.hpp"
#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using enum Figure;

constexpr Cell second = 100;  // of CPU time

// A desktop of four processors without a meter, sampled every 5 s, on a Tuesday evening.
class JudgeTest : public testing::Test {
 protected:
  JudgeTest() {
    policy::HostPolicy policy = *policy_of_strangers();
    policy.group.role = policy::Role::workstation;
    policy.thresholds = std::make_shared<const policy::Thresholds>(
        policy::default_thresholds(policy::Role::workstation));
    policy.off_out_of_hours = true;
    policy.power.profile = policy::PowerProfile{0.5, 1.5, 25, 80};
    host.policy = std::make_shared<const policy::HostPolicy>(std::move(policy));
    begin_stream(host, test::id<StreamId>(1));
    boot(1);
  }
  void boot(std::uint8_t number) {
    Inventory inventory =
        test::inventory_of({test::cpu("user"),
                            test::cpu("idle"),
                            {SignalId::network_bytes, "receive", EnergyScope::none, ""},
                            {SignalId::network_bytes, "transmit", EnergyScope::none, ""},
                            {SignalId::sessions, "local", EnergyScope::none, ""},
                            {SignalId::sessions_idle, "", EnergyScope::none, ""}},
                           number);
    inventory.facts.cpus = 4;
    adopt(host, inventory, layout_of(inventory), std::make_shared<const LabelText>());
  }
  std::shared_ptr<const Layout> layout_of(const Inventory& inventory) {
    if (!layout) layout = std::make_shared<const Layout>(inventory);
    return layout;
  }
  // A sample `step` later, in which `busy` of the four processors worked.
  void live(std::chrono::milliseconds step, double busy, std::chrono::milliseconds asleep = 0ms) {
    const auto awake = std::chrono::duration<double>(step - asleep).count();
    boottime += step;
    slept += asleep;
    wall += step;
    user += static_cast<Cell>(busy * awake * second);
    idle += static_cast<Cell>((4 - busy) * awake * second);
    Batch batch =
        test::batch_of(host.applied.seq + 1, {{boottime, {user, idle, 0, 0, local, idling}}});
    batch.times[0].asleep = slept;
    batch.times[0].wall = wall;
    apply(host, batch, wall);
    for (const HourFigures& hour : host.pending->hours) ledger += hour.figures;
    host.stored = host.applied;
    publish(host, host.pending->row, layout);
    host.pending.reset();
  }
  void live_for(std::chrono::milliseconds time, double busy) {
    for (auto at = 0ms; at < time; at += 5s) live(5s, busy);
  }
  // The machine starts again `away` later.
  void start_again(std::chrono::milliseconds away, std::uint8_t number) {
    wall += away;
    boottime = slept = 0ms;
    user = idle = 0;
    boot(number);
  }
  [[nodiscard]] PowerState state() const { return state_now(host); }
  [[nodiscard]] const Figures& totals() const { return host.account.totals; }
  [[nodiscard]] Cell cell(MetricId metric, std::size_t at) const {
    return host.row[layout->first(metric) + at];
  }

  Host host;
  std::shared_ptr<const Layout> layout;
  WallTime wall = std::chrono::sys_days{std::chrono::year{2026} / 3 / 24} + 17h;
  std::chrono::milliseconds boottime{0};
  std::chrono::milliseconds slept{0};
  Cell user = 0;
  Cell idle = 0;
  Cell local = 1;
  Cell idling = 1;
  Figures ledger;
};

TEST_F(JudgeTest, falls_idle_after_half_an_hour_of_quiet_and_the_time_is_split_there) {
  live_for(10min, 2);
  live_for(45min, 0.01);
  EXPECT_EQ(state(), PowerState::idle);
  // The first sample, at 5 s, opens the first minute; the tenth, up to 605 s, is the last busy one.
  // One of 30 is forgiven: with 29 quiet ones behind it, at 605 + 29 x 60 = 2,345 s, it is idle,
  // and 3,300 - 2,345 = 955 s are left.
  EXPECT_EQ(totals()[ms_idle], 955'000);
  EXPECT_EQ(totals().time(), 55 * 60'000 - 5'000);
  EXPECT_EQ(ledger, totals());
}

TEST_F(JudgeTest, three_busy_minutes_wake_it) {
  live_for(40min, 0.01);
  ASSERT_EQ(state(), PowerState::idle);
  live_for(2min, 2);
  EXPECT_EQ(state(), PowerState::idle);
  live_for(2min, 2);
  EXPECT_EQ(state(), PowerState::active);
}

TEST_F(JudgeTest, who_unlocks_the_screen_wakes_it_at_once) {
  live_for(40min, 0.01);
  ASSERT_EQ(state(), PowerState::idle);
  idling = 0;
  live(5s, 0.01);
  EXPECT_EQ(state(), PowerState::active);
  EXPECT_EQ(host.account.judge.today.logins, 1);
}

TEST_F(JudgeTest, who_logs_in_wakes_it_at_once) {
  live_for(40min, 0.01);
  local = 2;
  live(5s, 0.01);
  EXPECT_EQ(state(), PowerState::active);
}

TEST_F(JudgeTest, sleep_is_suspended_and_what_wakes_is_active) {
  live_for(40min, 0.01);
  const auto before = totals();
  live(8h + 5s, 0.01, 8h);
  EXPECT_EQ(totals()[ms_suspended], 8 * 3'600'000);
  EXPECT_EQ(totals()[ms_idle] - before[ms_idle], 5'000);
  EXPECT_EQ(state(), PowerState::active);
  // 1.5 W x 8 h = 43,200 J.
  EXPECT_EQ(totals()[uj_suspended], 43'200'000'000);
}

TEST_F(JudgeTest, a_shutdown_that_was_told_is_off_until_the_next_boot) {
  live_for(1min, 1);
  host.account.judge.farewell = Farewell::shutdown;
  start_again(10h, 2);
  live(20s, 1);
  EXPECT_EQ(totals()[ms_off], 10 * 3'600'000);
  EXPECT_EQ(totals()[ms_lost], 0);
  // 0.5 W x 10 h = 18,000 J.
  EXPECT_EQ(totals()[uj_off], 18'000'000'000);
  EXPECT_EQ(host.account.judge.farewell, Farewell::none);
}

TEST_F(JudgeTest, a_machine_that_went_without_a_word_was_lost_until_its_next_boot) {
  for (const Farewell farewell : {Farewell::none, Farewell::stop}) {
    live_for(1min, 1);
    const auto lost = totals()[ms_lost];
    host.account.judge.farewell = farewell;
    start_again(10h, farewell == Farewell::none ? 2 : 3);
    live(20s, 1);
    EXPECT_EQ(totals()[ms_lost] - lost, 10 * 3'600'000);
  }
  EXPECT_EQ(totals()[uj_off], 0);
}

TEST_F(JudgeTest, an_agent_that_was_away_while_the_machine_ran_left_time_on_that_nobody_judged) {
  live_for(40min, 0.01);
  live(2h, 0.01);
  EXPECT_EQ(totals()[ms_on], 2 * 3'600'000);
  EXPECT_EQ(state(), PowerState::active);
}

TEST_F(JudgeTest, without_a_meter_the_profile_tells_the_energy_of_every_state) {
  live(5s, 0);  // the first sample: before it nothing is known
  live_for(60min, 0);
  // 25 W x 3,600 s.
  EXPECT_EQ(totals()[uj_estimated], 90'000'000'000);
  EXPECT_EQ(totals()[uj_estimated], totals()[uj_active] + totals()[uj_idle]);
  EXPECT_EQ(host.account.energy[static_cast<std::size_t>(PowerMethod::profile)],
            Microjoules{90'000'000'000});
  EXPECT_EQ(cell(MetricId::host_power, static_cast<std::size_t>(PowerMethod::profile)), 25'000);
  EXPECT_EQ(cell(MetricId::host_power_bound, 0), 12'500);
  EXPECT_EQ(cell(MetricId::host_power_bound, 1), 50'000);
}

TEST_F(JudgeTest, declared_monitors_are_on_while_the_machine_is_active) {
  policy::HostPolicy policy = *host.policy;
  policy.power.monitors = 2;
  host.policy = std::make_shared<const policy::HostPolicy>(std::move(policy));
  live(5s, 0);
  live_for(60min, 0);
  ASSERT_GT(totals()[ms_idle], 0);
  // 25 W + 2 x 25 W, and 25 W: watts x ms x 1,000 = microjoules.
  EXPECT_EQ(totals()[uj_active], 75 * totals()[ms_active] * 1000);
  EXPECT_EQ(totals()[uj_idle], 25 * totals()[ms_idle] * 1000);
}

TEST_F(JudgeTest, shows_one_state_and_one_verdict) {
  live_for(40min, 0.01);
  for (std::size_t i = 0; i < power_state_count; ++i)
    EXPECT_EQ(cell(MetricId::host_state, i),
              i == static_cast<std::size_t>(PowerState::idle) ? 1 : no_value);
  EXPECT_EQ(cell(MetricId::host_verdict, static_cast<std::size_t>(Verdict::unknown)), 1);
  EXPECT_EQ(cell(MetricId::host_signal_available, static_cast<std::size_t>(Sign::network)), 1);
  EXPECT_EQ(cell(MetricId::host_signal_available, static_cast<std::size_t>(Sign::gpu)), 0);
  EXPECT_EQ(cell(MetricId::host_state_since, 0),
            (host.account.judge.since).time_since_epoch().count());
  set_up(host, false);
  EXPECT_EQ(cell(MetricId::host_state, static_cast<std::size_t>(PowerState::lost)), 1);
  EXPECT_EQ(cell(MetricId::host_state, static_cast<std::size_t>(PowerState::idle)), no_value);
}

TEST_F(JudgeTest, after_five_days_it_is_said_to_be_left_on_at_night_and_not_by_day) {
  for (int i = 0; i < 6 * 24 * 60; ++i) live(1min, 0.01);
  EXPECT_EQ(host.account.judge.standing.verdict, Verdict::none);
  while (std::chrono::floor<std::chrono::days>(wall) + 23h + 30min > wall) live(1min, 0.01);
  EXPECT_EQ(cell(MetricId::host_verdict, static_cast<std::size_t>(Verdict::left_on)), 1);
  // Five days and 7 h, but for the minute up to the first sample, of six days.
  EXPECT_EQ(cell(MetricId::host_coverage, 0), 10'000 * ((5 * 24 + 7) * 60 - 1) / (6 * 24 * 60));
  while (wall < std::chrono::sys_days{std::chrono::year{2026} / 3 / 31} + 10h) live(1min, 0.01);
  EXPECT_EQ(cell(MetricId::host_verdict, static_cast<std::size_t>(Verdict::none)), 1);
  EXPECT_EQ(ledger, totals());
}

TEST_F(JudgeTest, random_lives_are_conserved_to_the_millisecond_and_the_microjoule) {
  std::mt19937_64 random{7};
  const auto below = [&random](int bound) {
    return static_cast<int>(random() % static_cast<unsigned>(bound));
  };
  live(5s, 1);
  const WallTime begin = wall;
  std::uint8_t boots = 1;
  for (int i = 0; i < 4'000; ++i) {
    const int what = below(200);
    if (what == 0) {
      host.account.judge.farewell = static_cast<Farewell>(below(4));
      start_again(std::chrono::minutes{below(2'000)}, ++boots);
    } else if (what < 4) {
      const std::chrono::milliseconds asleep{below(40'000'000)};
      live(asleep + 5s, 0, asleep);
    } else if (what < 8) {
      live(std::chrono::milliseconds{below(5'000'000)}, 0.02);
    }
    idling = i / 100 % 2 == 0 && below(50) == 0 ? 0 : 1;
    live(std::chrono::milliseconds{1 + below(120'000)},
         i / 100 % 2 == 0 && below(3) == 0 ? 2 : 0.01);
  }
  EXPECT_EQ(ledger, totals());
  EXPECT_EQ(totals().time(), (wall - begin).count());
  EXPECT_EQ(totals().energy_by_state(), totals().energy_by_quality());
  std::uint64_t by_method = 0;
  for (const Microjoules energy : host.account.energy) by_method += energy.count();
  EXPECT_EQ(by_method, static_cast<std::uint64_t>(totals().energy_by_quality()));
  for (std::size_t i = 0; i < power_state_count; ++i) {
    const auto state = static_cast<PowerState>(i);
    EXPECT_GT(totals()[time_figure(state)], 0) << to_string(state);
    EXPECT_LE(totals()[time_figure_out(state)], totals()[time_figure(state)]);
  }
}

}  // namespace
}  // namespace sobriety::collector
