#include "agent/source/simulated.hpp"

#include "tests/support/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;

TEST(Simulated, is_absent_unless_asked_for) {
  EXPECT_EQ(discover_simulated({}, {}).status, SourceStatus::absent);
}

TEST(Simulated, is_a_machine_meter_of_constant_power_that_says_it_is_invented) {
  SourceOptions options;
  options.simulated_watts = 42.5;
  const Discovery found = discover_simulated({}, options);
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_THAT(found.summary, testing::HasSubstr("INVENTED, NOT MEASURED"));
  EXPECT_THAT(found.summary, testing::HasSubstr("42.5 W"));
  EXPECT_EQ(found.source->series()[0].scope, EnergyScope::machine);
  EXPECT_EQ(test::read_at(*found.source, 100s).cells[0], 0);  // its first reading is the baseline
  EXPECT_EQ(test::read_at(*found.source, 102s).cells[0], 85'000'000);
}

TEST(Simulated, refuses_a_power_that_no_machine_has) {
  for (const double bad : {-1.0, 1e6, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    SourceOptions options;
    options.simulated_watts = bad;
    EXPECT_EQ(discover_simulated({}, options).status, SourceStatus::broken);
  }
}

}  // namespace
}  // namespace sobriety::agent
