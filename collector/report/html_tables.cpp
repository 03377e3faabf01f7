// The tables, the comparison and the advice of the HTML report.
#include "collector/report/html_parts.hpp"

#include <algorithm>

namespace sobriety::collector::report {

namespace {

std::vector<std::string> heads(const Page& page, const Row& row) {
  return {html_text(row.site), html_text(row.department),
          html_text(role_name(page.language, row.role))};
}

// A table of the rows, the roles and the total; `cells` gives what is behind the three heads.
template <class Cells>
std::string rows_table(const Page& page, std::string id, Text caption,
                       std::vector<std::string> columns, std::vector<std::size_t> texts,
                       Cells cells) {
  Table made{std::move(id), page.say(caption), {}, 3, {}, true, true, std::move(texts)};
  made.columns = {page.say(Text::site), page.say(Text::department), page.say(Text::role)};
  made.columns.insert(made.columns.end(), columns.begin(), columns.end());
  const auto add = [&](const Row& row, std::vector<std::string> line) {
    const std::vector<std::string> behind = cells(row);
    line.insert(line.end(), behind.begin(), behind.end());
    made.rows.push_back(std::move(line));
  };
  for (const Row& row : page.report.rows) add(row, heads(page, row));
  add(page.report.total, {page.say(Text::total), "", ""});
  return table(made);
}

std::string energy_table(const Page& page) {
  return rows_table(page, "energy", Text::energy_table,
                    {page.say(Text::hosts), "kWh", page.say(Text::measured), page.say(Text::wasted),
                     page.say(Text::avoidable) + " (kWh)", page.say(Text::per_workstation),
                     page.say(Text::per_head), page.say(Text::room), page.say(Text::change)},
                    {}, [&page](const Row& row) -> std::vector<std::string> {
                      return {page.count(row.hosts),
                              page.much(row.kwh) + "<br><small>" + page.much(row.kwh_low) + " – " +
                                  page.much(row.kwh_high) + "</small>",
                              page.share(row.measured),
                              page.much(row.kwh_wasted),
                              page.much(row.kwh_avoidable),
                              page.much(row.kwh_workstation_year),
                              page.much(row.kwh_head_year),
                              page.much(row.kwh_room),
                              page.change(row.change)};
                    });
}

std::string time_table(const Page& page) {
  return rows_table(
      page, "time-table", Text::time_table,
      {page.say(Text::coverage), page.say(Text::on) + " (h)", page.say(Text::active) + " (h)",
       page.say(Text::idle) + " (h)", page.say(Text::suspended) + " (h)",
       page.say(Text::off) + " (h)", page.say(Text::unknown) + " (h)", page.say(Text::idle_share),
       page.say(Text::nights), page.say(Text::weekends)},
      {}, [&page](const Row& row) -> std::vector<std::string> {
        return {page.share(row.coverage),       page.much(row.hours_on),
                page.much(row.hours_active),    page.much(row.hours_idle),
                page.much(row.hours_suspended), page.much(row.hours_off),
                page.much(row.hours_unknown),   page.share(row.idle),
                page.share(row.night_on),       page.share(row.weekend_on)};
      });
}

std::string money_table(const Page& page) {
  return rows_table(
      page, "money", Text::money_table,
      {page.say(Text::factor), page.say(Text::source), page.say(Text::level),
       page.say(Text::emissions), page.say(Text::tariff), page.say(Text::cost),
       page.say(Text::avoidable_year)},
      {4, 5}, [&page](const Row& row) -> std::vector<std::string> {
        const std::string currency = row.currency.empty() ? "" : "\u00A0" + html_text(row.currency);
        const auto money = [&](const std::optional<double>& value) {
          return value ? number(page.language, *value, *value < 1000 ? 2 : 0) + currency : "—";
        };
        std::string level = html_text(level_names(page.language, row.factor_level));
        if (row.co2e_kg && row.factor_coverage < 0.9995)
          level += " (" + page.share(row.factor_coverage) + ")";
        return {page.much(row.g_per_kwh),
                row.co2e_kg ? html_text(row.factor_source + ", " +
                                        factor_years(page.language, row.factor_year) + ", " +
                                        row.factor_scope)
                            : "—",
                row.co2e_kg ? level : "—",
                page.much(row.co2e_kg),
                money(row.tariff),
                money(row.cost),
                money(row.cost_avoidable_year)};
      });
}

}  // namespace

std::string shortened(std::string_view text) {
  constexpr std::size_t most = 16;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80;
    if (begins && ++characters > most) return std::string{text.substr(0, i)} + "…";
  }
  return std::string{text};
}

