// What is said of a host from its days. Day 100 is the first of each life below.
#include "collector/fleet/verdict.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sobriety::collector {
namespace {

using policy::Role;

constexpr std::int32_t first_day = 100;

Signs all_signs() {
  Signs signs;
  for (const Sign sign : {Sign::cpu, Sign::network, Sign::disk}) signs.add(sign);
  return signs;
}
Signs cpu_alone() {
  Signs signs;
  signs.add(Sign::cpu);
  return signs;
}

// A day of 1,440 minutes of which so many percent were quiet, and used little of the processors.
QuietDay day_of(double quiet_percent) {
  QuietDay day;
  day.minutes = day.known = 1440;
  day.quiet = static_cast<std::uint16_t>(14.4 * quiet_percent);
  day.low = 1440;
  return day;
}

class Life {
 public:
  explicit Life(Role role = Role::server, Signs signs = all_signs()) : role_(role), signs_(signs) {}

  Life& lives(std::int32_t count, QuietDay day) {
    for (std::int32_t i = 0; i < count; ++i) {
      day.day = today_++;
      days_.push_back(day);
      standing_ = judge_days(standing_, days_, today_, signs_, role_, {});
    }
    return *this;
  }
  Life& lives(std::int32_t count, double quiet_percent = 99) {
    return lives(count, day_of(quiet_percent));
  }
  Life& is_away(std::int32_t count) {
    today_ += count;
    return *this;
  }
  [[nodiscard]] std::string verdict() const { return std::string{to_string(standing_.verdict)}; }
  [[nodiscard]] double covered(std::int32_t over) const { return coverage(days_, today_, over); }

 private:
  Role role_;
  Signs signs_;
  std::int32_t today_ = first_day;
  std::vector<QuietDay> days_;
  StandingVerdict standing_;
};

TEST(Verdict, of_a_quiet_server_grows_with_its_days) {
  Life life;
  EXPECT_EQ(life.lives(4).verdict(), "unknown");
  EXPECT_EQ(life.lives(1).verdict(), "none");  // 5 days old: known, not judged yet
  EXPECT_EQ(life.lives(1).verdict(), "none");
  EXPECT_EQ(life.lives(1).verdict(), "underused");  // 7
  EXPECT_EQ(life.lives(22).verdict(), "underused");
  EXPECT_EQ(life.lives(1).verdict(), "comatose");  // 30
  EXPECT_EQ(life.lives(149).verdict(), "comatose");
  EXPECT_EQ(life.lives(1).verdict(), "confirmed");  // 180
}

TEST(Verdict, a_day_of_less_than_90_percent_quiet_ends_it_and_all_its_days_begin_anew) {
  Life life;
  EXPECT_EQ(life.lives(30).verdict(), "comatose");
  EXPECT_EQ(life.lives(1, 91).verdict(), "comatose");
  EXPECT_EQ(life.lives(1, 89).verdict(), "none");
  EXPECT_EQ(life.lives(6).verdict(), "none");
  EXPECT_EQ(life.lives(1).verdict(), "underused");
  EXPECT_EQ(life.lives(23).verdict(), "comatose");
}

TEST(Verdict, underused_is_95_percent_quiet_and_comatose_97) {
  EXPECT_EQ(Life{}.lives(10, 94.5).verdict(), "none");
  EXPECT_EQ(Life{}.lives(10, 95.1).verdict(), "underused");
  EXPECT_EQ(Life{}.lives(40, 96).verdict(), "underused");
  EXPECT_EQ(Life{}.lives(40, 97.1).verdict(), "comatose");
}

TEST(Verdict, a_processor_that_is_busy_for_6_percent_of_the_time_is_not_underused) {
  // The 95th percentile is below 5 % exactly when 95 % of the minutes are: 1,368 of 1,440.
  QuietDay day = day_of(99);
  day.low = 1367;
  EXPECT_EQ(Life{}.lives(10, day).verdict(), "none");
  day.low = 1368;
  EXPECT_EQ(Life{}.lives(10, day).verdict(), "underused");
}

TEST(Verdict, who_logs_in_is_not_comatose) {
  QuietDay day = day_of(99);
  day.logins = 1;
  EXPECT_EQ(Life{}.lives(1, day).lives(29).verdict(), "underused");
  EXPECT_EQ(Life{}.lives(1, day).lives(30).verdict(), "comatose");
}

TEST(Verdict, machines_of_people_are_not_called_underused) {
  for (const Role role : {Role::workstation, Role::laptop, Role::thin, Role::unknown})
    EXPECT_EQ(Life{role}.lives(40).verdict(), "none");
  EXPECT_EQ(Life{Role::virtual_machine}.lives(40).verdict(), "comatose");
}

TEST(Verdict, the_processor_alone_says_too_little) {
  EXPECT_EQ((Life{Role::server, cpu_alone()}.lives(40).verdict()), "unknown");
  EXPECT_EQ((Life{Role::server, Signs{}}.lives(40).verdict()), "unknown");
}

TEST(Verdict, is_unknown_while_more_than_a_fifth_of_the_week_is_lost) {
  // 7 days of 1,440 minutes; 1,152 known of each are 80 %.
  QuietDay day = day_of(99);
  day.known = 1151;
  EXPECT_EQ(Life{}.lives(10, day).verdict(), "unknown");
  day.known = 1152;
  EXPECT_EQ(Life{}.lives(10, day).verdict(), "underused");
}

TEST(Coverage, counts_days_that_are_missing_as_lost) {
  EXPECT_DOUBLE_EQ(Life{}.covered(7), 0);
  EXPECT_DOUBLE_EQ(Life{}.lives(7).covered(7), 1);
  EXPECT_DOUBLE_EQ(Life{}.lives(3).covered(7), 1);  // it was not there before
  EXPECT_DOUBLE_EQ(Life{}.lives(6).is_away(2).covered(4), 0.5);
}

TEST(DaysKept, are_those_that_are_looked_back_at) {
  EXPECT_EQ(days_kept(Role::laptop, {}), 8);
  EXPECT_EQ(days_kept(Role::server, {}), 181);
}

}  // namespace
}  // namespace sobriety::collector
