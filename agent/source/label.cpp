#include "agent/source/label.hpp"

#include "proto/base/utf8.hpp"

#include <cstdint>

namespace sobriety::agent {

namespace {
// Blanks, C0 and DEL, and the C1 controls of U+0080 to U+009F.
bool is_gap(std::string_view sequence) {
  const auto lead = static_cast<std::uint8_t>(sequence[0]);
  if (sequence.size() == 1) return lead <= 0x20 || lead == 0x7f;
  return lead == 0xc2 && static_cast<std::uint8_t>(sequence[1]) < 0xa0;
}
}  // namespace

std::string clean_label(std::string_view text, std::size_t limit) {
  std::string clean;
  bool gap = false;
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    const std::string_view sequence = length == 0 ? "?" : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
    if (is_gap(sequence)) {
      gap = !clean.empty();
      continue;
    }
    if (clean.size() + sequence.size() + (gap ? 1 : 0) > limit) break;
    if (gap) clean += ' ';
    clean += sequence;
    gap = false;
  }
  return clean;
}

}  // namespace sobriety::agent
