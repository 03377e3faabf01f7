#include "proto/runtime/ticker.hpp"

#include "tests/support/loop.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sobriety {
namespace {

using namespace std::chrono_literals;
using Clock = Ticker::Clock;

// Ticks `count` times, doing `work` after each; when each tick came, since the first.
Task<> tick(Ticker& ticker, std::size_t count, std::vector<Clock::duration>& came,
            std::vector<std::chrono::milliseconds> work) {
  const auto start = Clock::now();
  while (came.size() < count) {
    const bool due = co_await ticker.tick();
    if (!due) co_return;
    came.push_back(Clock::now() - start);
    std::this_thread::sleep_for(work[(came.size() - 1) % work.size()]);
  }
}

TEST(Ticker, the_first_tick_is_due_at_once) {
  net::io_context loop{1};
  Ticker ticker{loop.get_executor(), 1h};
  std::vector<Clock::duration> came;
  test::run_task(loop, tick(ticker, 1, came, {0ms}));
  EXPECT_EQ(came.size(), 1U);
}

TEST(Ticker, late_work_does_not_add_up) {
  net::io_context loop{1};
  Ticker ticker{loop.get_executor(), 50ms};
  std::vector<Clock::duration> came;
  test::run_task(loop, tick(ticker, 11, came, {35ms}));
  for (std::size_t i = 0; i < came.size(); ++i)
    EXPECT_GE(came[i], 50ms * static_cast<int>(i) - 10ms) << i;
  // Ten periods, not ten times the period and the work (850 ms); the rest is for a busy machine.
  EXPECT_LT(came.back(), 750ms);
}

TEST(Ticker, beats_that_were_missed_altogether_are_left_out) {
  net::io_context loop{1};
  Ticker ticker{loop.get_executor(), 50ms};
  std::vector<Clock::duration> came;
  std::vector<std::chrono::milliseconds> work(8, 0ms);
  work[0] = 325ms;  // six beats and a half
  test::run_task(loop, tick(ticker, 4, came, work));
  EXPECT_GE(came[1], 325ms);
  // One beat for all that were missed, and then the old grid: 350, 400.
  EXPECT_GE(came[2], 340ms);
  EXPECT_GE(came[3], 390ms);
}

TEST(Ticker, stop_ends_a_wait_and_all_that_follow) {
  net::io_context loop{1};
  Ticker ticker{loop.get_executor(), 1h};
  std::vector<Clock::duration> came;
  bool ended = false;
  net::co_spawn(loop, tick(ticker, 5, came, {0ms}), [&](std::exception_ptr) { ended = true; });
  ASSERT_TRUE(test::run_until(loop, [&] { return came.size() == 1; }));
  test::run_ready(loop);
  EXPECT_FALSE(ended);
  ticker.stop();
  ASSERT_TRUE(test::run_until(loop, [&] { return ended; }));
  test::run_task(loop, tick(ticker, 5, came, {0ms}));
  EXPECT_EQ(came.size(), 1U);
}

}  // namespace
}  // namespace sobriety
