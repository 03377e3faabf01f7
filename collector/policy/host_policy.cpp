#include "collector/policy/host_policy.hpp"

namespace sobriety::collector::policy {

Tariff::Price Tariff::price_at(WallTime time) const {
  if (peak == nullptr) return {per_kwh, WallTime::max()};
  const auto [period, until] = peak->spell_at(time);
  return {period == Period::work ? per_kwh : off_peak_per_kwh, until};
}

const Exemption* HostPolicy::exemption_at(WallTime time) const {
  const Exemption* last = nullptr;
  for (const Exemption& exemption : exemptions) {
    if (time < exemption.from || time >= exemption.expiry) continue;
    if (last == nullptr || exemption.expiry > last->expiry) last = &exemption;
  }
  return last;
}

}  // namespace sobriety::collector::policy
