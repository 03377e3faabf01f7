#include "collector/report/month.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace sobriety::collector::report {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const policy::Calendar& paris() {
  static const policy::Calendar calendar = policy::Calendar::standard();
  return calendar;
}

constexpr WallTime much_later{sys_days{std::chrono::year{2100} / 1 / 1}};

MonthHours month(int year, unsigned of_year, WallTime now = much_later) {
  auto made = hours_of(std::chrono::year{year} / std::chrono::month{of_year}, paris().zone(),
                       "Europe/Paris", now);
  EXPECT_TRUE(made) << made.error().message;
  return made ? made.value() : MonthHours{};
}

TEST(ReportMonth, is_read_and_written_as_year_and_month) {
  EXPECT_EQ(month_text(parse_month("2026-10").value()), "2026-10");
  for (const char* text : {"", "2026", "2026-1", "2026-13", "2026-00", "10-2026", "2026-10-01",
                           "1969-12", "+026-10", "2026-1x"})
    EXPECT_FALSE(parse_month(text)) << text;
}

struct Length {
  int year;
  unsigned month;
  std::size_t hours;
};
class MonthLength : public testing::TestWithParam<Length> {};
TEST_P(MonthLength, has_an_hour_less_or_more_where_the_clock_changes) {
  EXPECT_EQ(month(GetParam().year, GetParam().month).size(), GetParam().hours);
}
INSTANTIATE_TEST_SUITE_P(Months, MonthLength,
                         testing::Values(Length{2026, 1, 31 * 24}, Length{2026, 3, 31 * 24 - 1},
                                         Length{2026, 10, 31 * 24 + 1}, Length{2026, 2, 28 * 24},
                                         Length{2028, 2, 29 * 24}));

TEST(ReportMonth, begins_at_midnight_of_its_clock) {
  // In winter Paris is an hour ahead, in summer two
  EXPECT_EQ(month(2026, 1).from, sys_days{std::chrono::year{2025} / 12 / 31} + 23h);
  EXPECT_EQ(month(2026, 7).from, sys_days{std::chrono::year{2026} / 6 / 30} + 22h);
  EXPECT_EQ(month(2026, 7).period.first_day, "2026-07-01");
  EXPECT_EQ(month(2026, 7).period.last_day, "2026-07-31");
}

TEST(ReportMonth, of_the_day_of_25_hours_has_25_hours) {
  const auto october = month(2026, 10);
  const auto of_day = [&](const std::string& day) {
    return std::count_if(october.day_of.begin(), october.day_of.end(),
                         [&](std::uint8_t index) { return october.days[index] == day; });
  };
  EXPECT_EQ(of_day("2026-10-24"), 24);
  EXPECT_EQ(of_day("2026-10-25"), 25);
}

TEST(ReportMonth, that_is_not_over_ends_with_the_last_whole_hour) {
  const auto july =
      month(2026, 7, WallTime{sys_days{std::chrono::year{2026} / 7 / 2} + 10h + 59min});
  EXPECT_EQ(july.to, sys_days{std::chrono::year{2026} / 7 / 2} + 10h);
  EXPECT_FALSE(july.period.over);
  EXPECT_TRUE(month(2026, 7).period.over);
}

TEST(ReportMonth, that_has_not_begun_is_refused) {
  const auto made = hours_of(std::chrono::year{2026} / 7, paris().zone(), "Europe/Paris",
                             WallTime{sys_days{std::chrono::year{2026} / 6 / 1}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("2026-07 has not begun"), std::string::npos);
}

TEST(ReportWindows, of_july_are_nights_of_11_hours_and_weekends_with_the_holiday_of_the_14th) {
  // July 2026 begins on a Wednesday and has 4 weekends; the last stretch goes on into August.
  // Tuesday the 14th makes one more long stretch, from Monday 20:00 to Wednesday 07:00: 35 h.
  const auto windows = windows_of(month(2026, 7), paris());
  std::vector<std::size_t> nights, weekends;
  for (const Window& window : windows)
    (window.weekend ? weekends : nights).push_back(window.to - window.from);
  EXPECT_EQ(weekends, (std::vector<std::size_t>{59, 59, 35, 59, 59}));
  EXPECT_TRUE(std::all_of(nights.begin(), nights.end(), [](std::size_t h) { return h == 11; }));
  // 22 working days have 21 stretches between them; those at either end of the month are not whole
  EXPECT_EQ(nights.size() + weekends.size(), 21U);
}

TEST(ReportWindows, of_the_night_in_which_the_clock_goes_back_are_an_hour_longer) {
  // From Friday 23 October 20:00 to Monday 07:00, with a Sunday of 25 h
  const auto windows = windows_of(month(2026, 10), paris());
  const auto longest = std::max_element(
      windows.begin(), windows.end(),
      [](const Window& a, const Window& b) { return a.to - a.from < b.to - b.from; });
  EXPECT_EQ(longest->to - longest->from, 60U);
}

TEST(ReportWindows, count_a_machine_as_on_from_more_than_30_minutes) {
  const std::vector<Window> windows{{false, 0, 2}, {false, 2, 4}, {true, 4, 6}};
  constexpr std::int32_t minute = 60'000;
  std::vector<HourUse> use(6);
  use[0] = {20 * minute, 60 * minute};
  use[1] = {11 * minute, 60 * minute};  // 31 minutes in all
  use[2] = {30 * minute, 60 * minute};  // not more than 30
  use[3] = {0, 0};                      // and known for half of it
  use[4] = {0, 59 * minute};            // known for less than half
  const auto [nights, weekends] = count_windows(windows, use);
  EXPECT_EQ(nights, (Windows{2, 1}));
  EXPECT_EQ(weekends, (Windows{0, 0}));
}

TEST(ReportFactors, are_of_the_hour_then_of_the_year_then_none_and_never_zero) {
  const auto january = month(2026, 1);
  policy::CarbonZone zone{"FR"};
  const auto rte =
      std::make_shared<const policy::Provenance>(policy::Provenance{"RTE", "production"});
  const auto owid = std::make_shared<const policy::Provenance>(policy::Provenance{"OWID", "all"});
  zone.add_hourly(january.from, 30, rte);
  zone.add_hourly(january.from + 1h, 40, rte);
  FactorTable table{january};
  const auto& bare = table.of(zone);
  EXPECT_EQ(bare[2].factor, FactorTable::none);

  policy::CarbonZone whole = zone;
  whole.set_annual(2024, 44.18, owid);
  const auto& hours = table.of(whole);
  ASSERT_EQ(hours.size(), january.size());
  EXPECT_EQ(hours[1].g_per_kwh, 40);
  EXPECT_EQ(hours[2].g_per_kwh, 44.18);
  EXPECT_EQ(table.factors(),
            (std::vector<Factor>{{"FR", 35, "RTE", "2026-01", "production", "hourly"},
                                 {"FR", 44.18, "OWID", "2024", "all", "annual"}}));
}

}  // namespace
}  // namespace sobriety::collector::report
