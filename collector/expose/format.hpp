// The two formats of /metrics, and how the head of a family looks in each.
//
// Text 0.0.4 names a family as its lines are named. OpenMetrics 1.0.0 leaves `_total` of a counter
// and `_info` of an info off the family's name, tells the unit that the name ends with, and ends
// the whole with "# EOF". The lines are the same in both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sobriety::collector {

enum class Format : std::uint8_t { text, openmetrics };

[[nodiscard]] std::string_view content_type(Format format);

struct FamilyHead {
  std::string_view name;  // as its lines have it, but for the suffixes of a histogram
  std::string_view type;  // as text 0.0.4 has it: counter, gauge, histogram
  std::string_view help;
};
void write_head(std::string& out, const FamilyHead& head, Format format);

// What comes behind the last family.
[[nodiscard]] std::string_view ending(Format format);

}  // namespace sobriety::collector
