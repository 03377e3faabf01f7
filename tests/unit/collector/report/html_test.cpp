#include "collector/report/html.hpp"

#include "collector/report/chart.hpp"
#include "collector/report/wording_table.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/report_input.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::report {
namespace {

using test::town;

std::string page(const Input& input, Language language) {
  return html(input, make_report(input), language);
}
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(ReportHtml, of_a_town_in_english_is_as_recorded) {
  const auto text = page(town(), Language::en);
  EXPECT_EQ(text, test::golden("report/town.en.html", text));
}

TEST(ReportHtml, of_a_town_in_french_is_as_recorded) {
  auto input = town();
  input.baseline = Baseline{"2026-09",
                            720 * 3600,
                            {{"Hôtel de ville", "État civil", "workstation", 12, 250'000'000},
                             {"Datacenter Nord", "DSI", "server", 3, 280'000'000},
                             {"", "", "", 24, 550'000'000}}};
  const auto text = page(input, Language::fr);
  EXPECT_EQ(text, test::golden("report/town.fr.html", text));
}

TEST(ReportHtml, of_nothing_is_a_whole_page) {
  const auto text = page(Input{}, Language::en);
  EXPECT_TRUE(text.ends_with("</html>\n"));
  EXPECT_FALSE(has(text, "nan"));
}

TEST(ReportHtml, takes_names_for_text) {
  auto input = town();
  for (auto& host : input.hosts) host.department = "<script>alert('&')</script>";
  input.organisation = "\"Nowhere\" & <b>sons</b>";
  const auto text = page(input, Language::en);
  EXPECT_FALSE(has(text, "<script"));
  EXPECT_FALSE(has(text, "<b>"));
  EXPECT_TRUE(has(text, "&quot;Nowhere&quot; &amp; &lt;b&gt;sons&lt;/b&gt;"));
}

TEST(ReportHtml, needs_nothing_from_elsewhere) {
  const auto text = page(town(), Language::fr);
  for (const std::string_view reference : {"http:", "https:", "src=", "@import", "url("})
    EXPECT_FALSE(has(text, reference)) << reference;
}

TEST(ReportHtml, without_a_factor_says_that_carbon_is_unknown) {
  auto input = town();
  input.factors.clear();
  for (auto& host : input.hosts) host.emissions.clear();
  EXPECT_TRUE(has(page(input, Language::en), "unknown: no emission factor is configured"));
}

TEST(ReportHtml, with_a_hole_in_the_factors_says_of_how_much_the_carbon_is) {
  auto input = town();
  input.hosts[0].emissions.clear();  // 94.5 of 283.5 + the others' kWh
  EXPECT_TRUE(has(page(input, Language::en),
                  "of the energy that has a factor:\u00A0"
                  "44.2\u00A0g/kWh"));
}

TEST(ReportHtml, of_a_month_that_is_not_over_is_provisional) {
  auto input = town();
  EXPECT_FALSE(has(page(input, Language::en), "provisional"));
  input.period.over = false;
  EXPECT_TRUE(has(page(input, Language::en), "provisional"));
}

TEST(ReportHtml, without_host_detail_names_no_exempt_host) {
  auto input = town();
  EXPECT_TRUE(has(page(input, Language::en), "edito-*"));
  input.privacy.host_detail = false;
  EXPECT_FALSE(has(page(input, Language::en), "edito-*"));
}

TEST(ReportHtml, tells_thresholds_in_words_and_sets_that_say_the_same_once) {
  const auto text = page(town(), Language::fr);
  EXPECT_TRUE(has(text, ">Postes fixes, Portables</th>"));
  EXPECT_TRUE(has(text,
                  "Calme\u00A0: reçu sous</th><td class=\"n\">10\u00A0ko/s</td>"
                  "<td class=\"n\">2,5\u00A0ko/s</td>"));
  EXPECT_FALSE(has(text, "cpu_ratio"));
}

TEST(ReportHtml, warns_of_a_ledger_that_is_not_as_it_was_written) {
  auto input = town();
  EXPECT_FALSE(has(page(input, Language::en), "are not as they were written"));
  input.settings.push_back({"damaged rows", "3"});
  EXPECT_TRUE(has(page(input, Language::en), "3 hours or days of the ledger are not"));
}

TEST(ReportHtml, never_names_a_host) {
  const auto text = page(town(), Language::en);
  for (const auto& host : town().hosts) EXPECT_FALSE(has(text, host.name)) << host.name;
}

TEST(ReportHtml, of_withheld_machines_tells_nothing_by_day_or_method) {
  auto input = town();
  input.privacy.min_group_size = 100;
  const auto text = page(input, Language::en);
  EXPECT_TRUE(has(text,
                  "because there are fewer than 100 of them:\u00A0"
                  "21."));
  EXPECT_FALSE(has(text, "Bars of the energy of each day"));
}

TEST(ReportWords, are_there_in_both_languages_in_the_order_of_their_ids) {
  ASSERT_EQ(all_words().size(), static_cast<std::size_t>(Text::count));
  for (std::size_t i = 0; i < all_words().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(all_words()[i].id), i);
    EXPECT_FALSE(all_words()[i].en.empty()) << i;
    EXPECT_FALSE(all_words()[i].fr.empty()) << i;
  }
}

