#include "tests/fleet/simulator.hpp"

#include "proto/runtime/log.hpp"

#include <cstdio>
#include <stdexcept>

namespace sobriety::simulation {

using std::chrono::milliseconds;

namespace {

const agent::DrainPace no_pace{Bytes{1U << 30U}};  // simulated time may run fast
constexpr milliseconds beat{10};                   // how finely reports are spread over real time
constexpr std::size_t hosts_per_address = 20'000;  // connections from one source address

milliseconds report_interval(const Options& options) { return options.interval * options.batch; }

// What a real agent would call its report interval, for the collector's deadlines: in real time.
milliseconds real_report_interval(const Options& options) {
  const auto real = static_cast<milliseconds::rep>(
      static_cast<double>(report_interval(options).count()) / options.rate);
  return std::clamp(milliseconds{real}, milliseconds{1'000}, milliseconds{3'600'000});
}

HostId host_id(std::uint64_t seed, std::size_t number) {
  HostId id;
  const std::uint64_t words[2] = {(seed + 1) * 0x9e3779b97f4a7c15 ^ number * 0xd1342543de82ef95,
                                  number};
  std::memcpy(id.bytes.data(), words, sizeof words);
  return id;
}

void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

std::string to_json(const Truth& truth, const Options& options) {
  char text[1024];
  std::snprintf(
      text, sizeof text,
      "{\"hosts\": %zu, \"on\": %zu, \"connected\": %zu, \"seed\": %llu, \"rate\": %g, "
      "\"simulated_seconds\": %.3f, \"watts\": %.3f, \"joules\": %llu.%06llu, \"samples\": %llu, "
      "\"batches\": %llu, \"unacknowledged_bytes\": %llu, \"dropped_samples\": %llu, "
      "\"sent_bytes\": %llu}\n",
      truth.hosts, truth.on, truth.connected, static_cast<unsigned long long>(options.seed),
      options.rate, truth.simulated_seconds, truth.watts,
      static_cast<unsigned long long>(truth.microjoules / 1'000'000),
      static_cast<unsigned long long>(truth.microjoules % 1'000'000),
      static_cast<unsigned long long>(truth.samples),
      static_cast<unsigned long long>(truth.batches),
      static_cast<unsigned long long>(truth.unacknowledged_bytes),
      static_cast<unsigned long long>(truth.dropped_samples),
      static_cast<unsigned long long>(truth.sent_bytes));
  return text;
}

class Simulator::SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(const Simulator& simulator) : simulator_(simulator) {}
  [[nodiscard]] Instant now() const override { return {Elapsed{}, Elapsed{}, simulator_.now()}; }

 private:
  const Simulator& simulator_;
};

Simulator::Host::Host(const Options& options, std::size_t number)
    : machine(options.seed, number), id(host_id(options.seed, number)) {}

Simulator::Simulator(net::io_context& context, const Options& options)
    : context_(context),
      options_(options),
      clock_(std::make_unique<SimulatedClock>(*this)),
      started_(std::chrono::steady_clock::now()),
      epoch_(std::chrono::floor<milliseconds>(std::chrono::system_clock::now())) {
  for (std::size_t i = 0; i < options.hosts; ++i) hosts_.emplace_back(options, i);
  if (!options.tls.empty()) authority_.emplace(options.tls);
  open_truth();
  plan_ = wire::ColumnPlan::of(Machine{options.seed, 0}.inventory(epoch_));
  batch_.width = plan_.paces.size();
}

void Simulator::open_truth() {
  if (options_.truth.empty()) return;
  auto opened = TruthFile::open(options_.truth, hosts_.size());
  if (!opened) throw std::runtime_error{opened.error().message};
  truth_file_ = std::move(opened).value();
  std::int64_t newest = 0;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    hosts_[i].truth = &truth_file_.hosts()[i];
    newest = std::max(newest, hosts_[i].truth->done.lived_until_ms);
  }
  // No time passed for machines that nobody simulated.
  if (newest > 0) epoch_ = WallTime{milliseconds{newest}};
}

WallTime Simulator::now() const {
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - started_;
  return epoch_ + milliseconds{static_cast<milliseconds::rep>(real.count() * options_.rate * 1e3)};
}

std::unique_ptr<agent::Spool> Simulator::spool_of(const Host& host) const {
  agent::SpoolLimits limits;
  limits.memory = Bytes{256 * 1024};
  if (options_.spool_bytes > 0) {
    limits.disk.bytes = options_.spool_bytes;
    limits.disk.segment_bytes = options_.spool_bytes / 16;  // as many as by default, nearly
  }
  if (options_.state.empty()) return std::make_unique<agent::Spool>(limits.memory);
  auto directory = agent::spool::open_directory(options_.state / host.machine.name());
  if (!directory) throw std::runtime_error{directory.error().message};
  auto spool = agent::Spool::open(std::move(directory).value(), limits, *clock_);
  if (!spool) throw std::runtime_error{spool.error().message};
  return std::move(spool).value();
}

// A spool in memory ends with its agent; one on disk goes on.
void Simulator::start_agent(Host& host) const {
  if (host.spool && !options_.state.empty()) return;
  host.spool = spool_of(host);
  host.spool->sync_now();  // what an earlier run left unfinished can be sent
  const auto& carried = host.spool->carried();
  const auto total = carried.find("machine");
  host.machine.start_agent(total == carried.end() ? 0 : static_cast<std::uint64_t>(total->second));
  if (host.truth != nullptr) go_on_from_truth(host);
}

// The machine as its truth left it, and then as far as its spool knows: what the process had
// written before it died and had not noted. Machines live by rule, so that is found by living it
// again.
void Simulator::go_on_from_truth(Host& host) const {
  Standing& done = host.truth->done;
  host.truth->id = host.id;
  if (done.seq == 0 && done.samples == 0) {
    host.machine.start_agent(0);
    done.counters = host.machine.counters();
    done.lived_until_ms = host.lived_until.time_since_epoch().count();
  }
  host.machine.go_on_from(done.counters);
  host.lived_until = WallTime{milliseconds{done.lived_until_ms}};
  const auto carried = host.spool->carried().find("machine");
  if (carried == host.spool->carried().end()) return;
  std::size_t samples = done.seq == 0 ? 1 : 0;  // the first is taken before any time passes
  const auto wanted = static_cast<std::uint64_t>(carried->second);
  while (host.machine.agent_energy_uj() < wanted) {
    host.machine.live(host.lived_until, options_.interval);
    host.lived_until += options_.interval;
    ++samples;
  }
  if (host.machine.agent_energy_uj() != wanted || host.spool->next_seq() <= done.seq ||
      host.spool->next_seq() > done.seq + 2)
    throw std::runtime_error{
        "the spool of " + host.machine.name() + " goes on from batch " +
        std::to_string(host.spool->next_seq() - 1) + " and " + std::to_string(wanted) +
        " uJ, the machine from batch " + std::to_string(done.seq) + " and " +
        std::to_string(done.counters.energy_uj - done.counters.agent_start_uj) + " uJ"};
  keep_truth(host, samples);
}

void Simulator::keep_truth(Host& host, std::size_t samples) const {
  host.truth->done = {host.spool->next_seq() - 1, host.truth->done.samples + samples,
                      host.lived_until.time_since_epoch().count(), host.machine.counters()};
}

void Simulator::switch_on(Host& host, std::size_t number, WallTime at) {
  host.lived_until = at;
  start_agent(host);
  host.inventory = std::make_shared<const wire::EncodedInventory>(
      wire::encode(host.machine.inventory(at - host.machine.uptime())));
  agent::Uplink::Identity identity{host.id, host.machine.name(), real_report_interval(options_)};
  if (number >= hosts_per_address)
    identity.source = net::ip::address_v4{
        static_cast<std::uint32_t>(0x7f000001 + 256 * (number / hosts_per_address))};
  host.uplink = std::make_unique<agent::Uplink>(context_, options_.collector, std::move(identity),
                                                *host.spool, *clock_, no_pace, security_of(host));
  net::co_spawn(context_, host.uplink->run(), rethrow);
}

agent::Uplink::Security Simulator::security_of(const Host& host) const {
  if (!authority_) return {};
  return {[this, id = host.id] { return authority_->context_of(id); }, options_.collector.host};
}

void Simulator::switch_off(Host& host) {
  host.bytes_before += host.uplink->sent_bytes();
  net::co_spawn(context_, host.uplink->stop(wire::GoodbyeReason::shutdown, std::chrono::seconds{2}),
                rethrow);
  leaving_.emplace_back(host.spool, std::move(host.uplink));
}

// The samples from where the machine has lived to, up to `until`.
void Simulator::report(Host& host, WallTime until) {
  batch_.times.clear();
  batch_.cells.clear();
  const auto sample = [&] {
    batch_.times.push_back({host.machine.uptime(), Elapsed{}, host.lived_until});
    batch_.cells.resize(batch_.times.size() * batch_.width);
    host.machine.sample(batch_.row(batch_.times.size() - 1));
    if (host.truth != nullptr) keep_sample(host);
  };
  if (host.spool->next_seq() == 1) sample();  // the agent's first: where its counters stand
  const std::uint64_t before = host.machine.energy_uj();
  while (host.lived_until + options_.interval <= until && batch_.times.size() < wire::max_samples) {
    host.machine.live(host.lived_until, options_.interval);
    host.lived_until += options_.interval;
    sample();
  }
  if (batch_.times.empty()) return;
  batch_.seq = host.spool->next_seq();
  batch_.inventory_hash = host.inventory->hash;
  std::string frame;
  codec_.append(frame, batch_, plan_);
  host.spool->push(std::move(frame), static_cast<std::uint32_t>(batch_.times.size()),
                   host.inventory);
  if (host.spool->unsynced_since()) host.spool->sync_now();
  if (host.truth != nullptr) keep_truth(host, batch_.times.size());
  samples_ += batch_.times.size();
  ++batches_;
  microjoules_ += host.machine.energy_uj() - before;
  host.uplink->notify();
}

// As a real agent does between batches, so that nothing is lost with the process.
void Simulator::keep_sample(Host& host) {
  row_.seq = host.spool->next_seq();
  row_.inventory_hash = host.inventory->hash;
  row_.times.assign(1, batch_.times.back());
  const auto cells = batch_.row(batch_.times.size() - 1);
  row_.cells.assign(cells.begin(), cells.end());
  row_.width = cells.size();
  std::string frame;
  codec_.append(frame, row_, plan_);
  host.spool->add_sample(std::move(frame), host.inventory);
}

void Simulator::note_progress() {
  for (Host& host : hosts_) {
    if (host.truth == nullptr || !host.spool) continue;
    host.truth->acknowledged = host.spool->acknowledged();
    host.truth->dropped_samples = host.spool->dropped_samples();
  }
}

bool Simulator::made_all() const {
  return options_.batches > 0 && std::all_of(hosts_.begin(), hosts_.end(), [&](const Host& host) {
           return host.spool && host.spool->next_seq() > options_.batches;
         });
}

bool Simulator::settled() const {
  return std::all_of(hosts_.begin(), hosts_.end(),
                     [](const Host& host) { return !host.uplink || host.spool->empty(); });
}

Task<> Simulator::run() {
  const auto spread = [this](std::size_t i, milliseconds over) {
    return milliseconds{over.count() * static_cast<milliseconds::rep>(i) /
                        static_cast<milliseconds::rep>(hosts_.size())};
  };
  // The first report comes within one interval, each machine at its own moment; connections are
  // made as they fall due.
  const auto connect_over =
      std::chrono::duration_cast<milliseconds>(options_.connect_over * options_.rate);
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    due_.push({epoch_ + spread(i, std::max(connect_over, report_interval(options_))), i});
  net::steady_timer timer{context_};
  auto next = started_;
  while (!stopped_) {
    next += beat;
    timer.expires_at(next);
    co_await timer.async_wait(as_result);
    if (options_.duration.count() > 0 && next - started_ >= options_.duration) break;
    if (made_all()) break;
    note_progress();
    std::erase_if(leaving_, [](const auto& leaving) { return leaving.second->stopped(); });
    const WallTime time = now();
    while (due_.top().at <= time) {
      const Due due = due_.top();
      due_.pop();
      due_.push({due.at + report_interval(options_), due.host});
      Host& host = hosts_[due.host];
      const bool on = !options_.days || host.machine.on(due.at);
      if (on && !host.uplink) {
        if (options_.days && host.spool != nullptr) host.machine.boot();
        switch_on(host, due.host, due.at);
      }
      const bool more = options_.batches == 0 || host.spool->next_seq() <= options_.batches;
      if (host.uplink && more) report(host, due.at);
      if (!on && host.uplink) switch_off(host);
    }
  }
  co_await finish();
}

// Real agents deliver what they hold before they stop; so do these, within ten seconds, or within a
// minute and a half where all of it is asked for.
Task<> Simulator::finish() {
  net::steady_timer timer{context_};
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds{options_.batches > 0 ? 90 : 10};
  while (!settled() && std::chrono::steady_clock::now() < until) {
    timer.expires_after(beat);
    co_await timer.async_wait(as_result);
  }
  note_progress();
}

Truth Simulator::truth() const {
  Truth truth;
  truth.hosts = hosts_.size();
  const WallTime time = now();
  truth.simulated_seconds = std::chrono::duration<double>(time - epoch_).count();
  truth.samples = samples_;
  truth.batches = batches_;
  truth.microjoules = microjoules_;
  for (const Host& host : hosts_) {
    truth.sent_bytes += host.bytes_before;
    if (!host.uplink) continue;
    ++truth.on;
    truth.connected += host.uplink->connected() ? 1 : 0;
    truth.watts += static_cast<double>(host.machine.power_mw(host.lived_until)) / 1e3;
    truth.unacknowledged_bytes += host.spool->bytes();
    truth.dropped_samples += host.spool->dropped_samples();
    truth.sent_bytes += host.uplink->sent_bytes();
  }
  return truth;
}

}  // namespace sobriety::simulation
