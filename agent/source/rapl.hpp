// Energy of the processors (and memory, and platform) by RAPL, through the better of two back-ends:
// powercap or perf. Only one is used, so that no component is counted twice.
#pragma once

#include "agent/source/perf_events.hpp"
#include "agent/source/source.hpp"

namespace sobriety::agent {

// The back-end that shows more components is read, and perf where both show as many: it reads a
// socket by one system call and counts in 64 bits. The choice is made anew at each discovery by the
// same rule: it changes only when what can be read has changed, and then totals go on by component.
[[nodiscard]] Discovery discover_rapl(const Roots& roots, const SourceOptions& options);
// The same with another kernel behind perf; null: there is none.
[[nodiscard]] Discovery discover_rapl(const Roots& roots, const SourceOptions& options,
                                      PerfEvents* events);

}  // namespace sobriety::agent
