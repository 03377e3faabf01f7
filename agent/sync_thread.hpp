// Syncs the spool on a thread of its own, so that a slow disk does not hold up sampling or the
// connection.
#pragma once

#include "agent/spool/spool.hpp"
#include "proto/runtime/asio.hpp"

#include <chrono>
#include <functional>

namespace sobriety::agent {

class SyncThread {
 public:
  // `interval`: how old what is not synced may become. `synced` is called when something can be
  // sent.
  SyncThread(net::io_context& context, Spool& spool, std::chrono::milliseconds interval,
             std::function<void()> synced);

  // Syncs where the next chance, which comes after `pause`, would be too late.
  void before(std::chrono::milliseconds pause);
  // Syncs now, or as soon as the sync that goes on is done.
  void start();
  // Syncs what there is and waits for it.
  Task<> finish();

 private:
  void done(const spool::SyncJob& job, const Result<void>& result);

  net::io_context& context_;
  Spool& spool_;
  std::chrono::milliseconds interval_;
  std::function<void()> synced_;
  bool running_ = false;
  bool again_ = false;
  net::thread_pool thread_{1};  // last: it ends before what it uses
};

}  // namespace sobriety::agent
