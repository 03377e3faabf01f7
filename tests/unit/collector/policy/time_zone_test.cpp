#include "collector/policy/time_zone.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr const char* paris = "CET-1CEST,M3.5.0,M10.5.0/3";

Instants utc(year_month_day date, seconds time = 0s) { return sys_days{date} + time; }
LocalTime local(year_month_day date, seconds time = 0s) { return local_days{date} + time; }

TEST(TimeZone, a_rule_changes_in_the_hour_that_it_names) {
  const auto zone = TimeZone::from_rule(paris).value();
  EXPECT_EQ(zone.offset_at(utc(2026y / March / 29, 1h - 1s)), 1h);
  EXPECT_EQ(zone.offset_at(utc(2026y / March / 29, 1h)), 2h);
  EXPECT_EQ(zone.offset_at(utc(2026y / October / 25, 1h - 1s)), 2h);
  EXPECT_EQ(zone.offset_at(utc(2026y / October / 25, 1h)), 1h);
}

TEST(TimeZone, a_time_that_comes_twice_is_its_first_and_one_that_is_skipped_is_the_change) {
  const auto zone = TimeZone::from_rule(paris).value();
  EXPECT_EQ(zone.instant(local(2026y / October / 25, 2h + 30min)),
            utc(2026y / October / 25, 30min));
  EXPECT_EQ(zone.instant(local(2026y / March / 29, 2h + 30min)), utc(2026y / March / 29, 1h));
  EXPECT_EQ(zone.instant(local(2026y / July / 1, 12h)), utc(2026y / July / 1, 10h));
}

TEST(TimeZone, south_of_the_equator_summer_is_over_the_new_year) {
  const auto zone = TimeZone::from_rule("AEST-10AEDT,M10.1.0,M4.1.0/3").value();
  EXPECT_EQ(zone.offset_at(utc(2027y / January / 1)), 11h);
  EXPECT_EQ(zone.offset_at(utc(2026y / July / 1)), 10h);
}

TEST(TimeZone, days_of_a_rule_may_be_counted_with_and_without_the_leap_day) {
  // J60 is 1 March in every year; 59 (from 0) is 29 February in a leap year.
  const auto julian = TimeZone::from_rule("AAA0BBB,J60/0,J300/0").value();
  EXPECT_EQ(julian.offset_at(utc(2028y / February / 29, 23h)), 0h);
  EXPECT_EQ(julian.offset_at(utc(2028y / March / 1)), 1h);
  const auto zero_based = TimeZone::from_rule("AAA0BBB,59/0,300/0").value();
  EXPECT_EQ(zero_based.offset_at(utc(2028y / February / 29)), 1h);
  EXPECT_EQ(zero_based.offset_at(utc(2027y / February / 28, 23h)), 0h);
}

TEST(TimeZone, a_rule_of_summer_for_ever_has_no_winter) {  // RFC 8536, 3.3.1
  const auto zone = TimeZone::from_rule("EST5EDT,0/0,J365/25").value();
  for (auto day = utc(2026y / January / 2); day < utc(2028y / December / 31); day += days{1})
    ASSERT_EQ(zone.offset_at(day), -4h);
}

TEST(TimeZone, refuses_rules_that_are_not_whole) {
  for (const char* text :
       {"", "CET", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0/3",
        "CET-1CEST,M3.5.0,M10.5.0/3 ", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,J366,J1", "<CET-1",
        "CET-26", "CET-1CEST,M3.5.0/168,M10.5.0"})
    EXPECT_FALSE(TimeZone::from_rule(text)) << text;
}

TEST(TimeZone, the_tz_database_says_of_paris_what_the_rule_says) {
  const auto zone = TimeZone::load("Europe/Paris");
  ASSERT_TRUE(zone) << zone.error().message;
  const auto rule = TimeZone::from_rule(paris).value();
  for (auto at = utc(1997y / January / 1); at < utc(2099y / January / 1); at += 5h + 17min)
    ASSERT_EQ(zone.value().offset_at(at), rule.offset_at(at)) << at.time_since_epoch().count();
  EXPECT_EQ(zone.value().offset_at(utc(1975y / July / 1)), 1h);  // no summer time before 1976
}

TEST(TimeZone, refuses_names_that_leave_the_database_or_are_not_in_it) {
  for (const char* name : {"", "/etc/passwd", "../../etc/passwd", "Europe/Lutetia", "Europe"})
    EXPECT_FALSE(TimeZone::load(name)) << name;
  EXPECT_NE(TimeZone::load("Europe/Lutetia").error().message.find("tzdata"), std::string::npos);
}

void put(std::string& out, std::int64_t value, int width) {
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> static_cast<unsigned>(shift));
}

void put_header(std::string& out, std::uint32_t changes, std::uint32_t types) {
  out += "TZif2" + std::string(15, '\0');
  for (const std::uint32_t count : {0U, 0U, 0U, changes, types, 4U}) put(out, count, 4);
}

// Of one change, at `at` from `before` to `after`.
std::string tzif(std::int64_t at, seconds before, seconds after, const std::string& footer) {
  std::string out;
  put_header(out, 0, 1);
  out += std::string(6 + 4, '\0');
  put_header(out, 1, 2);
  put(out, at, 8);
  out += '\1';
  for (const auto offset : {before, after}) {
    put(out, offset.count(), 4);
    out += std::string(2, '\0');
  }
  return out + std::string(4, 'x') + "\n" + footer + "\n";
}

TEST(TimeZone, a_file_goes_on_with_its_rule_after_its_last_change) {
  const auto bytes = tzif(0, -3h, 1h, paris);
  const auto zone = TimeZone::from_tzif(bytes, "file").value();
  EXPECT_EQ(zone.offset_at(utc(1969y / December / 31)), -3h);
  EXPECT_EQ(zone.offset_at(utc(1970y / January / 2)), 1h);
  EXPECT_EQ(zone.offset_at(utc(2050y / July / 1)), 2h);
}

TEST(TimeZone, a_rule_that_begins_in_summer_is_in_summer) {
  const auto at = utc(2026y / July / 1).time_since_epoch().count();
  const auto zone = TimeZone::from_tzif(tzif(at, 5h, 2h, paris), "file").value();
  EXPECT_EQ(zone.offset_at(utc(2026y / June / 30)), 5h);
  EXPECT_EQ(zone.offset_at(utc(2026y / July / 2)), 2h);
  EXPECT_EQ(zone.offset_at(utc(2026y / December / 1)), 1h);
}

TEST(TimeZone, a_file_that_is_cut_anywhere_is_refused) {
  const auto bytes = tzif(0, -3h, 1h, paris);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(TimeZone::from_tzif(bytes.substr(0, length), "file")) << length;
}

TEST(TimeZone, refuses_offsets_of_more_than_a_day) {
  EXPECT_FALSE(TimeZone::from_tzif(tzif(0, 26h, 1h, paris), "file"));
  EXPECT_FALSE(TimeZone::from_tzif(tzif(0, 1h, -25h, paris), "file"));
}

}  // namespace
}  // namespace sobriety::collector::policy
