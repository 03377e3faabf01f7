#include "collector/report/html.hpp"

#include "collector/report/html_parts.hpp"
#include "collector/report/page_style.hpp"

namespace sobriety::collector::report {

std::string html_text(std::string_view text) {
  std::string out;
  for (const char letter : text) switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += letter;
    }
  return out;
}

namespace {

std::string head(const Page& page) {
  const std::string title = page.say(Text::title, {page.day(page.input.period.month)});
  std::string out = "<!doctype html>\n<html lang=\"";
  out += page.language == Language::fr ? "fr" : "en";
  out +=
      "\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing of the page runs or loads anything, whatever a name in it may try.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
      title;
  if (!page.input.organisation.empty()) out += " – " + html_text(page.input.organisation);
  out += "</title>\n<style>";
  out += page_style;
  return out + "</style>\n</head>\n<body>\n";
}

std::string header(const Page& page) {
  const Period& period = page.input.period;
  std::string out =
      "<header>\n<a class=\"skip\" href=\"#results\">" + page.say(Text::skip) + "</a>\n";
  if (!page.input.organisation.empty())
    out += "<p class=\"org\">" + html_text(page.input.organisation) + "</p>\n";
  out += "<h1>" + page.say(Text::title, {page.day(period.month)}) + "</h1>\n<p class=\"soft\">" +
         page.say(Text::period, {page.day(period.first_day), page.day(period.last_day),
                                 html_text(period.time_zone)}) +
         " " +
         page.say(Text::issued, {date_of(page.language, page.input.issued),
                                 html_text(page.input.collector_version)}) +
         "</p>\n";
  if (!period.over) out += "<p class=\"notice\">" + page.say(Text::not_over) + "</p>\n";
  out += damage(page);
  return out + "<p>" + page.say(Text::use_phase) + "</p>\n</header>\n";
}

}  // namespace

std::string html(const Input& input, const Report& report, Language language) {
  const Page page{input, report, language};
  std::string out = head(page) + header(page) + "<main>\n";
  out += in_short(page);
  out += charts(page);
  out += results(page);
  out += comparison(page);
  out += advice(page);
  out += method(page);
  out += "</main>\n<footer><p>" +
         page.say(Text::versions, {std::to_string(input.method), html_text(input.policy_version)}) +
         "</p></footer>\n</body>\n</html>\n";
  return out;
}

}  // namespace sobriety::collector::report
