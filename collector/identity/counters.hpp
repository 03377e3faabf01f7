// What is counted of identities. Called on the identity service's thread.
#pragma once

#include "collector/identity/registrar.hpp"

namespace sobriety::collector {

class IdentityCounters {
 public:
  virtual ~IdentityCounters() = default;
  virtual void enrolment(EnrolmentOutcome outcome) = 0;
  // Until when the authority's own certificates are good.
  virtual void expiries(WallTime root, WallTime issuing, WallTime server) = 0;
};

}  // namespace sobriety::collector
