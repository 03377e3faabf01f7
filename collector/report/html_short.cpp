// The key figures and the charts of the HTML report.
#include "collector/report/chart.hpp"
#include "collector/report/html_parts.hpp"
#include "collector/report/privacy.hpp"

#include <algorithm>

namespace sobriety::collector::report {

namespace {

std::string card(const std::string& name, const std::string& figure, const std::string& unit,
                 const std::string& note) {
  return "<div><dt>" + name + "</dt><dd class=\"figure\">" + figure +
         (unit.empty() ? "" : " <span class=\"unit\">" + unit + "</span>") +
         "</dd><dd class=\"note\">" + note + "</dd></div>\n";
}

std::string energy_card(const Page& page) {
  const Row& all = page.report.total;
  return card(page.say(Text::energy), page.much(all.kwh), "kWh",
              page.say(Text::energy_note, {page.much(all.kwh_low), page.much(all.kwh_high),
                                           page.share(all.measured)}));
}

std::string avoidable_card(const Page& page) {
  const Row& all = page.report.total;
  const std::string part =
      page.share(all.kwh > 0 ? std::optional{all.kwh_avoidable / all.kwh} : std::nullopt);
  const std::string note =
      all.cost_avoidable_year
          ? page.say(Text::avoidable_cost_note,
                     {part, page.much(*all.cost_avoidable_year), html_text(all.currency)})
          : page.say(Text::avoidable_note, {part});
  return card(page.say(Text::avoidable), page.much(all.kwh_avoidable), "kWh", note);
}

std::string carbon_card(const Page& page) {
  const Row& all = page.report.total;
  if (!all.co2e_kg) return card(page.say(Text::carbon), "—", "", page.say(Text::carbon_none));
  const bool whole = all.factor_coverage > 0.9995;
  return card(page.say(Text::carbon), page.much(*all.co2e_kg), "kgCO₂e",
              page.say(whole ? Text::carbon_note : Text::carbon_part_note,
                       {page.much(*all.g_per_kwh), html_text(all.factor_source),
                        html_text(factor_years(page.language, all.factor_year)),
                        page.share(all.factor_coverage)}));
}

double kwh_of(std::int64_t uj) { return static_cast<double>(uj) / 3.6e12; }

std::string days_chart(const Page& page) {
  const auto& days = page.input.days;
  // Where people's machines are too few to be shown, the days would tell of them.
  if (days.empty() || page.report.withheld > 0) return "<p>" + page.say(Text::days_none) + "</p>\n";
  Chart chart;
  chart.id = "days";
  chart.parts = {{"use", page.say(Text::active)},
                 {"idlework", page.say(Text::idle_work)},
                 {"waste", page.say(Text::idle_off)},
                 {"off", page.say(Text::rest)}};
  const auto sum = [](const Day& day) {
    return kwh_of(day.uj_active) + kwh_of(day.uj_idle_work) + kwh_of(day.uj_idle_off) +
           kwh_of(day.uj_rest);
  };
  Table data{"days-table", page.say(Text::days_title), {page.say(Text::day)}, 1, {}, false, true};
  for (const Part& part : chart.parts) data.columns.push_back(part.name + " (kWh)");
  for (const Day& day : days) {
    Bar& bar = chart.bars.emplace_back();
    bar.values = {kwh_of(day.uj_active), kwh_of(day.uj_idle_work), kwh_of(day.uj_idle_off),
                  kwh_of(day.uj_rest)};
    const auto of_month = day.date.size() == 10 ? day.date.substr(8) : day.date;
    bar.label = html_text(of_month.starts_with('0') ? of_month.substr(1) : of_month);
    auto& row = data.rows.emplace_back(1, page.day(day.date));
    for (const double value : bar.values) row.push_back(page.much(value));
  }
  const auto [least, most] = std::minmax_element(
      days.begin(), days.end(), [&](const Day& a, const Day& b) { return sum(a) < sum(b); });
  chart.title = page.say(Text::days_title);
  chart.description = page.say(
      Text::days_alternative,
      {page.much(sum(*least)), page.day(least->date), page.much(sum(*most)), page.day(most->date)});
  chart.number = [&page](double value, unsigned decimals) {
    return number(page.language, value, decimals);
  };
  chart.unit = "kWh";
  return "<figure>\n" + columns_chart(chart) + "<figcaption>" + legend(chart) +
         "</figcaption>\n</figure>\n<details><summary>" + page.say(Text::days_data) +
         "</summary>\n" + table(data) + "</details>\n";
}

std::string time_chart(const Page& page) {
  Chart chart;
  chart.id = "time";
  chart.parts = {{"use", page.say(Text::active)},        {"idlework", page.say(Text::idle)},
                 {"unjudged", page.say(Text::unjudged)}, {"sleep", page.say(Text::suspended)},
                 {"off", page.say(Text::off)},           {"unknown", page.say(Text::unknown)}};
  std::string said;
  for (const Row& role : page.report.roles) {
    Bar& bar = chart.bars.emplace_back();
    bar.label = html_text(role_name(page.language, role.role));
    bar.values = {role.hours_active,    role.hours_idle, role.hours_unjudged,
                  role.hours_suspended, role.hours_off,  role.hours_unknown};
    double all = 0;
    for (const double hours : bar.values) all += hours;
    if (all <= 0) continue;
    said += (said.empty() ? "" : " ") + bar.label + ": ";
    for (std::size_t i = 0; i < bar.values.size(); ++i)
      if (bar.values[i] > 0)
        said += chart.parts[i].name + " " + page.share(bar.values[i] / all) + ", ";
    said.replace(said.size() - 2, 2, ".");
  }
  chart.title = page.say(Text::time_title);
  chart.description = page.say(Text::time_alternative, {said});
  return "<figure>\n" + bars_chart(chart, true) + "<figcaption>" + legend(chart) +
         "</figcaption>\n</figure>\n";
}

std::string where_chart(const Page& page) {
  std::vector<const Row*> most;
  for (const Row& row : page.report.rows)
    if (row.kwh_avoidable > 0) most.push_back(&row);
  if (most.empty()) return "<p>" + page.say(Text::where_none) + "</p>\n";
  std::stable_sort(most.begin(), most.end(),
                   [](const Row* a, const Row* b) { return a->kwh_avoidable > b->kwh_avoidable; });
  constexpr std::size_t shown = 10;
  most.resize(std::min(most.size(), shown));
  Chart chart;
  chart.id = "where";
  chart.parts = {{"waste", page.say(Text::avoidable)}};
  std::string said;
  for (const Row* row : most) {
    Bar& bar = chart.bars.emplace_back();
    const std::string& of =
        row->department.empty() || row->department == several ? row->site : row->department;
    bar.label = html_text(shortened(of)) + ", " + html_text(role_name(page.language, row->role));
    bar.values = {row->kwh_avoidable};
    bar.end = page.much(row->kwh_avoidable) + "\u00A0kWh";
    said += (said.empty() ? "" : "; ") + bar.label + " " + bar.end;
  }
  chart.title = page.say(Text::where_title);
  chart.description = page.say(Text::where_alternative, {said});
  return "<figure>\n" + bars_chart(chart, false) + "</figure>\n";
}

}  // namespace

std::string in_short(const Page& page) {
  const Row& all = page.report.total;
  std::string out = "<h2>" + page.say(Text::in_short) + "</h2>\n<p class=\"lead\">";
  if (all.kwh_wasted > 0 && all.kwh > 0)
    out += page.say(Text::sentence_waste,
                    {page.much(100 * all.kwh_wasted / all.kwh), page.much(all.kwh_avoidable)});
  else
    out += page.say(Text::sentence_no_waste);
  out +=
      "</p>\n<dl class=\"cards\">\n" + energy_card(page) + avoidable_card(page) + carbon_card(page);
  out += card(page.say(Text::night_on), page.share(page.report.nights), "",
              page.say(Text::night_on_note, {page.share(page.report.weekends)}));
  std::uint32_t servers = 0;
  for (const Row& role : page.report.roles)
    if (role.role == "server") servers = role.hosts;
  out += card(page.say(Text::servers_quiet),
              page.count(std::uint64_t{all.underused} + all.comatose), "",
              page.say(Text::servers_quiet_note,
                       {page.count(all.underused), page.count(all.comatose), page.count(servers)}));
  out += card(page.say(Text::coverage), page.share(all.coverage), "",
              page.say(Text::coverage_note, {page.much(all.hours_unknown)}));
  return out + "</dl>\n";
}

std::string charts(const Page& page) {
  return "<h2>" + page.say(Text::days_title) + "</h2>\n" + days_chart(page) + "<h2>" +
         page.say(Text::time_title) + "</h2>\n" + time_chart(page) + "<h2>" +
         page.say(Text::where_title) + "</h2>\n" + where_chart(page);
}

}  // namespace sobriety::collector::report
