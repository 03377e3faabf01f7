#include "proto/base/decimal.hpp"

#include <array>
#include <cassert>
#include <charconv>

namespace sobriety {

namespace {
constexpr std::array<std::uint64_t, 10> powers{1,      10,      100,      1000,      10000,
                                               100000, 1000000, 10000000, 100000000, 1000000000};
}

char* write_decimal(char* out, std::int64_t value, unsigned decimals) {
  assert(decimals < powers.size());
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  const std::uint64_t whole = magnitude / powers[decimals];
  std::uint64_t fraction = magnitude % powers[decimals];
  char* end = std::to_chars(out, out + 20, whole).ptr;
  if (fraction == 0) return end;
  // Below 1e-4, "%g" turns to exponents; rare, so it may be slow.
  if (whole == 0 && fraction * 10000 < powers[decimals])
    return std::to_chars(out, out + 24,
                         decimal_value(static_cast<std::int64_t>(fraction), decimals),
                         std::chars_format::general, 16)
        .ptr;
  *end++ = '.';
  while (fraction % 10 == 0) {
    fraction /= 10;
    --decimals;
  }
  for (char* digit = end + decimals; digit != end; fraction /= 10)
    *--digit = static_cast<char>('0' + fraction % 10);
  return end + decimals;
}

std::string decimal_text(std::int64_t value, unsigned decimals) {
  std::array<char, max_decimal_length> text;
  return {text.data(), write_decimal(text.data(), value, decimals)};
}

double decimal_value(std::int64_t value, unsigned decimals) {
  return static_cast<double>(value) / static_cast<double>(powers[decimals]);
}

}  // namespace sobriety
