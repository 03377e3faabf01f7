// What is counted of identities, on /metrics.
#pragma once

#include "collector/identity/counters.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>

namespace sobriety::collector {

class IdentityMetrics final : public IdentityCounters {
 public:
  // The registry outlives it.
  explicit IdentityMetrics(prometheus::Registry& registry);

  void enrolment(EnrolmentOutcome outcome) override;
  void expiries(WallTime root, WallTime issuing, WallTime server) override;

 private:
  std::array<prometheus::Counter*, enrolment_outcome_count> outcomes_{};
  prometheus::Gauge& root_;
  prometheus::Gauge& issuing_;
  prometheus::Gauge& server_;
};

}  // namespace sobriety::collector
