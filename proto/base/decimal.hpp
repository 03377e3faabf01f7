// Fixed-point decimals: an integer and a number of decimals, written exactly and fast.
//
// Every figure of a host is kept so (microjoules: 6 decimals of a joule), which makes sums exact
// and text cheap. The text reads back as the double nearest to the number; it is shorter than what
// "%.16g" (prometheus-cpp) prints wherever that shows the noise of a double, and the same
// elsewhere.
#pragma once

#include <cstdint>
#include <string>

namespace sobriety {

// Longest text of write_decimal: sign, 20 digits, point.
inline constexpr std::size_t max_decimal_length = 32;

// Writes value x 10^-decimals to `out`, which has room for max_decimal_length characters, without
// trailing zeros; returns the end. decimals <= 9.
char* write_decimal(char* out, std::int64_t value, unsigned decimals);

[[nodiscard]] std::string decimal_text(std::int64_t value, unsigned decimals);
[[nodiscard]] double decimal_value(std::int64_t value, unsigned decimals);

}  // namespace sobriety
