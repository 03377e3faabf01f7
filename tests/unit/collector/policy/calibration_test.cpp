#include "collector/policy/calibration.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;

// Loads from 10 to 10 + 2 (count - 1) W of RAPL, on the line, each wall power off by `error` to and
// fro.
std::vector<PowerPair> on_a_line(double a, double b, std::size_t count, double error = 0) {
  std::vector<PowerPair> pairs;
  for (std::size_t i = 0; i < count; ++i) {
    const double rapl = 10 + 2 * static_cast<double>(i);
    pairs.push_back({rapl, a + b * rapl + (i % 2 == 0 ? error : -error)});
  }
  return pairs;
}

std::string error_of(const std::vector<PowerPair>& pairs) {
  const auto found = calibrate(pairs);
  return found ? "" : found.error().message;
}

TEST(Calibrate, finds_the_line_that_the_points_are_on) {
  const auto found = calibrate(on_a_line(12.5, 1.31, 30)).value();
  EXPECT_NEAR(found.model.a, 12.5, 1e-9);
  EXPECT_NEAR(found.model.b, 1.31, 1e-9);
  EXPECT_NEAR(found.worst_error, 0, 1e-9);
  EXPECT_EQ(found.pairs, 30U);
}

// Ten times RAPL 10 and 20, ten times 30 and 40 W; wall 30, 45, 55, 70 W. Means 25 and 50;
// b = (15*20 + 5*5 + 5*5 + 15*20) / (225 + 25 + 25 + 225) = 650 / 500 = 1.3, a = 50 - 1.3 * 25
// = 17.5; errors 30 - 30.5, 45 - 43.5, 55 - 56.5, 70 - 69.5: rms = sqrt((0.25 + 2.25 + 2.25 + 0.25)
// / 4) = sqrt(1.25).
TEST(Calibrate, of_30_45_55_70_W_at_10_20_30_40_W_is_17_5_W_plus_1_3_times_rapl) {
  std::vector<PowerPair> pairs;
  for (int i = 0; i < 10; ++i)
    for (const PowerPair& pair : {PowerPair{10, 30}, {20, 45}, {30, 55}, {40, 70}})
      pairs.push_back(pair);
  const auto found = calibrate(pairs).value();
  EXPECT_NEAR(found.model.b, 1.3, 1e-12);
  EXPECT_NEAR(found.model.a, 17.5, 1e-12);
  EXPECT_NEAR(found.rms_error, std::sqrt(1.25), 1e-12);
  EXPECT_NEAR(found.worst_error, 1.5, 1e-12);
  EXPECT_NEAR(found.relative_error, std::sqrt(1.25) / 50, 1e-12);
}

TEST(Calibrate, finds_the_line_behind_noise) {
  std::mt19937 random{6};
  std::normal_distribution<double> noise{0, 1};
  auto pairs = on_a_line(15, 1.2, 40);
  for (auto& pair : pairs) pair.wall += noise(random);
  const auto found = calibrate(pairs).value();
  EXPECT_NEAR(found.model.a, 15, 1.5);
  EXPECT_NEAR(found.model.b, 1.2, 0.03);
  EXPECT_NEAR(found.rms_error, 1, 0.4);
}

TEST(Calibrate, refuses_what_is_worth_too_little_and_says_what_to_do) {
  EXPECT_NE(error_of({}).find("there are 0 times"), std::string::npos);
  EXPECT_NE(error_of(on_a_line(12, 1.3, 19)).find("measure longer"), std::string::npos);
  EXPECT_NE(error_of(std::vector<PowerPair>(50, {20, 40})).find("idle, half loaded and fully"),
            std::string::npos);
  EXPECT_NE(error_of(on_a_line(200, -1, 30)).find("is the meter that of this machine?"),
            std::string::npos);
  EXPECT_NE(error_of(on_a_line(0, 0.9, 30)).find("is the meter that of this machine?"),
            std::string::npos);
  EXPECT_NE(error_of(on_a_line(12, 1.3, 30, 12)).find("more than the 10 %"), std::string::npos);
  EXPECT_EQ(error_of(on_a_line(12, 1.3, 30, 4)), "");
}

sys_seconds at(int second) { return sys_seconds{seconds{1'800'000'000 + second}}; }

TEST(PairUp, takes_the_mean_of_the_readings_of_each_interval) {
  const std::vector<TimedValue> counter{{at(0), 100}, {at(60), 1300}, {at(120), 3100}};
  const std::vector<TimedValue> meter{{at(-5), 999}, {at(10), 40}, {at(50), 44}, {at(90), 60}};
  // 1200 J / 60 s = 20 W, (40 + 44) / 2 W; 1800 J / 60 s = 30 W.
  EXPECT_EQ(pair_up(meter, counter), (std::vector<PowerPair>{{20, 42}, {30, 60}}));
}

TEST(PairUp, leaves_out_intervals_without_readings_resets_and_long_gaps) {
  const std::vector<TimedValue> counter{
      {at(0), 100}, {at(60), 700}, {at(120), 10}, {at(180), 610}, {at(900), 9000}};
  const std::vector<TimedValue> meter{{at(90), 50}, {at(150), 50}, {at(500), 50}};
  EXPECT_EQ(pair_up(meter, counter), (std::vector<PowerPair>{{10, 50}}));
  EXPECT_TRUE(pair_up({}, counter).empty());
  EXPECT_TRUE(pair_up(meter, {}).empty());
}

TEST(TimedValues, are_read_in_order_with_file_and_line_of_what_is_wrong) {
  const auto read = [](std::string_view text) { return read_timed(text, "m.csv", "watts"); };
  const auto values = read("timestamp;watts\n2026-07-14T08:00:00Z;40,5\n2026-07-14T08:00:10Z;41\n");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(values.value().size(), 2U);
  EXPECT_EQ(values.value()[0].value, 40.5);
  const auto error = [&read](std::string_view text) { return read(text).error().message; };
  EXPECT_EQ(error("timestamp,power\n").find("m.csv:1: unknown column 'power'"), 0U);
  EXPECT_EQ(error("timestamp,watts\n08:00,3\n").find("m.csv:2: timestamp: expected"), 0U);
  EXPECT_EQ(error("timestamp,watts\n2026-07-14T08:00Z,-3\n").find("m.csv:2: watts: expected"), 0U);
  EXPECT_EQ(error("timestamp,watts\n2026-07-14T08:00Z,3\n2026-07-14T08:00Z,3\n"),
            "m.csv:3: is not later than the line before");
}

}  // namespace
}  // namespace sobriety::collector::policy
