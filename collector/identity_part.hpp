// The collector's own authority as a part of the running collector: what the door needs of it, its
// figures, and the look at what changes.
#pragma once

#include "collector/door/door.hpp"
#include "collector/expose/identity_metrics.hpp"
#include "collector/identity/service.hpp"

#include <memory>

namespace sobriety::collector {

class IdentityPart {
 public:
  // Registry and clock outlive it.
  [[nodiscard]] static Result<std::unique_ptr<IdentityPart>> open(const IdentityOptions& options,
                                                                  prometheus::Registry& registry,
                                                                  const Clock& clock);

  // What the telemetry port shows; it follows the authority's files.
  [[nodiscard]] std::shared_ptr<tls::Renewable> contexts() const { return contexts_; }
  // What a door of this authority speaks.
  [[nodiscard]] DoorTls door() const;
  // Call about once a second: takes in what has changed, and ends the sessions of those who are not
  // let in any more.
  Task<> look(Door& door);
  // Waits until nothing is asked of it any more; whoever asked must still be there.
  void join() { service_->join(); }

 private:
  explicit IdentityPart(prometheus::Registry& registry, const Clock& clock)
      : metrics_(registry), clock_(clock) {}

  IdentityMetrics metrics_;
  const Clock& clock_;
  std::unique_ptr<IdentityService> service_;
  std::shared_ptr<tls::Renewable> contexts_;
};

}  // namespace sobriety::collector
