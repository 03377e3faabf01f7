// The ladder, step by step, each with its arithmetic.
#include "collector/fleet/wall_power.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t joule = 1'000'000;
constexpr WallTime boot{1h};

policy::PowerModel desktop() {
  policy::PowerModel model;
  model.profile = policy::PowerProfile{0.5, 1.5, 25, 80};
  model.rapl_generic = policy::RaplToWall{15, 1.2};
  return model;
}

struct Told {
  WallEnergy wall;
  PowerWait wait;
};

// What is told after 10 s awake in which RAPL counted 200 J and psys 400 J.
Told told(const policy::PowerModel& model, const PowerReading& reading,
          std::chrono::milliseconds awake = 10s) {
  Told told;
  told.wait.awake = awake;
  told.wait.rapl = Microjoules{200 * joule};
  told.wait.psys = Microjoules{400 * joule};
  told.wait.metered = boot + 10s;
  told.wall = wall_energy(model, reading, told.wait, boot, boot + 10s + awake);
  return told;
}

PowerReading with_rapl() {
  PowerReading reading;
  reading.has_rapl = reading.rapl = true;
  reading.has_memory = true;
  reading.load = 0.1;
  reading.processors = 8;
  return reading;
}

void expect(const WallEnergy& wall, PowerMethod method, std::uint64_t energy, std::uint64_t low,
            std::uint64_t high) {
  EXPECT_EQ(to_string(wall.method), to_string(method));
  EXPECT_EQ(wall.energy, Microjoules{energy});
  EXPECT_EQ(wall.low, Microjoules{low});
  EXPECT_EQ(wall.high, Microjoules{high});
}

TEST(Ladder, a_meter_of_the_machine_goes_before_all_and_is_good_to_3_percent) {
  PowerReading reading = with_rapl();
  reading.psys = reading.has_machine = true;
  reading.machine = Microjoules{1000 * joule};
  const Told t = told(desktop(), reading);
  expect(t.wall, PowerMethod::external_meter, 1000 * joule, 970 * joule, 1030 * joule);
  EXPECT_EQ(t.wait.awake, 0ms);
  EXPECT_EQ(t.wait.rapl, Microjoules{});
  EXPECT_EQ(t.wait.metered, boot + 20s);
}

TEST(Ladder, psys_goes_before_rapl_and_is_good_to_10_percent) {
  PowerReading reading = with_rapl();
  reading.psys = true;
  expect(told(desktop(), reading).wall, PowerMethod::rapl_psys, 400 * joule, 360 * joule,
         440 * joule);
}

TEST(Ladder, generic_rapl_of_a_desktop_is_15_W_and_1_2_times_what_it_counts) {
  // 15 W x 10 s + 1.2 x 200 J = 150 J + 240 J = 390 J; 40 % of it are 156 J.
  expect(told(desktop(), with_rapl()).wall, PowerMethod::rapl_generic, 390 * joule, 234 * joule,
         546 * joule);
}

TEST(Ladder, memory_that_is_not_metered_is_added_before_it_is_scaled) {
  // 4.544 W of 16 GB: 150 J + 1.2 x (200 J + 45.44 J) = 444.528 J.
  policy::PowerModel model = desktop();
  model.memory_watts = 4.544;
  PowerReading reading = with_rapl();
  reading.has_memory = false;
  EXPECT_EQ(told(model, reading).wall.energy, Microjoules{444'528'000});
}

TEST(Ladder, a_calibrated_machine_has_its_own_a_and_b_and_is_good_to_10_percent) {
  // 8 W x 10 s + 1.1 x 200 J = 300 J.
  policy::PowerModel model = desktop();
  model.rapl_calibrated = policy::RaplToWall{8, 1.1};
  expect(told(model, with_rapl()).wall, PowerMethod::rapl_calibrated, 300 * joule, 270 * joule,
         330 * joule);
}

TEST(Ladder, without_rapl_the_tdp_curve_tells_at_10_percent_a_third_of_the_tdp) {
  // 65 W x 0.32 x 10 s = 208 J, to 50 %.
  policy::PowerModel model = desktop();
  model.tdp = 65;
  PowerReading reading;
  reading.load = 0.1;
  expect(told(model, reading).wall, PowerMethod::tdp_model, 208 * joule, 104 * joule, 312 * joule);
}

