// Where time and energy go in the ledger. Paris is 2 h before UTC in summer, 1 h in winter.
#include "collector/fleet/enter.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using enum Figure;
using enum PowerState;

constexpr Hour hour_of(int month, int day, int hour) {
  return std::chrono::sys_days{std::chrono::year{2026} / month / day} + std::chrono::hours{hour};
}
constexpr Hour noon = hour_of(3, 25, 12);  // a Wednesday, 13:00 in Paris
constexpr Hour midnight = hour_of(3, 25, 23);

policy::HostPolicy desktop_policy() {
  policy::HostPolicy made = *policy_of_strangers();
  made.group.role = policy::Role::workstation;
  made.off_out_of_hours = true;
  made.power.profile = policy::PowerProfile{0.5, 1.5, 25, 80};
  return made;
}

class EnterTest : public testing::Test {
 protected:
  EnterTest() {
    judge_by(desktop_policy());
    host.pending = std::make_unique<Pending>();
    host.account.judge.standing.verdict = Verdict::none;
  }
  void judge_by(policy::HostPolicy policy) {
    host.policy = std::make_shared<const policy::HostPolicy>(std::move(policy));
    host.rates.forget();
  }
  void energy(Span span, std::uint64_t microjoules, PowerState state) {
    enter_energy(host, span, by_method(PowerMethod::external_meter, Microjoules{microjoules}),
                 state);
  }
  [[nodiscard]] const Hours& hours() const { return host.pending->hours; }
  [[nodiscard]] const Figures& totals() const { return host.account.totals; }

  Host host;
};

