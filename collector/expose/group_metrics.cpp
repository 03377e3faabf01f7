#include "collector/expose/group_metrics.hpp"

#include "collector/expose/family_writer.hpp"
#include "collector/fleet/show.hpp"
#include "collector/report/privacy.hpp"

#include <prometheus/metric_family.h>

#include <map>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace sobriety::collector {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  return made;
}

void add(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

// A group as it may be shown: one, or several that are too small.
struct Row {
  std::string site, department, role;
  std::uint32_t parts = 1;
  GroupSum sum;

  [[nodiscard]] std::uint32_t hosts() const {
    return static_cast<std::uint32_t>(
        std::accumulate(sum.states.begin(), sum.states.end(), std::size_t{0}));
  }
  void add(const Row& other) { sum += other.sum; }
};

report::Shown<Row> rows_of(const GroupTable& table, std::uint32_t least) {
  std::vector<Row> rows;
  rows.reserve(table.groups.size());
  for (const auto& [group, sum] : table.groups)
    rows.push_back({group.site, group.department, std::string{to_string(group.role)}, 1, sum});
  return report::protect(std::move(rows), least);
}

Labels labels_of(const Row& row) {
  return {{"site", row.site}, {"department", row.department}, {"role", row.role}};
}
Labels with(Labels labels, const char* name, std::string_view value) {
  labels.push_back({name, std::string{value}});
  return labels;
}

constexpr auto counter = MetricType::Counter;
constexpr auto gauge = MetricType::Gauge;

struct GroupFamilies {
  MetricFamily hosts =
      family("sobriety_group_hosts", "Hosts of a group by what they do now.", gauge);
  MetricFamily verdicts = family("sobriety_group_hosts_verdict",
                                 "Hosts of a group by what is to be said of them.", gauge);
  MetricFamily energy =
      family("sobriety_group_energy_joules_total",
             "Energy at the wall of a group's hosts, measured and estimated.", counter);
  MetricFamily avoidable = family(
      "sobriety_group_avoidable_energy_joules_total",
      "Energy used while idle out of working hours and not exempt, beyond that of rest.", counter);
  MetricFamily time = family("sobriety_group_state_seconds_total",
                             "Time of a group's hosts in each state, within working hours and out "
                             "of them.",
                             counter);
  MetricFamily emissions =
      family("sobriety_group_emissions_grams_total",
             "Emissions (CO2e) of the energy used, by the source of the factor.", counter);
  MetricFamily cost = family("sobriety_group_cost_total",
                             "Cost of the energy used, where a price is known.", counter);
  MetricFamily headcount = family("sobriety_group_headcount",
                                  "People of a site's department, as the policy says.", gauge);

  MetricFamily merged = family("sobriety_groups_merged",
                               "Groups of few people's machines that are shown together.", gauge);
  MetricFamily withheld = family("sobriety_groups_withheld_hosts",
                                 "Hosts of groups that are too small to be shown.", gauge);

  void add_all(const report::Shown<Row>& shown) {
    for (const Row& row : shown.groups) add_row(row);
    add(merged, {}, shown.merged);
    add(withheld, {}, shown.withheld);
  }

 private:
  void add_row(const Row& row) {
    const Labels labels = labels_of(row);
    const GroupSum& sum = row.sum;
    for (std::size_t i = 0; i < power_state_count; ++i)
      add(hosts, with(labels, "state", to_string(static_cast<PowerState>(i))),
          static_cast<double>(sum.states[i]));
    for (std::size_t i = 0; i < verdict_count; ++i)
      add(verdicts, with(labels, "verdict", to_string(static_cast<Verdict>(i))),
          static_cast<double>(sum.verdicts[i]));
    const auto joules = [&sum](Figure figure) {
      return static_cast<double>(sum.totals[figure]) / 1e6;
    };
    add(energy, with(labels, "quality", "measured"), joules(Figure::uj_measured));
    add(energy, with(labels, "quality", "estimated"), joules(Figure::uj_estimated));
    add(avoidable, labels, joules(Figure::uj_avoidable));
    for (std::size_t i = 0; i < power_state_count; ++i) {
      const auto state = static_cast<PowerState>(i);
      const auto out = sum.totals[time_figure_out(state)];
      const Labels of_state = with(labels, "state", to_string(state));
      add(time, with(of_state, "period", to_string(policy::Period::work)),
          static_cast<double>(sum.totals[time_figure(state)] - out) / 1e3);
      add(time, with(of_state, "period", to_string(policy::Period::off_hours)),
          static_cast<double>(out) / 1e3);
    }
    for (const auto& [source, micrograms] : sum.emitted)
      add(emissions, with(labels, "factor_source", source), static_cast<double>(micrograms) / 1e6);
    for (const auto& [currency, millionths] : sum.cost)
      add(cost, with(labels, "currency", currency), static_cast<double>(millionths) / 1e6);
  }
};

// What a site's figures stand on.
struct SiteFamilies {
  MetricFamily carbon = family("sobriety_carbon_intensity_grams_per_kwh",
                               "Grams of CO2e a kWh now, by the policy's tables.", gauge);
  MetricFamily tariff = family("sobriety_tariff_per_kwh", "Price of a kWh at a site now.", gauge);
  MetricFamily pue =
      family("sobriety_pue_ratio",
             "Energy of a site's server rooms for each unit of the servers in them.", gauge);
  MetricFamily work =
      family("sobriety_calendar_work_period", "1 within the working hours of a site.", gauge);
  std::map<std::string, bool> zones;  // that are told

  void add_site(const std::string& name, const policy::Site& site, WallTime now) {
    const Labels labels{{"site", name}};
    add(work, labels, site.calendar->period_at(now) == policy::Period::work ? 1 : 0);
    add(pue, labels, site.pue);
    if (site.tariff)
      add(tariff, with(labels, "currency", site.tariff->currency),
          site.tariff->price_at(now).per_kwh);
    if (!site.carbon || std::exchange(zones[site.carbon->name()], true)) return;
    if (const auto factor = site.carbon->factor_at(now))
      add(carbon,
          {{"zone", site.carbon->name()},
           {"source", factor->provenance ? factor->provenance->source : ""},
           {"scope", factor->provenance ? factor->provenance->scope : ""}},
          factor->grams_per_kwh);
  }
};

void take(GroupSum& sum, const Host& host, WallTime now) {
  const PowerState state = state_now(host);
  ++sum.states[static_cast<std::size_t>(state)];
  ++sum.verdicts[static_cast<std::size_t>(verdict_now(host, now))];
  if (!host.policy->counted) return;
  sum.totals += host.shown_totals;
  for (const Emission& emission : host.shown_emissions)
    sum.emitted[emission.source] += emission.micrograms;
  if (host.policy->tariff)
    sum.cost[host.policy->tariff->currency] += host.shown_totals[Figure::cost_micros];
}

}  // namespace

