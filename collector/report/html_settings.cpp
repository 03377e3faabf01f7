// The thresholds of a report side by side, in the reader's words; and the other settings as the
// policy names them.
#include "collector/report/html_parts.hpp"
#include "collector/report/setting_keys.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sobriety::collector::report {

namespace {

// "workstation.quiet.cpu_ratio" is the threshold "quiet.cpu_ratio" of the set "workstation".
struct Place {
  std::string_view set;
  std::size_t threshold = 0;
};

std::optional<Place> place_of(std::string_view key) {
  for (std::size_t i = 0; i < threshold_keys.size(); ++i) {
    const std::string_view name = threshold_keys[i].key;
    if (key.size() > name.size() + 1 && key.ends_with(name) &&
        key[key.size() - name.size() - 1] == '.')
      return Place{key.substr(0, key.size() - name.size() - 1), i};
  }
  return std::nullopt;
}

std::string shown(const Page& page, Unit unit, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return html_text(text);
  constexpr std::string_view no_break = "\u00A0";
  switch (unit) {
    case Unit::share:
      return percentage(page.language, value);
    case Unit::bytes_a_second:
      return number(page.language, value / 1000, std::fmod(value, 1000) == 0 ? 0 : 1) +
             std::string{no_break} + (page.language == Language::fr ? "ko/s" : "kB/s");
    case Unit::minutes:
      return number(page.language, value, 0) + std::string{no_break} + "min";
    case Unit::days:
      return number(page.language, value, 0) + std::string{no_break} +
             (page.language == Language::fr ? "j" : "d");
    case Unit::count:
      break;
  }
  return page.much(value);
}

// One column a set; sets that say the same share one.
struct Column {
  std::string name;
  std::vector<std::string> values;
};

std::vector<Column> columns_of(const Page& page) {
  std::vector<Column> sets;
  for (const Setting& setting : page.input.settings) {
    const auto place = place_of(setting.key);
    if (!place) continue;
    auto set = std::find_if(sets.begin(), sets.end(),
                            [&](const Column& of) { return of.name == place->set; });
    if (set == sets.end()) {
      sets.push_back({std::string{place->set}, std::vector<std::string>(threshold_keys.size())});
      set = std::prev(sets.end());
    }
    set->values[place->threshold] = setting.value;
  }
  std::vector<Column> columns;
  for (Column& set : sets) {
    set.name = html_text(role_name(page.language, set.name));
    const auto same = std::find_if(columns.begin(), columns.end(),
                                   [&](const Column& of) { return of.values == set.values; });
    if (same == columns.end())
      columns.push_back(std::move(set));
    else
      same->name += ", " + set.name;
  }
  return columns;
}

std::string thresholds(const Page& page) {
  const auto sets = columns_of(page);
  if (sets.empty()) return "";
  Table made{"thresholds", page.say(Text::settings_title), {page.say(Text::key)}, 1, {}};
  made.quiet = true;
  for (const Column& set : sets) made.columns.push_back(set.name);
  for (std::size_t i = 0; i < threshold_keys.size(); ++i) {
    if (std::all_of(sets.begin(), sets.end(),
                    [i](const Column& set) { return set.values[i].empty(); }))
      continue;
    auto& row = made.rows.emplace_back(1, page.say(threshold_keys[i].text));
    for (const Column& set : sets)
      row.push_back(set.values[i].empty() ? "—"
                                          : shown(page, threshold_keys[i].unit, set.values[i]));
  }
  return table(made);
}

}  // namespace

std::string settings(const Page& page) {
  if (page.input.settings.empty()) return "";
  Table made{"settings",
             page.say(Text::other_settings),
             {page.say(Text::key), page.say(Text::value)},
             1,
             {},
             false,
             false};
  for (const Setting& setting : page.input.settings) {
    if (setting.key == damaged_key || place_of(setting.key)) continue;
    const bool by_hour = setting.key == ledger_key && setting.value == ledger_by_hour;
    const bool by_day = setting.key == ledger_key && setting.value == ledger_by_day;
    made.rows.push_back({html_text(setting.key), by_hour  ? page.say(Text::ledger_by_hour)
                                                 : by_day ? page.say(Text::ledger_by_day)
                                                          : html_text(setting.value)});
  }
  std::string out = "<h3>" + page.say(Text::settings_title) + "</h3>\n" + thresholds(page);
  if (!made.rows.empty()) out += table(made);
  return out;
}

std::string damage(const Page& page) {
  for (const Setting& setting : page.input.settings)
    if (setting.key == damaged_key)
      return "<p class=\"notice\">" + page.say(Text::damaged, {html_text(setting.value)}) +
             "</p>\n";
  return "";
}

}  // namespace sobriety::collector::report
