#include "proto/base/counter.hpp"

#include <gtest/gtest.h>

namespace sobriety {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t intel_range = 262'143'328'850;
constexpr std::uint64_t amd_range = 65'532'610'987;

TEST(CounterExtension, first_sight_is_zero_energy) {
  CounterExtension counter{{intel_range, Watts{1000}}};
  EXPECT_EQ(counter.advance(123'456'789, 10s), CounterStep::first);
  EXPECT_EQ(counter.total(), Microjoules{0});
}

TEST(CounterExtension, adds_what_the_counter_advanced) {
  CounterExtension counter{{intel_range, Watts{1000}}};
  counter.advance(1'000'000, 10s);
  EXPECT_EQ(counter.advance(501'000'000, 15s), CounterStep::advanced);  // 500 J in 5 s: 100 W
  EXPECT_EQ(counter.total(), Microjoules{500'000'000});
}

TEST(CounterExtension, standing_still_is_an_advance_of_zero) {
  CounterExtension counter{{intel_range, Watts{1000}}};
  counter.advance(7, 1s);
  EXPECT_EQ(counter.advance(7, 2s), CounterStep::advanced);
  EXPECT_EQ(counter.total(), Microjoules{0});
}

TEST(CounterExtension, a_plausible_step_back_is_a_wrap) {
  CounterExtension counter{{amd_range, Watts{1000}}};
  counter.advance(amd_range - 200'000'000, 10s);
  EXPECT_EQ(counter.advance(300'000'000, 15s), CounterStep::wrapped);  // 500 J in 5 s
  EXPECT_EQ(counter.total(), Microjoules{500'000'000});
}

TEST(CounterExtension, a_step_back_of_a_flip_is_a_reset_and_adds_nothing) {
  // Seen on a Ryzen 7840HS: +700 J and back. Taken for a wrap it would be 64.8 kW.
  CounterExtension counter{{amd_range, Watts{1000}}};
  counter.advance(30'000'000'000, 10s);
  EXPECT_EQ(counter.advance(30'700'000'000, 10s + 500ms), CounterStep::reset);
  EXPECT_EQ(counter.advance(30'010'000'000, 11s), CounterStep::reset);
  EXPECT_EQ(counter.total(), Microjoules{0});
  EXPECT_EQ(counter.advance(30'020'000'000, 12s), CounterStep::advanced);
  EXPECT_EQ(counter.total(), Microjoules{10'000'000});
}

TEST(CounterExtension, a_silence_in_which_wraps_could_hide_is_a_reset) {
  CounterExtension counter{{amd_range, Watts{1000}}};
  counter.advance(1'000'000, 0s);
  EXPECT_EQ(counter.advance(2'000'000, counter.longest_gap() + 1s), CounterStep::reset);
  EXPECT_EQ(counter.total(), Microjoules{0});
}

TEST(CounterExtension, without_a_known_range_a_step_back_is_never_a_wrap) {
  CounterExtension counter{{0, Watts{1000}}};
  counter.advance(262'000'000'000, 10s);
  EXPECT_EQ(counter.advance(5, 15s), CounterStep::reset);
  EXPECT_EQ(counter.total(), Microjoules{0});
}

TEST(CounterExtension, a_forgotten_baseline_starts_again_and_keeps_the_total) {
  CounterExtension counter{{intel_range, Watts{1000}}};
  counter.advance(0, 0s);
  counter.advance(1'000'000, 1s);
  counter.forget();
  EXPECT_EQ(counter.advance(900'000'000, 2s), CounterStep::first);
  EXPECT_EQ(counter.total(), Microjoules{1'000'000});
}

// Conservation: a constant power over many wraps, read often enough, is accounted to the
// microjoule.
TEST(CounterExtension, the_total_is_exact_over_many_wraps) {
  CounterExtension counter{{amd_range, Watts{1000}}};
  std::uint64_t truth = 0;
  Elapsed now{};
  counter.advance(0, now);
  for (int i = 0; i < 100'000; ++i) {
    truth += 400'000'000 * 5 + static_cast<std::uint64_t>(i % 977);
    now += 5s;
    const CounterStep step = counter.advance(truth % amd_range, now);
    ASSERT_TRUE(step == CounterStep::advanced || step == CounterStep::wrapped) << i;
  }
  // Each wrap loses nothing but the range's own end: raw values run from 0 to range - 1.
  EXPECT_EQ(counter.total(), Microjoules{truth});
}

}  // namespace
}  // namespace sobriety
