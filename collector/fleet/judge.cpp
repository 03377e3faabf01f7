#include "collector/fleet/judge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sobriety::collector {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

Cell value(std::span<const Cell> cells, std::size_t column) {
  return column == no_column || cells[column] < 0 ? no_value : cells[column];
}

Bucket counters(const SignalColumns& columns, std::span<const Cell> cells, const People& people,
                Elapsed at) {
  Bucket now;
  now.begin = at;
  now.cpu = columns.cpu_sum(cells);
  now.cpu_rest = columns.rest_sum(cells);
  now.received = value(cells, columns.received);
  now.sent = value(cells, columns.sent);
  const Cell read = value(cells, columns.read);
  const Cell written = value(cells, columns.written);
  if (read != no_value && written != no_value && read <= std::numeric_limits<Cell>::max() - written)
    now.disk = read + written;
  now.agent_sent = people.agent_sent;
  return now;
}

// A bucket that began longer ago is not one: time was placed anew meanwhile.
constexpr Elapsed longest_bucket = longest_judged + policy::quiet_bucket;

// A second; nothing where one of both is not known, or the counter began anew.
std::optional<double> rate(Cell before, Cell after, double seconds) {
  if (before == no_value || after == no_value || after < before) return std::nullopt;
  return static_cast<double>(after - before) / seconds;
}

BucketLoad load_between(const Bucket& before, const Bucket& after, const People& people,
                        const Bench& bench) {
  const double seconds = std::chrono::duration<double>(after.begin - before.begin).count();
  BucketLoad load;
  load.processors = std::max(1U, bench.processors);
  const auto all = rate(before.cpu, after.cpu, seconds);
  const auto rest = rate(before.cpu_rest, after.cpu_rest, seconds);
  // CPU time is in hundredths of a second.
  if (all && rest) load.cores = std::max(0.0, *all - *rest) / 100;
  load.received = rate(before.received, after.received, seconds);
  load.sent = rate(before.sent, after.sent, seconds);
  if (load.sent)
    *load.sent =
        std::max(0.0, *load.sent - rate(before.agent_sent, after.agent_sent, seconds).value_or(0));
  load.disk = rate(before.disk, after.disk, seconds);
  if (people.gpu != no_value) load.gpu = static_cast<double>(people.gpu) / 100;
  if (people.idle != no_value) load.sessions_idle = people.idle != 0;
  if (people.remote != no_value) load.remote = static_cast<unsigned>(people.remote);
  if (people.inhibitors != no_value) load.inhibitors = static_cast<unsigned>(people.inhibitors);
  load.sessions_quiet = std::chrono::duration_cast<minutes>(after.begin - people.busy_at);
  return load;
}

void set_state(JudgeMemory& memory, PowerState before, WallTime at) {
  if (memory.idle.state != before) memory.since = at;
}

// What is told once a batch. Returns whether somebody came.
bool take_people(People& people, const SignalColumns& columns, std::span<const Cell> cells,
                 Elapsed at) {
  const auto take = [&](Cell& kept, std::size_t column) {
    const Cell told = value(cells, column);
    const Cell before = kept;
    if (told != no_value) kept = std::min<Cell>(told, std::numeric_limits<std::int32_t>::max());
    return told != no_value && before != no_value && kept > before;
  };
  const Cell idle_before = people.idle;
  bool came = take(people.local, columns.local_sessions);
  came = take(people.remote, columns.remote_sessions) || came;
  take(people.idle, columns.sessions_idle);
  take(people.inhibitors, columns.inhibitors);
  if (const Cell sent = value(cells, columns.agent_sent); sent != no_value)
    people.agent_sent = sent;
  Cell busiest = no_value;
  for (const std::size_t gpu : columns.gpus) busiest = std::max(busiest, value(cells, gpu));
  if (busiest != no_value) people.gpu = std::min<Cell>(busiest, 100);
  if (people.idle == 0) people.busy_at = at;
  return came || (idle_before == 1 && people.idle == 0);
}

