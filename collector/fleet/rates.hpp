// What the policy says of a host at an instant, looked up once and good for a while: most samples
// of an hour ask for the same.
#pragma once

#include "collector/fleet/spread.hpp"
#include "collector/policy/host_policy.hpp"

#include <memory>

namespace sobriety::collector {

struct Rates {
  WallTime from{};  // holds in [from, until), which lies within an hour of UTC
  WallTime until{};
  bool out_of_hours = false;
  bool exempt = false;
  double grams_per_kwh = -1;  // negative: not known
  double price_per_kwh = -1;  // negative: not known
  std::shared_ptr<const policy::Provenance> factor;
};

[[nodiscard]] Rates rates_at(const policy::HostPolicy& policy, WallTime time);

// The last rates that were asked for. The policy must be the same at each call: forget() otherwise.
class RateMemory {
 public:
  const Rates& at(const policy::HostPolicy& policy, WallTime time) {
    if (!knows(time)) rates_ = rates_at(policy, time);
    return rates_;
  }
  // The same for those who may not change it.
  [[nodiscard]] Rates at(const policy::HostPolicy& policy, WallTime time) const {
    return knows(time) ? rates_ : rates_at(policy, time);
  }
  void forget() { rates_ = {}; }

 private:
  [[nodiscard]] bool knows(WallTime time) const {
    return time >= rates_.from && time < rates_.until;
  }

  Rates rates_;
};

}  // namespace sobriety::collector
