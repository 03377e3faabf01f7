// When people work at a site: which instants are in the hours of work and which outside.
#pragma once

#include "collector/policy/holidays.hpp"
#include "collector/policy/time_zone.hpp"
#include "proto/base/units.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sobriety::collector::policy {

enum class Period : std::uint8_t { work, off_hours };
inline constexpr std::size_t period_count = 2;

[[nodiscard]] constexpr std::string_view to_string(Period period) {
  return period == Period::work ? "work" : "off_hours";
}

// Since midnight on the clock on the wall, [from, to), at most 24 h.
struct WorkHours {
  std::chrono::minutes from;
  std::chrono::minutes to;

  bool operator==(const WorkHours&) const = default;
};

// By c_encoding() of the weekday (0: Sunday), each day's in order and apart.
using WorkWeek = std::array<std::vector<WorkHours>, 7>;

// Monday to Friday, 07:00 to 20:00.
[[nodiscard]] WorkWeek office_week();

class Calendar {
 public:
  Calendar(std::string name, TimeZone zone, WorkWeek week, Holidays holidays);

  // office_week() in Paris with the public holidays of France. Needs no file of the tz database.
  [[nodiscard]] static Calendar standard();

  // The period at an instant, which goes on to `until` at least (and until the day ends at most).
  struct Spell {
    Period period;
    WallTime until;
  };
  [[nodiscard]] Spell spell_at(WallTime time) const;
  [[nodiscard]] Period period_at(WallTime time) const { return spell_at(time).period; }

  // The parts of [from, to) by period; their sum is to - from exactly. from <= to.
  struct Split {
    std::chrono::milliseconds work{0};
    std::chrono::milliseconds off_hours{0};

    bool operator==(const Split&) const = default;
  };
  [[nodiscard]] Split split(WallTime from, WallTime to) const;

  // The day that the clock on the wall shows, and when it begins.
  [[nodiscard]] Date date_at(WallTime time) const;
  [[nodiscard]] WallTime begin_of(Date date) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const TimeZone& zone() const { return zone_; }
  [[nodiscard]] const Holidays& holidays() const { return holidays_; }

 private:
  [[nodiscard]] WallTime instant(std::chrono::local_days day, std::chrono::minutes time) const;

  std::string name_;
  TimeZone zone_;
  WorkWeek week_;
  Holidays holidays_;
};

}  // namespace sobriety::collector::policy
