// A rate limit: a token comes every `interval`, at most `burst` of them wait, and each request
// takes one.
#pragma once

#include <algorithm>
#include <chrono>

namespace sobriety::collector {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  // Full at the beginning. An interval of 0 is no limit.
  TokenBucket(Clock::duration interval, unsigned burst) : interval_(interval), burst_(burst) {}

  // Whether there was one left.
  bool take(Clock::time_point now) {
    if (interval_ <= Clock::duration::zero()) return true;
    // The moment until which tokens are spent: never further back than a full bucket.
    spent_to_ = std::max(spent_to_, now - interval_ * burst_);
    if (spent_to_ + interval_ > now) return false;
    spent_to_ += interval_;
    return true;
  }

 private:
  Clock::duration interval_;
  unsigned burst_;
  Clock::time_point spent_to_ = Clock::time_point::min();
};

}  // namespace sobriety::collector
