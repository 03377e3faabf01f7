#include "collector/fleet/enter.hpp"

#include <algorithm>
#include <cmath>

namespace sobriety::collector {

namespace {

using std::chrono::milliseconds;
using enum Figure;

// A row of the ledger and the account's totals, which gain the same.
class Rows {
 public:
  Rows(Host& host, WallTime at)
      : hour_(figures_of(host.pending->hours, std::chrono::floor<std::chrono::hours>(at))),
        totals_(host.account.totals) {}
  void add(Figure figure, std::int64_t amount) {
    hour_[figure] += amount;
    totals_[figure] += amount;
  }

 private:
  Figures& hour_;
  Figures& totals_;
};

// Calls `take(rates, from, to)` for each part of the span within which the rates are the same, with
// the part as distances from the span's begin.
template <class Take>
void for_each_part(Host& host, Span span, Take take) {
  for (WallTime at = span.begin; at < span.end;) {
    const Rates& rates = host.rates.at(*host.policy, at);
    const WallTime next = std::min(rates.until, span.end);
    take(rates, at, at - span.begin, next - span.begin);
    at = next;
  }
}

Figure verdict_figure(Verdict verdict) {
  switch (verdict) {
    case Verdict::left_on:
      return ms_left_on;
    case Verdict::underused:
      return ms_underused;
    case Verdict::comatose:
      return ms_comatose;
    case Verdict::confirmed:
      return ms_confirmed;
    default:
      return ms_exempt;
  }
}

bool is_waste(const Rates& rates, PowerState state) {
  return state == PowerState::idle && rates.out_of_hours && !rates.exempt;
}

void enter_state(Host& host, Rows& rows, const Rates& rates, PowerState state, std::int64_t time) {
  if (time == 0) return;
  rows.add(time_figure(state), time);
  if (rates.out_of_hours) rows.add(time_figure_out(state), time);
  if (is_waste(rates, state)) rows.add(ms_waste, time);
  const Verdict verdict =
      verdict_of(*host.policy, rates, host.account.judge.standing.verdict, state);
  if (verdict > Verdict::unknown) rows.add(verdict_figure(verdict), time);
}

std::int64_t rounded(double amount) { return std::llround(std::min(amount, 4e18)); }

// A part of an energy, and what it may be less or more.
struct EnergyPart {
  std::int64_t energy;
  std::int64_t less;
  std::int64_t more;
};
EnergyPart part_of(const WallEnergy& whole, milliseconds from, milliseconds to,
                   milliseconds length) {
  const auto part = [&](Microjoules energy) {
    const auto all = static_cast<std::int64_t>(energy.count());
    return share(all, to, length) - share(all, from, length);
  };
  const std::int64_t energy = part(whole.energy);
  return {energy, std::min(energy, part(whole.energy - whole.low)),
          part(whole.high - whole.energy)};
}

void note_emission(Account& account, const Rates& rates, std::int64_t micrograms) {
  if (!rates.factor) return;
  const std::string& source = rates.factor->source;
  for (Emission& known : account.emissions)
    if (known.source == source) {
      known.micrograms += static_cast<std::uint64_t>(micrograms);
      return;
    }
  account.emissions.push_back({source, static_cast<std::uint64_t>(micrograms)});
}

void enter_part(Host& host, const Rates& rates, WallTime at, PowerState state, Quality quality,
                const EnergyPart& used, milliseconds time) {
  Rows rows{host, at};
  rows.add(quality == Quality::measured ? uj_measured : uj_estimated, used.energy);
  rows.add(energy_figure(state), used.energy);
  if (rates.out_of_hours) rows.add(energy_figure_out(state), used.energy);
  rows.add(uj_low, used.energy - used.less);
  rows.add(uj_high, used.energy + used.more);
  if (is_waste(rates, state)) {
    const std::int64_t resting = resting_milliwatts(host.policy->power) * time.count();
    rows.add(uj_waste, used.energy);
    rows.add(uj_avoidable, std::max<std::int64_t>(0, used.energy - resting));
  }
  // A kWh is 3.6e12 uJ: uJ x g/kWh / 3.6e12 grams, in millionths; money likewise.
  const double kwh_e6 = static_cast<double>(used.energy) / 3.6e6;
  if (rates.grams_per_kwh >= 0) {
    const std::int64_t micrograms = rounded(kwh_e6 * rates.grams_per_kwh);
    rows.add(ug_emitted, micrograms);
    note_emission(host.account, rates, micrograms);
  }
  if (rates.price_per_kwh >= 0) rows.add(cost_micros, rounded(kwh_e6 * rates.price_per_kwh));
}

}  // namespace

Verdict verdict_of(const policy::HostPolicy& policy, const Rates& rates, Verdict standing,
                   PowerState state) {
  if (rates.exempt) return Verdict::exempt;
  if (standing == Verdict::none && state == PowerState::idle && rates.out_of_hours &&
      policy.off_out_of_hours)
    return Verdict::left_on;
  return standing;
}

void enter_time(Host& host, Span span, milliseconds part, PowerState minor, PowerState major) {
  const milliseconds length = span.length();
  for_each_part(
      host, span, [&](const Rates& rates, WallTime at, milliseconds from, milliseconds to) {
        const std::int64_t of_minor =
            part == milliseconds::zero()
                ? 0
                : share(part.count(), to, length) - share(part.count(), from, length);
        take_time(host.account.judge,
                  static_cast<std::int32_t>(
                      std::chrono::floor<std::chrono::days>(at).time_since_epoch().count()),
                  to - from, major == PowerState::lost, host.pending->days);
        Rows rows{host, at};
        enter_state(host, rows, rates, minor, of_minor);
        enter_state(host, rows, rates, major, (to - from).count() - of_minor);
      });
}

void enter_energy(Host& host, Span span, const WallEnergy& energy, PowerState state) {
  const auto total = static_cast<std::uint64_t>(host.account.totals.energy_by_quality());
  const Microjoules room = most_wall_energy - std::min(most_wall_energy, Microjoules{total});
  if (energy.method == PowerMethod::none || energy.energy == Microjoules{}) return;
  if (energy.energy > room) return enter_energy(host, span, by_method(energy.method, room), state);
  host.account.energy[static_cast<std::size_t>(energy.method)] += energy.energy;
  const Quality quality = quality_of(energy.method);
  const milliseconds length = span.length();
  if (length == milliseconds::zero()) {
    const Rates& rates = host.rates.at(*host.policy, span.end);
    const milliseconds whole{1};
    return enter_part(host, rates, span.end, state, quality, part_of(energy, {}, whole, whole), {});
  }
  for_each_part(
      host, span, [&](const Rates& rates, WallTime at, milliseconds from, milliseconds to) {
        enter_part(host, rates, at, state, quality, part_of(energy, from, to, length), to - from);
      });
}

}  // namespace sobriety::collector
