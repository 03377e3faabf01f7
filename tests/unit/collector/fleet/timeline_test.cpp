#include "collector/fleet/timeline.hpp"

#include "tests/support/machine.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

const BootId boot_1 = test::id<BootId>(1);
const BootId boot_2 = test::id<BootId>(2);
constexpr WallTime began = test::boot_wall;

Instant instant(std::chrono::milliseconds boottime, WallTime wall, Elapsed asleep = {}) {
  return {boottime, asleep, wall};
}

// A sample of a boot that began at `began`, with the wall clock off by `off`.
struct TimeCase {
  const char* name;
  std::chrono::milliseconds boottime;
  std::chrono::milliseconds off;
  bool clock_told;
  std::chrono::milliseconds expected;  // since `began`
  bool implausible;
};
class TimeOf : public testing::TestWithParam<TimeCase> {};

TEST_P(TimeOf, is_the_label_unless_more_is_known) {
  const TimeCase& row = GetParam();
  std::optional<BootClock> clock;
  if (row.clock_told) clock = {boot_1, began};
  const auto time =
      time_of(instant(row.boottime, began + row.boottime + row.off), boot_1, clock, began + 24h);
  EXPECT_EQ(time.wall - began, row.expected);
  EXPECT_EQ(time.implausible, row.implausible);
}

INSTANTIATE_TEST_SUITE_P(
    Timeline, TimeOf,
    testing::Values(TimeCase{"a_label_that_agrees_with_the_clock_holds", 1h, 2s, true, 1h + 2s,
                             false},
                    TimeCase{"up_to_the_tolerance", 1h, -60s, true, 1h - 60s, false},
                    TimeCase{"an_hour_ahead_is_corrected", 1h, 1h, true, 1h, false},
                    TimeCase{"an_hour_behind_is_corrected", 2h, -1h, true, 2h, false},
                    TimeCase{"a_year_behind_is_corrected", 2h, -8766h, true, 2h, false},
                    TimeCase{"a_year_ahead_is_corrected", 2h, 8766h, true, 2h, false},
                    TimeCase{"an_old_agent_is_believed", 2h, -8766h, false, 2h - 8766h, false},
                    TimeCase{"but_not_about_the_future", 2h, 8766h, false, 24h, true},
                    TimeCase{"nor_a_clock_that_says_so", 30h, 0h, true, 24h, true}),
    [](const auto& row) { return row.param.name; });

TEST(TimeOfBoot, a_clock_of_another_boot_says_nothing) {
  const std::optional<BootClock> clock{{boot_2, began + 10h}};
  const auto time = time_of(instant(1h, began + 1h), boot_1, clock, began + 24h);
  EXPECT_EQ(time.wall, began + 1h);
}

class TimelineTest : public testing::Test {
 protected:
  Passage take(const BootId& boot, std::chrono::milliseconds boottime, WallTime wall,
               Elapsed asleep = {}) {
    const Passage passage = advance(timeline, boot, instant(boottime, wall, asleep), wall, arrival);
    on += passage.lived.length() - passage.asleep;
    slept += passage.asleep;
    lost += passage.lost.length();
    for (const Span& span : {passage.lost, passage.lived}) {
      if (span.length() == 0ms) continue;
      EXPECT_GE(span.begin, covered);
      covered = span.end;
    }
    return passage;
  }
  Timeline timeline;
  WallTime arrival = test::arrival;
  WallTime covered{};
  std::chrono::milliseconds on{0};
  std::chrono::milliseconds slept{0};
  std::chrono::milliseconds lost{0};
};

TEST_F(TimelineTest, begins_with_the_first_sample_however_long_the_machine_was_up) {
  const Passage first = take(boot_1, 1000h, began + 1000h);
  EXPECT_EQ(first.lived.length() + first.lost.length(), 0ms);
  EXPECT_EQ(first.at, began + 1000h);
  take(boot_1, 1000h + 5s, began + 1000h + 5s);
  EXPECT_EQ(on, 5s);
}

