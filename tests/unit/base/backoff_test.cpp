#include "proto/base/backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sobriety {
namespace {

using namespace std::chrono_literals;
using Duration = Backoff::Duration;

TEST(Backoff, waits_between_nothing_and_a_bound_that_doubles_up_to_the_most) {
  const std::vector<Duration> bounds{1s, 2s, 4s, 8s, 10s, 10s, 10s};
  std::vector<Duration> longest(bounds.size());
  std::vector<Duration> shortest(bounds.size(), 1h);
  std::vector<Duration> sum(bounds.size());
  constexpr int agents = 4000;
  for (int seed = 0; seed < agents; ++seed) {
    Backoff backoff{static_cast<std::uint64_t>(seed), 1s, 10s};
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      const Duration wait = backoff.next();
      ASSERT_GE(wait, 0ms);
      ASSERT_LE(wait, bounds[i]);
      longest[i] = std::max(longest[i], wait);
      shortest[i] = std::min(shortest[i], wait);
      sum[i] += wait;
    }
  }
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    // Full jitter: the whole range is used, evenly.
    EXPECT_GT(longest[i], bounds[i] * 98 / 100) << i;
    EXPECT_LT(shortest[i], bounds[i] * 2 / 100) << i;
    EXPECT_NEAR(static_cast<double>((sum[i] / agents).count()),
                static_cast<double>(bounds[i].count()) / 2,
                static_cast<double>(bounds[i].count()) * 0.03)
        << i;
  }
}

TEST(Backoff, begins_anew_after_a_success) {
  Backoff backoff{1, 1s, 300s};
  for (int i = 0; i < 20; ++i) static_cast<void>(backoff.next());
  for (int i = 0; i < 100; ++i) {
    backoff.succeeded();
    EXPECT_LE(backoff.next(), 1s);
  }
}

TEST(Backoff, never_waits_less_than_it_was_asked_to) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff{seed, 1s, 10s};
    const Duration wait = backoff.next(30s);
    EXPECT_GE(wait, 30s);
    EXPECT_LE(wait, 31s);
  }
}

TEST(Backoff, does_not_overflow_however_often_it_fails) {
  Backoff backoff{1};
  for (int i = 0; i < 10'000; ++i) {
    const Duration wait = backoff.next();
    ASSERT_GE(wait, 0ms);
    ASSERT_LE(wait, 5min);
  }
}

}  // namespace
}  // namespace sobriety
