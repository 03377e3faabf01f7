// A month on the calendar and in the ledger's hours: where it begins and ends, which day each of
// its hours is of, which nights and weekends lie in it, and which factor each hour has. Pure.
#pragma once

#include "collector/fleet/figures.hpp"
#include "collector/policy/calendar.hpp"
#include "collector/policy/carbon.hpp"
#include "collector/report/input.hpp"
#include "proto/base/result.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::report {

// "2026-10".
[[nodiscard]] Result<std::chrono::year_month> parse_month(std::string_view text);
[[nodiscard]] std::string month_text(std::chrono::year_month month);

struct MonthHours {
  Period period;
  Hour from{}, to{};                 // whole hours of UTC; to: excluded, the end of what has been
  std::vector<std::string> days;     // YYYY-MM-DD, in order
  std::vector<std::uint8_t> day_of;  // index into days of each hour

  [[nodiscard]] std::size_t size() const { return day_of.size(); }
};

// The month on the clock of `zone`; a zone that is off UTC by less than a whole hour begins with
// the first whole hour. An error where the month has not begun `now`.
[[nodiscard]] Result<MonthHours> hours_of(std::chrono::year_month month,
                                          const policy::TimeZone& zone, std::string_view zone_name,
                                          WallTime now);

// A stretch outside working hours that lies in the period as a whole: a night if it is shorter than
// a day, else a weekend or holidays. Its hours are those that lie in it as a whole.
struct Window {
  bool weekend = false;
  std::size_t from = 0, to = 0;  // hours of the month, [from, to)
};
[[nodiscard]] std::vector<Window> windows_of(const MonthHours& month,
                                             const policy::Calendar& calendar);

// What a host was in each hour of the month, as far as windows ask.
struct HourUse {
  std::int32_t on_ms = 0;
  std::int32_t known_ms = 0;
};
// On: for more than 30 minutes of a window. Known: on, or known for half of it.
struct WindowCount {
  Windows nights, weekends;
};
[[nodiscard]] WindowCount count_windows(const std::vector<Window>& windows,
                                        const std::vector<HourUse>& hours);

// The factors that hours of the period have, each once, and which one each hour of a zone has.
class FactorTable {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct OfHour {
    std::uint32_t factor = none;  // index into factors()
    double g_per_kwh = 0;
  };

  explicit FactorTable(const MonthHours& month) : month_(month) {}

  // One for each hour of the month. `zone` stays where it is.
  const std::vector<OfHour>& of(const policy::CarbonZone& zone);
  // Of what was asked for; of an hourly series with its mean.
  [[nodiscard]] const std::vector<Factor>& factors() const { return factors_; }

 private:
  std::uint32_t index_of(const policy::CarbonZone& zone, const policy::Factor& factor);

  const MonthHours& month_;
  std::map<const policy::CarbonZone*, std::vector<OfHour>> zones_;
  std::vector<Factor> factors_;
};

}  // namespace sobriety::collector::report
