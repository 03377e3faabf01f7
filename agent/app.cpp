#include "agent/app.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "agent/identity.hpp"
#include "agent/inventory.hpp"
#include "agent/sampling/batcher.hpp"
#include "agent/sampling/sampler.hpp"
#include "agent/source/file.hpp"
#include "agent/source/tree_clock.hpp"
#include "agent/uplink/uplink.hpp"
#include "proto/base/text.hpp"
#include "proto/runtime/log.hpp"
#include "proto/runtime/ticker.hpp"

namespace sobriety::agent {

namespace {

constexpr std::chrono::seconds goodbye_patience{3};

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

class App {
 public:
  App(const AgentConfig& config, HostId id, std::string name)
      : config_(config), clock_(clock_of(config.roots)),
        sampler_(source_kinds(), config.roots, config.sources),
        inventory_(read_inventory(config.roots)),
        batcher_(sampler_.series().size(), config.sampling.batch), queue_(config.queue.max_bytes),
        uplink_(context_, config.collector.endpoint,
                {id, StreamId::random(), std::move(name), config.sampling.interval * config.sampling.batch},
                queue_, system_clock_),
        ticker_(context_.get_executor(), config.sampling.interval), signals_(context_, SIGINT, SIGTERM) {
    describe_columns();
    if (sampler_.longest_interval() < config.sampling.interval)
      spdlog::warn("sampling.interval is longer than a counter of this machine allows; energy may go unmeasured");
  }

  void run() {
    net::co_spawn(context_, uplink_.run(), rethrow);
    net::co_spawn(context_, sample(), rethrow);
    net::co_spawn(context_, stop_on_signal(), rethrow);
    context_.run();
  }

 private:
  static void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  }

  void describe_columns() {
    inventory_.series = sampler_.series();
    encoded_ = std::make_shared<const wire::EncodedInventory>(wire::encode(inventory_));
    plan_ = wire::ColumnPlan::of(inventory_);
    batcher_.widen(inventory_.series.size());
  }

  Task<> sample() {
    // g++ 12 loses `this` where a loop's condition is a co_await: await on a line of its own.
    bool due = co_await ticker_.tick();
    while (due) {
      const Instant now = clock_->now();
      if (sampler_.rescan_due(now)) {
        flush();
        if (sampler_.rescan(now)) describe_columns();
      }
      const bool last = batcher_.nearly_full();
      const auto row = batcher_.add(now);
      sampler_.sample(now, row);
      if (last) flush();
      due = co_await ticker_.tick();
    }
  }

  void flush() {
    if (batcher_.empty()) return;
    Batch& batch = batcher_.batch();
    sampler_.account({cpu_used(), resident_.bytes(), uplink_.sent_bytes(), queue_.bytes(), queue_.dropped_samples()},
                     batch.row(batch.times.size() - 1));
    batch.seq = queue_.next_seq();
    batch.inventory_hash = encoded_->hash;
    std::string frame;
    codec_.append(frame, batch, plan_);
    queue_.push(std::move(frame), static_cast<std::uint32_t>(batch.times.size()), encoded_);
    batcher_.clear();
    uplink_.notify();
  }

  // Stop sampling, flush the batch, have it acknowledged, say goodbye.
  Task<> stop_on_signal() {
    auto [error, signal] = co_await signals_.async_wait(as_result);
    if (error) co_return;
    spdlog::info("stopping");
    ticker_.stop();
    flush();
    co_await uplink_.stop(wire::GoodbyeReason::stop, goodbye_patience);
  }

  const AgentConfig& config_;
  net::io_context context_{1};
  std::unique_ptr<Clock> clock_;
  SystemClock system_clock_;
  Sampler sampler_;
  Inventory inventory_;
  std::shared_ptr<const wire::EncodedInventory> encoded_;
  wire::ColumnPlan plan_;
  wire::BatchCodec codec_;
  Batcher batcher_;
  Queue queue_;
  ResidentMemory resident_;
  Uplink uplink_;
  Ticker ticker_;
  net::signal_set signals_;
};

}  // namespace

Result<void> run(const AgentConfig& config) {
  BOOST_OUTCOME_TRY(const auto id, load_or_make_host_id(config.host.state_directory));
  std::string name = config.host.name.empty() ? machine_name() : config.host.name;
  spdlog::info("sobriety-agent {} for host {}, reporting to {}", SOBRIETY_VERSION, name,
               to_string(config.collector.endpoint));
  App app{config, id, std::move(name)};
  app.run();
  return success();
}

}  // namespace sobriety::agent
