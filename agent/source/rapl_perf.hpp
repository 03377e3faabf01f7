// RAPL by the kernel's `power` PMU: 64-bit counts, one group of events a processor that stands for
// its die (or its package), read by one system call.
#pragma once

#include "agent/source/perf_events.hpp"
#include "agent/source/rapl_backend.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace sobriety::agent {

// `energy-pkg`, `energy-cores`, `energy-ram`, `energy-gpu`, `energy-psys`: powercap calls them
// package, core, dram, uncore and psys.
[[nodiscard]] std::optional<RaplDomain> domain_of_event(std::string_view name);

// `event=0x02` is 2.
[[nodiscard]] std::optional<std::uint64_t> parse_event(std::string_view text);

// A list of processors, `0,28` or `0-3,8`: at most 65,536 of them.
[[nodiscard]] std::optional<std::vector<unsigned>> parse_cpu_list(std::string_view text);

// Microjoules of a count whose unit is `joules` (2.3283e-10 is 2^-32 J).
[[nodiscard]] std::uint64_t microjoules(std::uint64_t count, double joules);

// Opens every event of <sys>/bus/event_source/devices/power on every processor of its cpumask.
[[nodiscard]] RaplBackend find_rapl_perf(const std::filesystem::path& sys, PerfEvents& events);

}  // namespace sobriety::agent
