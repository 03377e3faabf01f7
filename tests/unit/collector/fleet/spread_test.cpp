#include "collector/fleet/spread.hpp"

#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;
using enum Figure;

constexpr Hour noon = std::chrono::sys_days{std::chrono::year{2026} / 3 / 29} + 12h;

Figures sum(const Hours& hours) {
  Figures all;
  for (const HourFigures& hour : hours) all += hour.figures;
  return all;
}

TEST(Spread, time_within_an_hour_is_that_hours) {
  Hours hours;
  spread_time(hours, {noon + 5min, noon + 6min}, 20s, ms_suspended, ms_on);
  ASSERT_EQ(hours.size(), 1U);
  EXPECT_EQ(hours[0].hour, noon);
  EXPECT_EQ(hours[0].figures[ms_on], 40'000);
  EXPECT_EQ(hours[0].figures[ms_suspended], 20'000);
}

TEST(Spread, over_the_end_of_an_hour_each_gets_its_part) {
  Hours hours;
  const Span span{noon + 59min, noon + 62min};
  spread_time(hours, span, 90s, ms_suspended, ms_on);
  spread_energy(hours, span, Microjoules{3'000}, uj_measured, uj_on);
  ASSERT_EQ(hours.size(), 2U);
  EXPECT_EQ(hours[0].figures[ms_on], 30'000);
  EXPECT_EQ(hours[0].figures[ms_suspended], 30'000);
  EXPECT_EQ(hours[0].figures[uj_on], 1'000);
  EXPECT_EQ(hours[1].hour, noon + 1h);
  EXPECT_EQ(hours[1].figures[ms_on], 60'000);
  EXPECT_EQ(hours[1].figures[uj_measured], 2'000);
}

TEST(Spread, an_hour_that_ends_where_the_span_begins_or_begins_where_it_ends_gets_nothing) {
  Hours hours;
  spread_time(hours, {noon, noon + 1h}, 0ms, ms_suspended, ms_on);
  ASSERT_EQ(hours.size(), 1U);
  EXPECT_EQ(hours[0].figures[ms_on], 3'600'000);
}

TEST(Spread, nothing_makes_no_hour) {
  Hours hours;
  spread_time(hours, {noon, noon}, 0ms, ms_suspended, ms_on);
  spread_time(hours, {noon + 1h, noon}, 0ms, ms_suspended, ms_on);
  spread_energy(hours, {noon, noon + 1h}, Microjoules{}, uj_measured, uj_on);
  EXPECT_TRUE(hours.empty());
}

TEST(Spread, energy_of_no_time_is_of_the_hour_in_which_it_is_told) {
  Hours hours;
  spread_energy(hours, {noon + 90min, noon + 30min}, Microjoules{7}, uj_measured, uj_on);
  ASSERT_EQ(hours.size(), 1U);
  EXPECT_EQ(hours[0].hour, noon);
  EXPECT_EQ(hours[0].figures[uj_on], 7);
}

TEST(Spread, the_parts_add_up_to_the_whole_and_no_hour_gets_more_than_it_has) {
  std::mt19937_64 random{1};
  for (int round = 0; round < 2'000; ++round) {
    const auto below = [&random](std::uint64_t bound) {
      return static_cast<std::int64_t>(random() % bound);
    };
    const WallTime begin = noon + std::chrono::milliseconds{below(7'200'000)};
    const auto length = std::chrono::milliseconds{below(round % 3 == 0 ? 50 : 400'000'000)};
    const Span span{begin, begin + length};
    const auto part =
        std::chrono::milliseconds{below(static_cast<std::uint64_t>(length.count()) + 1)};
    const auto energy = below(1ULL << (random() % 63));
    Hours hours;
    spread_time(hours, span, part, ms_suspended, ms_on);
    spread_energy(hours, span, Microjoules{static_cast<std::uint64_t>(energy)}, uj_measured, uj_on);
    const Figures all = sum(hours);
    ASSERT_EQ(all[ms_suspended], part.count());
    ASSERT_EQ(all.time(), length.count());
    ASSERT_EQ(all[uj_measured], energy);
    ASSERT_EQ(all[uj_on], energy);
    Hour last{};
    for (const HourFigures& hour : hours) {
      ASSERT_LT(last, hour.hour);
      last = hour.hour;
      ASSERT_LE(hour.figures.time(), 3'600'000);
      for (const std::int64_t value : hour.figures.values) ASSERT_GE(value, 0);
    }
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
