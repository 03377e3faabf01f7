#include "collector/fleet/account.hpp"

#include <algorithm>
#include <cmath>

namespace sobriety::collector {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

struct CpuTime {
  Cell total = 0;
  Cell rest = 0;  // idle, iowait, steal
};

CpuTime cpu_time(const Layout& layout, std::span<const Cell> row) {
  CpuTime time;
  for (const std::size_t cell : layout.cpu_cells())
    if (row[cell] != no_value) time.total += row[cell];
  for (const std::size_t cell : layout.cpu_rest_cells())
    if (row[cell] != no_value) time.rest += row[cell];
  return time;
}

// Share that was busy between two readings, in 1/10000; no_value where nothing can be said.
Cell busy_share(const CpuTime& before, const CpuTime& after) {
  const Cell total = after.total - before.total;
  const Cell rest = after.rest - before.rest;
  if (total <= 0 || rest < 0 || rest > total) return no_value;
  return (total - rest) * 10'000 / total;
}

// Advances an account by the agent's counter. A counter that went back would be a broken agent:
// a new baseline, and nothing is added.
void advance(ComponentAccount& account, Cell counter) {
  if (counter < 0) return;
  if (counter > account.counter) account.total += Microjoules{static_cast<std::uint64_t>(counter - account.counter)};
  account.counter = counter;
}

// The columns of one sample that are shown as they are.
void show(std::span<const Cell> sample, Host& host) {
  for (const Layout::Shown& shown : host.layout->shown()) host.row[shown.cell] = sample[shown.column];
}

Cell cell_of(Microjoules energy) { return static_cast<Cell>(energy.count()); }

Cell ms(Elapsed time) { return duration_cast<milliseconds>(time).count(); }

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
      const auto known = std::find_if(host.components.begin(), host.components.end(),
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
  const auto energy = layout.energy();
  // What the rates of this batch are measured from: the newest sample before it, or else its first.
  const Instant since = host.newest.value_or(batch.times.front());
  if (!host.newest) show(batch.row(0), host);
  const CpuTime cpu_before = cpu_time(layout, host.row);
  const auto machine_account = [&]() -> ComponentAccount& {
    return host.components[host.account_of[*layout.machine_meter()]];
  };
  const Microjoules machine_before = layout.machine_meter() ? machine_account().total : Microjoules{};
  Microjoules power_from = machine_before;

  for (std::size_t sample = 0; sample < batch.times.size(); ++sample) {
    const auto cells = batch.row(sample);
    for (std::size_t i = 0; i < energy.size(); ++i)
      if (const Cell counter = cells[energy[i].column]; counter != no_value)
        advance(host.components[host.account_of[i]], counter);
    if (sample == 0 && !host.newest && layout.machine_meter()) power_from = machine_account().total;
  }

  show(batch.row(batch.times.size() - 1), host);
  for (std::size_t i = 0; i < energy.size(); ++i)
    host.row[layout.first(MetricId::host_component_energy) + i] = cell_of(host.components[host.account_of[i]].total);

  const Instant& now = batch.times.back();
  const Elapsed elapsed = now.boottime - since.boottime;
  if (layout.machine_meter()) {
    constexpr PowerMethod method = PowerMethod::external_meter;
    Microjoules& total = host.energy[static_cast<std::size_t>(method)];
    total += machine_account().total - machine_before;
    host.row[layout.cell(MetricId::host_energy, method)] = cell_of(total);
    if (elapsed > Elapsed::zero()) {
      const Watts power = (machine_account().total - power_from) / elapsed;
      host.row[layout.cell(MetricId::host_power, method)] = static_cast<Cell>(std::llround(power.count() * 1e3));
    }
  }
  host.row[layout.first(MetricId::host_cpu_usage)] = busy_share(cpu_before, cpu_time(layout, host.row));
  host.row[layout.first(MetricId::host_uptime)] = ms(now.boottime);
  host.row[layout.first(MetricId::host_last_seen)] = now.wall.time_since_epoch().count();

  host.newest = now;
  host.applied = batch.seq;
}

void skip(Host& host, std::uint64_t last_seq) { host.applied = std::max(host.applied, last_seq); }

}  // namespace sobriety::collector
