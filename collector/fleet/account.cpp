#include "collector/fleet/account.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace sobriety::collector {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

struct CpuTime {
  Cell total = 0;
  Cell rest = 0;  // idle, iowait, steal
};

constexpr Cell whole_share = 10'000;
// CPU time beyond that (29,000 years in one mode) is a broken agent's, and would overflow sums.
constexpr Cell most_cpu_time = std::numeric_limits<Cell>::max() / whole_share / 10;

// Nothing where a mode has no value: what is missing is not zero.
std::optional<CpuTime> cpu_time(const Layout& layout, std::span<const Cell> row) {
  CpuTime time;
  for (const std::size_t cell : layout.cpu_cells()) {
    if (row[cell] < 0 || row[cell] > most_cpu_time) return std::nullopt;
    time.total += row[cell];
  }
  for (const std::size_t cell : layout.cpu_rest_cells()) time.rest += row[cell];
  return time;
}

// Share that was busy between two readings, in 1/10000; no_value where nothing can be said.
Cell busy_share(const std::optional<CpuTime>& before, const std::optional<CpuTime>& after) {
  if (!before || !after) return no_value;
  const Cell total = after->total - before->total;
  const Cell rest = after->rest - before->rest;
  if (total <= 0 || rest < 0 || rest > total ||
      total > std::numeric_limits<Cell>::max() / whole_share)
    return no_value;
  return (total - rest) * whole_share / total;
}

// Advances an account by the agent's counter; a missing one (no_value is negative) changes nothing.
// A counter that went back would be a broken agent: a new baseline, and nothing is added.
void advance(ComponentAccount& account, Cell counter) {
  if (counter < 0) return;
  if (counter > account.counter)
    account.total += Microjoules{static_cast<std::uint64_t>(counter - account.counter)};
  account.counter = counter;
}

// The columns of one sample that are shown as they are.
void show(std::span<const Cell> sample, Host& host) {
  for (const Layout::Shown& shown : host.layout->shown())
    host.row[shown.cell] = sample[shown.column];
}

Cell cell_of(Microjoules energy) { return static_cast<Cell>(energy.count()); }

Cell ms(Elapsed time) { return duration_cast<milliseconds>(time).count(); }

// What the meter of the whole machine has counted; zero where there is none.
Microjoules machine_total(const Host& host) {
  const auto meter = host.layout->machine_meter();
  return meter ? host.components[host.account_of[*meter]].total : Microjoules{};
}

// What some components, by their index in the layout, have counted together.
Microjoules total_of(const Host& host, std::span<const std::size_t> components) {
  Microjoules total{};
  for (const std::size_t index : components) total += host.components[host.account_of[index]].total;
  return total;
}

// What the meters of each scope have counted, and of those that say whether psys is to be believed.
struct ScopeTotals {
  explicit ScopeTotals(const Host& host) {
    const ComponentTree& tree = host.layout->components();
    for (std::size_t i = 0; i < shown_scopes.size(); ++i)
      by_scope[i] = total_of(host, tree.roots_of(shown_scopes[i]));
    psys = total_of(host, tree.psys());
    packages = total_of(host, tree.packages());
  }
  std::array<Microjoules, shown_scopes.size()> by_scope;
  Microjoules psys;
  Microjoules packages;
};

bool all_measured(const Host& host, const Batch& batch, std::span<const std::size_t> components) {
  for (std::size_t sample = 0; sample < batch.times.size(); ++sample)
    for (const std::size_t index : components)
      if (batch.row(sample)[host.layout->energy()[index].column] < 0) return false;
  return true;
}

// Adds what came since `before` to the scopes. `newest` is still that of the batch before.
void take_scopes(Host& host, const Batch& batch, const ScopeTotals& before) {
  const ScopeTotals after{host};
  const ComponentTree& tree = host.layout->components();
  const bool believed = host.psys.believed();
  for (std::size_t i = 0; i < shown_scopes.size(); ++i)
    if (believed || shown_scopes[i] != EnergyScope::platform)
      host.scope_energy[i] += after.by_scope[i] - before.by_scope[i];
  if (host.newest && !tree.psys().empty() && !tree.packages().empty() &&
      all_measured(host, batch, tree.psys()) && all_measured(host, batch, tree.packages()))
    host.psys.observe(after.psys - before.psys, after.packages - before.packages,
                      batch.times.back().boottime - host.newest->boottime);
  std::size_t cell = host.layout->first(MetricId::host_scope_energy);
  for (const EnergyScope scope : host.layout->scopes()) {
    const auto place = static_cast<std::size_t>(
        std::find(shown_scopes.begin(), shown_scopes.end(), scope) - shown_scopes.begin());
    const bool shown = scope != EnergyScope::platform || host.psys.believed() ||
                       host.scope_energy[place] > Microjoules{};
    host.row[cell++] = shown ? cell_of(host.scope_energy[place]) : no_value;
  }
}

