#include "agent/source/sensors.hpp"

#include "agent/source/power_integrator.hpp"
#include "tests/support/fixture.hpp"
#include "tests/support/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sobriety::agent {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using enum SensorKind;

// Sensors whose values the test sets; an Error in place of a value fails the reading.
struct Board {
  std::vector<SensorFeature> features;
  std::vector<Result<double>> values;
  std::vector<std::string> notes;
  std::size_t reads = 0;

  std::size_t add(SensorFeature feature, double value) {
    features.push_back(std::move(feature));
    values.push_back(value);
    return values.size() - 1;
  }
};

class FakeReader final : public SensorReader {
 public:
  explicit FakeReader(Board& board) : board_(board) {}
  [[nodiscard]] std::span<const SensorFeature> features() const override { return board_.features; }
  [[nodiscard]] std::span<const std::string> notes() const override { return board_.notes; }
  [[nodiscard]] Result<double> read(std::size_t index) override {
    ++board_.reads;
    return board_.values[index];
  }

 private:
  Board& board_;
};

Discovery discover_board(Board& board, const SourceOptions& options = {}) {
  return discover_sensors(std::make_unique<FakeReader>(board), options);
}

const SensorFeature acpi_meter{"power_meter-acpi-0", "power_meter", "power1", power};
const SensorFeature gpu{"amdgpu-pci-0c00", "amdgpu", "PPT", power};
const SensorFeature board_temperature{"nct6779-isa-0290", "nct6779", "SYSTIN", temperature};

TEST(PowerIntegrator, rule_16_adds_the_trapezoid_between_two_readings) {
  PowerIntegrator meter{60s};
  EXPECT_TRUE(meter.advance(Watts{100}, 10s));
  EXPECT_EQ(meter.total(), Microjoules{0});
  EXPECT_TRUE(meter.advance(Watts{50}, 12s));
  EXPECT_EQ(meter.total(), Microjoules{150'000'000});
  EXPECT_TRUE(meter.advance(Watts{50}, 12s)) << "no time, no energy";
  EXPECT_EQ(meter.total(), Microjoules{150'000'000});
}

