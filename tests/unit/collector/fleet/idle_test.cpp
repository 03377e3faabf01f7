// Quiet minutes, and what they make of a host.
#include "collector/fleet/idle.hpp"

#include "collector/fleet/quiet.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

// A host that has every sign, and is quiet by each of them.
BucketLoad quiet_load() {
  BucketLoad load;
  load.cores = 0.1;
  load.processors = 8;
  load.received = 100;
  load.sent = 100;
  load.disk = 0;
  load.gpu = 0;
  load.sessions_idle = true;
  load.remote = 0;
  load.inhibitors = 0;
  return load;
}

bool quiet(const BucketLoad& load, bool personal = true) {
  return is_quiet(load, {}, {}, personal);
}

struct LoadCase {
  const char* name;
  void (*change)(BucketLoad&);
  bool quiet;
  bool quiet_server;
};
class Quiet : public testing::TestWithParam<LoadCase> {};

TEST_P(Quiet, is_below_every_limit) {
  BucketLoad load = quiet_load();
  GetParam().change(load);
  EXPECT_EQ(quiet(load), GetParam().quiet);
  EXPECT_EQ(quiet(load, false), GetParam().quiet_server);
}

INSTANTIATE_TEST_SUITE_P(
    Limits, Quiet,
    testing::Values(
        LoadCase{"nothing_going_on", [](BucketLoad&) {}, true, true},
        LoadCase{"half_a_core_of_8_is_6_percent", [](BucketLoad& l) { l.cores = 0.5; }, false,
                 false},
        LoadCase{"a_core_of_64_is_below_5_percent_and_one_whole_core",
                 [](BucketLoad& l) {
                   l.cores = 1.0;
                   l.processors = 64;
                 },
                 false, false},
        LoadCase{"three_hundredths_of_64",
                 [](BucketLoad& l) {
                   l.cores = 0.99;
                   l.processors = 64;
                 },
                 true, true},
        LoadCase{"receives_10_kB_a_second", [](BucketLoad& l) { l.received = 10e3; }, false, false},
        LoadCase{"receives_just_less", [](BucketLoad& l) { l.received = 9'999; }, true, true},
        LoadCase{"sends_5_kB_a_second", [](BucketLoad& l) { l.sent = 5e3; }, false, false},
        LoadCase{"writes_100_kB_a_second", [](BucketLoad& l) { l.disk = 100e3; }, false, false},
        LoadCase{"gpu_at_5_percent", [](BucketLoad& l) { l.gpu = 0.05; }, false, false},
        LoadCase{"a_session_that_is_not_idle", [](BucketLoad& l) { l.sessions_idle = false; },
                 false, true},
        LoadCase{"an_inhibitor", [](BucketLoad& l) { l.inhibitors = 1; }, false, true},
        LoadCase{"a_remote_session_idle_for_29_minutes",
                 [](BucketLoad& l) {
                   l.remote = 1;
                   l.sessions_quiet = 29min;
                 },
                 false, true},
        LoadCase{"a_remote_session_idle_for_30_minutes",
                 [](BucketLoad& l) {
                   l.remote = 1;
                   l.sessions_quiet = 30min;
                 },
                 true, true},
        LoadCase{"signs_that_are_missing_are_left_out",
                 [](BucketLoad& l) {
                   const auto cores = l.cores;
                   l = {};
                   l.cores = cores;
                   l.processors = 8;
                 },
                 true, true},
        LoadCase{"without_the_processors_nothing_is_quiet", [](BucketLoad& l) { l.cores.reset(); },
                 false, false}),
    [](const auto& row) { return row.param.name; });

TEST(Signs, are_those_that_a_load_has) {
  BucketLoad load = quiet_load();
  load.gpu.reset();
  load.sent.reset();
  const Signs signs = signs_of(load);
  EXPECT_TRUE(signs.has(Sign::cpu) && signs.has(Sign::disk) && signs.has(Sign::sessions));
  EXPECT_FALSE(signs.has(Sign::gpu) || signs.has(Sign::network) || signs.only_cpu());
  load = {};
  load.cores = 0;
  EXPECT_TRUE(signs_of(load).only_cpu());
  EXPECT_EQ(Signs::of_bits(signs.bits()), signs);
}

// A minute a character: q quiet, B busy. What the host is after each: a or i.
std::string states(std::string_view minutes, const policy::IdleRule& rule) {
  IdleMemory memory;
  std::string text;
  for (const char minute : minutes) {
    take_minutes(memory, minute == 'q', 1, rule);
    text += memory.state == PowerState::idle ? 'i' : 'a';
  }
  return text;
}

policy::IdleRule after(std::chrono::minutes window) {
  policy::IdleRule rule;
  rule.window = window;
  return rule;
}

std::string times(std::size_t count, char what) { return std::string(count, what); }

TEST(Idle, begins_when_a_whole_window_was_quiet_and_counts_nothing_before) {
  EXPECT_EQ(states(times(31, 'q'), after(30min)), times(29, 'a') + "ii");
  EXPECT_EQ(states(times(61, 'q'), after(60min)), times(59, 'a') + "ii");
}

TEST(Idle, one_busy_minute_of_30_is_forgiven_and_two_are_not) {
  // 95 % of 30 is 28.5: 29 are needed. Of 60, 57.
  EXPECT_EQ(states("B" + times(29, 'q'), after(30min)).back(), 'i');
  EXPECT_EQ(states("BB" + times(28, 'q'), after(30min)).back(), 'a');
  EXPECT_EQ(states("BBB" + times(57, 'q'), after(60min)).back(), 'i');
  EXPECT_EQ(states("BBBB" + times(56, 'q'), after(60min)).back(), 'a');
}

TEST(Idle, ends_with_the_third_busy_minute_of_five) {
  const std::string asleep = times(30, 'q');
  EXPECT_EQ(states(asleep + "BBB", after(30min)).substr(29), "iiia");
  EXPECT_EQ(states(asleep + "BqBqB", after(30min)).substr(29), "iiiiia");
  EXPECT_EQ(states(asleep + "BBqqqBB", after(30min)).substr(29), "iiiiiiii");
}

TEST(Idle, a_long_bucket_counts_as_the_minutes_that_it_has) {
  IdleMemory memory;
  for (int i = 0; i < 5; ++i) take_minutes(memory, true, 5, after(30min));
  EXPECT_EQ(memory.state, PowerState::active);
  take_minutes(memory, true, 5, after(30min));
  EXPECT_EQ(memory.state, PowerState::idle);
}

TEST(Idle, who_comes_wakes_it_at_once_and_a_whole_window_has_to_pass_again) {
  IdleMemory memory;
  take_minutes(memory, true, 200, after(30min));
  wake(memory);
  EXPECT_EQ(memory.state, PowerState::active);
  take_minutes(memory, true, 29, after(30min));
  EXPECT_EQ(memory.state, PowerState::active);
  take_minutes(memory, true, 1, after(30min));
  EXPECT_EQ(memory.state, PowerState::idle);
}

TEST(Idle, windows_longer_than_what_is_remembered_are_as_long_as_that) {
  EXPECT_EQ(states(times(most_idle_minutes, 'q'), after(1000min)).back(), 'i');
}

}  // namespace
}  // namespace sobriety::collector
