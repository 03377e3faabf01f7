#include "collector/fleet/account.hpp"

#include "collector/fleet/enter.hpp"
#include "collector/fleet/scope_energy.hpp"
#include "collector/fleet/show.hpp"

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

// Energy that a sample told, and the time awake in which it was used.
struct Told {
  WallEnergy wall;
  Elapsed time{};
};

// Energy at the wall by one method, and the time awake in which it was used. Of a counter that is
// between neighbouring samples which both had it.
struct Measured {
  PowerMethod method = PowerMethod::none;
  Microjoules energy{};
  Elapsed time{};

  void take(const Told& told, bool told_before) {
    if (told.wall.method == PowerMethod::none) return;
    if (told.wall.method <= PowerMethod::rapl_generic && !told_before) return;
    if (told.wall.method != method) *this = {told.wall.method, {}, {}};
    energy += told.wall.energy;
    time += told.time;
  }
  // Mean power in milliwatts; no_value where no time was measured.
  [[nodiscard]] Cell power() const {
    if (method == PowerMethod::none || time <= Elapsed::zero()) return no_value;
    return static_cast<Cell>(std::llround((energy / time).count() * 1e3));
  }
};

// Credits the components with one sample: pending->used is what each of them adds.
void credit(Host& host, std::span<const Cell> cells) {
  const auto energy = host.layout->energy();
  auto& used = host.pending->used;
  used.resize(energy.size());
  for (std::size_t i = 0; i < energy.size(); ++i)
    used[i] = credit(host.account.components[host.account_of[i]], cells[energy[i].column]);
}

bool have_values(const Host& host, std::span<const Cell> cells,
                 std::span<const std::size_t> components) {
  return !components.empty() &&
         std::all_of(components.begin(), components.end(), [&](std::size_t index) {
           return cells[host.layout->energy()[index].column] >= 0;
         });
}

Microjoules used_by(const Host& host, std::span<const std::size_t> components) {
  Microjoules sum{};
  for (const std::size_t index : components) sum += host.pending->used[index];
  return std::min(sum, most_wall_energy);
}

// What the sample tells of power, with what waits brought up to it.
PowerReading read_power(Host& host, std::span<const Cell> cells, std::chrono::milliseconds awake) {
  const Layout& layout = *host.layout;
  PowerWait& wait = host.account.wait;
  PowerReading reading;
  reading.processors = host.processors();
  if (const auto meter = layout.machine_meter()) {
    reading.has_machine = true;
    reading.machine_method = layout.machine_method();
    if (cells[layout.energy()[*meter].column] >= 0) reading.machine = host.pending->used[*meter];
  }
  reading.has_rapl = layout.has_rapl();
  reading.has_memory = layout.has_memory();
  reading.rapl =
      reading.has_rapl && have_values(host, cells, layout.components().roots_of(EnergyScope::cpu));
  reading.psys = host.psys.believed() && have_values(host, cells, layout.components().psys());
  wait.awake += awake;
  wait.rapl = std::min(most_wall_energy, wait.rapl + used_by(host, layout.parts()));
  wait.psys = std::min(most_wall_energy, wait.psys + used_by(host, layout.components().psys()));
  reading.load = wait.load.upto(layout.signals(), cells);
  return reading;
}

// Time that nobody was awake: between two boots, and asleep.
void enter_rest(Host& host, const Passage& passage, PowerState between) {
  enter_time(host, passage.lost, milliseconds::zero(), PowerState::off, between);
  const policy::PowerModel& model = host.policy->power;
  if (between != PowerState::lost)
    enter_energy(host, passage.lost,
                 resting_energy(model, between == PowerState::suspended, passage.lost.length()),
                 between);
  if (passage.asleep > milliseconds::zero())
    enter_energy(host, passage.lived, resting_energy(model, true, passage.asleep),
                 PowerState::suspended);
}

