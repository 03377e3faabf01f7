#include "collector/report/sums.hpp"

#include <map>
#include <tuple>
#include <unordered_map>

namespace sobriety::collector::report {

Sums sums_of(const HostMonth& host, const Site* site) {
  Sums of;
  of.hosts = 1;
  for (std::size_t state = 0; state < state_count; ++state)
    for (const Spent& spent : host.spent[state]) {
      of.ms[state] += spent.ms;
      of.uj += spent.uj;
    }
  of.uj_measured = host.uj_measured;
  of.uj_low = host.uj_low;
  of.uj_high = host.uj_high;
  of.uj_waste = host.uj_waste;
  of.uj_avoidable = host.uj_avoidable;
  of.nights = host.nights;
  of.weekends = host.weekends;
  of.exempt = host.exempt ? 1 : 0;
  if (is_personal(host.role)) {
    of.personal = 1;
    of.uj_personal = of.uj;
  }
  if (host.role == "server") {
    of.servers = 1;
    of.uj_servers = of.uj;
    of.pue_missing = site == nullptr || !site->pue;
    if (!of.pue_missing) of.uj_room = static_cast<double>(of.uj) * *site->pue;
    of.underused = host.verdict == Verdict::underused ? 1 : 0;
    of.comatose = host.verdict == Verdict::comatose || host.verdict == Verdict::confirmed ? 1 : 0;
  }
  of.tariff_missing = site == nullptr || !site->tariff;
  if (!of.tariff_missing) {
    const double price = site->tariff->per_kwh;
    of.cost = host.bill ? host.bill->cost : kwh(of.uj) * price;
    of.cost_avoidable = host.bill ? host.bill->avoidable : kwh(host.uj_avoidable) * price;
    of.currencies.insert(site->tariff->currency);
  }
  for (const Emission& emission : host.emissions) {
    of.uj_with_factor += emission.uj;
    of.mg += emission.mg;
    of.factors.insert(emission.factor);
  }
  of.departments.emplace(host.site, host.department);
  return of;
}

Sums& Sums::operator+=(const Sums& other) {
  hosts += other.hosts;
  personal += other.personal;
  servers += other.servers;
  for (std::size_t state = 0; state < state_count; ++state) ms[state] += other.ms[state];
  uj += other.uj;
  uj_measured += other.uj_measured;
  uj_low += other.uj_low;
  uj_high += other.uj_high;
  uj_waste += other.uj_waste;
  uj_avoidable += other.uj_avoidable;
  uj_personal += other.uj_personal;
  nights += other.nights;
  weekends += other.weekends;
  underused += other.underused;
  comatose += other.comatose;
  exempt += other.exempt;
  uj_servers += other.uj_servers;
  uj_room += other.uj_room;
  pue_missing |= other.pue_missing;
  tariff_missing |= other.tariff_missing;
  cost += other.cost;
  cost_avoidable += other.cost_avoidable;
  currencies.insert(other.currencies.begin(), other.currencies.end());
  uj_with_factor += other.uj_with_factor;
  mg += other.mg;
  factors.insert(other.factors.begin(), other.factors.end());
  departments.insert(other.departments.begin(), other.departments.end());
  return *this;
}

std::vector<Group> grouped(const Input& input) {
  std::unordered_map<std::string_view, const Site*> sites;
  for (const Site& site : input.sites) sites.emplace(site.name, &site);
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, Group> groups;
  for (const HostMonth& host : input.hosts) {
    const auto found = sites.find(host.site);
    const Site* site = found == sites.end() ? nullptr : found->second;
    Group& group = groups[{host.site, host.department, host.role}];
    const Sums of = sums_of(host, site);
    group.sums += of;
    if (host.counted) group.counted += of;
  }
  std::vector<Group> list;
  list.reserve(groups.size());
  for (auto& [key, group] : groups) {
    std::tie(group.site, group.department, group.role) = key;
    list.push_back(std::move(group));
  }
  return list;
}

}  // namespace sobriety::collector::report
