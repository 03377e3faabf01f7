// A narrow view of perf_event_open(2): counters of a PMU on one processor, opened and read as one
// group. Tests have another one, as no captured machine has a kernel behind it.
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace sobriety::agent {

class PerfGroup {
 public:
  virtual ~PerfGroup() = default;
  // The counts since the group was opened, in the order of its events; one system call.
  [[nodiscard]] virtual Result<void> read(std::span<std::uint64_t> counts) = 0;
};

class PerfEvents {
 public:
  // The most events in a group.
  static constexpr std::size_t most_events = 16;

  virtual ~PerfEvents() = default;
  // Counts `configs` of the PMU `type` on processor `cpu`, whatever runs there. Denied without
  // CAP_PERFMON where kernel.perf_event_paranoid is above 0.
  [[nodiscard]] virtual Result<std::unique_ptr<PerfGroup>> open(
      std::uint32_t type, unsigned cpu, std::span<const std::uint64_t> configs) = 0;
};

class KernelPerfEvents final : public PerfEvents {
 public:
  [[nodiscard]] Result<std::unique_ptr<PerfGroup>> open(
      std::uint32_t type, unsigned cpu, std::span<const std::uint64_t> configs) override;
};

}  // namespace sobriety::agent