GroupSum& GroupSum::operator+=(const GroupSum& other) {
  for (std::size_t i = 0; i < states.size(); ++i) states[i] += other.states[i];
  for (std::size_t i = 0; i < verdicts.size(); ++i) verdicts[i] += other.verdicts[i];
  totals += other.totals;
  for (const auto& [source, micrograms] : other.emitted) emitted[source] += micrograms;
  for (const auto& [currency, millionths] : other.cost) cost[currency] += millionths;
  return *this;
}

GroupTable& GroupTable::operator+=(const GroupTable& other) {
  for (const auto& [group, sum] : other.groups) groups[group] += sum;
  policy = other.policy;
  return *this;
}

GroupTable group_table(const Shard& shard, WallTime now) {
  GroupTable table;
  table.policy = shard.policy();
  for (const Host& host : shard.hosts()) take(table.groups[host.policy->group], host, now);
  return table;
}

std::string group_text(const GroupTable& table, std::uint32_t least, WallTime now, Format format) {
  GroupFamilies groups;
  groups.add_all(rows_of(table, least));
  SiteFamilies sites;
  if (table.policy) {
    const policy::PolicyParts& parts = table.policy->parts();
    // A site that a rule or an inventory names needs no section of its own.
    std::map<std::string_view, const policy::Site*> named{
        {policy::unassigned, &parts.default_site}};
    for (const auto& [group, sum] : table.groups) named.emplace(group.site, &parts.default_site);
    for (const auto& [name, site] : parts.sites) named[name] = &site;
    for (const auto& [name, site] : named) sites.add_site(std::string{name}, *site, now);
    for (const auto& [place, people] : parts.headcounts)
      add(groups.headcount, {{"site", place.first}, {"department", place.second}}, people);
  }
  const std::vector<MetricFamily> families{
      groups.hosts,     groups.verdicts, groups.energy,    groups.avoidable, groups.time,
      groups.emissions, groups.cost,     groups.headcount, groups.merged,    groups.withheld,
      sites.carbon,     sites.tariff,    sites.pue,        sites.work};
  std::string text;
  write_families(text, families, format);
  return text;
}

}  // namespace sobriety::collector
