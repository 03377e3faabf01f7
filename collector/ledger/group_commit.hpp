// Group commit of one shard: what changed since the last commit goes to the store in one call, off
// the network thread, and only then are its batches acknowledged.
#pragma once

#include "collector/fleet/host.hpp"
#include "collector/store/store.hpp"
#include "proto/runtime/asio.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sobriety::collector {

// Counted by the group commit, shown by the exposition.
struct CommitCounters {
  virtual ~CommitCounters() = default;
  virtual void committed(std::size_t hosts, std::chrono::nanoseconds took) = 0;
  virtual void failed(const Error& why) = 0;
};

// How long the store may fail before no more is taken. Agents keep what is not acknowledged, and
// what waits here is what they had on their way.
inline constexpr std::chrono::seconds failing_patience{5};

// What the outbox gains of a host with points that wait for their commit.
using ForOutbox = std::function<std::vector<OutboxBlock>(const Host&, std::span<const Point>)>;

class GroupCommit {
 public:
  // `store_thread` runs the store's calls, one at a time. `for_outbox`, where there is one, is
  // called on the context's thread.
  GroupCommit(net::io_context& context, net::thread_pool& store_thread, Store& store,
              std::chrono::milliseconds interval, CommitCounters& counters,
              ForOutbox for_outbox = {});

  // The host changed (or its agent asks again for an ack): it is in the next commit.
  void touch(Host& host);

  // Whether more may be taken: not when the store has failed for failing_patience.
  [[nodiscard]] bool takes_more(Steady::time_point now) const {
    return !failing_since_ || now - *failing_since_ < failing_patience;
  }

  // Commits what is left, at once; returns when nothing is pending or the store refuses.
  Task<> flush();

 private:
  // What is being committed of a host, and what is shown of it afterwards. A commit that failed may
  // be durable all the same: it is repeated as it was, and what comes meanwhile waits for the next.
  struct Work {
    std::vector<Host*> hosts;
    std::vector<HostRecord> records;  // of those that changed
    struct Shown {
      std::vector<Cell> row;
      std::shared_ptr<const Layout> layout;
      bool reported;  // by batches
    };
    std::vector<Shown> shown;    // one a record
    std::vector<Host*> changed;  // one a record
  };

  Task<> commit_later();
  Task<bool> commit_now();
  void gather();
  void settle();

  net::io_context& context_;
  net::thread_pool& store_thread_;
  Store& store_;
  std::chrono::milliseconds interval_;
  CommitCounters& counters_;
  ForOutbox for_outbox_;
  net::steady_timer timer_;
  std::vector<Host*> dirty_;
  Work work_;              // empty: nothing is being committed
  bool running_ = false;   // commit_later() is at work
  bool flushing_ = false;  // no second try after a failure
  unsigned failures_ = 0;  // in a row
  std::optional<Steady::time_point> failing_since_;
};

}  // namespace sobriety::collector