TEST(Ladder, a_virtual_machine_has_watts_a_processor) {
  // AWS: 8 x (0.74 + 0.5 x (3.5 - 0.74)) W x 10 s = 8 x 2.12 W x 10 s = 169.6 J.
  policy::PowerModel model;
  model.vcpu = policy::VcpuPower{0.74, 3.5};
  PowerReading reading;
  reading.load = 0.5;
  reading.processors = 8;
  EXPECT_EQ(told(model, reading).wall.energy, Microjoules{169'600'000});
}

TEST(Ladder, the_profile_goes_from_idle_to_max_with_the_load_and_may_be_half_or_double) {
  // 25 W + 0.1 x 55 W = 30.5 W x 10 s = 305 J.
  PowerReading reading;
  reading.load = 0.1;
  expect(told(desktop(), reading).wall, PowerMethod::profile, 305 * joule, 152'500'000,
         610 * joule);
  reading.load = -1;  // not known: idle
  EXPECT_EQ(told(desktop(), reading).wall.energy, Microjoules{250 * joule});
}

TEST(Ladder, of_a_machine_of_which_nothing_is_known_nothing_is_told) {
  PowerReading reading;
  reading.load = 0.1;
  EXPECT_EQ(told({}, reading).wall, WallEnergy{});
}

TEST(Waiting, a_meter_that_misses_a_value_is_waited_for_ten_minutes) {
  PowerReading reading = with_rapl();
  reading.has_machine = true;
  const Told soon = told(desktop(), reading, 9min + 59s);
  EXPECT_EQ(soon.wall, WallEnergy{});
  EXPECT_EQ(soon.wait.rapl, Microjoules{200 * joule});
  // 15 W x 600 s + 1.2 x 200 J = 9,240 J.
  EXPECT_EQ(told(desktop(), reading, 10min).wall.energy, Microjoules{9'240 * joule});
}

TEST(Waiting, what_a_meter_tells_of_time_that_was_estimated_meanwhile_is_not_counted_twice) {
  // It counted 1,000 J since 10 s; 40 of these 50 s were estimated: 10 s are 200 J.
  PowerReading reading;
  reading.has_machine = true;
  reading.machine = Microjoules{1000 * joule};
  PowerWait wait;
  wait.metered = boot + 10s;
  wait.estimated = boot + 50s;
  wait.awake = 10s;
  EXPECT_EQ(wall_energy(desktop(), reading, wait, boot, boot + 60s).energy,
            Microjoules{200 * joule});
}

TEST(Waiting, a_meter_without_a_model_beside_it_is_waited_for_ever) {
  PowerReading reading;
  reading.has_machine = true;
  EXPECT_EQ(told({}, reading, 5h).wall, WallEnergy{});
  EXPECT_EQ(told({}, reading, 5h).wait.awake, 5h);
}

TEST(Resting, uses_what_the_profile_says) {
  // 1.5 W x 1 h = 5,400 J asleep; 0.5 W x 1 h = 1,800 J off.
  EXPECT_EQ(resting_energy(desktop(), true, 1h).energy, Microjoules{5'400 * joule});
  EXPECT_EQ(resting_energy(desktop(), false, 1h).energy, Microjoules{1'800 * joule});
  EXPECT_EQ(resting_energy({}, false, 1h), WallEnergy{});
  EXPECT_EQ(resting_milliwatts(desktop()), 1'500);
}

TEST(Monitors, use_25_W_each_while_somebody_is_there) {
  policy::PowerModel model = desktop();
  EXPECT_EQ(monitor_energy(model, 10s), WallEnergy{});
  model.monitors = 2;
  EXPECT_EQ(monitor_energy(model, 10s).energy, Microjoules{500 * joule});
}

TEST(Bounds, hold_whatever_an_agent_says) {
  policy::PowerModel model = desktop();
  PowerWait wait;
  wait.awake = std::chrono::hours{24 * 366 * 100};
  wait.rapl = most_wall_energy;
  const WallEnergy wall = wall_energy(model, with_rapl(), wait, boot, boot + 1h);
  EXPECT_EQ(wall.energy, most_wall_energy);
  EXPECT_LE(wall.high.count(),
            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

}  // namespace
}  // namespace sobriety::collector
