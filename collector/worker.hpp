// A network thread and the hosts that it owns.
#pragma once

#include "collector/config.hpp"
#include "collector/door/door.hpp"
#include "collector/expose/self_metrics.hpp"
#include "collector/fleet/account.hpp"
#include "collector/fleet/shard.hpp"
#include "collector/ledger/group_commit.hpp"
#include "proto/runtime/burst_loop.hpp"
#include "proto/runtime/ticker.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace sobriety::collector {

struct Worker {
  static constexpr std::chrono::seconds sweep_period{1};
  // How long messages may gather: a quarter of the default commit interval, which an ack waits for
  // anyway.
  static constexpr std::chrono::milliseconds gather{50};

  Worker(Names& names, const CollectorConfig& config, net::thread_pool& store_thread, Store& store,
         SelfMetrics& self, const Clock& clock, ReplayClock* replay,
         std::shared_ptr<const policy::Policy> policy)
      : shard(names, config.telemetry.idle_intervals, std::move(policy),
              config.remote_write.enabled() ? Shard::Ending{[this, &clock](Host& host) {
                end_series(host, clock.now().wall);
                commit.touch(host);
              }}
                                            : Shard::Ending{}),
        commit(context, store_thread, store, config.commit_interval, self,
               for_outbox(config.remote_write, config.report.privacy.host_detail)),
        door(context,
             ShardThread{shard, commit, self, clock, codec, batch, config.telemetry.min_rate,
                         replay, config.remote_write.enabled() ? Points::kept : Points::none}),
        loop(context, gather),
        sweeper(context.get_executor(), sweep_period) {}

  static ForOutbox for_outbox(const remote::RemoteWriteOptions& options, bool host_detail) {
    if (!options.enabled()) return {};
    return [labels = options.external_labels, host_detail](const Host& host,
                                                           std::span<const Point> points) {
      return remote::blocks_of(host, points, labels, host_detail);
    };
  }

  Task<> sweep() {
    // g++ 12 loses `this` where a loop's condition is a co_await: await on a line of its own.
    bool due = co_await sweeper.tick();
    while (due) {
      door.sweep(Steady::now());
      beats.fetch_add(1, std::memory_order_relaxed);
      due = co_await sweeper.tick();
    }
  }

  // On its own thread: nothing more is taken, what was taken is stored and acknowledged.
  Task<> stop() {
    sweeper.stop();
    co_await commit.flush();
    door.end_all();
    net::steady_timer pause{context};
    while (door.open() > 0) {
      pause.expires_after(std::chrono::milliseconds{5});
      co_await pause.async_wait(as_result);
    }
    co_await commit.flush();
  }

  net::io_context context{1};
  net::executor_work_guard<net::io_context::executor_type> busy{context.get_executor()};
  wire::BatchCodec codec;
  Batch batch;
  Shard shard;
  GroupCommit commit;
  DoorThread door;
  BurstLoop loop;
  Ticker sweeper;
  std::atomic<std::uint64_t> beats{0};  // turns of sweep(): proof that the thread lives
  std::uint64_t beats_seen = 0;         // by the front thread, which watches
  std::thread thread;
};

}  // namespace sobriety::collector