TEST_F(EnterTest, time_within_an_hour_is_that_hours) {
  enter_time(host, {noon + 5min, noon + 6min}, 20s, suspended, on);
  ASSERT_EQ(hours().size(), 1U);
  EXPECT_EQ(hours()[0].hour, noon);
  EXPECT_EQ(hours()[0].figures[ms_on], 40'000);
  EXPECT_EQ(hours()[0].figures[ms_suspended], 20'000);
  EXPECT_EQ(totals(), hours()[0].figures);
}

TEST_F(EnterTest, over_the_end_of_an_hour_each_gets_its_part) {
  const Span span{noon + 59min, noon + 62min};
  enter_time(host, span, 90s, suspended, on);
  energy(span, 3'000, on);
  ASSERT_EQ(hours().size(), 2U);
  EXPECT_EQ(hours()[0].figures[ms_on], 30'000);
  EXPECT_EQ(hours()[0].figures[ms_suspended], 30'000);
  EXPECT_EQ(hours()[0].figures[uj_on], 1'000);
  EXPECT_EQ(hours()[1].hour, noon + 1h);
  EXPECT_EQ(hours()[1].figures[ms_on], 60'000);
  EXPECT_EQ(hours()[1].figures[uj_measured], 2'000);
}

TEST_F(EnterTest, an_hour_that_ends_where_the_span_begins_or_begins_where_it_ends_gets_nothing) {
  enter_time(host, {noon, noon + 1h}, 0ms, suspended, on);
  ASSERT_EQ(hours().size(), 1U);
  EXPECT_EQ(hours()[0].figures[ms_on], 3'600'000);
}

TEST_F(EnterTest, nothing_makes_no_hour) {
  enter_time(host, {noon, noon}, 0ms, suspended, on);
  enter_time(host, {noon + 1h, noon}, 0ms, suspended, on);
  energy({noon, noon + 1h}, 0, on);
  EXPECT_TRUE(hours().empty());
}

TEST_F(EnterTest, energy_of_no_time_is_of_the_hour_in_which_it_is_told) {
  energy({noon + 90min, noon + 30min}, 7, on);
  ASSERT_EQ(hours().size(), 1U);
  EXPECT_EQ(hours()[0].hour, noon);
  EXPECT_EQ(hours()[0].figures[uj_on], 7);
}

TEST_F(EnterTest, work_ends_at_20_00_in_paris_which_is_19_00_utc_in_winter_and_18_00_in_summer) {
  for (const Hour end : {hour_of(3, 25, 19), hour_of(3, 31, 18)}) {
    const Figures before = totals();
    enter_time(host, {end - 10min, end + 5min}, 0ms, suspended, idle);
    EXPECT_EQ(totals()[ms_idle] - before[ms_idle], 15 * 60'000);
    EXPECT_EQ(totals()[ms_idle_out] - before[ms_idle_out], 5 * 60'000);
  }
}

TEST_F(EnterTest, the_day_of_23_hours_and_the_day_of_25_hours_have_that_much_time) {
  // Sundays 29 March and 25 October 2026, from midnight to midnight in Paris.
  enter_time(host, {hour_of(3, 28, 23), hour_of(3, 29, 22)}, 0ms, suspended, idle);
  EXPECT_EQ(totals()[ms_idle_out], 23 * 3'600'000);
  enter_time(host, {hour_of(10, 24, 22), hour_of(10, 25, 23)}, 0ms, suspended, idle);
  EXPECT_EQ(totals()[ms_idle_out], (23 + 25) * 3'600'000);
}

TEST_F(EnterTest, the_14th_of_july_a_tuesday_is_out_of_hours_and_the_15th_is_not) {
  enter_time(host, {hour_of(7, 14, 9), hour_of(7, 14, 10)}, 0ms, suspended, active);
  EXPECT_EQ(totals()[ms_active_out], 3'600'000);
  enter_time(host, {hour_of(7, 15, 9), hour_of(7, 15, 10)}, 0ms, suspended, active);
  EXPECT_EQ(totals()[ms_active_out], 3'600'000);
}

TEST_F(EnterTest, the_leap_day_of_2028_a_tuesday_has_13_hours_of_work_and_11_others) {
  const WallTime begin = std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} - 1h;  // in Paris
  enter_time(host, {begin, begin + 24h}, 0ms, suspended, active);
  EXPECT_EQ(totals()[ms_active_out], 11 * 3'600'000);
  EXPECT_EQ(totals()[ms_active], 24 * 3'600'000);
  // From Monday to Wednesday morning nothing is lost: 28, 29 February, 1 March.
  enter_time(host, {begin - 24h, begin}, 0ms, suspended, idle);
  enter_time(host, {begin + 24h, begin + 48h}, 0ms, suspended, idle);
  EXPECT_EQ(totals()[ms_idle], 48 * 3'600'000);
  EXPECT_EQ(totals()[ms_idle_out], 22 * 3'600'000);
}

TEST_F(EnterTest, waste_is_what_is_used_idle_at_night_and_avoidable_all_but_the_sleep_of_the_kind) {
  // An hour at 25 W is 25 x 3600 = 90,000 J; asleep at 1.5 W it had been 5,400 J.
  energy({midnight, midnight + 1h}, 90'000'000'000, idle);
  EXPECT_EQ(totals()[uj_waste], 90'000'000'000);
  EXPECT_EQ(totals()[uj_avoidable], 84'600'000'000);
  energy({midnight, midnight + 1h}, 90'000'000'000, active);
  energy({noon, noon + 1h}, 90'000'000'000, idle);
  EXPECT_EQ(totals()[uj_waste], 90'000'000'000);
}

TEST_F(EnterTest, a_machine_that_uses_less_than_asleep_avoids_nothing) {
  energy({midnight, midnight + 1h}, 1'000'000, idle);
  EXPECT_EQ(totals()[uj_waste], 1'000'000);
  EXPECT_EQ(totals()[uj_avoidable], 0);
}

TEST_F(EnterTest, an_exemption_that_ends_in_mid_month_ends_the_peace_at_that_very_instant) {
  policy::HostPolicy policy = desktop_policy();
  policy.exemptions = {{"night job", "team", "renders", noon, midnight + 30min}};
  judge_by(policy);
  enter_time(host, {midnight, midnight + 1h}, 0ms, suspended, idle);
  energy({midnight, midnight + 1h}, 3'600, idle);
  EXPECT_EQ(totals()[ms_exempt], 1'800'000);
  EXPECT_EQ(totals()[ms_left_on], 1'800'000);
  EXPECT_EQ(totals()[ms_waste], 1'800'000);
  EXPECT_EQ(totals()[uj_waste], 1'800);
}

TEST_F(EnterTest, left_on_needs_a_policy_that_says_off_and_a_host_that_is_known_well) {
  policy::HostPolicy stays_on = desktop_policy();
  stays_on.off_out_of_hours = false;
  judge_by(stays_on);
  enter_time(host, {midnight, midnight + 1h}, 0ms, suspended, idle);
  EXPECT_EQ(totals()[ms_left_on], 0);
  judge_by(desktop_policy());
  host.account.judge.standing.verdict = Verdict::unknown;
  enter_time(host, {midnight, midnight + 1h}, 0ms, suspended, idle);
  EXPECT_EQ(totals()[ms_left_on], 0);
  EXPECT_EQ(totals()[ms_waste], 2 * 3'600'000);
}

TEST_F(EnterTest, emissions_and_cost_take_the_factor_of_their_hour) {
  // 1 kWh in each of three hours at 40 and 60 g/kWh, then at the year's 50: 150 g; at 0.2 EUR/kWh
  // 0.6 EUR.
  auto zone = std::make_shared<policy::CarbonZone>("FR");
  const auto rte =
      std::make_shared<const policy::Provenance>(policy::Provenance{"RTE", "production"});
  const auto year = std::make_shared<const policy::Provenance>(policy::Provenance{"OWID", "life"});
  zone->add_hourly(noon, 40, rte);
  zone->add_hourly(noon + 1h, 60, rte);
  zone->set_annual(2025, 50, year);
  policy::HostPolicy policy = desktop_policy();
  policy.carbon = zone;
  policy.tariff = policy::Tariff{"EUR", 0.2};
  judge_by(policy);
  energy({noon, noon + 3h}, 3 * 3'600'000'000'000, on);
  EXPECT_EQ(hours()[0].figures[ug_emitted], 40'000'000);
  EXPECT_EQ(hours()[1].figures[ug_emitted], 60'000'000);
  EXPECT_EQ(totals()[ug_emitted], 150'000'000);
  EXPECT_EQ(totals()[cost_micros], 600'000);
  ASSERT_EQ(host.account.emissions.size(), 2U);
  EXPECT_EQ(host.account.emissions[0], (Emission{"RTE", 100'000'000}));
  EXPECT_EQ(host.account.emissions[1], (Emission{"OWID", 50'000'000}));
}

TEST_F(EnterTest, cost_takes_the_off_peak_price_from_the_very_minute_at_which_it_begins) {
  // Peak hours end at 20:30 in Paris, 19:30Z. 1 kWh an hour from 19:00Z to 21:00Z:
  // 0.5 kWh x 0.3 + 1.5 kWh x 0.1 = 0.15 + 0.15 = 0.3 EUR.
  policy::WorkWeek week;
  week.fill({policy::WorkHours{6h, 20h + 30min}});
  const policy::Calendar standard = policy::Calendar::standard();
  policy::HostPolicy policy = desktop_policy();
  policy.tariff = policy::Tariff{
      "EUR", 0.3, 0.1,
      std::make_shared<policy::Calendar>("peak", standard.zone(), week,
                                         policy::Holidays{policy::HolidayRule::none})};
  judge_by(policy);
  energy({hour_of(3, 25, 19), hour_of(3, 25, 21)}, 2 * 3'600'000'000'000, on);
  ASSERT_EQ(hours().size(), 2U);
  EXPECT_EQ(hours()[0].figures[cost_micros], 150'000 + 50'000);
  EXPECT_EQ(hours()[1].figures[cost_micros], 100'000);
  EXPECT_EQ(totals()[cost_micros], 300'000);
}

TEST_F(EnterTest, the_parts_add_up_to_the_whole_and_no_hour_gets_more_than_it_has) {
  std::mt19937_64 random{1};
  for (int round = 0; round < 2'000; ++round) {
    const auto below = [&random](std::uint64_t bound) {
      return static_cast<std::int64_t>(random() % bound);
    };
    const WallTime begin = hour_of(3, 28, 20) + std::chrono::milliseconds{below(7'200'000)};
    const auto length = std::chrono::milliseconds{below(round % 3 == 0 ? 50 : 400'000'000)};
    const Span span{begin, begin + length};
    const auto part =
        std::chrono::milliseconds{below(static_cast<std::uint64_t>(length.count()) + 1)};
    const auto used = below(1ULL << (random() % 61));
    host.account = {};
    host.pending->hours.clear();
    enter_time(host, span, part, suspended, idle);
    energy(span, static_cast<std::uint64_t>(used), idle);
    const Figures& all = totals();
    ASSERT_EQ(all[ms_suspended], part.count());
    ASSERT_EQ(all.time(), length.count());
    ASSERT_EQ(all[uj_measured], used);
    ASSERT_EQ(all[uj_idle], used);
    ASSERT_EQ(all[ms_waste], all[ms_idle_out]);
    ASSERT_EQ(all[uj_waste], all[uj_idle_out]);
    Hour last{};
    Figures sum;
    for (const HourFigures& hour : hours()) {
      ASSERT_LT(last, hour.hour);
      last = hour.hour;
      sum += hour.figures;
      ASSERT_LE(hour.figures.time(), 3'600'000);
      ASSERT_LE(hour.figures[uj_low], hour.figures.energy_by_quality());
      ASSERT_GE(hour.figures[uj_high], hour.figures.energy_by_quality());
      for (const std::int64_t value : hour.figures.values) ASSERT_GE(value, 0);
    }
    ASSERT_EQ(sum, all);
  }
}

TEST(Hours, are_kept_in_order_however_they_come) {
  Hours hours;
  for (const int at : {5, 3, 9, 5, 4, 3})
    figures_of(hours, noon + std::chrono::hours{at})[ms_on] += at;
  ASSERT_EQ(hours.size(), 4U);
  const int order[] = {3, 4, 5, 9};
  const int values[] = {6, 4, 10, 9};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(hours[i].hour, noon + std::chrono::hours{order[i]});
    EXPECT_EQ(hours[i].figures[ms_on], values[i]);
  }
}

}  // namespace
}  // namespace sobriety::collector