TEST_F(TimelineTest, time_asleep_within_a_boot_is_not_time_on) {
  take(boot_1, 1h, began + 1h, 10min);
  take(boot_1, 3h, began + 3h, 100min);
  EXPECT_EQ(on, 30min);
  EXPECT_EQ(slept, 90min);
}

TEST_F(TimelineTest, a_gap_within_a_boot_is_time_on_because_the_boot_proves_it) {
  take(boot_1, 1h, began + 1h);
  take(boot_1, 50h, began + 50h);
  EXPECT_EQ(on, 49h);
  EXPECT_EQ(lost, 0h);
}

TEST_F(TimelineTest, between_boots_is_lost_up_to_the_moment_when_the_new_one_began) {
  take(boot_1, 1h, began + 1h);
  take(boot_2, 30min, began + 5h);
  EXPECT_EQ(lost, 3h + 30min);
  EXPECT_EQ(on, 30min);
}

TEST_F(TimelineTest, a_reboot_in_a_backlog_loses_and_makes_no_time) {
  // Boot 1 up to 10 h, half an hour of nothing, boot 2 from then on; all told in one go.
  for (auto time = 9h + 0min; time <= 10h; time += 5min) take(boot_1, time, began + time);
  for (auto time = 1min; time <= 60min; time += 5min)
    take(boot_2, time, began + 10h + 30min + time);
  EXPECT_EQ(lost, 30min);
  EXPECT_EQ(on, 1h + 56min);
}

TEST_F(TimelineTest, steps_of_the_label_within_the_tolerance_move_nothing) {
  std::mt19937 random{3};
  take(boot_1, 1h, began + 1h);
  for (int i = 1; i <= 1000; ++i) {
    const auto off = std::chrono::milliseconds{static_cast<int>(random() % 100'000) - 50'000};
    EXPECT_FALSE(take(boot_1, 1h + i * 5s, began + 1h + i * 5s + off).placed_anew);
  }
  EXPECT_EQ(on, 5000s);
}

TEST_F(TimelineTest, a_clock_that_was_wrong_and_is_set_right_places_the_boot_anew) {
  take(boot_1, 1h, began - 8766h);
  EXPECT_TRUE(take(boot_1, 1h + 5s, began + 1h + 5s).placed_anew);
  take(boot_1, 1h + 10s, began + 1h + 10s);
  EXPECT_EQ(on, 10s);  // and the year between is nobody's
  EXPECT_EQ(lost, 0s);
}

TEST_F(TimelineTest, time_that_is_accounted_is_not_accounted_again_when_the_clock_goes_back) {
  take(boot_1, 1h, began + 1h);
  take(boot_1, 3h, began + 3h);
  EXPECT_TRUE(take(boot_1, 3h + 5s, began + 1h).placed_anew);
  take(boot_1, 4h + 5s, began + 2h);
  EXPECT_EQ(on, 2h);
  take(boot_1, 6h, began + 4h - 5s);
  EXPECT_EQ(on, 3h - 5s);
}

TEST_F(TimelineTest, what_is_too_old_is_not_accounted) {
  take(boot_1, 1h, began + 1h);
  arrival = began + 1000 * 24h;
  take(boot_2, 2h, arrival - 1h);
  EXPECT_EQ(lost, std::chrono::milliseconds{oldest_accounted} - 3h);
  EXPECT_EQ(on, 2h);
}

TEST_F(TimelineTest, any_samples_at_all_keep_spans_apart_and_sleep_within_them) {
  std::mt19937_64 random{5};
  for (int i = 0; i < 20'000; ++i) {
    const auto any = [&random] {
      return std::chrono::milliseconds{
          static_cast<std::int64_t>(random() % (1ULL << (random() % 42)))};
    };
    const auto wall = began + any() - any();
    arrival = std::max(arrival, wall - clock_tolerance);
    const Passage passage = take(random() % 3 == 0 ? boot_2 : boot_1, any(), wall, any());
    ASSERT_GE(passage.asleep, 0ms);
    ASSERT_LE(passage.asleep, passage.lived.length());
  }
}

}  // namespace
}  // namespace sobriety::collector
