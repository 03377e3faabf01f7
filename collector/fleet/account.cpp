#include "collector/fleet/account.hpp"

#include "collector/fleet/scope_energy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

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

// What of `energy` fits beside `total`: numbers of a broken agent end at the most that is kept.
Microjoules fitting(Microjoules energy, Microjoules total) {
  constexpr Microjoules most{std::numeric_limits<std::int64_t>::max()};
  return std::min(energy, most - std::min(most, total));
}

// What the agent's counter says that was used since its last known value; a missing one (no_value
// is negative) says nothing. A counter that went back started again at zero.
Microjoules credit(ComponentAccount& account, Cell counter) {
  if (counter < 0) return {};
  if (account.counter == no_value) account.counter = counter;
  const Cell used = counter < account.counter ? counter : counter - account.counter;
  account.counter = counter;
  const Microjoules energy = fitting(Microjoules{static_cast<std::uint64_t>(used)}, account.total);
  account.total += energy;
  return energy;
}

// The columns of one sample that are shown as they are.
void show(const Layout& layout, std::span<const Cell> sample, std::vector<Cell>& row) {
  for (const Layout::Shown& shown : layout.shown()) row[shown.cell] = sample[shown.column];
}

Cell ms(Elapsed time) { return duration_cast<milliseconds>(time).count(); }

Cell cell_of(Microjoules energy) { return static_cast<Cell>(energy.count()); }
Cell cell_of(WallTime time) {
  const Cell since_1970 = time.time_since_epoch().count();
  return since_1970 > 0 ? since_1970 : no_value;
}

// Energy that was measured, and the time in which it was.
struct Measured {
  Microjoules energy{};
  Elapsed time{};

  // Mean power in milliwatts; no_value where no time was measured.
  [[nodiscard]] Cell power() const {
    if (time <= Elapsed::zero()) return no_value;
    return static_cast<Cell>(std::llround((energy / time).count() * 1e3));
  }
};

// The energy of the whole machine by its meter; the other methods come with estimates.
Microjoules& metered(Host& host) {
  return host.account.energy[static_cast<std::size_t>(host.layout->machine_method())];
}

// Credits the components with one sample. Returns what the meter of the whole machine adds; nothing
// where there is no meter or it has no value.
std::optional<Microjoules> credit(Host& host, std::span<const Cell> cells) {
  std::optional<Microjoules> machine;
  const auto energy = host.layout->energy();
  for (std::size_t i = 0; i < energy.size(); ++i) {
    const Cell counter = cells[energy[i].column];
    const Microjoules used = credit(host.account.components[host.account_of[i]], counter);
    if (counter >= 0 && host.layout->machine_meter() == i) machine = fitting(used, metered(host));
  }
  return machine;
}

// Takes the time that a sample closes, and the energy that it tells, into hours and totals.
void enter(Account& account, Hours& hours, const Passage& passage,
           const std::optional<Microjoules>& machine) {
  using enum Figure;
  spread_time(hours, passage.lost, milliseconds::zero(), ms_off, ms_lost);
  spread_time(hours, passage.lived, passage.asleep, ms_suspended, ms_on);
  account.totals[ms_lost] += passage.lost.length().count();
  account.totals[ms_suspended] += passage.asleep.count();
  account.totals[ms_on] += (passage.lived.length() - passage.asleep).count();
  figures_of(hours, std::chrono::floor<std::chrono::hours>(passage.at))[samples] += 1;
  account.totals[samples] += 1;
  if (!machine) return;
  WallTime from = account.measured_to == WallTime{} ? passage.at : account.measured_to;
  from = std::max({from, account.timeline.began, passage.at - oldest_accounted});
  spread_energy(hours, {from, passage.at}, *machine, uj_measured, uj_on);
  account.totals[uj_measured] += cell_of(*machine);
  account.totals[uj_on] += cell_of(*machine);
  account.measured_to = std::max(account.measured_to, passage.at);
}

// Takes all samples of a batch into the account and the hours.
Measured account_for(Host& host, const Batch& batch, WallTime arrival, Oddities& odd) {
  Measured measured;
  for (std::size_t sample = 0; sample < batch.times.size(); ++sample) {
    const Instant& now = batch.times[sample];
    const SampleTime time = time_of(now, host.boot, host.clock, arrival);
    const Elapsed before = host.account.timeline.boottime;
    const Passage passage = advance(host.account.timeline, host.boot, now, time.wall, arrival);
    const auto machine = credit(host, batch.row(sample));
    enter(host.account, host.pending->hours, passage, machine);
    if (machine) metered(host) += *machine;
    if (machine && host.measuring) {
      measured.energy += *machine;
      measured.time += now.boottime - before;
    }
    host.measuring = machine.has_value();
    host.account.last_seen = time.wall;
    odd.implausible_times += time.implausible ? 1 : 0;
    odd.clock_steps += passage.placed_anew ? 1 : 0;
  }
  return measured;
}

