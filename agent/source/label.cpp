#include "agent/source/label.hpp"

#include <cstdint>

namespace sobriety::agent {

namespace {
// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7); 0: none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
  const bool too_high = lead == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || too_high ? 0 : length;
}

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
    const std::size_t length = sequence_length(text);
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
