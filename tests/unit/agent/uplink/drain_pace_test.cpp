#include "agent/uplink/drain_pace.hpp"

#include <gtest/gtest.h>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;

TEST(DrainPace, lets_a_second_of_its_rate_go_at_once_and_then_the_rate) {
  DrainPace pace{Bytes{1000}};
  DrainPace::Clock::time_point now{1h};
  EXPECT_EQ(pace.allowance(now), 1000U);
  pace.spend(1000);
  EXPECT_EQ(pace.allowance(now), 0U);
  EXPECT_EQ(pace.allowance(now += 250ms), 250U);
  EXPECT_EQ(pace.allowance(now += 1h), 1000U);
}

TEST(DrainPace, what_was_sent_too_much_is_missing_later) {
  DrainPace pace{Bytes{1000}};
  DrainPace::Clock::time_point now{1h};
  EXPECT_EQ(pace.allowance(now), 1000U);
  pace.spend(3000);
  EXPECT_EQ(pace.allowance(now += 1s), 0U);
  EXPECT_EQ(pace.allowance(now += 1s), 0U);
  EXPECT_EQ(pace.allowance(now += 500ms), 500U);
}

}  // namespace
}  // namespace sobriety::agent
