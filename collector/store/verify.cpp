#include "collector/store/verify.hpp"

#include "collector/fleet/power_state.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sobriety::collector {

namespace {

constexpr std::size_t page = 4096;  // rows read at once
constexpr Hour beginning{};
constexpr Hour end_of_time = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

std::string length_text(Grain grain) { return grain == Grain::hour ? "an hour" : "a day"; }

std::string more_than(Figure part, Figure whole) {
  return "has more " + std::string{figure_names[static_cast<std::size_t>(part)]} + " than " +
         std::string{figure_names[static_cast<std::size_t>(whole)]};
}

// What is said of a part of a figure must fit into the whole; "" where it does.
std::string fault_of_parts(const Figures& figures) {
  for (std::size_t i = 0; i < power_state_count; ++i) {
    const auto state = static_cast<PowerState>(i);
    if (figures[time_figure_out(state)] > figures[time_figure(state)])
      return more_than(time_figure_out(state), time_figure(state));
    if (state == PowerState::lost) continue;
    if (figures[energy_figure_out(state)] > figures[energy_figure(state)])
      return more_than(energy_figure_out(state), energy_figure(state));
  }
  if (figures[Figure::uj_low] > figures.energy_by_quality() ||
      figures[Figure::uj_high] < figures.energy_by_quality())
    return "has " + std::to_string(figures.energy_by_quality()) + " uJ, which is not between its " +
           std::to_string(figures[Figure::uj_low]) + " at least and " +
           std::to_string(figures[Figure::uj_high]) + " at most";
  for (const auto& [part, whole] : {std::pair{Figure::ms_waste, Figure::ms_idle_out},
                                    std::pair{Figure::uj_waste, Figure::uj_idle_out},
                                    std::pair{Figure::uj_avoidable, Figure::uj_waste}})
    if (figures[part] > figures[whole]) return more_than(part, whole);
  return "";
}

// What is wrong with a row, "" if nothing. The first thing that is: the rest follows from it.
std::string fault_of(const LedgerRow& row, Grain grain) {
  if (!row.intact) return "was changed by another hand: its checksum is not that of its figures";
  const auto& values = row.figures.values;
  if (std::any_of(values.begin(), values.end(), [](std::int64_t value) { return value < 0; }))
    return "has a negative figure";
  const std::chrono::milliseconds length = grain == Grain::hour
                                               ? std::chrono::milliseconds{std::chrono::hours{1}}
                                               : std::chrono::milliseconds{std::chrono::days{1}};
  if (row.figures.time() > length.count())
    return "has " + std::to_string(row.figures.time()) + " ms, more than " + length_text(grain);
  if (row.figures.energy_by_state() != row.figures.energy_by_quality())
    return "has " + std::to_string(row.figures.energy_by_state()) + " uJ by state and " +
           std::to_string(row.figures.energy_by_quality()) + " uJ by quality";
  return fault_of_parts(row.figures);
}

class Verifier {
 public:
  Verifier(Store& store, const FaultSink& fault) : store_(store), fault_(fault) {}

  Result<void> take(const HostState& host) {
    ++seen_.hosts;
    Figures sum;
    for (const Grain grain : {Grain::hour, Grain::day}) {
      BOOST_OUTCOME_TRY(take_rows(host, grain, sum));
    }
    const Figures& totals = host.account.totals;
    for (std::size_t i = 0; i < figure_count; ++i)
      if (sum.values[i] != totals.values[i])
        report(name_of(host) + ": " + std::string{figure_names[i]} + " is " +
               std::to_string(totals.values[i]) + " in its account and " +
               std::to_string(sum.values[i]) + " in its hours and days");
    std::uint64_t by_method = 0;
    for (const Microjoules energy : host.account.energy) by_method += energy.count();
    if (by_method != static_cast<std::uint64_t>(totals.energy_by_quality()))
      report(name_of(host) + ": has " + std::to_string(by_method) + " uJ by method and " +
             std::to_string(totals.energy_by_quality()) + " uJ by quality");
    return success();
  }
  void report(const std::string& text) {
    ++seen_.faults;
    fault_(text);
  }
  [[nodiscard]] const Verified& seen() const { return seen_; }

 private:
  static std::string name_of(const HostState& host) {
    return "host " + host.name + " (" + host.id.hex() + ")";
  }

  Result<void> take_rows(const HostState& host, Grain grain, Figures& sum) {
    for (Hour from = beginning;;) {
      BOOST_OUTCOME_TRY(const auto rows, store_.rows(host.id, grain, from, end_of_time, page));
      for (const LedgerRow& row : rows) {
        ++seen_.rows;
        sum += row.figures;
        const std::string fault = fault_of(row, grain);
        if (fault.empty()) continue;
        report(
            name_of(host) +
            (grain == Grain::hour ? " hour " + hour_text(row.from) : " day " + day_text(row.from)) +
            ": " + fault);
      }
      if (rows.size() < page) return success();
      from = rows.back().from + std::chrono::hours{1};
    }
  }

  Store& store_;
  const FaultSink& fault_;
  Verified seen_;
};

}  // namespace

Result<Verified> verify(Store& store, const FaultSink& fault, const Progress& progress) {
  BOOST_OUTCOME_TRY(const auto moment, store.snapshot());
  Verifier verifier{store, fault};
  BOOST_OUTCOME_TRY(const auto damages, store.check());
  for (const std::string& damage : damages) verifier.report("store: " + damage);
  BOOST_OUTCOME_TRY(const auto hosts, store.load());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    progress(i, hosts.size());
    BOOST_OUTCOME_TRY(verifier.take(hosts[i]));
  }
  progress(hosts.size(), hosts.size());
  return verifier.seen();
}

std::string day_text(Hour first_hour) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(first_hour)};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

std::string hour_text(Hour hour) {
  const auto of_day = (hour - std::chrono::floor<std::chrono::days>(hour)).count();
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "T%02d:00Z", static_cast<int>(of_day));
  return day_text(hour) + text.data();
}

}  // namespace sobriety::collector