TEST(PowerIntegrator, rule_16_a_gap_that_is_too_long_adds_nothing) {
  PowerIntegrator meter{10s};
  meter.advance(Watts{100}, 0s);
  EXPECT_FALSE(meter.advance(Watts{100}, 11s));
  EXPECT_EQ(meter.total(), Microjoules{0});
  EXPECT_TRUE(meter.advance(Watts{100}, 21s));
  EXPECT_EQ(meter.total(), Microjoules{1'000'000'000});
}

TEST(believed, rule_16_refuses_what_no_machine_draws) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(believed(power, 0));
  EXPECT_TRUE(believed(power, 100'000));
  EXPECT_TRUE(believed(temperature, -40));
  EXPECT_THAT(believed(power, 4294967.295).error().message, HasSubstr("0xffffffff mW"));
  for (const double bad : {-1.0, 100'001.0, nan, infinity, -infinity})
    EXPECT_FALSE(believed(power, bad)) << bad;
  for (const double bad : {-1.0, 1e10, nan, infinity}) EXPECT_FALSE(believed(energy, bad)) << bad;
  for (const double bad : {-300.0, 1001.0, nan, infinity})
    EXPECT_FALSE(believed(temperature, bad)) << bad;
}

TEST(scope_of_chip, rule_16_goes_by_the_administrators_rules_and_then_by_the_table) {
  EXPECT_EQ(scope_of_chip("power_meter", {}), EnergyScope::machine);
  EXPECT_EQ(scope_of_chip("amdgpu", {}), EnergyScope::gpu);
  EXPECT_EQ(scope_of_chip("zenpower", {}), EnergyScope::cpu);
  EXPECT_EQ(scope_of_chip("ltc4245", {}), EnergyScope::other);
  EXPECT_EQ(scope_of_chip("ltc4245", {{"ltc4245", EnergyScope::machine}}), EnergyScope::machine);
}

TEST(scope_name, reads_back) {
  EXPECT_EQ(parse_scope(scope_name(EnergyScope::platform)), EnergyScope::platform);
  EXPECT_EQ(parse_scope("wall"), std::nullopt);
}

TEST(Sensors, integrates_power_and_shows_temperature) {
  Board board;
  const auto meter = board.add(acpi_meter, 75);
  const auto warmth = board.add(board_temperature, 42.125);
  Discovery found = discover_board(board);
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_EQ(found.summary, "power meters: power_meter-acpi-0/power1 (machine); 1 temperature");
  EXPECT_EQ(
      found.source->series()[0],
      (Series{SignalId::component_energy, "power_meter-acpi-0/power1", EnergyScope::machine, {}}));
  EXPECT_EQ(found.source->series()[1],
            (Series{SignalId::temperature, "nct6779-isa-0290/SYSTIN", EnergyScope::none, {}}));
  EXPECT_THAT(read_at(*found.source, 100s).cells, ElementsAre(0, 42'125));
  board.values[meter] = 85;
  board.values[warmth] = 43;
  EXPECT_THAT(read_at(*found.source, 105s).cells, ElementsAre(400'000'000, 42'125))
      << "a temperature is read every 20 s";
  EXPECT_THAT(read_at(*found.source, 120s).cells[1], 43'000);
}

TEST(Sensors, a_reading_after_a_long_gap_is_a_discontinuity_without_a_value) {
  Board board;
  board.add(acpi_meter, 100);
  Discovery found = discover_board(board);  // 5 s between samples
  read_at(*found.source, 0s);
  EXPECT_EQ(read_at(*found.source, 12s).cells[0], 1'200'000'000) << "one missed reading is bridged";
  const Reading late = read_at(*found.source, 25s);
  EXPECT_EQ(late.cells[0], no_value);
  EXPECT_EQ(late.outcome.discontinuities, 1U);
  EXPECT_EQ(read_at(*found.source, 30s).cells[0], 1'700'000'000);
}

TEST(Sensors, rule_16_a_long_interval_is_capped_at_a_minute) {
  Board board;
  board.add(acpi_meter, 100);
  SourceOptions options;
  options.interval = 60s;
  Discovery found = discover_board(board, options);
  read_at(*found.source, 0s);
  EXPECT_EQ(read_at(*found.source, 60s).cells[0], 6'000'000'000);
  EXPECT_EQ(read_at(*found.source, 121s).cells[0], no_value);
}

TEST(Sensors, rule_16_a_bad_reading_is_a_failure_without_a_value_and_the_others_go_on) {
  Board board;
  const auto meter = board.add(acpi_meter, 100);
  board.add(gpu, 30);
  Discovery found = discover_board(board);
  read_at(*found.source, 0s);
  for (const double bad : {4294967.295, -1.0, 2e5, std::numeric_limits<double>::quiet_NaN(), 0.0}) {
    board.values[meter] = bad;
    const Reading reading = read_at(*found.source, 1s);
    EXPECT_EQ(reading.by_name.at("power_meter-acpi-0/power1"), no_value) << bad;
    EXPECT_EQ(reading.by_name.at("amdgpu-pci-0c00/PPT"), 30'000'000) << bad;
    EXPECT_EQ(reading.outcome.failures, 1U) << bad;
  }
}

TEST(Sensors, rule_16_energy_counters_count_from_first_sight) {
  Board board;
  const auto counter = board.add({"energy_meter-isa-0000", "energy_meter", "Total", energy}, 500);
  board.add({"energy_meter-isa-0000", "energy_meter", "Total", power}, 40);
  Discovery found = discover_board(board);
  EXPECT_THAT(found.notes,
              ElementsAre(HasSubstr("its power is left out, its energy counter is read")));
  EXPECT_THAT(read_at(*found.source, 0s).cells, ElementsAre(0));
  board.values[counter] = 700.25;
  EXPECT_THAT(read_at(*found.source, 5s).cells, ElementsAre(200'250'000));
  board.values[counter] = 3.0;
  const Reading reset = read_at(*found.source, 10s);
  EXPECT_THAT(reset.cells, ElementsAre(no_value));
  EXPECT_EQ(reset.outcome.discontinuities, 1U);
}

TEST(Sensors, two_rails_of_one_label_stay_apart) {
  Board board;
  board.add({"multi-isa-0000", "multi", "package", power}, 50);
  board.add({"multi-isa-0000", "multi", "package", power}, 30);
  const Discovery found = discover_board(board);
  EXPECT_THAT(instances(*found.source),
              ElementsAre("multi-isa-0000/package", "multi-isa-0000/package #2"));
}

TEST(Sensors, leaves_out_single_cores_where_their_package_is_there) {
  Board board;
  board.add({"coretemp-isa-0000", "coretemp", "Package id 0", temperature}, 38);
  for (int core = 0; core < 16; ++core)
    board.add({"coretemp-isa-0000", "coretemp", "Core " + std::to_string(core), temperature}, 33);
  board.add({"coretemp-isa-0001", "coretemp", "Core 0", temperature}, 33);
  const Discovery found = discover_board(board);
  EXPECT_THAT(instances(*found.source),
              ElementsAre("coretemp-isa-0000/Package id 0", "coretemp-isa-0001/Core 0"));
  EXPECT_THAT(found.notes,
              ElementsAre("coretemp-isa-0000: 16 temperatures of single cores left out, "
                          "their package's is read"));
}

TEST(Sensors, reads_a_bounded_number_and_meters_before_temperatures) {
  Board board;
  for (int i = 0; i < 100; ++i)
    board.add({"a-isa-0000", "a", "temp" + std::to_string(i), temperature}, 20);
  board.add(gpu, 30);
  const Discovery found = discover_board(board);
  EXPECT_EQ(found.source->series().size(), 64U);
  EXPECT_EQ(found.source->series()[0].instance, "amdgpu-pci-0c00/PPT");
  EXPECT_THAT(found.notes, Contains("37 sensors left out: 64 are read at most"));
}

TEST(Sensors, a_meter_that_says_0_W_for_ever_is_not_the_machines_meter) {
  Discovery found = discover_sensors(fixture("linuxhw/hp-dl360-g7-zero-watt-meter"), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_THAT(found.notes, Contains(HasSubstr("power_meter-acpi-0/power1 left out: a meter of the "
                                              "whole machine that says 0")));
  for (const Series& series : found.source->series())
    EXPECT_EQ(series.scope, EnergyScope::none) << series.instance;
}

TEST(Sensors, finds_the_meter_of_a_captured_server) {
  Discovery found = discover_sensors(fixture("linuxhw/hp-dl360-gen9-2s"), {});
  ASSERT_EQ(found.status, SourceStatus::found);
  EXPECT_EQ(read_at(*found.source, 0s).outcome.failures, 0U);
  EXPECT_EQ(read_at(*found.source, 10s).by_name.at("power_meter-acpi-0/power1"), 750'000'000);
}

TEST(Sensors, tells_denied_broken_and_absent_apart) {
  Board empty;
  EXPECT_EQ(discover_board(empty).status, SourceStatus::absent);
  Board board;
  board.add(gpu, -1);
  EXPECT_EQ(discover_board(board).status, SourceStatus::broken);
  board.values[0] = Error{Errc::denied, "amdgpu-pci-0c00/PPT: Can't read"};
  const Discovery denied = discover_board(board);
  EXPECT_EQ(denied.status, SourceStatus::denied);
  EXPECT_THAT(denied.fix, HasSubstr("udev rule"));
}

TEST(Sensors, totals_go_on_over_a_rescan) {
  Board board;
  board.add(acpi_meter, 100);
  Discovery first = discover_board(board);
  read_at(*first.source, 0s);
  read_at(*first.source, 5s);
  Discovery second = discover_board(board);
  second.source->take_over(*first.source);
  EXPECT_EQ(read_at(*second.source, 10s).cells[0], 1'000'000'000);
}

TEST(Sensors, opens_and_closes_libsensors_on_the_machine_that_runs_this_test) {
  Discovery first = discover_sensors(Roots{}, {});
  Discovery second = discover_sensors(Roots{}, {});
  if (second.source != nullptr) {
    EXPECT_EQ(read_at(*second.source, 1s).outcome.failures, 0U);
    EXPECT_GT(read_at(*first.source, 1s).outcome.failures, 0U) << "outdated by the second";
  }
  EXPECT_NE(second.status, SourceStatus::denied);
}

}  // namespace
}  // namespace sobriety::agent
