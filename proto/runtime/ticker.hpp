// A steady beat: each tick is due one period after the previous *due* time, so that lateness does
// not add up; beats that were missed altogether (a suspended machine) are left out.
#pragma once

#include "proto/runtime/asio.hpp"

#include <chrono>

namespace sobriety {

class Ticker {
 public:
  using Clock = std::chrono::steady_clock;

  // The first tick is due at once.
  Ticker(net::any_io_executor executor, std::chrono::milliseconds period)
      : timer_(std::move(executor)), period_(period), due_(Clock::now()) {}

  // Waits for the next beat; false when stopped.
  Task<bool> tick() {
    if (stopped_) co_return false;
    const auto now = Clock::now();
    if (now - due_ > period_) due_ += (now - due_) / period_ * period_;
    timer_.expires_at(due_);
    due_ += period_;
    auto [error] = co_await timer_.async_wait(as_result);
    co_return !error && !stopped_;
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  net::steady_timer timer_;
  std::chrono::milliseconds period_;
  Clock::time_point due_;
  bool stopped_ = false;
};

}  // namespace sobriety