void count_up(std::uint16_t& figure, unsigned by) {
  figure = static_cast<std::uint16_t>(std::min<unsigned>(figure + by, 0xffff));
}

// The bucket from memory.bucket to `now` is full.
void close_bucket(JudgeMemory& memory, const Bucket& now, const Bench& bench, WallTime at) {
  const policy::Thresholds& thresholds = *bench.policy.thresholds;
  const BucketLoad load = load_between(memory.bucket, now, memory.people, bench);
  if (!load.cores) return;
  const bool quiet = is_quiet(load, thresholds.quiet, thresholds.idle,
                              policy::is_personal(bench.policy.group.role));
  const auto count = static_cast<unsigned>(std::llround(
      std::chrono::duration<double, std::ratio<60>>(now.begin - memory.bucket.begin).count()));
  memory.signs = signs_of(load);
  count_up(memory.today.minutes, count);
  if (quiet) count_up(memory.today.quiet, count);
  if (load.busy_share() < thresholds.verdict.underused_cpu_p95) count_up(memory.today.low, count);
  const PowerState before = memory.idle.state;
  take_minutes(memory.idle, quiet, count, thresholds.idle);
  set_state(memory, before, at);
}

}  // namespace

PowerState state_of(const JudgeMemory& memory, const Bench& bench, const Passage& passage) {
  if (bench.columns.cpu.empty()) return PowerState::on;
  if (passage.lived.length() - passage.asleep > longest_judged) return PowerState::on;
  return memory.idle.state;
}

PowerState state_between(const JudgeMemory& memory) {
  switch (memory.farewell) {
    case Farewell::shutdown:
      return PowerState::off;
    case Farewell::suspend:
      return PowerState::suspended;
    case Farewell::stop:
    case Farewell::none:
      break;
  }
  return PowerState::lost;
}

void begin_boot(JudgeMemory& memory, WallTime at) {
  const PowerState before = memory.idle.state;
  wake(memory.idle);
  set_state(memory, before, at);
  memory.bucket = {};
  memory.people = {};
}

void take_sample(JudgeMemory& memory, const Bench& bench, std::span<const Cell> cells,
                 const Instant& sample, const Passage& passage) {
  if (memory.first_seen == WallTime{}) memory.first_seen = memory.since = passage.at;
  memory.farewell = Farewell::none;
  const PowerState before = memory.idle.state;
  const bool came = take_people(memory.people, bench.columns, cells, sample.boottime);
  const bool slept = passage.asleep > milliseconds::zero();
  const bool away = passage.lived.length() - passage.asleep > longest_judged ||
                    (memory.bucket.begin >= Elapsed::zero() &&
                     sample.boottime - memory.bucket.begin > longest_bucket);
  if (came) count_up(memory.today.logins, 1);
  if (came || slept || away) {
    wake(memory.idle);
    set_state(memory, before, passage.at);
  }
  const bool filling = memory.bucket.begin >= Elapsed::zero() && !slept && !away;
  if (filling && sample.boottime - memory.bucket.begin < policy::quiet_bucket) return;
  const Bucket now = counters(bench.columns, cells, memory.people, sample.boottime);
  if (filling) close_bucket(memory, now, bench, passage.at);
  memory.bucket = now;
}

void take_time(JudgeMemory& memory, std::int32_t day, milliseconds time, bool lost,
               std::vector<QuietDay>& ended) {
  if (day > memory.today.day) {
    if (memory.today.day != 0) ended.push_back(memory.today);
    memory.today = {};
    memory.today.day = day;
    memory.known_ms = 0;
  }
  if (lost) return;
  const std::int64_t known = memory.known_ms + time.count();
  constexpr std::int64_t minute = milliseconds{minutes{1}}.count();
  count_up(memory.today.known, static_cast<unsigned>(known / minute));
  memory.known_ms = static_cast<std::int32_t>(known % minute);
}

}  // namespace sobriety::collector
