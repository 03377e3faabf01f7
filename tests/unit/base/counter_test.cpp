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

TEST(CounterExtension, rule_02_a_step_back_is_not_always_a_wrap) {
  // Seen on a Ryzen 7840HS: +700 J and back. Taken for a wrap it would be 64.8 kW.
  CounterExtension counter{{amd_range, Watts{1000}}};
  counter.advance(30'000'000'000, 10s);
  EXPECT_EQ(counter.advance(30'700'000'000, 10s + 500ms), CounterStep::reset);
  EXPECT_EQ(counter.advance(30'010'000'000, 11s), CounterStep::reset);
  EXPECT_EQ(counter.total(), Microjoules{0});
  EXPECT_EQ(counter.advance(30'020'000'000, 12s), CounterStep::advanced);
  EXPECT_EQ(counter.total(), Microjoules{10'000'000});
}

TEST(CounterExtension, rule_03_a_silence_in_which_wraps_could_hide_is_a_reset) {
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

TEST(CounterExtension, goes_on_from_the_total_of_another_counter_after_an_unmeasured_interval) {
  CounterExtension counter{{intel_range, Watts{1000}}};
  counter.continue_from(Microjoules{1'000'000});
  EXPECT_EQ(counter.advance(900'000'000, 2s), CounterStep::reset);
  EXPECT_EQ(counter.total(), Microjoules{1'000'000});
  EXPECT_EQ(counter.advance(900'000'007, 3s), CounterStep::advanced);
  EXPECT_EQ(counter.total(), Microjoules{1'000'007});
}

// Seen on a Ryzen 7840HS: +700 J and back. Within 5 s it passes for 140 W.
TEST(CounterExtension, rule_02_a_flip_that_passed_for_energy_is_paid_back_and_no_energy_is_lost) {
  constexpr std::uint64_t watts = 20'000'000;  // microjoules a second
  constexpr std::uint64_t flip = 700'000'000;
  for (const int up : {3, 4, 7}) {
    CounterExtension counter{{amd_range, Watts{1000}}};
    std::uint64_t truth = 0;
    bool measured_to_the_end = false;
    for (int sample = 0; sample < 30; ++sample) {
      truth = watts * 5 * static_cast<std::uint64_t>(sample);
      const std::uint64_t raw = 30'000'000'000 + truth + (sample >= 3 && sample < up ? flip : 0);
      const auto before = counter.total();
      const CounterStep step = counter.advance(raw, sample * 5s);
      EXPECT_GE(counter.total(), before) << "a total never goes back";
      if (sample == up && up > 3) {
        EXPECT_EQ(step, CounterStep::reset);
      }
      measured_to_the_end = measured(step);
    }
    EXPECT_EQ(counter.total(), Microjoules{truth}) << up;
    EXPECT_TRUE(measured_to_the_end);
  }
}

TEST(CounterExtension, rule_02_a_flip_that_starts_downwards_invents_nothing_either) {
  CounterExtension counter{{amd_range, Watts{1000}}};
  counter.advance(30'000'000'000, 0s);
  EXPECT_EQ(counter.advance(29'400'000'000, 5s), CounterStep::reset);
  EXPECT_EQ(counter.advance(30'200'000'000, 10s), CounterStep::owing);
  EXPECT_EQ(counter.total(), Microjoules{200'000'000});
  EXPECT_EQ(counter.advance(30'300'000'000, 15s), CounterStep::advanced);
  EXPECT_EQ(counter.total(), Microjoules{300'000'000});
}

TEST(CounterExtension, rule_02_a_jump_that_was_left_out_is_not_taken_back_again) {
  CounterExtension counter{{amd_range, Watts{1000}}};
  counter.advance(30'000'000'000, 0s);
  EXPECT_EQ(counter.advance(30'700'000'000, 500ms), CounterStep::reset);
  EXPECT_EQ(counter.advance(30'050'000'000, 5s), CounterStep::reset);
  EXPECT_EQ(counter.advance(30'150'000'000, 10s), CounterStep::advanced);
  EXPECT_EQ(counter.total(), Microjoules{100'000'000});
}

TEST(CounterExtension, rule_02_a_restart_of_the_counter_costs_that_interval_and_nothing_more) {
  CounterExtension counter{{intel_range, Watts{200}}};
  counter.advance(150'000'000'000, 0s);
  counter.advance(150'100'000'000, 5s);
  EXPECT_EQ(counter.advance(40'000'000, 10s), CounterStep::reset);
  EXPECT_EQ(counter.advance(140'000'000, 15s), CounterStep::advanced);
  EXPECT_EQ(counter.total(), Microjoules{200'000'000});
}

TEST(CounterExtension, rule_02_a_wrap_is_believed_up_to_the_zones_own_highest_power_only) {
  constexpr std::uint64_t near_end = amd_range - 100'000'000;
  CounterExtension low{{amd_range, Watts{50}}};
  low.advance(near_end, 0s);
  EXPECT_EQ(low.advance(200'000'000, 5s), CounterStep::reset);  // 60 W
  CounterExtension high{{amd_range, Watts{70}}};
  high.advance(near_end, 0s);
  EXPECT_EQ(high.advance(200'000'000, 5s), CounterStep::wrapped);
}

TEST(CounterExtension, rule_02_a_restart_while_suspended_is_never_a_wrap) {
  // 12 kJ within a minute is 200 W, which a wrap would explain: the counter restarted.
  constexpr std::uint64_t before = intel_range - 12'000'000'000;
  CounterExtension slept{{intel_range, Watts{1000}}};
  slept.advance(before, 0s, 0s);
  EXPECT_EQ(slept.advance(5'000'000, 60s, 55s), CounterStep::reset);
  EXPECT_EQ(slept.total(), Microjoules{0});
  EXPECT_EQ(slept.advance(6'000'000, 61s, 55s), CounterStep::advanced);
  EXPECT_EQ(slept.total(), Microjoules{1'000'000}) << "and nothing is owed";
  CounterExtension awake{{intel_range, Watts{1000}}};
  awake.advance(before, 0s, 0s);
  EXPECT_EQ(awake.advance(5'000'000, 60s, 1us), CounterStep::wrapped);
}

TEST(CounterExtension, rule_03_a_counter_of_unknown_range_has_a_longest_gap_of_its_own) {
  CounterExtension counter{{0, Watts{1000}, 120s}};
  counter.advance(1'000'000, 0s);
  EXPECT_EQ(counter.advance(2'000'000, 121s), CounterStep::reset);
  EXPECT_EQ(counter.total(), Microjoules{0});
}

TEST(CounterExtension, rule_04_power_is_judged_over_time_that_runs_on_while_suspended) {
  // 2 s awake and 100 s asleep: 5 kJ are 49 W of boot time, not 2.5 kW.
  CounterExtension counter{{intel_range, Watts{1000}}};
  counter.advance(0, 0s, 0s);
  EXPECT_EQ(counter.advance(5'000'000'000, 102s, 100s), CounterStep::advanced);
}

// Conservation: a constant power over many wraps, read often enough, is accounted to the
// microjoule.
TEST(CounterExtension, rule_01_the_total_is_exact_over_many_wraps) {
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
