// Group commit of one shard: what changed since the last commit goes to the store in one call, off
// the network thread, and only then are its batches acknowledged.
#pragma once

#include "collector/fleet/host.hpp"
#include "collector/store/store.hpp"
#include "proto/runtime/asio.hpp"

#include <chrono>
#include <vector>

namespace sobriety::collector {

// Counted by the group commit, shown by the exposition.
struct CommitCounters {
  virtual ~CommitCounters() = default;
  virtual void committed(std::size_t hosts, std::chrono::nanoseconds took) = 0;
  virtual void failed() = 0;
};

class GroupCommit {
 public:
  // `store_thread` runs the store's calls, one at a time.
  GroupCommit(net::io_context& context, net::thread_pool& store_thread, Store& store,
              std::chrono::milliseconds interval, CommitCounters& counters);

  // The host changed (or its agent asks again for an ack): it is in the next commit.
  void touch(Host& host);

  // Commits what is left, at once; returns when nothing is pending or the store refuses.
  Task<> flush();

 private:
  Task<> commit_later();
  Task<bool> commit_now();

  net::io_context& context_;
  net::thread_pool& store_thread_;
  Store& store_;
  std::chrono::milliseconds interval_;
  CommitCounters& counters_;
  net::steady_timer timer_;
  std::vector<Host*> dirty_;
  bool running_ = false;   // commit_later() is at work
  bool flushing_ = false;  // no second try after a failure
};

}  // namespace sobriety::collector
