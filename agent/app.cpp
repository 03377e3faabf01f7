#include "agent/app.hpp"

#include "agent/credentials.hpp"
#include "agent/enrol/host_id.hpp"
#include "agent/identity.hpp"
#include "agent/inventory.hpp"
#include "agent/open_spool.hpp"
#include "agent/payload.hpp"
#include "agent/power/power_watch.hpp"
#include "agent/probe.hpp"
#include "agent/sampling/batcher.hpp"
#include "agent/sampling/sampler.hpp"
#include "agent/source/file.hpp"
#include "agent/source/tree_clock.hpp"
#include "agent/spool/spool.hpp"
#include "agent/sync_thread.hpp"
#include "agent/uplink/uplink.hpp"
#include "proto/base/text.hpp"
#include "proto/runtime/log.hpp"
#include "proto/runtime/service_manager.hpp"
#include "proto/runtime/ticker.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>

namespace sobriety::agent {

namespace {

constexpr std::chrono::seconds goodbye_patience{3};  // logind waits 5 s

std::unique_ptr<Clock> clock_of(const Roots& roots) {
  if (roots.live()) return std::make_unique<SystemClock>();
  auto clock = std::make_unique<TreeClock>(roots.proc);
  if (!clock->note().empty()) spdlog::warn("{}", clock->note());
  return clock;
}

std::chrono::microseconds cpu_used() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto time = [](const timeval& value) {
    return std::chrono::seconds{value.tv_sec} + std::chrono::microseconds{value.tv_usec};
  };
  return time(used.ru_utime) + time(used.ru_stime);
}

// The agent's own memory: of the process, whatever roots it reads.
class ResidentMemory {
 public:
  [[nodiscard]] std::uint64_t bytes() {
    if (!file_) return 0;
    const auto text = file_.value().read();
    if (!text) return 0;
    std::string_view rest = text.value();
    static_cast<void>(next_word(rest));  // the size
    return parse_number<std::uint64_t>(next_word(rest)).value_or(0) * page_size_;
  }

 private:
  Result<KeptFile> file_ = KeptFile::open("/proc/self/statm", 128);
  std::uint64_t page_size_ = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
};

// The boot whose clock samples are taken by; a captured machine's clock is not that of any.
std::optional<BootId> boot_of_clock(const Roots& roots) {
  if (!roots.live()) return std::nullopt;
  return read_inventory(roots).boot;
}

// What a hello says of this agent.
Result<Uplink::Identity> identity_of(const AgentConfig& config) {
  BOOST_OUTCOME_TRY(const auto id, load_or_make_host_id(config.host.state_directory));
  return Uplink::Identity{
      id, host_name_of(config),        config.sampling.interval * config.sampling.batch,
      {}, boot_of_clock(config.roots), config.roots.live() ? machine_hash() : std::nullopt};
}

SpoolLimits limits_of(const AgentConfig& config) {
  SpoolLimits limits;
  limits.memory = config.spool.memory_bytes;
  limits.disk.bytes = config.spool.max_bytes.count();
  limits.disk.age = config.spool.max_age;
  return limits;
}

// How many readings fall on one sample: one, unless a counter must be read more often than the
// samples are taken lest it wraps unseen.
unsigned readings_per_sample(std::chrono::milliseconds interval, Elapsed longest) {
  if (longest >= interval) return 1;
  const auto most = std::chrono::floor<std::chrono::seconds>(longest);
  // Nothing is read more often than once a second (PLATYPUS, CVE-2020-8694).
  return static_cast<unsigned>(interval / std::max(most, std::chrono::seconds{1})) + 1;
}

class App {
 public:
  App(const AgentConfig& config, Reread reread, Uplink::Identity identity, Spool& spool,
      ServiceManager& manager)
      : config_text_(describe(config)),
        reread_(std::move(reread)),
        manager_(manager),
        clock_(clock_of(config.roots)),
        sampler_(source_kinds(), config.roots, config.sources),
        inventory_(read_inventory(config.roots)),
        batcher_(sampler_.series().size(), config.sampling.batch),
        spool_(spool),
        stream_(spool.stream()),
        sync_(context_, spool, config.spool.sync_interval, [this] { uplink_.notify(); }),
        uplink_(context_, config.collector.endpoint.value_or(default_collector),
                std::move(identity), spool, system_clock_, DrainPace{config.uplink.drain_rate},
                security_of(config)),
        interval_(config.sampling.interval),
        readings_per_sample_(
            readings_per_sample(config.sampling.interval, sampler_.longest_interval())),
        ticker_(context_.get_executor(), config.sampling.interval / readings_per_sample_),
        signals_(context_, SIGINT, SIGTERM),
        hangup_(context_, SIGHUP) {
    if (!config.collector.plain) credentials_.emplace(context_, config, system_clock_, uplink_);
    describe_columns();
    sampler_.continue_from(spool_.carried());
    spool_.tell_totals([this] { return sampler_.totals(); });
  }

