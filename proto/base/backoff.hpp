// Exponential back-off with full jitter: a wait is uniform between 0 and a bound that doubles with
// each failure, so that those who lost the same peer together do not come back together.
// (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace sobriety {

class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  explicit Backoff(std::uint64_t seed, Duration first = std::chrono::seconds{1},
                   Duration most = std::chrono::minutes{5})
      : random_(seed), first_(first), most_(most), bound_(first) {}

  // How long to wait now; the next bound is twice as long. Never shorter than `asked`.
  Duration next(Duration asked = Duration::zero()) {
    std::uniform_int_distribution<Duration::rep> spread{0, bound_.count()};
    const Duration wait{spread(random_)};
    bound_ = std::min(bound_ * 2, most_);
    return asked + wait;
  }

  void succeeded() { bound_ = first_; }

 private:
  std::mt19937_64 random_;
  Duration first_;
  Duration most_;
  Duration bound_;
};

}  // namespace sobriety