// Takes the batch's energy into the accounts. Returns the mean power of the whole machine in
// milliwatts, over those intervals that have a reading of its meter at both ends; no_value where
// there is none.
Cell take_energy(Host& host, const Batch& batch) {
  const auto energy = host.layout->energy();
  const auto meter = host.layout->machine_meter();
  Microjoules measured{};
  Elapsed measured_time{};
  bool read_before = host.newest && host.machine_read;
  Elapsed before = host.newest ? host.newest->boottime : Elapsed{};
  for (std::size_t sample = 0; sample < batch.times.size(); ++sample) {
    const auto cells = batch.row(sample);
    const Microjoules total_before = machine_total(host);
    for (std::size_t i = 0; i < energy.size(); ++i)
      advance(host.components[host.account_of[i]], cells[energy[i].column]);

    const Elapsed now = batch.times[sample].boottime;
    const bool read = meter && cells[energy[*meter].column] >= 0;
    if (read && read_before) {
      measured += machine_total(host) - total_before;
      measured_time += now - before;
    }
    read_before = read;
    before = now;
  }
  host.machine_read = read_before;
  if (measured_time <= Elapsed::zero()) return no_value;
  return static_cast<Cell>(std::llround((measured / measured_time).count() * 1e3));
}

}  // namespace

void begin_stream(Host& host, const StreamId& stream) {
  host.stream = stream;
  host.applied = host.committed = 0;
  for (ComponentAccount& account : host.components) account.counter = 0;
  host.newest.reset();
}

void adopt(Host& host, const Inventory& inventory, std::shared_ptr<const Layout> layout,
           std::shared_ptr<const LabelText> info) {
  if (host.boot != inventory.boot) host.newest.reset();
  host.boot = inventory.boot;
  host.info = std::move(info);
  const bool same_layout = host.layout == layout;
  if (!same_layout) {
    host.layout = std::move(layout);
    host.row.assign(host.layout->row_width(), no_value);
    host.row.shrink_to_fit();
    host.newest.reset();
    host.account_of.clear();
    for (const EnergySeries& series : host.layout->energy()) {
      const auto known =
          std::find_if(host.components.begin(), host.components.end(),
                       [&](const auto& account) { return account.component == series.component; });
      host.account_of.push_back(static_cast<std::size_t>(known - host.components.begin()));
      if (known == host.components.end()) host.components.push_back({series.component, 0, {}});
    }
  }
  host.row[host.layout->first(MetricId::host_info)] = 1;
  const Cell boot_time = inventory.boot_time.time_since_epoch().count();
  host.row[host.layout->first(MetricId::host_boot_time)] = boot_time > 0 ? boot_time : no_value;
}

void apply(Host& host, const Batch& batch) {
  const Layout& layout = *host.layout;
  // Usage is measured from the newest sample before this batch, or else from its first.
  if (!host.newest) show(batch.row(0), host);
  const std::optional<CpuTime> cpu_before = cpu_time(layout, host.row);

  const Microjoules measured_before = machine_total(host);
  const ScopeTotals scopes_before{host};
  const Cell power = take_energy(host, batch);
  take_scopes(host, batch, scopes_before);
  const auto energy = layout.energy();
  for (std::size_t i = 0; i < energy.size(); ++i)
    host.row[layout.first(MetricId::host_component_energy) + i] =
        cell_of(host.components[host.account_of[i]].total);
  if (layout.machine_meter()) {
    const PowerMethod method = layout.machine_method();
    Microjoules& total = host.energy[static_cast<std::size_t>(method)];
    total += machine_total(host) - measured_before;
    host.row[layout.cell(MetricId::host_energy, method)] = cell_of(total);
    host.row[layout.cell(MetricId::host_power, method)] = power;
  }

  const Instant& now = batch.times.back();
  show(batch.row(batch.times.size() - 1), host);
  host.row[layout.first(MetricId::host_cpu_usage)] =
      busy_share(cpu_before, cpu_time(layout, host.row));
  host.row[layout.first(MetricId::host_uptime)] = ms(now.boottime);
  host.row[layout.first(MetricId::host_last_seen)] = now.wall.time_since_epoch().count();

  host.newest = now;
  host.applied = batch.seq;
}

void skip(Host& host, std::uint64_t last_seq) { host.applied = std::max(host.applied, last_seq); }

}  // namespace sobriety::collector
