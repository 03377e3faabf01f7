// Shows what the judge says of a host in its row of figures.
#pragma once

#include "collector/fleet/host.hpp"

namespace sobriety::collector {

// State, verdict, their times and energies as they stand in the account, at `now`, into `row`.
void show_judgement(Host& host, std::vector<Cell>& row, WallTime now);

// Days that ended since the last look are judged, and handed to the commit.
void judge_ended_days(Host& host, std::size_t already);

// Whether the host may be shown alone: without host detail none that people sit at.
[[nodiscard]] inline bool is_shown_alone(const Host& host, bool host_detail) {
  return host_detail || !policy::is_personal(host.policy->group.role);
}

// The state that the host is in now: while it is up its judged one, else what its farewell told.
[[nodiscard]] PowerState state_now(const Host& host);

// What is to be said of it at `now`.
[[nodiscard]] Verdict verdict_now(const Host& host, WallTime now);

}  // namespace sobriety::collector
