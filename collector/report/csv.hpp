// A report as CSV: a line a row, RFC 4180, and what a spreadsheet would take for a formula defused.
#pragma once

#include "collector/report/columns.hpp"

namespace sobriety::collector::report {

struct CsvStyle {
  char separator = ',';
  bool decimal_comma = false;
  bool byte_order_mark = false;  // by which Excel knows UTF-8

  bool operator==(const CsvStyle&) const = default;
};

[[nodiscard]] std::string csv(const Input& input, const Report& report, const CsvStyle& style);

// `text` as a field: quoted where it has to be; with ' before it where it starts as a formula does.
[[nodiscard]] std::string csv_field(std::string_view text, char separator);

}  // namespace sobriety::collector::report
