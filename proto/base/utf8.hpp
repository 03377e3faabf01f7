// Validity of UTF-8 (RFC 3629: shortest forms only, no surrogates, up to U+10FFFF).
#pragma once

#include <cstddef>
#include <string_view>

namespace sobriety {

// Length of the valid sequence that `text` starts with; 0 where it is empty or invalid.
[[nodiscard]] constexpr std::size_t utf8_sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // a longer form than needed
  if (lead == 0xED && byte(1) > 0x9F) return 0;  // a surrogate
  if (lead == 0xF0 && byte(1) < 0x90) return 0;  // a longer form than needed
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // over U+10FFFF
  return length;
}

// Where the first invalid byte is; npos where all of `text` is valid.
[[nodiscard]] constexpr std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace sobriety
