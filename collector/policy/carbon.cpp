#include "collector/policy/carbon.hpp"

#include <cassert>
#include <iterator>

namespace sobriety::collector::policy {

namespace {

using Hours = std::chrono::sys_time<std::chrono::hours>;

int year_of(Hours hour) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(hour)};
  return static_cast<int>(date.year());
}

}  // namespace

void CarbonZone::add_hourly(Hours hour, double grams_per_kwh,
                            std::shared_ptr<const Provenance> provenance) {
  assert(grams_per_kwh >= 0);
  Hour& entry = hourly_[hour];
  entry.sum += grams_per_kwh;
  ++entry.values;
  entry.provenance = std::move(provenance);
}

void CarbonZone::set_annual(int year, double grams_per_kwh,
                            std::shared_ptr<const Provenance> provenance) {
  assert(grams_per_kwh >= 0);
  annual_[year] = {grams_per_kwh, FactorLevel::annual, year, std::move(provenance)};
}

void CarbonZone::set_constant(int year, double grams_per_kwh,
                              std::shared_ptr<const Provenance> provenance) {
  assert(grams_per_kwh >= 0);
  constant_ = {grams_per_kwh, FactorLevel::constant, year, std::move(provenance)};
}

std::optional<Factor> CarbonZone::factor_at(WallTime time) const {
  const auto hour = std::chrono::floor<std::chrono::hours>(time);
  const int year = year_of(hour);
  if (const auto found = hourly_.find(hour); found != hourly_.end()) {
    const Hour& entry = found->second;
    return Factor{entry.sum / entry.values, FactorLevel::hourly, year, entry.provenance};
  }
  const auto later = annual_.upper_bound(year);
  if (later != annual_.begin()) return std::prev(later)->second;
  return constant_;
}

std::vector<Hole> CarbonZone::holes() const {
  std::vector<Hole> holes;
  if (hourly_.empty()) return holes;
  Hours expected = hourly_.begin()->first;
  for (const auto& [hour, entry] : hourly_) {
    if (hour != expected) holes.push_back({expected, hour});
    expected = hour + std::chrono::hours{1};
  }
  return holes;
}

}  // namespace sobriety::collector::policy
