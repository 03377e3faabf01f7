#include "collector/policy/csv.hpp"

#include "collector/policy/timestamp.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::policy {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// The columns, then the rows.
Result<Rows> read(std::string_view text, const CsvLimits& limits = {}) {
  BOOST_OUTCOME_TRY(auto csv, Csv::open(text, "t.csv", limits));
  Rows rows{csv.columns()};
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, csv.next());
    if (!more) return rows;
    rows.emplace_back();
    for (std::size_t i = 0; i < csv.columns().size(); ++i) rows.back().push_back(csv[i]);
  }
}

std::string error_of(std::string_view text, const CsvLimits& limits = {}) {
  const auto rows = read(text, limits);
  return rows ? "" : rows.error().message;
}

TEST(Csv, reads_what_programs_write) {
  struct Case {
    const char* sentence;
    std::string_view text;
    Rows rows;
  };
  const Case cases[] = {
      {"commas", "a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"semicolons", "a;b\n1,5;2\n", {{"a", "b"}, {"1,5", "2"}}},
      {"tabs", "a\tb\n1\t2", {{"a", "b"}, {"1", "2"}}},
      {"a byte-order mark and CRLF",
       "\xEF\xBB\xBF"
       "a,b\r\n1,2\r\n",
       {{"a", "b"}, {"1", "2"}}},
      {"blank lines", "\na,b\n\n1,2\n\r\n\n", {{"a", "b"}, {"1", "2"}}},
      {"one column", "a\n1\n2\n", {{"a"}, {"1"}, {"2"}}},
      {"empty fields", "a,b,c\n,,\n", {{"a", "b", "c"}, {"", "", ""}}},
      {"quotes", "a,b\n\"x,y\",\"say \"\"ho\"\"\"\n", {{"a", "b"}, {"x,y", "say \"ho\""}}},
      {"quoted lines", "a,b\n\"1\n2\",3\n4,5\n", {{"a", "b"}, {"1\n2", "3"}, {"4", "5"}}},
      {"separators in quotes of the first line",
       "\"a,b,c\";d\n1;2\n",
       {{"a,b,c", "d"}, {"1", "2"}}},
      {"GLPI ends each line with a separator",
       "\"a\";\"b\";\n\"1\";\"2\";\n",
       {{"a", "b"}, {"1", "2"}}},
      {"only columns", "a,b\n", {{"a", "b"}}},
  };
  for (const auto& [sentence, text, rows] : cases) {
    const auto got = read(text);
    ASSERT_TRUE(got) << sentence << ": " << got.error().message;
    EXPECT_EQ(got.value(), rows) << sentence;
  }
}

TEST(Csv, refuses_what_makes_no_sense_with_file_and_line) {
  struct Case {
    std::string_view text;
    const char* error;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"", "t.csv:1: is empty"},
      {"\n\n", "t.csv:3: is empty"},
      {"a,b\n1\n", "t.csv:2: expected 2 fields, as there are columns, got 1"},
      {"a,b\n\n1,2,3\n", "t.csv:3: expected 2 fields"},
      {"a;b;\n1;2;3\n", "t.csv:2: expected 2 fields"},
      {"a,,b\n", "t.csv:1: a column has no name"},
      {"a,b,a\n", "t.csv:1: the column 'a' is there twice"},
      {"a,b\n1,x\"y\n", "t.csv:2: a quote in a field that does not begin with one"},
      {"a,b\n1,\"x\"y\n", "t.csv:2: text behind the quote"},
      {"a,b\n1,2\n3,\"x\n\n", "t.csv:3: a quoted field does not end"},
      {"a,b\n1,\r2\n", "t.csv:2: a carriage return inside a line"},
      {"a,b\n1,\xE9t\xE9\n", "t.csv:2: holds a byte that is no text in UTF-8"},
      {"a,b\n1,\0\n"sv, "t.csv:2: holds a byte that is no text"},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(error_of(text).find(error), 0U) << text << " gave " << error_of(text);
}

TEST(Csv, holds_to_its_limits) {
  const CsvLimits limits{.columns = 3, .field_bytes = 4, .rows = 2};
  EXPECT_EQ(error_of("a,b,c\n1234,2,3\n1,2,3\n", limits), "");
  EXPECT_EQ(error_of("a,b,c,d\n", limits), "t.csv:1: there are more than 3 columns");
  EXPECT_EQ(error_of("a\n12345\n", limits), "t.csv:2: a field is too long");
  EXPECT_EQ(error_of("a\n\"12345\"\n", limits),
            "t.csv:2: a field is too long, or a quote is missing");
  EXPECT_EQ(error_of("a\n1\n2\n3\n", limits), "t.csv:4: there are more than 2 rows");
}

TEST(Csv, names_an_unknown_column_and_those_that_are_known) {
  const auto csv = Csv::open("time,prise\n", "t.csv").value();
  constexpr std::array<std::string_view, 2> known{"time", "price"};
  EXPECT_EQ(csv.allow_only(known).error().message,
            "t.csv:1: unknown column 'prise'; expected 'time', 'price'");
  EXPECT_EQ(csv.column({&known[1], 1}).error().message,
            "t.csv: has no column 'price'; its columns are 'time', 'prise'");
}

TEST(Csv, numbers_may_have_a_decimal_comma_where_it_separates_nothing) {
  const auto first = [](std::string_view text) {
    auto csv = Csv::open(text, "t.csv").value();
    EXPECT_TRUE(csv.next().value());
    return csv.number(0);
  };
  EXPECT_EQ(first("a;b\n1,5;x\n"), 1.5);
  EXPECT_EQ(first("a;b\n1.5;x\n"), 1.5);
  EXPECT_EQ(first("a,b\n\"1,5\",x\n"), std::nullopt);
  for (const char* bad :
       {"a\nnan\n", "a\ninf\n", "a\n1e999\n", "a\n0x10\n", "a;b\n1,5,5;x\n", "a\n1 5\n"})
    EXPECT_EQ(first(bad), std::nullopt) << bad;
}

TEST(Timestamp, is_read_in_the_forms_that_files_have) {
  for (const char* text : {"2026-07-14T06:30:00Z", "2026-07-14 06:30:00", "2026-07-14T06:30Z",
                           "2026-07-14T08:30:00+02:00", "2026-07-14T08:30:00+0200",
                           "2026-07-14 06:30:00 UTC", "2026-07-14T01:00-05:30"}) {
    const auto time = parse_timestamp(text, WithoutOffset::is_utc);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(timestamp_text(*time), "2026-07-14T06:30Z") << text;
  }
}

TEST(Timestamp, refuses_what_is_no_time) {
  for (const char* text :
       {"", "2026-07-14", "2026-07-14T", "2026-07-14T24:00Z", "2026-07-14T06:60Z",
        "2026-02-30T06:00Z", "2026-07-14T06:30:61Z", "2026-07-14T06:30z", "2026-07-14T06:30+2",
        "2026-07-14T06:30+15:00", "2026-07-14X06:30", "2026-07-14T-1:30", "2026-07-14T06:30:00 CET",
        "14/07/2026 06:30"})
    EXPECT_FALSE(parse_timestamp(text, WithoutOffset::is_utc)) << text;
  EXPECT_FALSE(parse_timestamp("2026-07-14T06:30", WithoutOffset::is_refused));
}

}  // namespace
}  // namespace sobriety::collector::policy
