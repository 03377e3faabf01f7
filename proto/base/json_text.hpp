// Text as a JSON string (RFC 8259), quotes included. `text` is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace sobriety {

[[nodiscard]] inline std::string json_text(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += "\\u00";
      quoted += digits[c >> 4];
      quoted += digits[c & 15];
    } else {
      quoted += c;
    }
  }
  return quoted += '"';
}

}  // namespace sobriety
