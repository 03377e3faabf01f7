#include "collector/policy/calendar.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

// UTC.
WallTime utc(int y, unsigned m, unsigned d, minutes time = 0min) {
  return sys_days{year{y} / month{m} / day{d}} + time;
}

Calendar::Split day_of(const Calendar& calendar, Date date) {
  return calendar.split(calendar.begin_of(date),
                        calendar.begin_of(Date{local_days{date} + days{1}}));
}

TEST(Calendar, standard_hours_of_a_winter_tuesday_are_7_to_20_in_paris) {
  const auto calendar = Calendar::standard();
  // 2026-01-13 is a Tuesday; Paris is UTC+1: 06:00Z to 19:00Z.
  EXPECT_EQ(calendar.period_at(utc(2026, 1, 13, 6h) - 1ms), Period::off_hours);
  EXPECT_EQ(calendar.period_at(utc(2026, 1, 13, 6h)), Period::work);
  EXPECT_EQ(calendar.period_at(utc(2026, 1, 13, 19h) - 1ms), Period::work);
  EXPECT_EQ(calendar.period_at(utc(2026, 1, 13, 19h)), Period::off_hours);
}

TEST(Calendar, standard_hours_of_a_summer_tuesday_are_an_hour_earlier_in_utc) {
  const auto calendar = Calendar::standard();
  EXPECT_EQ(calendar.period_at(utc(2026, 6, 9, 5h) - 1ms), Period::off_hours);
  EXPECT_EQ(calendar.period_at(utc(2026, 6, 9, 5h)), Period::work);
  EXPECT_EQ(calendar.period_at(utc(2026, 6, 9, 18h)), Period::off_hours);
}

struct DayCase {
  const char* sentence;
  Date date;
  hours work;
  hours off_hours;
};

TEST(Calendar, splits_days_by_their_hours_on_the_wall) {
  const auto calendar = Calendar::standard();
  const DayCase cases[] = {
      {"an ordinary Monday: 20 - 7 = 13 h", 2026y / November / 30, 13h, 11h},
      {"a Saturday", 2026y / November / 28, 0h, 24h},
      {"14 July 2026, a Tuesday", 2026y / July / 14, 0h, 24h},
      {"15 July 2026, a Wednesday", 2026y / July / 15, 13h, 11h},
      {"the Sunday of spring has 23 h", 2026y / March / 29, 0h, 23h},
      {"the Sunday of autumn has 25 h", 2026y / October / 25, 0h, 25h},
      {"the leap day 2028, a Tuesday", 2028y / February / 29, 13h, 11h},
      {"Easter Monday 2026", 2026y / April / 6, 0h, 24h},
      {"Ascension 2026", 2026y / May / 14, 0h, 24h},
      {"Whit Monday 2026", 2026y / May / 25, 0h, 24h},
      {"Good Friday 2026 is worked outside Alsace", 2026y / April / 3, 13h, 11h},
  };
  for (const auto& [sentence, date, work, off_hours] : cases)
    EXPECT_EQ(day_of(calendar, date), (Calendar::Split{work, off_hours})) << sentence;
}

// 2026 has 365 days: 261 from Monday to Friday; of 11 holidays, 15 August (Saturday) and 1 November
// (Sunday) do not fall on these: 261 - 9 = 252 days of 13 h. The hours of both changes cancel out.
TEST(Calendar, a_year_has_252_days_of_13_hours_and_8760_hours_in_all) {
  const auto calendar = Calendar::standard();
  const auto split = calendar.split(calendar.begin_of(2026y / January / 1),
                                    calendar.begin_of(2027y / January / 1));
  EXPECT_EQ(split.work, 252 * 13h);
  EXPECT_EQ(split.work + split.off_hours, 8760h);
}

TEST(Calendar, a_shift_over_the_night_of_the_change_has_the_hours_that_pass) {
  WorkWeek week;
  week[0] = {{0h, 4h}};  // Sundays
  const Calendar calendar{"night", TimeZone::from_rule("CET-1CEST,M3.5.0,M10.5.0/3").value(), week,
                          Holidays{}};
  EXPECT_EQ(day_of(calendar, 2026y / March / 29).work, 3h);
  EXPECT_EQ(day_of(calendar, 2026y / October / 25).work, 5h);
  EXPECT_EQ(day_of(calendar, 2026y / October / 18).work, 4h);
}