  void run() {
    net::co_spawn(context_, uplink_.run(), rethrow);
    if (credentials_) net::co_spawn(context_, credentials_->run(), rethrow);
    net::co_spawn(context_, sample(), rethrow);
    net::co_spawn(context_, stop_on_signal(), rethrow);
    net::co_spawn(context_, reload_on_hangup(), rethrow);
    power_.start();
    manager_.ready();
    context_.run();
  }

 private:
  static void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  }

  Uplink::Security security_of(const AgentConfig& config) {
    if (config.collector.plain) return {};
    return {[this] { return credentials_->context(); }, config.collector.tls.server_name};
  }

  void describe_columns() {
    inventory_.series = sampler_.series();
    encoded_ = std::make_shared<const wire::EncodedInventory>(wire::encode(inventory_));
    plan_ = wire::ColumnPlan::of(inventory_);
    batcher_.widen(inventory_.series.size());
  }

  void take(const Instant& now) {
    if (stream_ != spool_.stream()) begin_stream();
    if (sampler_.rescan_due(now)) {
      flush();
      if (sampler_.rescan(now)) describe_columns();
    }
    const bool last = batcher_.nearly_full();
    const auto row = batcher_.add(now);
    sampler_.sample(now, row);
    if (last)
      flush();
    else
      keep(row);
    sync_.before(interval_);
  }

  // Another stream than that of the batch that is being made: its rows count what that one did.
  void begin_stream() {
    stream_ = spool_.stream();
    spool_.count_dropped(batcher_.batch().times.size());
    batcher_.clear();
    sampler_.restart_energy();
  }

  // The row is safe from the death of this process before its batch is complete.
  void keep(std::span<const Cell> row) {
    kept_.seq = spool_.next_seq();
    kept_.inventory_hash = encoded_->hash;
    kept_.times.assign(1, batcher_.batch().times.back());
    kept_.cells.assign(row.begin(), row.end());
    kept_.width = row.size();
    std::string frame;
    codec_.append(frame, kept_, plan_);
    spool_.add_sample(std::move(frame), encoded_);
  }

  // The watchdog's reading: it only keeps the counters in sight.
  void glance(const Instant& now) {
    glance_row_.assign(sampler_.series().size(), no_value);
    sampler_.sample(now, glance_row_);
  }

  Task<> sample() {
    // g++ 12 loses `this` where a loop's condition is a co_await: await on a line of its own.
    bool due = co_await ticker_.tick();
    for (unsigned turn = 0; due; turn = (turn + 1) % readings_per_sample_) {
      const Instant now = clock_->now();
      if (turn == 0)
        take(now);
      else
        glance(now);
      manager_.alive(Ticker::Clock::now());
      due = co_await ticker_.tick();
    }
  }

  void flush() {
    if (batcher_.empty()) return;
    Batch& batch = batcher_.batch();
    sampler_.account({cpu_used(), resident_.bytes(), uplink_.sent_bytes(), spool_.bytes(),
                      spool_.dropped_samples(), spool_.failures()},
                     batch.row(batch.times.size() - 1));
    batch.seq = spool_.next_seq();
    batch.inventory_hash = encoded_->hash;
    std::string frame;
    codec_.append(frame, batch, plan_);
    spool_.push(std::move(frame), static_cast<std::uint32_t>(batch.times.size()), encoded_);
    batcher_.clear();
    sync_.start();
  }

  Task<> reload_on_hangup() {
    while (true) {
      auto [error, signal] = co_await hangup_.async_wait(as_result);
      if (error) co_return;
      manager_.reloading();
      reload();
      manager_.ready();
    }
  }

  // What was read stays as it is: a restart goes on from the spool, and loses nothing.
  void reload() {
    auto fresh = reread_();
    if (!fresh) {
      spdlog::error("configuration refused, the old one stays in use:\n{}", fresh.error().message);
      return;
    }
    set_log_level(fresh.value().log_level);
    spdlog::info("configuration reloaded");
    const std::string text = describe(fresh.value());
    if (text != config_text_)
      spdlog::warn("what changed takes effect with a restart, but for log.level, which has");
  }

  void on_power(PowerNews news) {
    switch (news) {
      case PowerNews::shutting_down:  // the goodbye is said when we are told to stop, which is next
        power_.go_ahead();
        break;
      case PowerNews::falling_asleep:
        falling_asleep_ = true;
        net::co_spawn(context_, fall_asleep(), rethrow);
        break;
      case PowerNews::going_on:
        falling_asleep_ = false;
        uplink_.resume();
        break;
    }
  }

