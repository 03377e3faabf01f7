#include "collector/report/month.hpp"

#include "proto/base/text.hpp"

#include <algorithm>
#include <cstdio>

namespace sobriety::collector::report {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::int32_t on_enough_ms = 30 * 60 * 1000;

std::string day_name(std::chrono::year_month_day day) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

// The first whole hour at or after midnight of `day` on the clock of `zone`.
Hour begin_of(std::chrono::year_month_day day, const policy::TimeZone& zone) {
  return std::chrono::ceil<hours>(zone.instant(policy::LocalTime{std::chrono::local_days{day}}));
}

std::int64_t seconds(Hour hour) {
  return std::chrono::duration_cast<std::chrono::seconds>(hour.time_since_epoch()).count();
}

}  // namespace

Result<std::chrono::year_month> parse_month(std::string_view text) {
  const auto wrong = [&] {
    return fail(Errc::malformed,
                "expected a month such as 2026-10, got '" + std::string{text.substr(0, 40)} + "'");
  };
  if (text.size() != 7 || text[4] != '-') return wrong();
  const auto year = parse_number<unsigned>(text.substr(0, 4));
  const auto month = parse_number<unsigned>(text.substr(5));
  if (!year || !month || *year < 1970 || *year > 9998 || *month < 1 || *month > 12) return wrong();
  return std::chrono::year{static_cast<int>(*year)} / std::chrono::month{*month};
}

std::string month_text(std::chrono::year_month month) { return day_name(month / 1).substr(0, 7); }

Result<MonthHours> hours_of(std::chrono::year_month month, const policy::TimeZone& zone,
                            std::string_view zone_name, WallTime now) {
  MonthHours made;
  const Hour end = begin_of((month + std::chrono::months{1}) / 1, zone);
  made.from = begin_of(month / 1, zone);
  made.to = std::min(end, std::chrono::floor<hours>(now));
  if (made.to <= made.from)
    return fail(Errc::absent, month_text(month) + " has not begun; name a month that has");
  for (Hour hour = made.from; hour < made.to; hour += hours{1}) {
    const std::string day =
        day_name(std::chrono::year_month_day{std::chrono::floor<days>(zone.local(hour))});
    if (made.days.empty() || made.days.back() != day) made.days.push_back(day);
    made.day_of.push_back(static_cast<std::uint8_t>(made.days.size() - 1));
  }
  made.period = {month_text(month),  made.days.front(), made.days.back(), std::string{zone_name},
                 seconds(made.from), seconds(made.to),  made.to == end};
  return made;
}

std::vector<Window> windows_of(const MonthHours& month, const policy::Calendar& calendar) {
  std::vector<Window> windows;
  const auto index = [&month](Hour hour) {
    return static_cast<std::size_t>((hour - month.from).count());
  };
  WallTime off_from{};
  bool off = false;
  bool whole = false;  // the stretch began within the period
  const WallTime end{month.to};
  for (WallTime time{month.from}; time < end;) {
    const auto [period, until] = calendar.spell_at(time);
    const bool now_off = period == policy::Period::off_hours;
    if (now_off && !off) {
      off_from = time;
      whole = time != WallTime{month.from};
    }
    if (!now_off && off && whole) {
      const Hour from = std::chrono::ceil<hours>(off_from);
      const Hour to = std::chrono::floor<hours>(time);
      if (to > from) windows.push_back({time - off_from >= days{1}, index(from), index(to)});
    }
    off = now_off;
    if (until <= time) break;  // a calendar goes on; this one would never end
    time = until;
  }
  return windows;
}

WindowCount count_windows(const std::vector<Window>& windows, const std::vector<HourUse>& use) {
  WindowCount count;
  for (const Window& window : windows) {
    std::int64_t on = 0;
    std::int64_t known = 0;
    for (std::size_t i = window.from; i < std::min(window.to, use.size()); ++i) {
      on += use[i].on_ms;
      known += use[i].known_ms;
    }
    const bool is_on = on > on_enough_ms;
    const auto length = static_cast<std::int64_t>(window.to - window.from) * 3'600'000;
    if (!is_on && known * 2 < length) continue;
    Windows& of = window.weekend ? count.weekends : count.nights;
    ++of.known;
    of.on += is_on ? 1 : 0;
  }
  return count;
}

const std::vector<FactorTable::OfHour>& FactorTable::of(const policy::CarbonZone& zone) {
  const auto [place, fresh] = zones_.try_emplace(&zone);
  if (!fresh) return place->second;
  std::map<std::uint32_t, std::pair<double, std::size_t>> means;
  for (std::size_t i = 0; i < month_.size(); ++i) {
    OfHour& of = place->second.emplace_back();
    const auto factor = zone.factor_at(WallTime{month_.from + hours{i}});
    if (!factor) continue;
    of = {index_of(zone, *factor), factor->grams_per_kwh};
    auto& [sum, count] = means[of.factor];
    sum += of.g_per_kwh;
    ++count;
  }
  for (const auto& [factor, mean] : means)
    if (factors_[factor].level == to_string(policy::FactorLevel::hourly))
      factors_[factor].g_per_kwh = mean.first / static_cast<double>(mean.second);
  return place->second;
}

std::uint32_t FactorTable::index_of(const policy::CarbonZone& zone, const policy::Factor& factor) {
  Factor made;
  made.zone = zone.name();
  made.source = factor.provenance ? factor.provenance->source : "";
  made.scope = factor.provenance ? factor.provenance->scope : "";
  made.level = to_string(factor.level);
  made.g_per_kwh = factor.grams_per_kwh;
  made.year = factor.level == policy::FactorLevel::hourly ? month_.period.month
                                                          : std::to_string(factor.year);
  const auto same = [&made](const Factor& other) {
    return other.zone == made.zone && other.source == made.source && other.year == made.year &&
           other.scope == made.scope && other.level == made.level;
  };
  const auto known = std::find_if(factors_.begin(), factors_.end(), same);
  if (known == factors_.end()) {
    factors_.push_back(std::move(made));
    return static_cast<std::uint32_t>(factors_.size() - 1);
  }
  return static_cast<std::uint32_t>(known - factors_.begin());
}

}  // namespace sobriety::collector::report
