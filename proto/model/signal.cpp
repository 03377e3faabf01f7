#include "proto/model/signal.hpp"

#include <array>
#include <cassert>

namespace sobriety {

namespace {
constexpr std::array table{
    Signal{SignalId::cpu_time, MetricId::host_cpu_time},
    Signal{SignalId::component_energy, MetricId::host_component_energy},
    Signal{SignalId::network_bytes, MetricId::host_network_bytes},
    Signal{SignalId::disk_bytes, MetricId::host_disk_bytes},
    Signal{SignalId::temperature, MetricId::host_temperature},
    Signal{SignalId::source_status, MetricId::host_source_status},
    Signal{SignalId::source_reads, MetricId::host_source_reads},
    Signal{SignalId::source_failures, MetricId::host_source_failures},
    Signal{SignalId::source_duration, MetricId::host_source_duration},
    Signal{SignalId::discontinuities, MetricId::host_discontinuities},
    Signal{SignalId::agent_cpu, MetricId::host_agent_cpu},
    Signal{SignalId::agent_resident, MetricId::host_agent_resident},
    Signal{SignalId::agent_sent, MetricId::host_agent_sent},
    Signal{SignalId::spool_bytes, MetricId::host_spool_bytes},
    Signal{SignalId::spool_dropped, MetricId::host_spool_dropped},
    Signal{SignalId::spool_failures, MetricId::host_spool_failures},
    Signal{SignalId::ac_online, MetricId::host_ac_online},
    Signal{SignalId::gpu_busy, MetricId::host_gpu_busy},
    Signal{SignalId::sessions, MetricId::host_sessions},
    Signal{SignalId::sessions_idle, MetricId::host_sessions_idle},
    Signal{SignalId::sleep_inhibitors, MetricId::host_sleep_inhibitors},
};
}  // namespace

std::span<const Signal> signals() { return table; }

const Signal* find_signal(std::uint32_t id) {
  for (const Signal& row : table)
    if (static_cast<std::uint32_t>(row.id) == id) return &row;
  return nullptr;
}

const Signal& signal(SignalId id) {
  const Signal* row = find_signal(static_cast<std::uint32_t>(id));
  assert(row != nullptr);
  return *row;
}

std::string_view to_string(SourceStatus status) {
  switch (status) {
    case SourceStatus::found:
      return "found";
    case SourceStatus::absent:
      return "absent";
    case SourceStatus::denied:
      return "denied";
    case SourceStatus::broken:
      return "broken";
  }
  return "unknown";
}

}  // namespace sobriety
