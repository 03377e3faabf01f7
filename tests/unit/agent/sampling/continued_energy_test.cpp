#include "agent/sampling/continued_energy.hpp"

#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace sobriety::agent {
namespace {

using testing::ElementsAre;

constexpr Cell most = std::numeric_limits<Cell>::max();

class ContinuedEnergyTest : public testing::Test {
 protected:
  // What the stream counts where the sources count `cells`.
  std::vector<Cell> row(std::vector<Cell> cells) {
    energy.apply(cells);
    return cells;
  }
  const std::vector<Series> columns{test::cpu("user"), test::meter("package-0", EnergyScope::cpu),
                                    test::meter("bmc", EnergyScope::machine)};
  ContinuedEnergy energy;
};

TEST_F(ContinuedEnergyTest, a_first_run_counts_as_the_sources_do) {
  energy.lay_out(columns);
  EXPECT_THAT(row({9, 0, 0}), ElementsAre(9, 0, 0));
  EXPECT_THAT(row({9, 5, no_value}), ElementsAre(9, 5, no_value));
  EXPECT_THAT(energy.totals(), ElementsAre(std::pair{"bmc", 0}, std::pair{"package-0", 5}));
}

TEST_F(ContinuedEnergyTest, the_next_run_goes_on_and_its_first_row_measures_nothing) {
  energy.lay_out(columns);
  energy.continue_from({{"package-0", 1000}});
  EXPECT_THAT(row({9, 0, 0}), ElementsAre(9, no_value, 0));  // the other one is new
  EXPECT_THAT(row({9, 7, 3}), ElementsAre(9, 1007, 3));
  EXPECT_THAT(energy.totals(), ElementsAre(std::pair{"bmc", 3}, std::pair{"package-0", 1007}));
}

TEST_F(ContinuedEnergyTest, a_component_that_appears_later_goes_on_too) {
  energy.continue_from({{"package-0", 1000}, {"bmc", 50}});
  energy.lay_out({columns.data(), 2});
  row({9, 0});
  energy.lay_out(columns);
  EXPECT_THAT(row({9, 1, 0}), ElementsAre(9, 1001, 50));
  energy.lay_out({columns.data(), 1});
  EXPECT_THAT(energy.totals(), ElementsAre(std::pair{"bmc", 50}, std::pair{"package-0", 1001}));
}

TEST_F(ContinuedEnergyTest, a_new_stream_counts_from_zero) {
  energy.continue_from({{"package-0", 1000}, {"gone", 5}});
  energy.lay_out(columns);
  row({9, 0, 0});
  row({9, 7, 3});
  energy.restart();
  EXPECT_THAT(row({9, 8, no_value}), ElementsAre(9, 1, no_value));
  EXPECT_THAT(row({9, 9, 5}), ElementsAre(9, 2, 2));
  EXPECT_THAT(energy.totals(),
              ElementsAre(std::pair{"bmc", 2}, std::pair{"gone", 0}, std::pair{"package-0", 2}));
}

TEST_F(ContinuedEnergyTest, a_counter_beyond_what_a_cell_holds_is_no_value) {
  energy.continue_from({{"package-0", most - 5}});
  energy.lay_out(columns);
  row({9, 0, 0});
  EXPECT_THAT(row({9, 5, 0}), ElementsAre(9, most, 0));
  EXPECT_THAT(row({9, 6, 0}), ElementsAre(9, no_value, 0));
}

}  // namespace
}  // namespace sobriety::agent
