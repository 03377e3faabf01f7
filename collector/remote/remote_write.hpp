// Sends the outbox to a receiver, in order, one request at a time, on a thread of its own.
//
// What the receiver has taken, or will never take, leaves the outbox; what gets no answer, or 5xx
// or 429, is tried again until it does. After a crash between the receiver's answer and the
// outbox's commit the same samples go once more, the same in time and value.
#pragma once

#include "collector/remote/counters.hpp"
#include "collector/remote/dispatch.hpp"
#include "collector/remote/options.hpp"
#include "collector/remote/post.hpp"
#include "collector/store/store.hpp"
#include "proto/base/backoff.hpp"
#include "proto/base/clock.hpp"
#include "proto/runtime/ticker.hpp"

#include <chrono>
#include <memory>
#include <random>
#include <thread>

namespace sobriety::collector::remote {

class RemoteWrite {
 public:
  // `options.url` is good. `store_thread` runs the store's calls. All of them outlive it. An error
  // names a file that is missing or wrong.
  [[nodiscard]] static Result<std::unique_ptr<RemoteWrite>> open(const RemoteWriteOptions& options,
                                                                 Store& store,
                                                                 net::thread_pool& store_thread,
                                                                 const Clock& clock,
                                                                 RemoteWriteCounters& counters);
  ~RemoteWrite();

  void start();
  // Ends what goes on and the thread; what is not answered stays in the outbox. Blocks for as long
  // as a call of the store, or the resolution of a name, takes.
  void stop();

 private:
  RemoteWrite(const RemoteWriteOptions& options, const Url& url, Store& store,
              net::thread_pool& store_thread, const Clock& clock, RemoteWriteCounters& counters);

  Task<> run();
  Task<> drain();
  Task<bool> fill();
  Task<bool> send();
  Task<bool> settle();
  Task<> look();
  [[nodiscard]] bool judge(const Response& answer);
  void wait(std::string_view why, std::chrono::seconds asked = {});
  void note_success();

  const RemoteWriteOptions options_;
  const std::string shown_;  // the URL, for the log
  Store& store_;
  net::thread_pool& store_thread_;
  const Clock& clock_;
  RemoteWriteCounters& counters_;
  net::io_context context_{1};
  Ticker ticker_;
  Poster poster_;
  Dispatch dispatch_;
  std::vector<OutboxSettled> settled_;  // not in the store yet
  Backoff backoff_{std::random_device{}(), std::chrono::milliseconds{500},
                   std::chrono::seconds{30}};
  unsigned failures_ = 0;  // in a row
  std::chrono::steady_clock::time_point not_before_{};
  std::chrono::steady_clock::time_point told_refused_{};
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace sobriety::collector::remote
