#include "collector/report/wording.hpp"

#include "collector/report/columns.hpp"
#include "collector/report/wording_table.hpp"
#include "proto/base/text.hpp"

#include <array>
#include <chrono>
#include <cmath>

namespace sobriety::collector::report {

namespace {

constexpr std::string_view no_break = "\u00A0";
constexpr std::string_view narrow_no_break = "\u202F";
constexpr std::string_view minus = "\u2212";

constexpr std::array<std::string_view, 12> months_en{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 12> months_fr{
    "janvier", "février", "mars",      "avril",   "mai",      "juin",
    "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};

// French typography: a blank before : ; ! ? % does not break the line.
std::string typeset(std::string text) {
  for (const std::string_view mark : {" :", " ;", " !", " ?", " %"})
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 2))
      text.replace(at, 1, mark == " :" ? no_break : narrow_no_break);
  return text;
}

// A figure does not part from its unit, nor from what says what it is.
std::string glued(std::string text) {
  for (const std::string_view pair : {"} kWh", "} g/kWh", "} {", ": {"})
    for (auto at = text.find(pair); at != std::string::npos; at = text.find(pair, at + 1))
      text.replace(at + 1, 1, no_break);
  return text;
}

// Each of the texts that " + " joins, translated.
template <class Translate>
std::string joined(std::string_view text, Translate translate) {
  constexpr std::string_view between = " + ";
  std::string out;
  for (;;) {
    const auto end = text.find(between);
    out += translate(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += between;
    text.remove_prefix(end + between.size());
  }
}

template <std::size_t size>
std::string named(Language language,
                  const std::array<std::pair<std::string_view, Text>, size>& names,
                  std::string_view which) {
  for (const auto& [name, text] : names)
    if (name == which) return words(language, text);
  return std::string{which};
}

}  // namespace

std::string words(Language language, Text text, std::initializer_list<std::string_view> values) {
  const Words& row = all_words()[static_cast<std::size_t>(text)];
  const std::string shape =
      glued(language == Language::fr ? typeset(std::string{row.fr}) : std::string{row.en});
  std::string out;
  for (std::size_t at = 0; at < shape.size();) {
    if (shape[at] == '{' && at + 2 < shape.size() && shape[at + 2] == '}') {
      const auto index = static_cast<std::size_t>(shape[at + 1] - '0');
      if (index < values.size()) out += values.begin()[index];
      at += 3;
    } else {
      out += shape[at++];
    }
  }
  return out;
}

std::string role_name(Language language, std::string_view role) {
  constexpr std::array<std::pair<std::string_view, Text>, 7> names{
      {{"server", Text::role_server},
       {"workstation", Text::role_workstation},
       {"laptop", Text::role_laptop},
       {"thin", Text::role_thin},
       {"virtual", Text::role_virtual},
       {"unknown", Text::role_unknown},
       {"*", Text::role_several}}};
  return named(language, names, role);
}

std::string method_name(Language language, std::string_view method) {
  constexpr std::array<std::pair<std::string_view, Text>, 8> names{
      {{"external_meter", Text::method_external_meter},
       {"battery", Text::method_battery},
       {"rapl_psys", Text::method_rapl_psys},
       {"rapl_calibrated", Text::method_rapl_calibrated},
       {"rapl_generic", Text::method_rapl_generic},
       {"tdp_model", Text::method_tdp_model},
       {"profile", Text::method_profile},
       {"none", Text::method_none}}};
  return named(language, names, method);
}

std::string level_names(Language language, std::string_view levels) {
  constexpr std::array<std::pair<std::string_view, Text>, 3> names{
      {{"hourly", Text::level_hourly},
       {"annual", Text::level_annual},
       {"constant", Text::level_constant}}};
  return joined(levels, [&](std::string_view level) { return named(language, names, level); });
}

std::string factor_years(Language language, std::string_view years) {
  return joined(years, [&](std::string_view year) { return date(language, year); });
}

std::string number(Language language, double value, unsigned decimals) {
  std::string plain = fixed_text(value, decimals);
  const bool negative = plain.starts_with('-');
  if (negative) plain.erase(0, 1);
  const auto point = plain.find('.');
  const std::string whole = plain.substr(0, point);
  std::string out{negative ? minus : std::string_view{}};
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0)
      out += language == Language::fr ? narrow_no_break : std::string_view{","};
    out += whole[i];
  }
  if (point == std::string::npos) return out;
  out += language == Language::fr ? ',' : '.';
  return out += plain.substr(point + 1);
}

std::string amount(Language language, double value) {
  const double size = std::abs(value);
  return number(language, value, size == 0 || size >= 99.5 ? 0 : size >= 9.95 ? 1 : 2);
}

std::string percentage(Language language, double share) {
  const double percent = share * 100;
  const bool is_whole = std::abs(percent - std::round(percent)) < 0.05;
  return number(language, percent, is_whole ? 0 : 1) +
         (language == Language::fr ? std::string{narrow_no_break} + "%" : "%");
}

std::string signed_percentage(Language language, double share) {
  return (share > 0.0005 ? "+" : "") + percentage(language, share);
}

std::string date(Language language, std::string_view iso) {
  if (iso.size() != 7 && iso.size() != 10) return std::string{iso};
  const auto month = parse_number<unsigned>(iso.substr(5, 2));
  if (!month || *month < 1 || *month > 12) return std::string{iso};
  const auto& months = language == Language::fr ? months_fr : months_en;
  const std::string named = std::string{months[*month - 1]} + " " + std::string{iso.substr(0, 4)};
  if (iso.size() == 7) return named;
  const auto day = parse_number<unsigned>(iso.substr(8, 2));
  if (!day) return std::string{iso};
  return std::to_string(*day) + (language == Language::fr && *day == 1 ? "er " : " ") + named;
}

std::string date_of(Language language, std::int64_t seconds) {
  constexpr std::int64_t end_of_9999 = 253'402'300'799;
  if (seconds < 0 || seconds > end_of_9999) return std::to_string(seconds);
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds{std::chrono::seconds{seconds}})};
  const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return date(language, std::to_string(static_cast<int>(day.year())) + "-" +
                            two(static_cast<unsigned>(day.month())) + "-" +
                            two(static_cast<unsigned>(day.day())));
}

}  // namespace sobriety::collector::report
