#include "collector/policy/policy_reader.hpp"
#include "proto/base/text.hpp"

#include <algorithm>
#include <array>

namespace sobriety::collector::policy {

namespace {

using std::chrono::minutes;

struct Days {
  std::string_view name;
  std::size_t first;  // c_encoding of the weekday
  std::size_t last;
};

// Later rows win over earlier ones.
constexpr std::array names_of_days{
    Days{"every_day", 0, 6}, Days{"weekdays", 1, 5}, Days{"sunday", 0, 0},
    Days{"monday", 1, 1},    Days{"tuesday", 2, 2},  Days{"wednesday", 3, 3},
    Days{"thursday", 4, 4},  Days{"friday", 5, 5},   Days{"saturday", 6, 6}};

std::optional<minutes> parse_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = parse_number<unsigned>(text.substr(0, 2));
  const auto minute = parse_number<unsigned>(text.substr(3));
  if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
  return minutes{*hour * 60 + *minute};
}

std::optional<WorkHours> parse_hours(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = parse_clock(text.substr(0, dash));
  const auto to = parse_clock(text.substr(dash + 1));
  if (!from || !to || *from >= *to) return std::nullopt;
  return WorkHours{*from, *to};
}

std::vector<WorkHours> read_hours(yaml::Section& section, std::string_view key) {
  std::vector<std::string> texts;
  section.read(key, texts, {0, 24}, {1, 11});
  std::vector<WorkHours> hours;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto read = parse_hours(texts[i]);
    if (!read) {
      section.refuse_item(key, i,
                          "expected hours such as 07:00-20:00 (until 24:00 at most), got '" +
                              yaml::shown(texts[i]) + "'");
    } else if (!hours.empty() && read->from < hours.back().to) {
      section.refuse_item(key, i, "begins before the hours in front of it end");
    } else {
      hours.push_back(*read);
    }
  }
  return hours;
}

WorkWeek read_week(yaml::Section section) {
  WorkWeek week;
  for (const auto& [name, first, last] : names_of_days) {
    const auto hours = read_hours(section, name);
    if (!has(section, name)) continue;
    std::fill(week.begin() + static_cast<std::ptrdiff_t>(first),
              week.begin() + static_cast<std::ptrdiff_t>(last) + 1, hours);
  }
  return week;
}

Holidays read_holidays(yaml::Section& section, const Reading& reading) {
  HolidayRule rule = HolidayRule::none;
  section.read("holidays", rule, holiday_rules);
  Holidays holidays{rule};
  if (const auto list = reading.file(section, "holidays_file")) {
    const auto added = holidays.add_list(list->content, list->name);
    if (!added) section.refuse("holidays_file", added.error().message);
  }
  std::vector<std::string> days_off;
  section.read("days_off", days_off, {0, 1000}, {1, 10});
  for (std::size_t i = 0; i < days_off.size(); ++i) {
    if (const auto date = parse_date(days_off[i])) {
      holidays.add(*date, "day off");
    } else {
      section.refuse_item(
          "days_off", i,
          "expected a date such as 2026-12-24, got '" + yaml::shown(days_off[i]) + "'");
    }
  }
  return holidays;
}

std::optional<Calendar> read_calendar(yaml::Section section, const std::string& name,
                                      const Reading& reading) {
  std::string zone_name = "Europe/Paris";
  section.read("time_zone", zone_name, {1, 64});
  const bool has_week = has(section, "work");
  WorkWeek week = read_week(section.section("work"));
  if (!has_week) week = office_week();
  Holidays holidays = read_holidays(section, reading);
  auto zone = TimeZone::load(zone_name, reading.files.zones);
  if (!zone) {
    section.refuse("time_zone", zone.error().message);
    return std::nullopt;
  }
  return Calendar{name, std::move(zone).value(), std::move(week), std::move(holidays)};
}

}  // namespace

Named<std::shared_ptr<const Calendar>> read_calendars(yaml::Section section,
                                                      const Reading& reading) {
  Named<std::shared_ptr<const Calendar>> calendars;
  // Besides what the file has: what is used without a file.
  calendars["standard"] = std::make_shared<Calendar>(Calendar::standard());
  for (const std::string& name : section.keys()) {
    auto calendar = read_calendar(section.section(name), name, reading);
    if (calendar) calendars[name] = std::make_shared<Calendar>(std::move(*calendar));
  }
  return calendars;
}

}  // namespace sobriety::collector::policy
