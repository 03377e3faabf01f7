// Parsing of text that comes from outside: the whole input or nothing.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace sobriety {

// Without blanks and line ends on both sides.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// A decimal number that fills `text`; overflow, signs on unsigned types and leftovers give nothing.
template <std::integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The next word of `rest`, which moves behind it; empty at the end.
[[nodiscard]] constexpr std::string_view next_word(std::string_view& rest) {
  const auto first = rest.find_first_not_of(" \t");
  if (first == std::string_view::npos) return rest = {};
  rest.remove_prefix(first);
  const auto word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

}  // namespace sobriety
