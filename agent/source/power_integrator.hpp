// Energy of a meter that tells only its power of the moment, by the trapezoid between two readings.
#pragma once

#include "proto/base/units.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace sobriety::agent {

// How old the last power reading may be: one missed reading is bridged, two are not.
[[nodiscard]] inline Elapsed longest_gap(Elapsed interval) {
  return std::min<Elapsed>(std::chrono::seconds{60}, interval * 5 / 2);
}

class PowerIntegrator {
 public:
  // A reading older than `longest_gap` says nothing of what came after it.
  explicit PowerIntegrator(Elapsed longest_gap) : longest_gap_(longest_gap) {}

  // Takes a reading of `power`, finite and not negative. False where the time since the one before
  // is too long: it adds nothing and is unmeasured.
  bool advance(Watts power, Elapsed now) {
    const std::optional<Reading> before = last_;
    last_ = Reading{power, now};
    if (!before || now <= before->at) return true;
    if (now - before->at > longest_gap_) return false;
    total_ += Watts{(before->power.count() + power.count()) / 2} * (now - before->at);
    return true;
  }

  // The power is not known from here on: the next reading begins anew.
  void forget() { last_.reset(); }

  // Since the first reading.
  [[nodiscard]] Microjoules total() const { return total_; }

 private:
  struct Reading {
    Watts power;
    Elapsed at;
  };

  Elapsed longest_gap_;
  std::optional<Reading> last_;
  Microjoules total_{};
};

}  // namespace sobriety::agent
