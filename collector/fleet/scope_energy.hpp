// What a host's meters count by scope, no part of it twice, and whether psys is to be believed.
#pragma once

#include "collector/fleet/host.hpp"
#include "proto/model/batch.hpp"

#include <optional>

namespace sobriety::collector {

// What the components to be added up have counted, by scope, and of those that PsysTrust compares.
struct ScopeTotals {
  explicit ScopeTotals(const Host& host);

  ScopeEnergy by_scope{};
  Microjoules psys{};
  Microjoules packages{};
};

// Adds what the batch brought since `before` to the host's account and its pending row. `since`:
// the time since boot of the sample before the batch; nothing where it cannot be compared with.
void take_scopes(Host& host, const Batch& batch, const ScopeTotals& before,
                 std::optional<Elapsed> since);

}  // namespace sobriety::collector
