#include "collector/report/stored.hpp"

#include "collector/report/changes.hpp"
#include "collector/report/csv.hpp"
#include "collector/report/json.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/report_input.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::report {
namespace {

using test::town;

Input with_everything() {
  Input input = town();
  input.baseline = Baseline{"2026-09", 720 * 3600, {{"Hôtel de ville", "DSI", "server", 3, 250}}};
  input.sites[0].tariff->off_peak = OffPeak{0.125, "peak"};
  input.hosts[0].bill = Bill{12.25, 3.5};
  input.hosts[0].owner = "tab\there, line\nthere and \\ there";
  return input;
}

TEST(StoredReport, reads_back_as_it_was) {
  const Input input = with_everything();
  const auto read = read_stored(stored_text(input));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read.value(), input);
}

TEST(StoredReport, of_a_town_is_as_recorded) {
  // Version 1 on disk: this file must be read for ever.
  const auto text = stored_text(town());
  EXPECT_EQ(text, test::golden("report/town.stored", text));
}

TEST(StoredReport, is_issued_again_with_the_same_bytes) {
  const Input input = with_everything();
  const Input again = read_stored(stored_text(input)).value();
  EXPECT_EQ(csv(again, make_report(again), {}), csv(input, make_report(input), {}));
  EXPECT_EQ(json(again, make_report(again)), json(input, make_report(input)));
}

TEST(StoredReport, cut_at_any_byte_is_refused) {
  Input input = town();
  input.hosts.resize(2);
  input.days.resize(1);
  const auto text = stored_text(input);
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(read_stored(std::string_view{text}.substr(0, length))) << length;
}

struct Damage {
  std::string_view from, to, says;
};
class DamagedReport : public testing::TestWithParam<Damage> {};
TEST_P(DamagedReport, is_refused_with_its_line) {
  std::string text = stored_text(town());
  const auto at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, GetParam().from.size(), GetParam().to);
  const auto read = read_stored(text);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find(GetParam().says), std::string::npos) << read.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Damages, DamagedReport,
    testing::Values(Damage{"sobriety-report\t1", "sobriety-report\t2", "has version 2"},
                    Damage{"sobriety-report\t1", "something", "line 1"},
                    Damage{"privacy\t5", "privacy\tfive", "line 4"},
                    Damage{"privacy\t5", "privacy\t-5", "line 4"},
                    Damage{"privacy\t5", "privacy\t05", "not as it was written"},
                    Damage{"\nday\t", "\nnight\t", "is not a record"},
                    Damage{"emission\t1", "emission\t9", "is not a record"},
                    Damage{"\tconfirmed\t", "\tdoubtful\t", "is not a record"},
                    Damage{"\nend\t", "\nsite\tx\t\t0\t0\t\nend\t", "not as it was written"},
                    Damage{"site\tDatacenter Nord\t1.5", "site\tDatacenter Nord\tnan",
                           "is not a record"}));

TEST(ReportChanges, of_the_same_input_are_none_whenever_it_was_issued) {
  Input later = town();
  later.issued += 86'400;
  EXPECT_TRUE(changes(town(), later).empty());
}

TEST(ReportChanges, name_the_factor_and_the_threshold_and_what_they_did) {
  Input after = town();
  after.policy_version = "abcdef";
  after.factors[0].g_per_kwh = 50;
  after.settings[0].value = "0.1";
  for (auto& host : after.hosts)
    for (auto& emission : host.emissions)
      if (emission.factor == 0) emission.mg *= 2;
  const auto list = changes(town(), after);
  const auto has = [&list](const Change& change) {
    return std::find(list.begin(), list.end(), change) != list.end();
  };
  EXPECT_TRUE(has({"policy version", "5f3c9a", "abcdef"}));
  EXPECT_TRUE(has({"factor FR annual OWID/Ember", "44.18 g/kWh, 2024, production",
                   "50 g/kWh, 2024, production"}));
  EXPECT_TRUE(has({"setting workstation.quiet.cpu_ratio", "0.05", "0.1"}));
  EXPECT_TRUE(std::any_of(list.begin(), list.end(),
                          [](const Change& change) { return change.what == "total kgco2e"; }));
}

TEST(ReportChanges, name_what_is_gone_and_what_is_new) {
  Input after = town();
  after.sites[0].tariff.reset();
  after.settings.push_back({"verdict.days", "7"});
  const auto list = changes(town(), after);
  EXPECT_NE(
      std::find(list.begin(), list.end(), Change{"tariff of Datacenter Nord", "0.2 EUR/kWh", ""}),
      list.end());
  EXPECT_NE(std::find(list.begin(), list.end(), Change{"setting verdict.days", "", "7"}),
            list.end());
}

}  // namespace
}  // namespace sobriety::collector::report
