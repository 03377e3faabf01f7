#include "collector/policy/calendar.hpp"

#include <algorithm>
#include <cassert>

namespace sobriety::collector::policy {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;

// Of metropolitan France since 1996, as the tz database has it.
constexpr std::string_view paris = "CET-1CEST,M3.5.0,M10.5.0/3";

}  // namespace

WorkWeek office_week() {
  WorkWeek week;
  for (std::size_t day = 1; day <= 5; ++day) week[day] = {{hours{7}, hours{20}}};
  return week;
}

Calendar::Calendar(std::string name, TimeZone zone, WorkWeek week, Holidays holidays)
    : name_(std::move(name)),
      zone_(std::move(zone)),
      week_(std::move(week)),
      holidays_(std::move(holidays)) {}

Calendar Calendar::standard() {
  auto zone = TimeZone::from_rule(paris);
  assert(zone);
  return {"standard", std::move(zone).value(), office_week(), Holidays{HolidayRule::france}};
}

WallTime Calendar::instant(local_days day, minutes time) const {
  return zone_.instant(LocalTime{day} + time);
}

// A day lasts from the first time that the clock shows its midnight to the first time that it shows
// the next one, which also parts the days where a clock goes back over midnight.
Date Calendar::date_at(WallTime time) const {
  auto day = floor<days>(zone_.local(floor<seconds>(time)));
  while (instant(day, minutes{0}) > time) day -= days{1};
  while (instant(day + days{1}, minutes{0}) <= time) day += days{1};
  return Date{day};
}

WallTime Calendar::begin_of(Date date) const { return instant(local_days{date}, minutes{0}); }

Calendar::Spell Calendar::spell_at(WallTime time) const {
  const Date date = date_at(time);
  const local_days day{date};
  const WallTime end = instant(day + days{1}, minutes{0});
  const auto& hours_of_day = week_[std::chrono::weekday{day}.c_encoding()];
  if (hours_of_day.empty() || holidays_.contains(date)) return {Period::off_hours, end};
  for (const WorkHours& work : hours_of_day) {
    if (const WallTime from = instant(day, work.from); time < from)
      return {Period::off_hours, from};
    if (const WallTime to = instant(day, work.to); time < to) return {Period::work, to};
  }
  return {Period::off_hours, end};
}

Calendar::Split Calendar::split(WallTime from, WallTime to) const {
  Split split;
  while (from < to) {
    const auto [period, until] = spell_at(from);
    const WallTime end = std::min(until, to);
    (period == Period::work ? split.work : split.off_hours) += end - from;
    from = end;
  }
  return split;
}

}  // namespace sobriety::collector::policy
