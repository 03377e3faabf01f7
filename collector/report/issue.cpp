#include "collector/report/issue.hpp"

#include "collector/report/html.hpp"
#include "collector/report/json.hpp"
#include "collector/report/numecoeval.hpp"

namespace sobriety::collector::report {

namespace {

struct FormatRow {
  Format format;
  std::string_view name, media_type, ending;
};
constexpr std::array formats{
    FormatRow{Format::csv, "csv", "text/csv; charset=utf-8", ".csv"},
    FormatRow{Format::json, "json", "application/json", ".json"},
    FormatRow{Format::html, "html", "text/html; charset=utf-8", ".html"},
    FormatRow{Format::numecoeval, "numecoeval", "text/csv; charset=utf-8", "-numecoeval.csv"}};

const FormatRow& row_of(Format format) { return formats[static_cast<std::size_t>(format)]; }

std::string got(std::string_view text) { return ", got '" + std::string{text.substr(0, 40)} + "'"; }

}  // namespace

Result<Format> parse_format(std::string_view text) {
  for (const FormatRow& row : formats)
    if (row.name == text) return row.format;
  return fail(Errc::malformed, "format: expected csv, json, html or numecoeval" + got(text));
}

Result<Language> parse_language(std::string_view text) {
  if (text == "en") return Language::en;
  if (text == "fr") return Language::fr;
  return fail(Errc::malformed, "lang: expected en or fr" + got(text));
}

Result<char> parse_separator(std::string_view text) {
  if (text == "," || text == ";") return text.front();
  if (text == "tab") return '\t';
  return fail(Errc::malformed, "separator: expected , or ; or tab" + got(text));
}

std::string_view media_type(Format format) { return row_of(format).media_type; }

std::string file_name(const Input& input, Format format) {
  return "sobriety-" + input.period.month + std::string{row_of(format).ending};
}

std::string written(const Input& input, const Style& style) {
  if (style.format == Format::numecoeval) return numecoeval(input);
  const Report report = make_report(input);
  switch (style.format) {
    case Format::csv:
      return csv(input, report, style.csv);
    case Format::json:
      return json(input, report);
    case Format::html:
      return html(input, report, style.language);
    case Format::numecoeval:
      break;
  }
  return "";
}

}  // namespace sobriety::collector::report
