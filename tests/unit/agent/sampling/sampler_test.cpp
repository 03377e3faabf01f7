#include "agent/sampling/sampler.hpp"

#include "agent/sampling/batcher.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// What the two invented sources are told to do. Discovery is a plain function, so this is global.
struct Script {
  SourceStatus status = SourceStatus::found;
  std::vector<Series> series;
  std::vector<Cell> cells;
  ReadOutcome outcome;
  std::chrono::milliseconds takes{0};
  Elapsed longest = Elapsed::max();
  int discoveries = 0;
  int taken_over = 0;
};
Script meter_script;
Script cpu_script;

class Scripted final : public Source {
 public:
  explicit Scripted(Script& script) : script_(script), series_(script.series) {}
  [[nodiscard]] std::span<const Series> series() const override { return series_; }
  ReadOutcome read(const Instant&, std::span<Cell> cells) override {
    if (script_.takes > 0ms) std::this_thread::sleep_for(script_.takes);
    std::copy_n(script_.cells.begin(), std::min(cells.size(), script_.cells.size()), cells.begin());
    return script_.outcome;
  }
  [[nodiscard]] Elapsed longest_interval() const override { return script_.longest; }
  void take_over(Source&) override { ++script_.taken_over; }

 private:
  Script& script_;
  std::vector<Series> series_;
};

template <Script& script>
Discovery discover_scripted(const Roots&, const SourceOptions&) {
  ++script.discoveries;
  Discovery discovery;
  discovery.status = script.status;
  discovery.summary = "as the test says";
  if (script.status == SourceStatus::found) discovery.source = std::make_unique<Scripted>(script);
  return discovery;
}

constexpr std::array kinds{SourceKind{"cpu", discover_scripted<cpu_script>, ""},
                           SourceKind{"meter", discover_scripted<meter_script>, ""}};

class SamplerTest : public testing::Test {
 protected:
  SamplerTest() {
    cpu_script = {};
    cpu_script.series = {test::cpu("user"), test::cpu("idle")};
    cpu_script.cells = {10, 90};
    meter_script = {};
    meter_script.series = {test::meter("package-0", EnergyScope::cpu)};
    meter_script.cells = {7};
  }
  std::vector<Cell> sample(Sampler& sampler) {
    std::vector<Cell> row(sampler.series().size(), no_value);
    sampler.sample(test::at(now), row);
    sampler.account({1ms, 2, 3, 4, 5, 6}, row);
    return row;
  }
  // The cell of a series.
  static Cell cell(const Sampler& sampler, const std::vector<Cell>& row, SignalId signal,
                   const std::string& instance) {
    for (std::size_t i = 0; i < row.size(); ++i)
      if (sampler.series()[i].signal == signal && sampler.series()[i].instance == instance)
        return row[i];
    ADD_FAILURE() << "no series of signal " << static_cast<int>(signal) << ' ' << instance;
    return no_value;
  }
  static std::size_t columns(const Sampler& sampler, SignalId signal) {
    std::size_t count = 0;
    for (const Series& series : sampler.series()) count += series.signal == signal;
    return count;
  }
  bool rescan_if_due(Sampler& sampler) {
    return sampler.rescan_due(test::at(now)) && sampler.rescan(test::at(now));
  }

  std::chrono::milliseconds now = 1h;
};

TEST_F(SamplerTest, fills_the_columns_of_every_source_in_the_order_of_the_table) {
  Sampler sampler{kinds, {}, {}};
  const auto row = sample(sampler);
  EXPECT_EQ(sampler.series()[0], test::cpu("user"));
  EXPECT_EQ(sampler.series()[2], test::meter("package-0", EnergyScope::cpu));
  EXPECT_THAT(std::vector<Cell>(row.begin(), row.begin() + 3), ElementsAre(10, 90, 7));
}

TEST_F(SamplerTest, accounts_for_every_source_whatever_it_reads) {
  cpu_script.outcome = {2, 0, false};
  meter_script.outcome = {0, 3, false};
  Sampler sampler{kinds, {}, {}};
  sample(sampler);
  const auto row = sample(sampler);
  EXPECT_EQ(cell(sampler, row, SignalId::source_status, "cpu"),
            static_cast<Cell>(SourceStatus::found));
  EXPECT_EQ(cell(sampler, row, SignalId::source_reads, "cpu"), 2);
  EXPECT_EQ(cell(sampler, row, SignalId::source_failures, "cpu"), 4);
  EXPECT_EQ(cell(sampler, row, SignalId::source_failures, "meter"), 0);
  EXPECT_EQ(cell(sampler, row, SignalId::discontinuities, "meter"), 6);
  EXPECT_EQ(cell(sampler, row, SignalId::discontinuities, "cpu"), 0);
}

