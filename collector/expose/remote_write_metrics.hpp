// What is counted of remote-write, on /metrics.
#pragma once

#include "collector/remote/counters.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace sobriety::collector {

class RemoteWriteMetrics final : public remote::RemoteWriteCounters {
 public:
  // The registry outlives it.
  explicit RemoteWriteMetrics(prometheus::Registry& registry);

  void request(remote::Outcome outcome) override;
  void outbox(const OutboxState& state, WallTime now) override;

 private:
  prometheus::Counter& sent_;
  prometheus::Counter& refused_;
  prometheus::Counter& dropped_;
  prometheus::Counter& accepted_requests_;
  prometheus::Counter& retried_requests_;
  prometheus::Counter& refused_requests_;
  prometheus::Gauge& rows_;
  prometheus::Gauge& samples_;
  prometheus::Gauge& bytes_;
  prometheus::Gauge& age_;
};

}  // namespace sobriety::collector
