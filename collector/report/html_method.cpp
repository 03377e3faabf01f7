// How the figures came to be: the last sections of the HTML report.
#include "collector/report/html_parts.hpp"

#include <map>

namespace sobriety::collector::report {

namespace {

std::string paragraphs(const Page& page, std::initializer_list<Text> texts) {
  std::string out;
  for (const Text text : texts) out += "<p>" + page.say(text) + "</p>\n";
  return out;
}

std::string provenance(const Page& page) {
  struct OfMethod {
    std::uint32_t hosts = 0;
    Wide uj = 0, low = 0, high = 0;
  };
  std::map<std::string, OfMethod> methods;
  for (const HostMonth& host : page.input.hosts) {
    if (page.report.withheld > 0 && is_personal(host.role)) continue;
    OfMethod& of = methods[host.method.empty() ? "none" : host.method];
    ++of.hosts;
    for (const auto& of_state : host.spent)
      for (const Spent& spent : of_state) of.uj += spent.uj;
    of.low += host.uj_low;
    of.high += host.uj_high;
  }
  Table made{"methods",
             page.say(Text::provenance_table),
             {page.say(Text::method), page.say(Text::hosts), "kWh", page.say(Text::bounds)},
             1,
             {},
             false,
             true};
  for (const auto& [name, of] : methods) {
    const double all = kwh(of.uj);
    made.rows.push_back(
        {method_name(page.language, name) + " <small>" + html_text(name) + "</small>",
         page.count(of.hosts), page.much(all),
         all > 0 ? signed_percentage(page.language, kwh(of.low) / all - 1) + " / " +
                       signed_percentage(page.language, kwh(of.high) / all - 1)
                 : "—"});
  }
  return "<h3>" + page.say(Text::provenance_title) + "</h3>\n" + table(made);
}

std::string factors(const Page& page) {
  std::string out = "<h3>" + page.say(Text::factors_title) + "</h3>\n";
  if (page.input.factors.empty()) return out + "<p>" + page.say(Text::carbon_none) + "</p>\n";
  Table made{"factors",
             page.say(Text::factors_title),
             {page.say(Text::zone), page.say(Text::grams), page.say(Text::source),
              page.say(Text::year), page.say(Text::scope), page.say(Text::level)},
             1,
             {},
             false,
             false};
  made.quiet = true;
  for (const Factor& factor : page.input.factors)
    made.rows.push_back(
        {html_text(factor.zone), page.much(factor.g_per_kwh), html_text(factor.source),
         html_text(factor_years(page.language, factor.year)), html_text(factor.scope),
         html_text(level_names(page.language, factor.level))});
  return out + table(made);
}

std::string exemptions(const Page& page) {
  std::string out = "<h3>" + page.say(Text::exemptions_title) + "</h3>\n";
  if (page.input.exemptions.empty()) return out + "<p>" + page.say(Text::none_yet) + "</p>\n";
  const bool detail = page.input.privacy.host_detail;
  Table made{"exemptions",
             page.say(Text::exemptions_title),
             {page.say(Text::reason), page.say(Text::until)},
             1,
             {},
             false,
             false};
  if (detail) {
    made.columns.push_back(page.say(Text::exemption_what));
    made.columns.push_back(page.say(Text::owner));
  }
  made.quiet = true;
  for (const Exemption& exemption : page.input.exemptions) {
    auto& row = made.rows.emplace_back();
    row = {html_text(exemption.reason), page.day(exemption.until)};
    if (detail) row.insert(row.end(), {html_text(exemption.what), html_text(exemption.owner)});
  }
  return out + table(made);
}

std::string exclusions(const Page& page) {
  const Report& report = page.report;
  const std::string least = page.count(page.input.privacy.min_group_size);
  std::string out = "<h3>" + page.say(Text::exclusions_title) + "</h3>\n<ul>\n";
  const auto item = [&out](const std::string& text) { out += "<li>" + text + "</li>\n"; };
  item(page.say(Text::excluded_making));
  item(page.say(Text::excluded_devices));
  if (report.left_out > 0) item(page.say(Text::excluded_virtual, {page.count(report.left_out)}));
  item(page.say(Text::excluded_unknown,
                {page.much(report.total.hours_unknown), page.share(1 - report.total.coverage)}));
  if (report.merged > 0) item(page.say(Text::privacy_merged, {page.count(report.merged), least}));
  if (report.withheld > 0)
    item(page.say(Text::privacy_withheld, {page.count(report.withheld), least}));
  item(page.say(Text::privacy_none));
  return out + "</ul>\n";
}

}  // namespace

std::string method(const Page& page) {
  return "<h2>" + page.say(Text::method_title) + "</h2>\n<div class=\"columns\">\n" +
         paragraphs(page, {Text::method_states, Text::method_windows, Text::method_waste,
                           Text::method_energy, Text::method_carbon, Text::method_cost,
                           Text::method_year}) +
         "</div>\n" + exclusions(page) + provenance(page) + factors(page) + exemptions(page) +
         settings(page);
}

}  // namespace sobriety::collector::report