TEST(ReportWords, have_the_same_values_in_both_languages) {
  for (const Words& row : all_words())
    for (const std::string_view value : {"{0}", "{1}", "{2}", "{3}"})
      EXPECT_EQ(has(std::string{row.en}, value), has(std::string{row.fr}, value)) << row.en;
}

TEST(ReportNumbers, are_written_as_the_language_does) {
  EXPECT_EQ(number(Language::en, 1234567.891, 1), "1,234,567.9");
  EXPECT_EQ(number(Language::fr, 1234567.891, 1), "1\u202F234\u202F567,9");
  EXPECT_EQ(number(Language::fr, -12.5, 1), "\u221212,5");
  EXPECT_EQ(number(Language::en, 999, 0), "999");
  EXPECT_EQ(amount(Language::en, 0), "0");
  EXPECT_EQ(amount(Language::en, 0.534), "0.53");
  EXPECT_EQ(amount(Language::en, 53.44), "53.4");
  EXPECT_EQ(amount(Language::en, 99.96), "100");
  EXPECT_EQ(percentage(Language::en, 0.253), "25.3%");
  EXPECT_EQ(percentage(Language::fr, 0.25), "25\u202F%");
  EXPECT_EQ(signed_percentage(Language::en, 0.25), "+25%");
  EXPECT_EQ(signed_percentage(Language::en, -0.25), "\u221225%");
}

TEST(ReportDates, are_written_as_the_language_does) {
  EXPECT_EQ(date(Language::en, "2026-10-01"), "1 October 2026");
  EXPECT_EQ(date(Language::fr, "2026-10-01"), "1er octobre 2026");
  EXPECT_EQ(date(Language::fr, "2026-08-31"), "31 août 2026");
  EXPECT_EQ(date(Language::en, "2026-10"), "October 2026");
  EXPECT_EQ(date(Language::en, "2026-13"), "2026-13");
  EXPECT_EQ(date(Language::en, ""), "");
  EXPECT_EQ(date_of(Language::en, 1'709'164'800), "29 February 2024");
}

TEST(ReportChart, steps_of_its_scale_are_round) {
  EXPECT_DOUBLE_EQ(round_step(4, 4), 1);
  EXPECT_DOUBLE_EQ(round_step(4.1, 4), 2);
  EXPECT_DOUBLE_EQ(round_step(17, 4), 5);
  EXPECT_DOUBLE_EQ(round_step(300, 4), 100);
  EXPECT_DOUBLE_EQ(round_step(0, 4), 1);
}

}  // namespace
}  // namespace sobriety::collector::report
