// Public holidays: computed ones of France, and lists of dates for everything else.
#pragma once

#include "proto/base/result.hpp"
#include "proto/runtime/choice.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::policy {

using Date = std::chrono::year_month_day;

enum class HolidayRule : std::uint8_t { none, france, alsace_moselle };

inline constexpr std::array<Choice<HolidayRule>, 3> holiday_rules{
    {{"none", HolidayRule::none},
     {"france", HolidayRule::france},
     {"alsace_moselle", HolidayRule::alsace_moselle}}};

// Easter Sunday of the Gregorian calendar (years 1583 to 4099).
[[nodiscard]] Date easter(std::chrono::year year);

// "2026-07-14", a day that exists, of the years 1970 to 2100.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);
[[nodiscard]] std::string date_text(Date date);

class Holidays {
 public:
  explicit Holidays(HolidayRule rule = HolidayRule::none) : rule_(rule) {}

  void add(Date date, std::string name);
  // A text of lines "2026-12-24 name"; `#` begins a comment. An error names file and line.
  [[nodiscard]] Result<void> add_list(std::string_view text, std::string_view file);

  // Its name; empty: `date` is none.
  [[nodiscard]] std::string_view name_of(Date date) const;
  [[nodiscard]] bool contains(Date date) const { return !name_of(date).empty(); }

 private:
  struct Listed {
    Date date;
    std::string name;
  };

  HolidayRule rule_;
  std::vector<Listed> listed_;  // by date
};

}  // namespace sobriety::collector::policy