std::string table(const Table& of) {
  std::string out = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"" +
                    of.id + "-caption\">\n<table" +
                    (of.columns.size() > 7 ? " class=\"wide\"" : "") + ">\n<caption" +
                    (of.quiet ? " class=\"heard\"" : "") + " id=\"" + of.id + "-caption\">" +
                    of.caption + "</caption>\n<thead><tr>";
  const auto is_number = [&of](std::size_t column) {
    return of.numbers && column >= of.heads &&
           std::find(of.texts.begin(), of.texts.end(), column) == of.texts.end();
  };
  for (std::size_t i = 0; i < of.columns.size(); ++i)
    out += std::string{"<th scope=\"col\""} + (is_number(i) ? " class=\"n\">" : ">") +
           of.columns[i] + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t r = 0; r < of.rows.size(); ++r) {
    if (of.has_total && r + 1 == of.rows.size()) out += "</tbody>\n<tfoot>\n";
    out += "<tr>";
    for (std::size_t i = 0; i < of.rows[r].size(); ++i) {
      const std::string& cell = of.rows[r][i];
      if (i == 0)
        out += "<th scope=\"row\">" + cell + "</th>";
      else
        out += std::string{is_number(i) ? "<td class=\"n\">" : "<td>"} + cell + "</td>";
    }
    out += "</tr>\n";
  }
  return out + (of.has_total ? "</tfoot>" : "</tbody>") + "\n</table>\n</div>\n";
}

std::string results(const Page& page) {
  std::string out = "<h2 id=\"results\">" + page.say(Text::results_title) +
                    "</h2>\n<p class=\"soft\">" + page.say(Text::absent_note);
  if (page.report.merged > 0) out += " " + page.say(Text::several_note);
  return out + "</p>\n" + energy_table(page) + time_table(page) + money_table(page);
}

std::string comparison(const Page& page) {
  const Row& all = page.report.total;
  std::string out;
  if (page.input.baseline)
    out +=
        "<h2>" + page.say(Text::compare_title, {page.day(page.input.baseline->month)}) +
        "</h2>\n<p>" +
        page.say(Text::compare_text, {page.change(all.change), page.change(all.change_per_host)}) +
        "</p>\n";
  out += "<h2>" + page.say(Text::beside_title) + "</h2>\n<p>" + page.say(Text::beside_text) +
         "</p>\n<ul>\n";
  for (const Text text : {Text::beside_employee, Text::beside_shares, Text::beside_nights})
    out += "<li>" + page.say(text) + "</li>\n";
  out += "<li><strong>" +
         page.say(Text::beside_ours, {page.much(all.kwh_head_year), page.share(page.report.nights),
                                      page.share(page.report.weekends)}) +
         "</strong></li>\n</ul>\n";
  if (!page.input.baseline) out += "<p class=\"soft\">" + page.say(Text::compare_none) + "</p>\n";
  return out;
}

std::string advice(const Page& page) {
  std::string out = "<h2>" + page.say(Text::todo_title) + "</h2>\n<ul>\n";
  for (const Text text : {Text::todo_off, Text::todo_sleep, Text::todo_servers,
                          Text::todo_inhibitors, Text::todo_keep})
    out += "<li>" + page.say(text) + "</li>\n";
  return out + "</ul>\n";
}

}  // namespace sobriety::collector::report
