#include "collector/expose/remote_write_metrics.hpp"

#include <algorithm>
#include <chrono>

namespace sobriety::collector {

namespace {

prometheus::Counter& samples(prometheus::Registry& registry, const char* result) {
  return prometheus::BuildCounter()
      .Name("sobriety_remote_write_samples_total")
      .Help(
          "Samples of series that left the outbox, over its life: sent, refused by the receiver, "
          "or "
          "dropped by its bound.")
      .Register(registry)
      .Add({{"result", result}});
}

prometheus::Counter& requests(prometheus::Registry& registry, const char* result) {
  return prometheus::BuildCounter()
      .Name("sobriety_remote_write_requests_total")
      .Help(
          "Requests of remote-write by what the receiver made of them: accepted, refused, or to be "
          "tried again, as those without an answer are.")
      .Register(registry)
      .Add({{"result", result}});
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

// The store counts over its life.
void bring_up_to(prometheus::Counter& counter, std::uint64_t total) {
  counter.Increment(std::max(0.0, static_cast<double>(total) - counter.Value()));
}

}  // namespace

RemoteWriteMetrics::RemoteWriteMetrics(prometheus::Registry& registry)
    : sent_(samples(registry, "sent")),
      refused_(samples(registry, "refused")),
      dropped_(samples(registry, "dropped")),
      accepted_requests_(requests(registry, "accepted")),
      retried_requests_(requests(registry, "again")),
      refused_requests_(requests(registry, "refused")),
      rows_(gauge(registry, "sobriety_remote_write_outbox_rows", "Rows that wait in the outbox.")),
      samples_(gauge(registry, "sobriety_remote_write_outbox_samples",
                     "Samples of series that wait in the outbox.")),
      bytes_(gauge(registry, "sobriety_remote_write_outbox_bytes",
                   "Size of what waits in the outbox, which remote_write.outbox bounds.")),
      age_(gauge(registry, "sobriety_remote_write_outbox_age_seconds",
                 "How long the oldest of what waits in the outbox has waited, 0 where nothing "
                 "waits.")) {}

void RemoteWriteMetrics::request(remote::Outcome outcome) {
  if (outcome == remote::Outcome::accepted)
    accepted_requests_.Increment();
  else if (outcome == remote::Outcome::again)
    retried_requests_.Increment();
  else
    refused_requests_.Increment();
}

void RemoteWriteMetrics::outbox(const OutboxState& state, WallTime now) {
  bring_up_to(sent_, state.sent);
  bring_up_to(refused_, state.refused);
  bring_up_to(dropped_, state.dropped);
  rows_.Set(static_cast<double>(state.rows));
  samples_.Set(static_cast<double>(state.samples));
  bytes_.Set(static_cast<double>(state.size.count()));
  const std::chrono::duration<double> age = now - state.since;
  age_.Set(state.rows > 0 ? std::max(0.0, age.count()) : 0);
}

}  // namespace sobriety::collector
