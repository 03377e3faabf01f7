// THE table of a report's columns: CSV, JSON and documentation follow from it.
#pragma once

#include "collector/report/rows.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace sobriety::collector::report {

struct Decimal {
  double value;
  unsigned decimals;
};
using Value = std::variant<std::monostate, std::string, std::int64_t, Decimal>;

struct Column {
  std::string_view key;
  Value (*of)(const Input& input, const Row& row);
  std::string_view help;
};

[[nodiscard]] std::span<const Column> columns();

// With that many decimals and a point: "0.50"; never "-0.00".
[[nodiscard]] std::string fixed_text(double value, unsigned decimals);
// With as many of six decimals as it needs.
[[nodiscard]] std::string plain_text(double value);

}  // namespace sobriety::collector::report
