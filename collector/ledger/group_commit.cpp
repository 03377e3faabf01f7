#include "collector/ledger/group_commit.hpp"

#include "proto/runtime/log.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sobriety::collector {

namespace {

HostRecord record_of(const Host& host) {
  return {host.id, host.name, host.stream, host.applied, host.energy, host.components};
}

// Runs on the store's thread. Parameters are references to what the awaiting coroutine keeps.
Task<std::optional<Error>> commit(Store& store, const std::vector<HostRecord>& records) {
  if (const auto done = store.commit(records); !done) co_return done.error();
  co_return std::nullopt;
}

constexpr std::chrono::seconds pause_after_failure{1};

}  // namespace

GroupCommit::GroupCommit(net::io_context& context, net::thread_pool& store_thread, Store& store,
                         std::chrono::milliseconds interval, CommitCounters& counters)
    : context_(context),
      store_thread_(store_thread),
      store_(store),
      interval_(interval),
      counters_(counters),
      timer_(context) {}

void GroupCommit::touch(Host& host) {
  if (!host.dirty) dirty_.push_back(&host);
  host.dirty = true;
  if (running_) return;
  running_ = true;
  net::co_spawn(context_, commit_later(), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);  // ends the program: a commit must not be lost
  });
}

Task<> GroupCommit::commit_later() {
  auto wait = interval_;
  while (!dirty_.empty()) {
    timer_.expires_after(wait);
    co_await timer_.async_wait(as_result);  // flush() cancels the wait
    const bool done = co_await commit_now();
    if (!done && flushing_) break;  // the agents keep what is not acknowledged
    wait = done ? interval_ : std::max(interval_, std::chrono::milliseconds{pause_after_failure});
  }
  running_ = false;
}

Task<bool> GroupCommit::commit_now() {
  const std::vector<Host*> hosts = std::exchange(dirty_, {});
  std::vector<HostRecord> records;
  records.reserve(hosts.size());
  for (Host* host : hosts) {
    host->dirty = false;
    records.push_back(record_of(*host));
  }
  const auto start = Steady::now();
  auto work = commit(store_, records);
  const std::optional<Error> problem =
      co_await net::co_spawn(store_thread_, std::move(work), net::use_awaitable);
  if (problem) {
    // Nothing is acknowledged, so nothing is lost: the agents keep what they sent.
    spdlog::error(
        "the store refuses a commit of {} hosts: {}; agents are not acknowledged until it succeeds",
        hosts.size(), problem->message);
    counters_.failed();
    for (Host* host : hosts)
      if (!host->dirty) {
        host->dirty = true;
        dirty_.push_back(host);
      }
    co_return false;
  }
  counters_.committed(hosts.size(), Steady::now() - start);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    Host& host = *hosts[i];
    if (host.stream != records[i].stream) continue;  // began a new stream meanwhile
    host.committed = records[i].seq;
    if (host.session != nullptr) host.session->committed(host.committed);
  }
  co_return true;
}

Task<> GroupCommit::flush() {
  flushing_ = true;
  while (running_) {
    timer_.cancel();
    net::steady_timer pause{context_, std::chrono::milliseconds{1}};
    co_await pause.async_wait(as_result);
  }
}

}  // namespace sobriety::collector
