// CPU time of the whole machine by mode, from the first line of /proc/stat.
#pragma once

#include "agent/source/source.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sobriety::agent {

// In the kernel's order of columns. guest is inside user and guest_nice inside nice.
inline constexpr std::array<std::string_view, 10> cpu_modes{
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice"};

struct CpuTimes {
  std::array<std::uint64_t, cpu_modes.size()> ticks{};
  std::size_t modes = 0;  // columns present: old kernels have fewer
};

// The `cpu ` line that begins `stat`; nothing if it is not one or a column is not a number.
[[nodiscard]] std::optional<CpuTimes> parse_cpu_line(std::string_view stat);

[[nodiscard]] Discovery discover_cpu(const Roots& roots, const SourceOptions& options);

}  // namespace sobriety::agent
