#include "collector/report/csv.hpp"

namespace sobriety::collector::report {

namespace {

std::string quoted(std::string_view text, char separator) {
  if (text.find_first_of("\"\r\n") == std::string_view::npos &&
      text.find(separator) == std::string_view::npos)
    return std::string{text};
  std::string field = "\"";
  for (const char letter : text) {
    if (letter == '"') field += '"';
    field += letter;
  }
  return field += '"';
}

std::string field(const Value& value, const CsvStyle& style) {
  if (const auto* text = std::get_if<std::string>(&value)) return csv_field(*text, style.separator);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  const auto* decimal = std::get_if<Decimal>(&value);
  if (decimal == nullptr) return "";
  std::string text = fixed_text(decimal->value, decimal->decimals);
  if (const auto point = text.find('.'); style.decimal_comma && point != std::string::npos)
    text[point] = ',';
  return quoted(text, style.separator);
}

}  // namespace

std::string csv_field(std::string_view text, char separator) {
  // https://owasp.org/www-community/attacks/CSV_Injection
  if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos)
    return quoted("'" + std::string{text}, separator);
  return quoted(text, separator);
}

std::string csv(const Input& input, const Report& report, const CsvStyle& style) {
  std::string out = style.byte_order_mark ? "\xEF\xBB\xBF" : "";
  const auto end_field = [&](std::size_t index) {
    if (index + 1 < columns().size())
      out += style.separator;
    else
      out += "\r\n";
  };
  for (std::size_t i = 0; i < columns().size(); ++i) {
    out += columns()[i].key;
    end_field(i);
  }
  for (const Row& row : report.rows)
    for (std::size_t i = 0; i < columns().size(); ++i) {
      out += field(columns()[i].of(input, row), style);
      end_field(i);
    }
  return out;
}

}  // namespace sobriety::collector::report
