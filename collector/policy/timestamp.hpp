// Instants as files write them (ISO 8601).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::collector::policy {

enum class WithoutOffset { is_utc, is_refused };

// "2026-07-14T08:30:00+02:00", also with a blank for the T, without seconds, and with a zone of
// "Z", " UTC", "+02:00", "+0200" or none. Of the years 1970 to 2100.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_timestamp(std::string_view text,
                                                                      WithoutOffset without);

// "2026-07-14T06:30Z"
[[nodiscard]] std::string timestamp_text(std::chrono::sys_seconds time);

}  // namespace sobriety::collector::policy
