// How often a thing may happen, in all and by address: token buckets that hold a minute's worth.
#pragma once

#include "proto/runtime/asio.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

namespace sobriety::collector {

struct AllowedRates {
  unsigned per_minute = 600;
  unsigned per_minute_of_address = 60;

  bool operator==(const AllowedRates&) const = default;
};

// Thread-safe.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateLimit(AllowedRates rates)
      : rates_(rates), all_{static_cast<double>(rates.per_minute), {}} {}

  // Whether it may happen now; then it counts.
  [[nodiscard]] bool allows(const net::ip::address& address, Clock::time_point now) {
    const std::lock_guard lock{mutex_};
    refill(all_, rates_.per_minute, now);
    if (by_address_.size() >= most_addresses) forget_idle(now);
    if (all_.tokens < 1 || by_address_.size() >= most_addresses) return false;
    Bucket& bucket =
        by_address_
            .try_emplace(address, Bucket{static_cast<double>(rates_.per_minute_of_address), now})
            .first->second;
    refill(bucket, rates_.per_minute_of_address, now);
    if (bucket.tokens < 1) return false;
    --bucket.tokens;
    --all_.tokens;
    return true;
  }

 private:
  struct Bucket {
    double tokens;
    Clock::time_point filled;
  };
  static constexpr std::size_t most_addresses = 10'000;

  static void refill(Bucket& bucket, unsigned per_minute, Clock::time_point now) {
    const std::chrono::duration<double, std::ratio<60>> minutes = now - bucket.filled;
    bucket.tokens = std::min<double>(per_minute, bucket.tokens + minutes.count() * per_minute);
    bucket.filled = now;
  }
  // A bucket that is full again says nothing.
  void forget_idle(Clock::time_point now) {
    std::erase_if(by_address_, [now](const auto& entry) {
      return now - entry.second.filled > std::chrono::minutes{1};
    });
  }

  const AllowedRates rates_;
  std::mutex mutex_;  // guards what follows
  Bucket all_;
  std::map<net::ip::address, Bucket> by_address_;
};

}  // namespace sobriety::collector