// Energy at the wall up to the sample, by the best method that tells it.
Told enter_wall(Host& host, std::span<const Cell> cells, const Passage& passage, PowerState state) {
  Account& account = host.account;
  const auto awake = passage.lived.length() - passage.asleep;
  const PowerReading reading = read_power(host, cells, awake);
  const Elapsed waited = account.wait.awake;
  const WallEnergy wall =
      wall_energy(host.policy->power, reading, account.wait, account.timeline.began, passage.at);
  if (account.wait.awake > milliseconds::zero()) return {};  // it is waited
  account.wait.load.begin(host.layout->signals(), cells);
  WallTime from = account.measured_to == WallTime{} ? passage.at : account.measured_to;
  from = std::max({from, account.timeline.began, passage.at - oldest_accounted});
  enter_energy(host, {from, passage.at}, wall, state);
  if (state == PowerState::active)
    enter_energy(host, passage.lived, monitor_energy(host.policy->power, awake), state);
  if (wall.method != PowerMethod::none)
    account.measured_to = std::max(account.measured_to, passage.at);
  return {wall, waited};
}

// Takes the time that a sample closes, and the energy that it tells, into hours and totals; what it
// says of the host's state holds from here on.
Told enter(Host& host, std::span<const Cell> cells, const Instant& sample, const Passage& passage) {
  Account& account = host.account;
  const Bench bench{host.layout->signals(), *host.policy, host.processors()};
  enter_rest(host, passage, state_between(account.judge));
  if (passage.new_boot) {
    begin_boot(account.judge, passage.lived.begin);
    account.wait = {};
  }
  const PowerState state = state_of(account.judge, bench, passage);
  enter_time(host, passage.lived, passage.asleep, PowerState::suspended, state);
  figures_of(host.pending->hours,
             std::chrono::floor<std::chrono::hours>(passage.at))[Figure::samples] += 1;
  account.totals[Figure::samples] += 1;
  const Told told = enter_wall(host, cells, passage, state);
  take_sample(account.judge, bench, cells, sample, passage);
  return told;
}

// Shows energy at the wall.
void show_energy(const Host& host, std::vector<Cell>& row) {
  const Layout& layout = *host.layout;
  for (std::size_t i = 0; i < shown_methods; ++i) {
    const auto method = static_cast<PowerMethod>(i);
    const Microjoules energy = host.account.energy[i];
    const bool shown =
        energy > Microjoules{} || (layout.machine_meter() && layout.machine_method() == method);
    row[layout.cell(MetricId::host_energy, method)] = shown ? cell_of(energy) : no_value;
  }
}

void show_components(const Host& host, std::vector<Cell>& row) {
  const std::size_t first = host.layout->first(MetricId::host_component_energy);
  for (std::size_t i = 0; i < host.account_of.size(); ++i)
    row[first + i] = cell_of(host.account.components[host.account_of[i]].total);
}

// Shows what is known by that sample of the batch, which was taken into the account.
void show_sample(const Host& host, const Batch& batch, std::size_t sample, std::vector<Cell>& row) {
  const Layout& layout = *host.layout;
  show(layout, batch.row(sample), row);
  show_components(host, row);
  show_energy(host, row);
  row[layout.first(MetricId::host_uptime)] = ms(batch.times[sample].boottime);
  row[layout.first(MetricId::host_last_seen)] = host.account.last_seen.time_since_epoch().count();
}

// Whoever takes a sample is up, whatever is known of the host by now.
void keep_point(Host& host, std::vector<Cell> row, WallTime arrival, Point::Kind kind) {
  const bool up = std::exchange(host.up, true);
  row[host.layout->first(MetricId::host_up)] = 1;
  show_judgement(host, row, host.account.last_seen);
  host.up = up;
  std::vector<Point>& points = host.pending->points;
  if (points.empty()) host.pending->points_since = arrival;
  points.push_back({host.account.last_seen, std::move(row), host.layout, kind});
}

// Keeps the point of a sample behind which others of the batch follow.
void keep_point_within(Host& host, const Batch& batch, std::size_t sample, WallTime arrival) {
  const Layout& layout = *host.layout;
  std::vector<Cell> row = host.pending->row;
  show_sample(host, batch, sample, row);
  for (const MetricId metric : of_whole_batch)
    std::fill(row.begin() + static_cast<std::ptrdiff_t>(layout.first(metric)),
              row.begin() + static_cast<std::ptrdiff_t>(layout.last(metric)), no_value);
  keep_point(host, std::move(row), arrival, Point::Kind::within);
}

