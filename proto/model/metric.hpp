// The metric catalogue: one table of every per-host family, from which the exposition and the
// documentation both come. To add a metric: one id here, one row in metric.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sobriety {

enum class MetricKind : std::uint8_t { counter, gauge };

enum class MetricId : std::uint8_t {
  host_up,
  host_info,
  host_boot_time,
  host_uptime,
  host_last_seen,
  host_state,
  host_state_since,
  host_verdict,
  host_coverage,
  host_exemption_expiry,
  host_signal_available,
  host_state_time,
  host_state_energy,
  host_cpu_time,
  host_cpu_usage,
  host_energy,
  host_power,
  host_power_bound,
  host_avoidable_energy,
  host_emissions,
  host_component_energy,
  host_scope_energy,
  host_network_bytes,
  host_disk_bytes,
  host_temperature,
  host_gpu_busy,
  host_ac_online,
  host_sessions,
  host_sessions_idle,
  host_sleep_inhibitors,
  host_clock_skew,
  host_source_status,
  host_source_reads,
  host_source_failures,
  host_source_duration,
  host_discontinuities,
  host_agent_cpu,
  host_agent_resident,
  host_agent_sent,
  host_spool_bytes,
  host_spool_dropped,
  host_spool_failures,
};

struct Metric {
  MetricId id;
  std::string_view name;
  MetricKind kind;
  unsigned decimals;       // the value is kept as an integer times 10^-decimals of the base unit
  std::string_view label;  // the label beside `host`, "" where there is none
  std::string_view help;
  bool survives_silence = false;       // stays on /metrics while the host is silent
  std::string_view second_label = "";  // a further one
};

// In the order of MetricId.
[[nodiscard]] std::span<const Metric> metrics();
[[nodiscard]] const Metric& metric(MetricId id);
inline constexpr std::size_t metric_count =
    static_cast<std::size_t>(MetricId::host_spool_failures) + 1;

}  // namespace sobriety
