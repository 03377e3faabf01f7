// What is accounted of a host over some time: its time by state, its energy by quality and by
// state, how many samples say so, and what follows from policy: how much of it was out of working
// hours, how sure the energy is, what was wasted, emitted and paid, and how long it was judged
// what.
//
// Integers, so that sums are exact: time in milliseconds, energy in microjoules. In any account,
// energy by quality and energy by state add up to the same; what was out of hours is part of the
// state's whole; the energy lies between its low and its high.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sobriety::collector {

// In the order of the store's columns.
enum class Figure : std::uint8_t {
  ms_active,
  ms_idle,
  ms_on,  // on, and not judged whether active or idle
  ms_suspended,
  ms_off,
  ms_lost,  // nobody knows; off can be told by evidence only
  uj_measured,
  uj_estimated,
  uj_active,
  uj_idle,
  uj_on,
  uj_suspended,
  uj_off,
  samples,  // that took effect
  // The part out of working hours of the figure without _out.
  ms_active_out,
  ms_idle_out,
  ms_on_out,
  ms_suspended_out,
  ms_off_out,
  ms_lost_out,
  uj_active_out,
  uj_idle_out,
  uj_on_out,
  uj_suspended_out,
  uj_off_out,
  // What the energy is at least and at most, by the uncertainty of its methods.
  uj_low,
  uj_high,
  // Idle, out of hours and not exempt; avoidable: of that, beyond what the machine would have used
  // off or asleep.
  ms_waste,
  uj_waste,
  uj_avoidable,
  ug_emitted,   // micrograms of CO2e, as far as a factor is known
  cost_micros,  // millionths of the site's currency, as far as a price is known
  // The time under each verdict; one at a time.
  ms_left_on,
  ms_underused,
  ms_comatose,
  ms_confirmed,
  ms_exempt,
};
inline constexpr std::size_t figure_count = 37;
// The first of them are those of the store's first version, all that it had.
inline constexpr std::size_t first_figure_count = 14;

// Names of the figures, which are those of the store's columns.
inline constexpr std::array<std::string_view, figure_count> figure_names{
    "ms_active",     "ms_idle",          "ms_on",         "ms_suspended",
    "ms_off",        "ms_lost",          "uj_measured",   "uj_estimated",
    "uj_active",     "uj_idle",          "uj_on",         "uj_suspended",
    "uj_off",        "samples",          "ms_active_out", "ms_idle_out",
    "ms_on_out",     "ms_suspended_out", "ms_off_out",    "ms_lost_out",
    "uj_active_out", "uj_idle_out",      "uj_on_out",     "uj_suspended_out",
    "uj_off_out",    "uj_low",           "uj_high",       "ms_waste",
    "uj_waste",      "uj_avoidable",     "ug_emitted",    "cost_micros",
    "ms_left_on",    "ms_underused",     "ms_comatose",   "ms_confirmed",
    "ms_exempt"};

struct Figures {
  std::array<std::int64_t, figure_count> values{};

  [[nodiscard]] constexpr std::int64_t operator[](Figure figure) const {
    return values[static_cast<std::size_t>(figure)];
  }
  constexpr std::int64_t& operator[](Figure figure) {
    return values[static_cast<std::size_t>(figure)];
  }
  constexpr Figures& operator+=(const Figures& other) {
    for (std::size_t i = 0; i < figure_count; ++i) values[i] += other.values[i];
    return *this;
  }
  constexpr bool operator==(const Figures&) const = default;

  // Sum of the figures from `first` to `last`, both included.
  [[nodiscard]] constexpr std::int64_t sum(Figure first, Figure last) const {
    std::int64_t total = 0;
    for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i)
      total += values[i];
    return total;
  }
  [[nodiscard]] constexpr std::int64_t time() const {
    return sum(Figure::ms_active, Figure::ms_lost);
  }
  [[nodiscard]] constexpr std::int64_t energy_by_quality() const {
    return sum(Figure::uj_measured, Figure::uj_estimated);
  }
  [[nodiscard]] constexpr std::int64_t energy_by_state() const {
    return sum(Figure::uj_active, Figure::uj_off);
  }
};

// An hour of UTC: whole hours since 1970.
using Hour = std::chrono::sys_time<std::chrono::hours>;

struct HourFigures {
  Hour hour{};
  Figures figures;

  bool operator==(const HourFigures&) const = default;
};

// Hours in ascending order, each once.
using Hours = std::vector<HourFigures>;

// The figures of `hour`, made where there are none. Time goes on: mostly it is the last one.
[[nodiscard]] inline Figures& figures_of(Hours& hours, Hour hour) {
  auto place = hours.end();
  while (place != hours.begin() && std::prev(place)->hour >= hour) --place;
  if (place == hours.end() || place->hour != hour) place = hours.insert(place, {hour, {}});
  return place->figures;
}

}  // namespace sobriety::collector
