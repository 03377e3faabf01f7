#include "collector/policy/holidays.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

// Of the table of the Institut de mécanique céleste et de calcul des éphémérides.
TEST(Easter, falls_where_the_ephemerides_have_it) {
  const Date sundays[] = {1961y / April / 2,  1998y / April / 12, 2000y / April / 23,
                          2008y / March / 23, 2011y / April / 24, 2019y / April / 21,
                          2024y / March / 31, 2025y / April / 20, 2026y / April / 5,
                          2027y / March / 28, 2028y / April / 16, 2038y / April / 25};
  for (const Date& date : sundays) EXPECT_EQ(easter(date.year()), date) << date_text(date);
}

std::vector<std::string> of_year(const Holidays& holidays, year of) {
  std::vector<std::string> dates;
  for (sys_days day{of / January / 1}; day < sys_days{(of + years{1}) / January / 1};
       day += days{1})
    if (holidays.contains(Date{day})) dates.push_back(date_text(Date{day}).substr(5));
  return dates;
}

TEST(Holidays, france_has_eleven) {
  const std::vector<std::string> expected{"01-01", "04-06", "05-01", "05-08", "05-14", "05-25",
                                          "07-14", "08-15", "11-01", "11-11", "12-25"};
  EXPECT_EQ(of_year(Holidays{HolidayRule::france}, 2026y), expected);
}

TEST(Holidays, alsace_and_moselle_have_two_more) {
  const std::vector<std::string> expected{"01-01", "04-03", "04-06", "05-01", "05-08",
                                          "05-14", "05-25", "07-14", "08-15", "11-01",
                                          "11-11", "12-25", "12-26"};
  EXPECT_EQ(of_year(Holidays{HolidayRule::alsace_moselle}, 2026y), expected);
}

TEST(Holidays, in_2008_ascension_was_on_the_first_of_may) {
  EXPECT_EQ(of_year(Holidays{HolidayRule::france}, 2008y).size(), 10U);
}

TEST(Holidays, a_list_adds_days_with_their_names) {
  Holidays holidays;
  const auto done = holidays.add_list(
      "# Belgium\n2026-07-21 Fête nationale belge\n\n2026-11-02  # a bridge\r\n", "be.txt");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(holidays.name_of(2026y / July / 21), "Fête nationale belge");
  EXPECT_TRUE(holidays.contains(2026y / November / 2));
  EXPECT_FALSE(holidays.contains(2026y / July / 14));
}

TEST(Holidays, a_list_with_a_bad_date_is_refused_with_file_and_line) {
  for (const char* bad : {"2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "14/07/2026",
                          "1969-01-01", "2101-01-01", "2026-07-14x", "-026-07-14"}) {
    Holidays holidays;
    const auto done =
        holidays.add_list("2026-01-01 fine\n" + std::string{bad} + " name\n", "h.txt");
    ASSERT_FALSE(done) << bad;
    EXPECT_EQ(done.error().message.find("h.txt:2: expected a date"), 0U) << done.error().message;
  }
}

TEST(Holidays, a_list_that_says_a_day_twice_is_refused) {
  Holidays holidays;
  const auto done = holidays.add_list("2026-01-01\n2026-01-01\n", "h.txt");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "h.txt:2: 2026-01-01 is given twice");
}

TEST(Date, the_29th_of_february_is_a_day_of_leap_years_only) {
  EXPECT_EQ(parse_date("2028-02-29"), Date{2028y / February / 29});
  EXPECT_FALSE(parse_date("2027-02-29"));
  EXPECT_FALSE(parse_date("2100-02-29"));
}

}  // namespace
}  // namespace sobriety::collector::policy
