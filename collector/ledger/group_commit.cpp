#include "collector/ledger/group_commit.hpp"

#include "collector/fleet/account.hpp"
#include "proto/runtime/log.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sobriety::collector {

namespace {

HostRecord record_of(Host& host, const ForOutbox& for_outbox) {
  HostRecord record;
  record.before = host.stored;
  record.state = {host.id, host.name, host.applied, host.account, host.subject_text};
  if (host.pending) {
    record.hours = std::exchange(host.pending->hours, {});
    record.days = std::exchange(host.pending->days, {});
    const std::vector<Point> points = std::exchange(host.pending->points, {});
    if (for_outbox && !points.empty()) record.outbox = for_outbox(host, points);
    record.outbox_since = host.pending->points_since;
  }
  return record;
}

// Runs on the store's thread. Parameters are references to what the awaiting coroutine keeps.
Task<std::optional<Error>> commit(Store& store, const std::vector<HostRecord>& records) {
  if (const auto done = store.commit(records); !done) co_return done.error();
  co_return std::nullopt;
}

// Between tries of a store that fails: from the first to the second, doubled up to the third.
constexpr std::chrono::milliseconds first_pause{1'000};
constexpr std::chrono::milliseconds longest_pause{15'000};

std::chrono::milliseconds pause_after(unsigned failures) {
  return std::min(longest_pause, first_pause * (1U << std::min(failures - 1, 4U)));
}

}  // namespace

GroupCommit::GroupCommit(net::io_context& context, net::thread_pool& store_thread, Store& store,
                         std::chrono::milliseconds interval, CommitCounters& counters,
                         ForOutbox for_outbox)
    : context_(context),
      store_thread_(store_thread),
      store_(store),
      interval_(interval),
      counters_(counters),
      for_outbox_(std::move(for_outbox)),
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
  while (!dirty_.empty() || !work_.hosts.empty()) {
    timer_.expires_after(wait);
    co_await timer_.async_wait(as_result);  // flush() cancels the wait
    const bool done = co_await commit_now();
    if (!done && flushing_) break;  // the agents keep what is not acknowledged
    wait = done ? interval_ : std::max(interval_, pause_after(failures_));
  }
  running_ = false;
}

// What changed since the last commit becomes the work.
void GroupCommit::gather() {
  work_.hosts = std::exchange(dirty_, {});
  for (Host* host : work_.hosts) {
    host->dirty = false;
    const bool noted = std::exchange(host->noted, false);
    if (host->stored == host->applied && !noted) continue;  // its agent only asks again
    work_.records.push_back(record_of(*host, for_outbox_));
    work_.changed.push_back(host);
    work_.shown.push_back({host->pending ? host->pending->row : std::vector<Cell>{}, host->layout,
                           host->has_uncommitted()});
  }
}

// The work is durable: it is shown, and acknowledged.
void GroupCommit::settle() {
  Work done = std::exchange(work_, {});
  for (std::size_t i = 0; i < done.records.size(); ++i) {
    Host& host = *done.changed[i];
    host.stored = done.records[i].state.place;
    host.shown_totals = done.records[i].state.account.totals;
    host.shown_emissions = std::move(done.records[i].state.account.emissions);
    if (done.shown[i].reported || host.left)  // a host that fell silent is not up by that
      publish(host, std::move(done.shown[i].row), done.shown[i].layout);
    if (!host.dirty) host.pending.reset();
  }
  for (Host* host : done.hosts)
    // Unless a new stream began meanwhile, of which nothing is stored.
    if (host->session != nullptr && host->stored.stream == host->applied.stream)
      host->session->committed(host->stored.seq);
}

Task<bool> GroupCommit::commit_now() {
  if (work_.hosts.empty()) gather();
  const auto start = Steady::now();
  if (!work_.records.empty()) {
    auto work = commit(store_, work_.records);
    const std::optional<Error> problem =
        co_await net::co_spawn(store_thread_, std::move(work), net::use_awaitable);
    if (problem) {
      // Nothing is acknowledged, so nothing is lost: the agents keep what they sent.
      if (failures_++ == 0) {
        failing_since_ = start;
        spdlog::error(
            "the store refuses a commit of {} hosts: {}; agents are not acknowledged "
            "until it succeeds, which is tried again and again",
            work_.records.size(), problem->message);
      }
      counters_.failed(*problem);
      co_return false;
    }
    if (failures_ > 0)
      spdlog::info("the store takes commits again, after {} that failed", failures_);
    failures_ = 0;
    failing_since_.reset();
    counters_.committed(work_.records.size(), Steady::now() - start);
  }
  settle();
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
