#include "collector/expose/identity_metrics.hpp"

namespace sobriety::collector {

namespace {

prometheus::Gauge& expiry(prometheus::Registry& registry, const char* certificate) {
  return prometheus::BuildGauge()
      .Name("sobriety_identity_certificate_expiry_timestamp_seconds")
      .Help("Until when a certificate of the collector's own authority is good.")
      .Register(registry)
      .Add({{"certificate", certificate}});
}

double seconds(WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

IdentityMetrics::IdentityMetrics(prometheus::Registry& registry)
    : root_(expiry(registry, "root")),
      issuing_(expiry(registry, "issuing")),
      server_(expiry(registry, "server")) {
  auto& family = prometheus::BuildCounter()
                     .Name("sobriety_identity_enrolments_total")
                     .Help("Requests of agents for a certificate, by what became of them.")
                     .Register(registry);
  for (std::size_t i = 0; i < outcomes_.size(); ++i)
    outcomes_[i] =
        &family.Add({{"result", std::string{to_string(static_cast<EnrolmentOutcome>(i))}}});
}

void IdentityMetrics::enrolment(EnrolmentOutcome outcome) {
  outcomes_[static_cast<std::size_t>(outcome)]->Increment();
}

void IdentityMetrics::expiries(WallTime root, WallTime issuing, WallTime server) {
  root_.Set(seconds(root));
  issuing_.Set(seconds(issuing));
  server_.Set(seconds(server));
}

}  // namespace sobriety::collector
