#include "collector/policy/posix_zone.hpp"

#include "proto/base/text.hpp"

namespace sobriety::collector::policy {

namespace {

using namespace std::chrono;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool take(std::string_view& rest, char expected) {
  if (rest.empty() || rest.front() != expected) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<unsigned> take_number(std::string_view& rest, unsigned least, unsigned most) {
  std::size_t digits = 0;
  while (digits < rest.size() && digits < 4 && is_digit(rest[digits])) ++digits;
  const auto number = parse_number<unsigned>(rest.substr(0, digits));
  if (!number || *number < least || *number > most) return std::nullopt;
  rest.remove_prefix(digits);
  return number;
}

// Three letters or more, or anything else in <>.
bool take_name(std::string_view& rest) {
  std::size_t length = 0;
  const bool quoted = take(rest, '<');
  while (length < rest.size() && (quoted ? rest[length] != '>' : is_letter(rest[length]))) ++length;
  if (length < 3 || length > 32) return false;
  rest.remove_prefix(length);
  return !quoted || take(rest, '>');
}

// [+-]hh[:mm[:ss]]
std::optional<seconds> take_time(std::string_view& rest, unsigned most_hours) {
  const bool negative = take(rest, '-');
  if (!negative) take(rest, '+');
  const auto hour = take_number(rest, 0, most_hours);
  if (!hour) return std::nullopt;
  seconds time = hours{*hour};
  if (take(rest, ':')) {
    const auto minute = take_number(rest, 0, 59);
    if (!minute) return std::nullopt;
    time += minutes{*minute};
    if (take(rest, ':')) {
      const auto second = take_number(rest, 0, 59);
      if (!second) return std::nullopt;
      time += seconds{*second};
    }
  }
  return negative ? -time : time;
}

bool take_month_week_day(std::string_view& rest, PosixZone::Day& day) {
  const auto month = take_number(rest, 1, 12);
  if (!month || !take(rest, '.')) return false;
  const auto week = take_number(rest, 1, 5);
  if (!week || !take(rest, '.')) return false;
  const auto weekday = take_number(rest, 0, 6);
  if (!weekday) return false;
  day.month = *month;
  day.week = *week;
  day.weekday = *weekday;
  return true;
}

bool take_day_number(std::string_view& rest, unsigned least, unsigned most, PosixZone::Day& day) {
  const auto number = take_number(rest, least, most);
  if (!number) return false;
  day.day = *number;
  return true;
}

// ,Mm.w.d[/time] or ,Jn[/time] or ,n[/time]
std::optional<PosixZone::Day> take_day(std::string_view& rest) {
  using Kind = PosixZone::Day::Kind;
  PosixZone::Day day;
  if (!take(rest, ',')) return std::nullopt;
  bool read = false;
  if (take(rest, 'M')) {
    read = take_month_week_day(rest, day);
  } else if (take(rest, 'J')) {
    day.kind = Kind::julian;
    read = take_day_number(rest, 1, 365, day);
  } else {
    day.kind = Kind::zero_based;
    read = take_day_number(rest, 0, 365, day);
  }
  if (!read) return std::nullopt;
  if (take(rest, '/')) {
    const auto time = take_time(rest, 167);
    if (!time) return std::nullopt;
    day.time = *time;
  }
  return day;
}

}  // namespace

local_seconds PosixZone::Day::in(year of) const {
  const local_days first{of / January / 1};
  if (kind == Kind::zero_based) return first + days{day} + time;
  if (kind == Kind::julian) {
    const bool after_leap_day = of.is_leap() && day >= 60;
    return first + days{day - 1 + (after_leap_day ? 1 : 0)} + time;
  }
  const auto in_month = of / std::chrono::month{month};
  const std::chrono::weekday on{weekday};
  if (week == 5) return local_days{in_month / on[last]} + time;
  return local_days{in_month / on[week]} + time;
}

std::optional<PosixZone> parse_posix_zone(std::string_view text) {
  PosixZone zone;
  if (!take_name(text)) return std::nullopt;
  const auto west = take_time(text, 24);
  if (!west) return std::nullopt;
  zone.offset = -*west;
  if (text.empty()) return zone;
  if (!take_name(text)) return std::nullopt;
  PosixZone::Summer summer{.offset = zone.offset + hours{1}, .begin = {}, .end = {}};
  if (!text.empty() && text.front() != ',') {
    const auto summer_west = take_time(text, 24);
    if (!summer_west) return std::nullopt;
    summer.offset = -*summer_west;
  }
  const auto begin = take_day(text);
  if (!begin) return std::nullopt;
  const auto end = take_day(text);
  if (!end || !text.empty()) return std::nullopt;
  summer.begin = *begin;
  summer.end = *end;
  zone.summer = summer;
  return zone;
}

}  // namespace sobriety::collector::policy
