// A blocking read on a thread of its own, so that a slow meter delays nobody: the newest value is
// handed over with its time.
#pragma once

#include "proto/base/clock.hpp"
#include "proto/base/result.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sobriety::agent {

template <class Value>
class AsideReader {
 public:
  struct Newest {
    std::optional<Value> value;  // nothing before the first reading that went well
    Elapsed at{};                // CLOCK_BOOTTIME when that reading was done
    std::uint64_t failures = 0;  // readings that failed so far
  };

  // Calls `read` at once and then `period` after each end; only ever on its own thread, which also
  // owns what it captured. The first failure after a success is told to `complain`, on that thread.
  AsideReader(std::function<Result<Value>()> read, std::chrono::milliseconds period,
              std::function<void(const Error&)> complain, std::shared_ptr<const Clock> clock)
      : shared_(std::make_shared<Shared>()) {
    thread_ = std::thread{
        [shared = shared_, read = std::move(read), period, complain = std::move(complain),
         clock = std::move(clock)] { work(*shared, read, period, complain, *clock); }};
  }

  // Does not wait for a reading that is under way: its thread ends by itself after it.
  ~AsideReader() {
    bool busy = false;
    {
      const std::lock_guard lock{shared_->guard};
      shared_->stopping = true;
      busy = shared_->reading;
    }
    shared_->wake.notify_all();
    if (busy)
      thread_.detach();
    else
      thread_.join();
  }
  AsideReader(const AsideReader&) = delete;
  AsideReader& operator=(const AsideReader&) = delete;

  [[nodiscard]] Newest newest() const {
    const std::lock_guard lock{shared_->guard};
    return shared_->newest;
  }

 private:
  struct Shared {
    std::mutex guard;  // of all below
    std::condition_variable wake;
    Newest newest;
    bool reading = true;
    bool stopping = false;
  };

  static void work(Shared& shared, const std::function<Result<Value>()>& read,
                   std::chrono::milliseconds period,
                   const std::function<void(const Error&)>& complain, const Clock& clock) {
    bool failing = false;
    for (;;) {
      const Result<Value> value = read();
      const Elapsed now = clock.now().boottime;
      if (!value && !std::exchange(failing, true)) complain(value.error());
      if (value) failing = false;
      std::unique_lock lock{shared.guard};
      if (value) {
        shared.newest.value = value.value();
        shared.newest.at = now;
      } else {
        ++shared.newest.failures;
      }
      shared.reading = false;
      if (shared.wake.wait_for(lock, period, [&] { return shared.stopping; })) return;
      shared.reading = true;
    }
  }

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace sobriety::agent
