#include "collector/report/sums.hpp"

#include <map>
#include <tuple>
#include <unordered_map>

namespace sobriety::collector::report {

void Sums::add(const HostMonth& host, const Site* site) {
  ++hosts;
  Wide energy = 0;
  for (std::size_t state = 0; state < state_count; ++state)
    for (const Spent& spent : host.spent[state]) {
      ms[state] += spent.ms;
      energy += spent.uj;
    }
  uj += energy;
  uj_measured += host.uj_measured;
  uj_low += host.uj_low;
  uj_high += host.uj_high;
  uj_waste += host.uj_waste;
  uj_avoidable += host.uj_avoidable;
  nights.known += host.nights.known;
  nights.on += host.nights.on;
  weekends.known += host.weekends.known;
  weekends.on += host.weekends.on;
  if (is_personal(host.role)) {
    ++personal;
    uj_personal += energy;
  }
  if (host.role == "server") {
    ++servers;
    uj_servers += energy;
    if (site != nullptr && site->pue)
      uj_room += static_cast<double>(energy) * *site->pue;
    else
      pue_missing = true;
    underused += host.verdict == Verdict::underused ? 1 : 0;
    comatose += host.verdict == Verdict::comatose || host.verdict == Verdict::confirmed ? 1 : 0;
  }
  exempt += host.exempt ? 1 : 0;
  if (site != nullptr && site->tariff) {
    const double price = site->tariff->per_kwh;
    cost += host.bill ? host.bill->cost : kwh(energy) * price;
    cost_avoidable += host.bill ? host.bill->avoidable : kwh(host.uj_avoidable) * price;
    currencies.insert(site->tariff->currency);
  } else {
    tariff_missing = true;
  }
  for (const Emission& emission : host.emissions) {
    uj_with_factor += emission.uj;
    mg += emission.mg;
    factors.insert(emission.factor);
  }
  departments.emplace(host.site, host.department);
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
  nights.known += other.nights.known;
  nights.on += other.nights.on;
  weekends.known += other.weekends.known;
  weekends.on += other.weekends.on;
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
    group.sums.add(host, site);
    if (host.counted) group.counted.add(host, site);
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
