#include "collector/fleet/scope_energy.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

// What some components, by their index in the layout, have counted together.
Microjoules total_of(const Host& host, std::span<const std::size_t> components) {
  Microjoules total{};
  for (const std::size_t index : components)
    total += host.account.components[host.account_of[index]].total;
  return total;
}

bool all_measured(const Host& host, const Batch& batch, std::span<const std::size_t> components) {
  for (std::size_t sample = 0; sample < batch.times.size(); ++sample)
    for (const std::size_t index : components)
      if (batch.row(sample)[host.layout->energy()[index].column] < 0) return false;
  return true;
}

void observe_psys(Host& host, const Batch& batch, const ScopeTotals& before,
                  const ScopeTotals& after, Elapsed since) {
  const ComponentTree& tree = host.layout->components();
  if (tree.psys().empty() || tree.packages().empty() || !all_measured(host, batch, tree.psys()) ||
      !all_measured(host, batch, tree.packages()))
    return;
  host.psys.observe(after.psys - before.psys, after.packages - before.packages,
                    batch.times.back().boottime - since);
}

}  // namespace

ScopeTotals::ScopeTotals(const Host& host) {
  const ComponentTree& tree = host.layout->components();
  for (std::size_t i = 0; i < shown_scopes.size(); ++i)
    by_scope[i] = total_of(host, tree.roots_of(shown_scopes[i]));
  psys = total_of(host, tree.psys());
  packages = total_of(host, tree.packages());
}

void take_scopes(Host& host, const Batch& batch, const ScopeTotals& before,
                 std::optional<Elapsed> since) {
  const ScopeTotals after{host};
  ScopeEnergy& account = host.account.by_scope;
  const bool believed = host.psys.believed();
  for (std::size_t i = 0; i < shown_scopes.size(); ++i)
    if (believed || shown_scopes[i] != EnergyScope::platform)
      account[i] += after.by_scope[i] - before.by_scope[i];
  if (since) observe_psys(host, batch, before, after, *since);
  std::size_t cell = host.layout->first(MetricId::host_scope_energy);
  for (const EnergyScope scope : host.layout->scopes()) {
    const auto* place = std::find(shown_scopes.begin(), shown_scopes.end(), scope);
    const Microjoules energy = account[static_cast<std::size_t>(place - shown_scopes.begin())];
    const bool shown =
        scope != EnergyScope::platform || host.psys.believed() || energy > Microjoules{};
    host.pending->row[cell++] = shown ? static_cast<Cell>(energy.count()) : no_value;
  }
}

}  // namespace sobriety::collector
