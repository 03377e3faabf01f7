#include "collector/fleet/rates.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

// Exemptions begin and end at midnight of some place; asked once more within the hour where one
// does.
WallTime until_exemption_changes(const policy::HostPolicy& policy, WallTime time, WallTime until) {
  for (const policy::Exemption& exemption : policy.exemptions)
    for (const WallTime change : {exemption.from, exemption.expiry})
      if (change > time) until = std::min(until, change);
  return until;
}

}  // namespace

Rates rates_at(const policy::HostPolicy& policy, WallTime time) {
  const WallTime hour = std::chrono::floor<std::chrono::hours>(time);
  const auto spell = policy.calendar->spell_at(time);
  Rates rates;
  rates.from = time;
  rates.until = std::min<WallTime>(hour + std::chrono::hours{1}, spell.until);
  rates.until = until_exemption_changes(policy, time, rates.until);
  rates.out_of_hours = spell.period == policy::Period::off_hours;
  rates.exempt = policy.exemption_at(time) != nullptr;
  if (policy.carbon) {
    if (auto factor = policy.carbon->factor_at(time)) {
      rates.grams_per_kwh = factor->grams_per_kwh;
      rates.factor = std::move(factor->provenance);
    }
  }
  if (policy.tariff) {
    const auto price = policy.tariff->price_at(time);
    rates.price_per_kwh = price.per_kwh;
    rates.until = std::min(rates.until, price.until);
  }
  return rates;
}

}  // namespace sobriety::collector
