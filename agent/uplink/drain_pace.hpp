// How fast a backlog is sent: a token bucket, so that agents that come back after an outage do not
// take the network and the collector for themselves.
#pragma once

#include "proto/base/units.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sobriety::agent {

class DrainPace {
 public:
  using Clock = std::chrono::steady_clock;
  // Between two pieces of a backlog.
  static constexpr std::chrono::milliseconds pause{250};

  // Bytes a second; a second's worth may be sent at once.
  explicit DrainPace(Bytes rate = Bytes{64U << 10U}) : rate_(static_cast<double>(rate.count())) {}

  // Bytes that may be sent now.
  std::size_t allowance(Clock::time_point now) {
    const std::chrono::duration<double> passed = now - last_;
    last_ = now;
    tokens_ = std::min(rate_, tokens_ + rate_ * passed.count());
    return tokens_ > 0 ? static_cast<std::size_t>(tokens_) : 0;
  }
  // The last batch may go beyond the allowance: what is too much is missing from the next ones.
  void spend(std::size_t bytes) { tokens_ -= static_cast<double>(bytes); }

 private:
  double rate_;
  double tokens_ = 0;
  Clock::time_point last_{};
};

}  // namespace sobriety::agent