TEST_F(SamplerTest, measures_how_long_a_source_takes) {
  meter_script.takes = 5ms;
  Sampler sampler{kinds, {}, {}};
  sample(sampler);
  const auto row = sample(sampler);
  EXPECT_GE(cell(sampler, row, SignalId::source_duration, "meter"), 10'000);
  EXPECT_LT(cell(sampler, row, SignalId::source_duration, "cpu"),
            cell(sampler, row, SignalId::source_duration, "meter"));
}

TEST_F(SamplerTest, tells_the_agents_own_figures) {
  Sampler sampler{kinds, {}, {}};
  const auto row = sample(sampler);
  EXPECT_EQ(cell(sampler, row, SignalId::agent_cpu, ""), 1000);
  EXPECT_EQ(cell(sampler, row, SignalId::agent_resident, ""), 2);
  EXPECT_EQ(cell(sampler, row, SignalId::agent_sent, ""), 3);
  EXPECT_EQ(cell(sampler, row, SignalId::spool_bytes, ""), 4);
  EXPECT_EQ(cell(sampler, row, SignalId::spool_dropped, ""), 5);
  EXPECT_EQ(cell(sampler, row, SignalId::spool_failures, ""), 6);
}

TEST_F(SamplerTest, a_source_that_is_not_there_has_its_status_and_no_columns) {
  for (const SourceStatus status :
       {SourceStatus::absent, SourceStatus::denied, SourceStatus::broken}) {
    meter_script.status = status;
    Sampler sampler{kinds, {}, {}};
    const auto row = sample(sampler);
    EXPECT_EQ(columns(sampler, SignalId::component_energy), 0U);
    EXPECT_EQ(cell(sampler, row, SignalId::source_status, "meter"), static_cast<Cell>(status));
    EXPECT_EQ(cell(sampler, row, SignalId::source_reads, "meter"), 0);
    EXPECT_EQ(cell(sampler, row, SignalId::cpu_time, "idle"), 90);
  }
}

TEST_F(SamplerTest, a_source_that_is_switched_off_is_not_even_looked_for) {
  SourceOptions options;
  options.disabled = {"meter"};
  Sampler sampler{kinds, {}, options};
  EXPECT_EQ(meter_script.discoveries, 0);
  EXPECT_EQ(cell(sampler, sample(sampler), SignalId::source_status, "meter"),
            static_cast<Cell>(SourceStatus::absent));
}

TEST_F(SamplerTest, a_reading_that_failed_leaves_its_cells_without_a_value) {
  meter_script.cells = {};
  meter_script.outcome.failures = 1;
  Sampler sampler{kinds, {}, {}};
  EXPECT_EQ(cell(sampler, sample(sampler), SignalId::component_energy, "package-0"), no_value);
}

TEST_F(SamplerTest, looks_again_every_five_minutes_and_not_in_between) {
  Sampler sampler{kinds, {}, {}};
  EXPECT_FALSE(rescan_if_due(sampler));
  EXPECT_EQ(meter_script.discoveries, 1);  // at the beginning it has just looked
  now += 299s;
  EXPECT_FALSE(sampler.rescan_due(test::at(now)));
  now += 1s;
  EXPECT_TRUE(sampler.rescan_due(test::at(now)));
  EXPECT_FALSE(rescan_if_due(sampler));  // the columns are the same
  EXPECT_EQ(meter_script.discoveries, 2);
  EXPECT_EQ(meter_script.taken_over, 1);
  EXPECT_FALSE(sampler.rescan_due(test::at(now)));
}

TEST_F(SamplerTest, a_meter_that_comes_later_has_columns_from_the_next_look_on) {
  meter_script.status = SourceStatus::absent;
  Sampler sampler{kinds, {}, {}};
  EXPECT_FALSE(rescan_if_due(sampler));
  meter_script.status = SourceStatus::found;
  now += 5min;
  EXPECT_TRUE(rescan_if_due(sampler));
  EXPECT_EQ(meter_script.taken_over, 0);  // there was none before
  const auto row = sample(sampler);
  EXPECT_EQ(cell(sampler, row, SignalId::component_energy, "package-0"), 7);
  EXPECT_EQ(cell(sampler, row, SignalId::source_status, "meter"),
            static_cast<Cell>(SourceStatus::found));
}

TEST_F(SamplerTest, a_meter_that_was_away_goes_on_from_the_totals_that_it_had) {
  Sampler sampler{kinds, {}, {}};
  EXPECT_FALSE(rescan_if_due(sampler));
  meter_script.status = SourceStatus::absent;
  now += 5min;
  EXPECT_TRUE(rescan_if_due(sampler));
  EXPECT_EQ(columns(sampler, SignalId::component_energy), 0U);
  meter_script.status = SourceStatus::found;
  now += 5min;
  EXPECT_TRUE(rescan_if_due(sampler));
  EXPECT_EQ(meter_script.taken_over, 1);
  EXPECT_EQ(columns(sampler, SignalId::component_energy), 1U);
}

TEST_F(SamplerTest, a_source_that_asks_for_it_is_looked_for_at_once_and_alone) {
  Sampler sampler{kinds, {}, {}};
  EXPECT_FALSE(rescan_if_due(sampler));
  meter_script.outcome.rescan = true;
  sample(sampler);
  meter_script.outcome.rescan = false;
  meter_script.series.push_back(test::meter("package-1", EnergyScope::cpu));
  meter_script.cells = {7, 8};
  EXPECT_TRUE(rescan_if_due(sampler));
  EXPECT_EQ(cpu_script.discoveries, 1);
  EXPECT_EQ(meter_script.discoveries, 2);
  EXPECT_EQ(meter_script.taken_over, 1);
  EXPECT_EQ(cell(sampler, sample(sampler), SignalId::component_energy, "package-1"), 8);
  EXPECT_FALSE(sampler.rescan_due(test::at(now)));
}

TEST_F(SamplerTest, a_source_that_asks_in_the_first_sample_is_not_forgotten) {
  meter_script.outcome.rescan = true;
  Sampler sampler{kinds, {}, {}};
  sample(sampler);
  meter_script.outcome.rescan = false;
  meter_script.status = SourceStatus::absent;
  EXPECT_TRUE(rescan_if_due(sampler) || rescan_if_due(sampler));
  EXPECT_EQ(columns(sampler, SignalId::component_energy), 0U);
}

TEST_F(SamplerTest, what_was_counted_of_a_source_survives_a_new_look) {
  meter_script.outcome = {1, 1, false};
  Sampler sampler{kinds, {}, {}};
  EXPECT_FALSE(rescan_if_due(sampler));
  sample(sampler);
  now += 5min;
  EXPECT_FALSE(rescan_if_due(sampler));
  const auto row = sample(sampler);
  EXPECT_EQ(cell(sampler, row, SignalId::source_reads, "meter"), 2);
  EXPECT_EQ(cell(sampler, row, SignalId::source_failures, "meter"), 2);
  EXPECT_EQ(cell(sampler, row, SignalId::discontinuities, "meter"), 2);
}

TEST_F(SamplerTest, the_longest_interval_is_that_of_the_most_impatient_source) {
  EXPECT_EQ((Sampler{kinds, {}, {}}.longest_interval()), Elapsed::max());
  cpu_script.longest = 1h;
  meter_script.longest = 60s;
  EXPECT_EQ((Sampler{kinds, {}, {}}.longest_interval()), 60s);
  meter_script.status = SourceStatus::absent;
  EXPECT_EQ((Sampler{kinds, {}, {}}.longest_interval()), 1h);
}

TEST_F(SamplerTest, energy_goes_on_from_the_run_before_and_the_rest_does_not) {
  Sampler sampler{kinds, {}, {}};
  sampler.continue_from({{"package-0", 1000}, {"user", 500}});
  EXPECT_EQ(cell(sampler, sample(sampler), SignalId::component_energy, "package-0"), no_value);
  const auto row = sample(sampler);
  EXPECT_EQ(cell(sampler, row, SignalId::component_energy, "package-0"), 1007);
  EXPECT_EQ(cell(sampler, row, SignalId::cpu_time, "user"), 10);
}

TEST_F(SamplerTest, no_two_columns_are_one_series) {
  Sampler sampler{kinds, {}, {}};
  for (std::size_t i = 0; i < sampler.series().size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_FALSE(sampler.series()[i].signal == sampler.series()[j].signal &&
                   sampler.series()[i].instance == sampler.series()[j].instance);
}

TEST_F(SamplerTest, allocates_nothing_in_its_steady_state) {
  Sampler sampler{kinds, {}, {}};
  Batcher batcher{sampler.series().size(), 6};
  const auto six_samples = [&] {
    while (!batcher.full()) {
      static_cast<void>(sampler.rescan_due(test::at(now)));
      const auto row = batcher.add(test::at(now));
      sampler.sample(test::at(now), row);
      sampler.account({}, row);
    }
    batcher.clear();
  };
  six_samples();
  const std::size_t before = test::allocations;
  six_samples();
  six_samples();
  EXPECT_EQ(test::allocations, before);
  EXPECT_GT(before, 0U);
}

}  // namespace
}  // namespace sobriety::agent
