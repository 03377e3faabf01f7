// The TZ variable of POSIX: a zone as one rule for all years. TZif files end with one.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sobriety::collector::policy {

struct PosixZone {
  // A day of each year, and the time on the clock at which it changes.
  struct Day {
    enum class Kind { month_week_day, julian, zero_based } kind = Kind::month_week_day;
    unsigned month = 1;
    unsigned week = 1;     // 5: the last
    unsigned weekday = 0;  // 0: Sunday
    unsigned day = 0;      // julian: 1 to 365 without 29 February; zero_based: 0 to 365
    std::chrono::seconds time = std::chrono::hours{2};

    [[nodiscard]] std::chrono::local_seconds in(std::chrono::year year) const;
  };
  struct Summer {
    std::chrono::seconds offset;
    Day begin;
    Day end;
  };

  std::chrono::seconds offset{0};  // ahead of UTC
  std::optional<Summer> summer;
};

// "CET-1CEST,M3.5.0,M10.5.0/3"; the whole text or nothing.
[[nodiscard]] std::optional<PosixZone> parse_posix_zone(std::string_view text);

}  // namespace sobriety::collector::policy
