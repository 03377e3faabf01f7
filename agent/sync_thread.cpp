#include "agent/sync_thread.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace sobriety::agent {

SyncThread::SyncThread(net::io_context& context, Spool& spool, std::chrono::milliseconds interval,
                       std::function<void()> synced)
    : context_(context), spool_(spool), interval_(interval), synced_(std::move(synced)) {}

void SyncThread::before(std::chrono::milliseconds pause) {
  const auto since = spool_.unsynced_since();
  const auto late = pause / 8;  // the next chance may come later than it should
  if (!running_ && since && std::chrono::steady_clock::now() + pause + late - *since >= interval_)
    start();
}

void SyncThread::start() {
  if (running_) {
    again_ = true;
    return;
  }
  if (!spool_.unsynced_since()) return synced_();  // in memory: it can be sent as it is
  running_ = true;
  net::post(thread_, [this, job = spool_.begin_sync(), busy = net::make_work_guard(context_)] {
    net::post(context_, [this, job, result = job.run()] { done(job, result); });
  });
}

void SyncThread::done(const spool::SyncJob& job, const Result<void>& result) {
  running_ = false;
  spool_.end_sync(job, result);
  synced_();
  if (std::exchange(again_, false)) start();
}

Task<> SyncThread::finish() {
  start();
  while (running_) {
    net::steady_timer pause{context_, std::chrono::milliseconds{5}};
    co_await pause.async_wait(as_result);
  }
}

}  // namespace sobriety::agent