// Takes all samples of a batch into the account and the hours.
Measured account_for(Host& host, const Batch& batch, WallTime arrival, Points points,
                     Oddities& odd) {
  Measured measured;
  for (std::size_t sample = 0; sample < batch.times.size(); ++sample) {
    const Instant& now = batch.times[sample];
    const SampleTime time = time_of(now, host.boot, host.clock, arrival);
    const Passage passage = advance(host.account.timeline, host.boot, now, time.wall, arrival);
    credit(host, batch.row(sample));
    const std::size_t days_before = host.pending->days.size();
    const Told told = enter(host, batch.row(sample), now, passage);
    judge_ended_days(host, days_before);
    measured.take(told, host.measuring);
    host.measuring = told.wall.method != PowerMethod::none;
    host.account.last_seen = time.wall;
    odd.implausible_times += time.implausible ? 1 : 0;
    odd.clock_steps += passage.placed_anew ? 1 : 0;
    if (points == Points::kept && sample + 1 < batch.times.size())
      keep_point_within(host, batch, sample, arrival);
  }
  return measured;
}

void show_bounds(const Measured& measured, std::size_t cell, std::vector<Cell>& row) {
  const Cell power = measured.power();
  row[cell] = row[cell + 1] = no_value;
  if (power == no_value) return;
  const Uncertainty& doubt = ladder[static_cast<std::size_t>(measured.method)].uncertainty;
  row[cell] = std::llround(static_cast<double>(power) * (1 - doubt.below));
  row[cell + 1] = std::llround(static_cast<double>(power) * (1 + doubt.above));
}

// Shows power at the wall.
void show_power(const Layout& layout, const Measured& measured, std::vector<Cell>& row) {
  for (std::size_t i = 0; i < shown_methods; ++i) {
    const auto method = static_cast<PowerMethod>(i);
    row[layout.cell(MetricId::host_power, method)] =
        measured.method == method ? measured.power() : no_value;
  }
  show_bounds(measured, layout.first(MetricId::host_power_bound), row);
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
  host.subject.facts = inventory.facts;
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
  show_judgement(host, host.row, host.account.last_seen);
}

Oddities apply(Host& host, const Batch& batch, WallTime arrival, Points points) {
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
  const Measured measured = account_for(host, batch, arrival, points, odd);
  take_scopes(host, batch, scopes_before, since);
  show_sample(host, batch, batch.times.size() - 1, row);
  show_power(layout, measured, row);
  row[layout.first(MetricId::host_cpu_usage)] = busy_share(cpu_before, cpu_time(layout, row));
  host.applied.seq = batch.seq;
  host.counters_known = true;
  show_judgement(host, row, host.account.last_seen);
  if (points == Points::kept) keep_point(host, row, arrival, Point::Kind::last);
  return odd;
}

void end_series(Host& host, WallTime now) {
  if (!host.up || !host.layout) return;
  if (!host.pending) host.pending = std::make_unique<Pending>();
  Pending& pending = *host.pending;
  if (pending.points.empty()) pending.points_since = now;
  // Behind the newest sample and before any that comes late.
  pending.points.push_back({host.account.last_seen + std::chrono::milliseconds{1},
                            pending.row.empty() ? host.row : pending.row, host.layout,
                            Point::Kind::end});
  host.noted = true;
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
  if (!host.left) return set_up(host, true);
  if (host.layout) show_judgement(host, host.row, host.account.last_seen);
}

void set_up(Host& host, bool up) {
  const bool changed = host.up != up;
  host.up = up;
  if (!host.layout) return;
  host.row[host.layout->first(MetricId::host_up)] = up ? 1 : 0;
  if (changed) show_judgement(host, host.row, host.account.last_seen);
}

}  // namespace sobriety::collector
