// Enters time and energy into the hours and totals of a host: by state, by working hours, by
// quality, with what follows from them (waste, emissions, cost, time under a verdict). Exact: the
// parts add up to the whole.
#pragma once

#include "collector/fleet/host.hpp"
#include "collector/fleet/wall_power.hpp"

namespace sobriety::collector {

// `span` in `major` state, but for `part` of it (0 to its length), spread evenly, in `minor`.
void enter_time(Host& host, Span span, std::chrono::milliseconds part, PowerState minor,
                PowerState major);

// Energy used over `span`, all of it in `state`; of an empty span, at its end.
void enter_energy(Host& host, Span span, const WallEnergy& energy, PowerState state);

// The verdict of now: the standing one, an exemption, or left on.
[[nodiscard]] Verdict verdict_of(const policy::HostPolicy& policy, const Rates& rates,
                                 Verdict standing, PowerState state);

}  // namespace sobriety::collector