TEST(Calendar, hours_that_the_clock_skips_are_none) {
  WorkWeek week;
  week[0] = {{2h, 3h}};
  const Calendar calendar{"gap", TimeZone::from_rule("CET-1CEST,M3.5.0,M10.5.0/3").value(), week,
                          Holidays{}};
  EXPECT_EQ(day_of(calendar, 2026y / March / 29).work, 0h);
  EXPECT_EQ(day_of(calendar, 2026y / October / 25).work, 2h);  // 02:00 to 03:00 comes twice
}

TEST(Calendar, a_clock_that_goes_back_over_midnight_still_parts_the_days) {
  WorkWeek week;
  for (auto& day : week) day = {{22h, 24h}};
  // The last hour of Saturday comes twice, and is Saturday's twice: 2 + 1 + 2 + 2 h.
  const Calendar at_midnight{"back", TimeZone::from_rule("PYT4PYST,M10.1.0/0,M3.4.0/0").value(),
                             week, Holidays{}};
  EXPECT_EQ(at_midnight.split(utc(2026, 3, 21, 4h), utc(2026, 3, 24, 4h)),
            (Calendar::Split{7h, 65h}));
  // Half an hour after midnight it goes back to 23:30: that is Sunday's, since Sunday had begun.
  const Calendar after_midnight{
      "back", TimeZone::from_rule("PYT4PYST,M10.1.0/0,M3.4.0/0:30").value(), week, Holidays{}};
  EXPECT_EQ(after_midnight.split(utc(2026, 3, 21, 4h), utc(2026, 3, 24, 4h)),
            (Calendar::Split{6h, 66h}));
  EXPECT_EQ(after_midnight.date_at(utc(2026, 3, 22, 3h + 45min)), 2026y / March / 22);
}

TEST(Calendar, several_hours_a_day_leave_the_lunch_break_out) {
  WorkWeek week;
  week[3] = {{8h, 12h}, {13h + 30min, 17h}};
  const Calendar calendar{"school", TimeZone::from_rule("UTC0").value(), week, Holidays{}};
  EXPECT_EQ(day_of(calendar, 2026y / December / 2).work, 7h + 30min);
  EXPECT_EQ(calendar.period_at(utc(2026, 12, 2, 12h + 30min)), Period::off_hours);
}

TEST(Calendar, parts_of_any_interval_add_up_to_it_wherever_it_is_cut) {
  const auto calendar = Calendar::standard();
  std::mt19937_64 random{20261130};
  std::uniform_int_distribution<std::int64_t> offset{0, milliseconds{days{800}}.count()};
  for (int i = 0; i < 300; ++i) {
    std::array<WallTime, 3> at{};
    for (auto& time : at) time = utc(2025, 11, 1) + milliseconds{offset(random)};
    std::ranges::sort(at);
    const auto whole = calendar.split(at[0], at[2]);
    const auto first = calendar.split(at[0], at[1]);
    const auto second = calendar.split(at[1], at[2]);
    EXPECT_EQ(whole.work + whole.off_hours, at[2] - at[0]);
    EXPECT_EQ(first.work + second.work, whole.work);
    EXPECT_EQ(first.off_hours + second.off_hours, whole.off_hours);
  }
}

TEST(Calendar, a_spell_ends_after_its_instant_and_the_period_holds_until_then) {
  const auto calendar = Calendar::standard();
  for (WallTime time = utc(2026, 3, 20); time < utc(2026, 4, 10); time += 613'777ms) {
    const auto spell = calendar.spell_at(time);
    ASSERT_GT(spell.until, time);
    EXPECT_EQ(calendar.period_at(spell.until - 1ms), spell.period);
  }
}

TEST(Calendar, the_date_is_that_of_the_wall) {
  const auto calendar = Calendar::standard();
  EXPECT_EQ(calendar.date_at(utc(2026, 12, 31, 23h)), 2027y / January / 1);
  EXPECT_EQ(calendar.date_at(utc(2026, 12, 31, 23h) - 1ms), 2026y / December / 31);
  EXPECT_EQ(calendar.begin_of(2027y / January / 1), utc(2026, 12, 31, 23h));
}

}  // namespace
}  // namespace sobriety::collector::policy