// The cells that are not of the batches: set at once, and kept when a row is published.
constexpr std::array present{MetricId::host_up, MetricId::host_info, MetricId::host_boot_time,
                             MetricId::host_clock_skew};

void start_afresh(Host& host) {
  host.fresh = true;
  host.measuring = false;
}

}  // namespace

void begin_stream(Host& host, const StreamId& stream) {
  host.applied = {stream, 0};
  host.counters_known = true;
  for (ComponentAccount& account : host.account.components) account.counter = 0;
  start_afresh(host);
}

void adopt(Host& host, const Inventory& inventory, std::shared_ptr<const Layout> layout,
           std::shared_ptr<const LabelText> info) {
  if (host.boot != inventory.boot) start_afresh(host);
  host.boot = inventory.boot;
  host.info = std::move(info);
  if (host.layout != layout) {
    start_afresh(host);
    const Cell last_seen =
        host.layout ? host.row[host.layout->first(MetricId::host_last_seen)] : no_value;
    host.layout = std::move(layout);
    host.row.assign(host.layout->row_width(), no_value);
    host.row.shrink_to_fit();
    host.row[host.layout->first(MetricId::host_last_seen)] = last_seen;
    if (host.pending) host.pending->row.clear();
    host.account_of.clear();
    auto& components = host.account.components;
    for (const EnergySeries& series : host.layout->energy()) {
      const auto known =
          std::find_if(components.begin(), components.end(),
                       [&](const auto& account) { return account.component == series.component; });
      host.account_of.push_back(static_cast<std::size_t>(known - components.begin()));
      if (known == components.end())
        components.push_back({series.component, host.counters_known ? 0 : no_value, {}});
    }
  }
  host.row[host.layout->first(MetricId::host_info)] = 1;
  host.row[host.layout->first(MetricId::host_boot_time)] = cell_of(inventory.boot_time);
  host.row[host.layout->first(MetricId::host_clock_skew)] = host.skew.count();
  set_up(host, host.up);
}

Oddities apply(Host& host, const Batch& batch, WallTime arrival) {
  const Layout& layout = *host.layout;
  if (!host.pending) host.pending = std::make_unique<Pending>();
  std::vector<Cell>& row = host.pending->row;
  if (row.empty()) row = host.row;
  // Usage is measured from the newest sample before this batch, or else from its first.
  const bool fresh = std::exchange(host.fresh, false);
  if (fresh) show(layout, batch.row(0), row);
  const std::optional<CpuTime> cpu_before = cpu_time(layout, row);

  const ScopeTotals scopes_before{host};
  const std::optional<Elapsed> since =
      fresh ? std::nullopt : std::optional{host.account.timeline.boottime};
  Oddities odd;
  const Measured measured = account_for(host, batch, arrival, odd);
  take_scopes(host, batch, scopes_before, since);
  const auto energy = layout.energy();
  for (std::size_t i = 0; i < energy.size(); ++i)
    row[layout.first(MetricId::host_component_energy) + i] =
        cell_of(host.account.components[host.account_of[i]].total);
  if (layout.machine_meter()) {
    const PowerMethod method = layout.machine_method();
    row[layout.cell(MetricId::host_energy, method)] = cell_of(metered(host));
    row[layout.cell(MetricId::host_power, method)] = measured.power();
  }

  show(layout, batch.row(batch.times.size() - 1), row);
  row[layout.first(MetricId::host_cpu_usage)] = busy_share(cpu_before, cpu_time(layout, row));
  row[layout.first(MetricId::host_uptime)] = ms(batch.times.back().boottime);
  row[layout.first(MetricId::host_last_seen)] = host.account.last_seen.time_since_epoch().count();
  host.applied.seq = batch.seq;
  host.counters_known = true;
  return odd;
}

void skip(Host& host, std::uint64_t last_seq, bool acknowledged) {
  if (acknowledged && host.applied.seq == 0) {
    host.counters_known = false;
    for (ComponentAccount& component : host.account.components) component.counter = no_value;
  }
  host.applied.seq = std::max(host.applied.seq, last_seq);
}

void publish(Host& host, std::vector<Cell> row, const std::shared_ptr<const Layout>& layout) {
  if (layout == host.layout && !row.empty()) {
    for (const MetricId metric : present) {
      const std::size_t cell = host.layout->first(metric);
      row[cell] = host.row[cell];
    }
    host.row = std::move(row);
  }
  if (!host.left) set_up(host, true);
}

void set_up(Host& host, bool up) {
  host.up = up;
  if (host.layout) host.row[host.layout->first(MetricId::host_up)] = up ? 1 : 0;
}

}  // namespace sobriety::collector
