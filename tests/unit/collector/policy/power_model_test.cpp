#include "collector/policy/power_model.hpp"

#include "collector/policy/power_method.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sobriety::collector::policy {
namespace {

TEST(PowerModel, rapl_to_wall_of_a_desktop_at_20_W_is_15_plus_1_2_times_20_which_is_39_W) {
  const auto* desktop = find_profile("desktop");
  ASSERT_NE(desktop, nullptr);
  EXPECT_DOUBLE_EQ(wall_power(desktop->rapl_generic.value(), Watts{20}).count(), 39);
}

TEST(PowerModel, rapl_to_wall_of_a_server_at_100_W_is_40_plus_1_25_times_100_which_is_165_W) {
  EXPECT_DOUBLE_EQ(
      wall_power(find_profile("rack_server")->rapl_generic.value(), Watts{100}).count(), 165);
}

TEST(PowerModel, a_tdp_of_100_W_follows_the_curve) {
  struct Case {
    double load;
    double watts;
  };
  const Case cases[] = {{0, 12},    {0.05, 22},    // (12 + 32) / 2
                        {0.10, 32}, {0.30, 53.5},  // (32 + 75) / 2
                        {0.50, 75}, {0.75, 88.5},  // (75 + 102) / 2
                        {1, 102},   {-1, 12},
                        {2, 102},   {std::numeric_limits<double>::quiet_NaN(), 12}};
  for (const auto& [load, watts] : cases)
    EXPECT_DOUBLE_EQ(tdp_power(100, load).count(), watts) << load;
}

TEST(PowerModel, a_laptop_at_half_load_takes_8_plus_half_of_28_minus_8_which_is_18_W) {
  EXPECT_DOUBLE_EQ(profile_power(find_profile("laptop")->profile, 0.5).count(), 18);
  EXPECT_DOUBLE_EQ(profile_power(find_profile("laptop")->profile, 7).count(), 28);
}

// Cloud Carbon Footprint, AWS: 0.74 + 0.25 (3.5 - 0.74) = 1.43 W a vCPU.
TEST(PowerModel, four_vcpus_at_a_quarter_load_take_4_times_1_43_which_is_5_72_W) {
  EXPECT_DOUBLE_EQ(vcpu_power({0.74, 3.5}, 4, 0.25).count(), 5.72);
}

TEST(PowerModel, memory_of_32_GB_takes_32_times_0_284_which_is_9_088_W) {
  EXPECT_DOUBLE_EQ(memory_watts(std::uint64_t{32} << 30U), 9.088);
}

TEST(PowerModel, every_role_but_virtual_and_unknown_has_a_profile_that_is_in_the_table) {
  for (const auto& [name, role] : roles) {
    const bool has_none = role == Role::virtual_machine || role == Role::unknown;
    EXPECT_EQ(find_profile(default_profile(role)) == nullptr, has_none) << name;
  }
}

TEST(PowerModel, standard_profiles_rise_from_off_over_sleep_and_idle_to_full_load) {
  for (const auto& [name, profile, rapl] : standard_profiles()) {
    EXPECT_LE(profile.off, profile.sleep.value_or(profile.off)) << name;
    EXPECT_LE(profile.sleep.value_or(profile.off), profile.idle) << name;
    EXPECT_LE(profile.idle, profile.max) << name;
  }
}

TEST(Ladder, has_each_method_at_its_place_and_measures_on_the_first_three) {
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(ladder[i].method), i);
    EXPECT_EQ(ladder[i].quality, i < 3 ? Quality::measured : Quality::estimated);
    EXPECT_GT(ladder[i].uncertainty.below, 0);
    EXPECT_LT(ladder[i].uncertainty.below, 1);
    EXPECT_GE(ladder[i].uncertainty.above, ladder[i == 0 ? 0 : i - 1].uncertainty.above);
  }
}

}  // namespace
}  // namespace sobriety::collector::policy
