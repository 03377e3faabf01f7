#include "tests/support/player/clock.hpp"

#include <gtest/gtest.h>

namespace sobriety::player {
namespace {

using namespace std::chrono_literals;

TEST(PlayerClock, stands_still_until_it_is_told_to_run) {
  PlayerClock clock;
  EXPECT_EQ(clock.now(7s), 0s);
  EXPECT_TRUE(clock.command("real", 7s));
  EXPECT_EQ(clock.now(9s), 2s);
  EXPECT_TRUE(clock.command("stop\n", 10s));
  EXPECT_EQ(clock.now(60s), 3s);
}

TEST(PlayerClock, is_set_forward_and_then_stands) {
  PlayerClock clock;
  EXPECT_TRUE(clock.command("real", 0s));
  EXPECT_TRUE(clock.command("advance 5s", 1s));
  EXPECT_EQ(clock.now(100s), 6s);
}

TEST(PlayerClock, makes_a_step_between_two_looks_and_none_before_the_first) {
  PlayerClock clock;
  EXPECT_TRUE(clock.command("step 30s", 0s));
  EXPECT_EQ(clock.look(1s), 0s);
  EXPECT_EQ(clock.now(2s), 0s) << "what is read between two looks is of the time told";
  EXPECT_EQ(clock.look(3s), 30s);
  EXPECT_EQ(clock.look(4s), 60s);
}

TEST(PlayerClock, refuses_what_it_does_not_know_and_goes_on) {
  PlayerClock clock;
  EXPECT_TRUE(clock.command("step 30s", 0s));
  for (const char* bad : {"", "advance", "advance -5s", "real 5s", "faster", "step 5"})
    EXPECT_FALSE(clock.command(bad, 0s)) << bad;
  static_cast<void>(clock.look(0s));
  EXPECT_EQ(clock.look(0s), 30s);
}

}  // namespace
}  // namespace sobriety::player
