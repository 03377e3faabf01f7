#include "collector/policy/holidays.hpp"

#include "proto/base/text.hpp"
#include "proto/runtime/yaml.hpp"

#include <algorithm>
#include <array>

namespace sobriety::collector::policy {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;

constexpr std::size_t most_listed = 10'000;
constexpr std::size_t most_name_bytes = 100;

struct FixedHoliday {
  std::chrono::month_day day;
  std::string_view name;
};

struct MovableHoliday {
  days after_easter;
  std::string_view name;
};

constexpr std::chrono::month_day on(unsigned month, unsigned day) {
  return {std::chrono::month{month}, std::chrono::day{day}};
}

// Code du travail, article L3133-1.
constexpr std::array fixed{
    FixedHoliday{on(1, 1), "Jour de l'An"},        FixedHoliday{on(5, 1), "Fête du Travail"},
    FixedHoliday{on(5, 8), "Victoire de 1945"},    FixedHoliday{on(7, 14), "Fête nationale"},
    FixedHoliday{on(8, 15), "Assomption"},         FixedHoliday{on(11, 1), "Toussaint"},
    FixedHoliday{on(11, 11), "Armistice de 1918"}, FixedHoliday{on(12, 25), "Noël"}};
constexpr std::array movable{MovableHoliday{days{1}, "Lundi de Pâques"},
                             MovableHoliday{days{39}, "Ascension"},
                             MovableHoliday{days{50}, "Lundi de Pentecôte"}};
// Besides, in Moselle, Bas-Rhin and Haut-Rhin: Code du travail, article L3134-13.
constexpr std::array fixed_alsace{FixedHoliday{on(12, 26), "Saint-Étienne"}};
constexpr std::array movable_alsace{MovableHoliday{days{-2}, "Vendredi saint"}};

template <std::size_t N>
std::string_view find(const std::array<FixedHoliday, N>& table, Date date) {
  const auto found = std::ranges::find(table, date.month() / date.day(), &FixedHoliday::day);
  return found == table.end() ? std::string_view{} : found->name;
}

template <std::size_t N>
std::string_view find(const std::array<MovableHoliday, N>& table, Date date) {
  const days after = sys_days{date} - sys_days{easter(date.year())};
  const auto found = std::ranges::find(table, after, &MovableHoliday::after_easter);
  return found == table.end() ? std::string_view{} : found->name;
}

}  // namespace

// The algorithm "Meeus/Jones/Butcher" (Nature, 20 April 1876; J. Meeus, Astronomical Algorithms,
// chapter 8), with its letters.
Date easter(year of) {
  const int y = static_cast<int>(of);
  const int a = y % 19;
  const int b = y / 100;
  const int c = y % 100;
  const int d = b / 4;
  const int e = b % 4;
  const int f = (b + 8) / 25;
  const int g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4;
  const int k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return {of, std::chrono::month{static_cast<unsigned>(n / 31)},
          std::chrono::day{static_cast<unsigned>(n % 31 + 1)}};
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = parse_number<unsigned>(text.substr(0, 4));
  const auto m = parse_number<unsigned>(text.substr(5, 2));
  const auto d = parse_number<unsigned>(text.substr(8, 2));
  if (!y || !m || !d || *y < 1970 || *y > 2100) return std::nullopt;
  const Date date{year{static_cast<int>(*y)}, std::chrono::month{*m}, std::chrono::day{*d}};
  if (!date.ok()) return std::nullopt;
  return date;
}

std::string date_text(Date date) {
  const auto padded = [](unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return std::to_string(static_cast<int>(date.year())) + "-" +
         padded(static_cast<unsigned>(date.month())) + "-" +
         padded(static_cast<unsigned>(date.day()));
}

void Holidays::add(Date date, std::string name) {
  const auto place = std::ranges::lower_bound(listed_, date, {}, &Listed::date);
  listed_.insert(place, {date, std::move(name)});
}

Result<void> Holidays::add_list(std::string_view text, std::string_view file) {
  std::size_t number = 0;
  const auto refuse = [&](std::string message) {
    return fail(Errc::malformed,
                std::string{file} + ":" + std::to_string(number) + ": " + std::move(message));
  };
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto word = next_word(line);
    const auto date = parse_date(word);
    const auto name = trimmed(line);
    if (!date)
      return refuse("expected a date of 1970 to 2100 such as 2026-12-24 and then a name, got '" +
                    yaml::shown(word) + "'");
    if (name.size() > most_name_bytes) return refuse("the name is longer than 100 bytes");
    if (std::ranges::find(listed_, *date, &Listed::date) != listed_.end())
      return refuse(date_text(*date) + " is given twice");
    if (listed_.size() == most_listed) return refuse("there are more than 10000 dates");
    add(*date, name.empty() ? std::string{"holiday"} : std::string{name});
  }
  return success();
}

std::string_view Holidays::name_of(Date date) const {
  const auto place = std::ranges::lower_bound(listed_, date, {}, &Listed::date);
  if (place != listed_.end() && place->date == date) return place->name;
  if (rule_ == HolidayRule::none) return {};
  if (const auto name = find(fixed, date); !name.empty()) return name;
  if (const auto name = find(movable, date); !name.empty()) return name;
  if (rule_ != HolidayRule::alsace_moselle) return {};
  const auto name = find(fixed_alsace, date);
  return name.empty() ? find(movable_alsace, date) : name;
}

}  // namespace sobriety::collector::policy