  // What was sampled is delivered before the machine sleeps.
  Task<> fall_asleep() {
    spdlog::info("the machine is going to sleep");
    flush();
    co_await sync_.finish();
    co_await uplink_.pause(wire::GoodbyeReason::suspend, goodbye_patience);
    if (!falling_asleep_) uplink_.resume();  // it woke up, or did not sleep, meanwhile
    power_.go_ahead();
  }

  // Stop sampling, flush the batch, sync it, have it acknowledged, say goodbye.
  Task<> stop_on_signal() {
    auto [error, signal] = co_await signals_.async_wait(as_result);
    if (error) co_return;
    spdlog::info("stopping");
    manager_.stopping();
    const auto reason =
        power_.shutting_down() ? wire::GoodbyeReason::shutdown : wire::GoodbyeReason::stop;
    power_.stop();
    hangup_.cancel();
    ticker_.stop();
    if (credentials_) credentials_->stop();
    flush();
    co_await sync_.finish();
    co_await uplink_.stop(reason, goodbye_patience);
    if (const spool::Waiting waiting = spool_.waiting(); waiting.batches > 0)
      spdlog::warn("{} batches ({} bytes) are not acknowledged: {}", waiting.batches, waiting.bytes,
                   spool_.on_disk() ? "the next start delivers them" : "they are lost");
  }

  const std::string config_text_;
  Reread reread_;
  ServiceManager& manager_;
  net::io_context context_{1};
  std::unique_ptr<Clock> clock_;
  SystemClock system_clock_;
  Sampler sampler_;
  Inventory inventory_;
  std::shared_ptr<const wire::EncodedInventory> encoded_;
  wire::ColumnPlan plan_;
  wire::BatchCodec codec_;
  Batcher batcher_;
  Batch kept_;
  Spool& spool_;
  StreamId stream_;
  SyncThread sync_;
  ResidentMemory resident_;
  Uplink uplink_;
  std::optional<Credentials> credentials_;  // none: connections are plain
  std::chrono::milliseconds interval_;
  unsigned readings_per_sample_;
  std::vector<Cell> glance_row_;
  Ticker ticker_;
  net::signal_set signals_;
  net::signal_set hangup_;
  bool falling_asleep_ = false;
  PowerWatch power_{context_, [this](PowerNews news) { on_power(news); }};
};

}  // namespace

Result<void> run(const AgentConfig& config, Reread reread) {
  ServiceManager manager{ServiceManager::environment()};
  BOOST_OUTCOME_TRY(auto identity, identity_of(config));
  spdlog::info("sobriety-agent {} for host {}, reporting to {}", SOBRIETY_VERSION,
               identity.host_name,
               config.collector.endpoint || config.collector.plain
                   ? to_string(config.collector.endpoint.value_or(default_collector))
                   : "the collector of its token");
  const SystemClock clock;
  BOOST_OUTCOME_TRY(const auto spool,
                    open_spool(config.host.state_directory / "spool", limits_of(config), clock));
  App app{config, std::move(reread), std::move(identity), *spool, manager};
  app.run();
  return success();
}

std::string sample_once(const AgentConfig& config, bool json) {
  Sampler sampler{source_kinds(), config.roots, config.sources};
  const auto clock = clock_of(config.roots);
  std::vector<Cell> row(sampler.series().size(), no_value);
  const Instant now = clock->now();
  sampler.sample(now, row);
  ResidentMemory resident;
  sampler.account({cpu_used(), resident.bytes(), 0, 0, 0, 0}, row);
  return json ? sample_json(now, sampler.series(), row) : sample_text(now, sampler.series(), row);
}

Result<std::string> print_payload(const AgentConfig& config) {
  BOOST_OUTCOME_TRY(const auto identity, identity_of(config));
  Sampler sampler{source_kinds(), config.roots, config.sources};
  const auto clock = clock_of(config.roots);
  Inventory inventory = read_inventory(config.roots);
  inventory.series = sampler.series();
  const auto encoded = wire::encode(inventory);

  Batcher batcher{inventory.series.size(), 2};
  while (!batcher.full()) {
    if (!batcher.empty()) std::this_thread::sleep_for(std::chrono::seconds{1});
    const Instant now = clock->now();
    sampler.sample(now, batcher.add(now));
  }
  Batch& batch = batcher.batch();
  ResidentMemory resident;
  sampler.account({cpu_used(), resident.bytes(), 0, 0, 0}, batch.row(1));
  batch.seq = 1;
  batch.inventory_hash = encoded.hash;

  std::string bytes;
  wire::append(bytes, Uplink::hello(identity, StreamId::random(), SystemClock{}.now()));
  bytes += encoded.frame;
  wire::BatchCodec codec;
  codec.append(bytes, batch, wire::ColumnPlan::of(inventory));
  return describe_frames(bytes);
}

}  // namespace sobriety::agent
