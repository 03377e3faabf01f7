#include "tests/support/player/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace sobriety::player {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Result<Scenario> read(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto document, yaml::parse(text, "scenario.yaml"));
  return read_scenario(document);
}

TEST(read_scenario, takes_zones_and_faults_by_time) {
  const auto scenario = read(R"(
uptime: 5m
zones:
  intel-rapl:0: {name: package-0, range: 1000, start: 999, max_power: 54.5, power: [45 for 1s, 10..20 for 2s]}
  intel-rapl-mmio:0: {name: package-0, mirrors: intel-rapl:0}
faults:
  later: {at: 20s, what: suspend, lasts: 10m}
  flips: {at: 10s, what: jump, zone: intel-rapl:0, joules: -700}
  fails: {at: 30s, what: error, path: proc/stat, error: ENODEV, lasts: 5s}
)");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario.value().uptime, 5min);
  ASSERT_EQ(scenario.value().zones.size(), 2U);
  EXPECT_EQ(scenario.value().zones[0].directory, "intel-rapl:0");
  EXPECT_EQ(scenario.value().zones[0].max_power, 54.5);
  EXPECT_EQ(scenario.value().zones[0].power.energy(3s), Microjoules{75'000'000});
  EXPECT_EQ(scenario.value().zones[1].mirrors, "intel-rapl:0");
  const auto& faults = scenario.value().faults;
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].at, 10s);
  EXPECT_EQ(std::get<Jump>(faults[0].what).joules, -700);
  EXPECT_EQ(std::get<Suspend>(faults[1].what).lasts, 10min);
  EXPECT_EQ(std::get<ReadError>(faults[2].what).error, ENODEV);
}

TEST(read_scenario, takes_nothing_at_all) {
  const auto scenario = read("");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario.value().uptime, 1000s);
  EXPECT_TRUE(scenario.value().zones.empty());
}

TEST(read_scenario, says_what_is_wrong_and_where) {
  const std::pair<const char*, const char*> rows[] = {
      {"zones: {intel-rapl:0: {name: package-0, power: [45 for ever]}}", "expected watts such as"},
      {"zones: {intel-rapl:0: {power: [45]}}", "a zone wants a name"},
      {"zones: {a:0: {name: p, mirrors: a:1}}", "directory of another zone"},
      {"faults: {flips: {at: 1s, what: jump, zone: a:0}}", "directory of one of the zones"},
      {"faults: {breaks: {at: 1s, what: explode}}", "explode"},
      {"zone: {}", "zone"},
  };
  for (const auto& [text, message] : rows) {
    const auto scenario = read(text);
    ASSERT_FALSE(scenario) << text;
    EXPECT_THAT(scenario.error().message, HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace sobriety::player
