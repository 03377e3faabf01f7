// What the formats look like; the files are in tests/golden/report.
#include "collector/report/csv.hpp"
#include "collector/report/json.hpp"
#include "collector/report/numecoeval.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/report_input.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sobriety::collector::report {
namespace {

using test::golden;
using test::town;

TEST(ReportCsv, of_a_town_is_as_recorded) {
  const auto input = town();
  const auto text = csv(input, make_report(input), {});
  EXPECT_EQ(text, golden("report/town.csv", text));
}

TEST(ReportCsv, of_a_french_spreadsheet_has_semicolons_and_decimal_commas) {
  const auto input = town();
  const auto text = csv(input, make_report(input), {';', true, true});
  EXPECT_EQ(text, golden("report/town-fr.csv", text));
}

TEST(ReportCsv, a_decimal_comma_between_commas_is_quoted) {
  const auto input = town();
  const auto text = csv(input, make_report(input), {',', true, false});
  EXPECT_NE(text.find(",\"283,500\","), std::string::npos) << text;
}

TEST(ReportCsv, every_line_has_every_column) {
  const auto input = town();
  const auto text = csv(input, make_report(input), {';', false, false});
  std::size_t lines = 0;
  for (std::size_t from = 0; from < text.size(); ++lines) {
    const auto end = text.find("\r\n", from);
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(std::count(text.begin() + static_cast<std::ptrdiff_t>(from),
                         text.begin() + static_cast<std::ptrdiff_t>(end), ';'),
              static_cast<std::ptrdiff_t>(columns().size()) - 1);
    from = end + 2;
  }
  EXPECT_EQ(lines, 1 + make_report(input).rows.size());
}

TEST(ReportColumns, have_keys_of_their_own) {
  std::set<std::string_view> keys;
  for (const Column& column : columns()) EXPECT_TRUE(keys.insert(column.key).second) << column.key;
}

struct Number {
  double value;
  unsigned decimals;
  std::string_view text;
};
class FixedText : public testing::TestWithParam<Number> {};
TEST_P(FixedText, has_its_decimals) {
  EXPECT_EQ(fixed_text(GetParam().value, GetParam().decimals), GetParam().text);
}
INSTANTIATE_TEST_SUITE_P(Numbers, FixedText,
                         testing::Values(Number{0, 0, "0"}, Number{-0.0, 2, "0.00"},
                                         Number{-0.001, 2, "0.00"}, Number{-0.01, 2, "-0.01"},
                                         Number{1234.5, 1, "1234.5"}, Number{2.5e-7, 3, "0.000"},
                                         Number{1e18, 0, "1000000000000000000"}));

TEST(ReportJson, of_a_town_is_as_recorded) {
  const auto input = town();
  const auto text = json(input, make_report(input));
  EXPECT_EQ(text, golden("report/town.json", text));
}

TEST(ReportJson, without_host_detail_names_no_exempt_host_and_no_owner) {
  auto input = town();
  input.privacy.host_detail = false;
  const auto text = json(input, make_report(input));
  EXPECT_EQ(text.find("edito-*"), std::string::npos);
  EXPECT_NE(text.find("nightly rendering"), std::string::npos);
}

TEST(NumEcoEval, of_a_town_is_as_recorded) {
  const auto text = numecoeval(town());
  EXPECT_EQ(text, golden("report/town-numecoeval.csv", text));
}

TEST(NumEcoEval, names_no_machine_that_somebody_sits_at) {
  const auto text = numecoeval(town());
  EXPECT_EQ(text.find("lt-"), std::string::npos);
  EXPECT_EQ(text.find("ec-"), std::string::npos);
  EXPECT_NE(text.find("srv-1;"), std::string::npos);
}

TEST(NumEcoEval, without_host_detail_names_none) {
  auto input = town();
  input.privacy.host_detail = false;
  EXPECT_EQ(numecoeval(input).find("srv-"), std::string::npos);
}

TEST(NumEcoEval, tells_no_energy_of_a_few_peoples_machines) {
  auto input = town();
  input.privacy.min_group_size = 10;  // there are nine laptops
  const auto text = numecoeval(input);
  EXPECT_NE(text.find(";Book 14;9;Laptop;In use;France;;;;4;;;Acme;;16;\r\n"), std::string::npos)
      << text;
}

struct Field {
  std::string_view text, field;
};
class CsvField : public testing::TestWithParam<Field> {};
TEST_P(CsvField, is_quoted_and_defused) {
  EXPECT_EQ(csv_field(GetParam().text, ';'), GetParam().field);
}
INSTANTIATE_TEST_SUITE_P(Fields, CsvField,
                         testing::Values(Field{"plain, text", "plain, text"},
                                         Field{"with;separator", "\"with;separator\""},
                                         Field{"a \"word\"", "\"a \"\"word\"\"\""},
                                         Field{"two\nlines", "\"two\nlines\""},
                                         Field{"=1+2", "'=1+2"}, Field{"-5", "'-5"},
                                         Field{"+5", "'+5"}, Field{"@x", "'@x"},
                                         Field{"=a;b", "\"'=a;b\""}, Field{"", ""}));

}  // namespace
}  // namespace sobriety::collector::report
