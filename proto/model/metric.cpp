#include "proto/model/metric.hpp"

#include <array>

namespace sobriety {

namespace {
using enum MetricId;
using enum MetricKind;

constexpr std::array<Metric, metric_count> table{{
    {host_up, "sobriety_host_up", gauge, 0, "",
     "1 while the host reports, 0 once it has been silent for three report intervals.", true},
    {host_info, "sobriety_host_info", gauge, 0, "",
     "Identity of the host, always 1: id, site, department, owner and role by the policy, agent "
     "version, OS, kernel, CPU model, chassis, virtualization.",
     true},
    {host_boot_time, "sobriety_host_boot_time_seconds", gauge, 3, "",
     "When the host booted, in seconds since 1970 by its own clock."},
    {host_uptime, "sobriety_host_uptime_seconds", gauge, 3, "",
     "Time since boot at the newest sample, time asleep included."},
    {host_last_seen, "sobriety_host_last_seen_timestamp_seconds", gauge, 3, "",
     "When the newest sample was taken, in seconds since 1970.", true},
    {host_state, "sobriety_host_state", gauge, 0, "state",
     "1 with what the host does now: active, idle, on (not judged), suspended, off, or lost.",
     true},
    {host_state_since, "sobriety_host_state_since_timestamp_seconds", gauge, 3, "",
     "Since when the host is in that state, in seconds since 1970.", true},
    {host_verdict, "sobriety_host_verdict", gauge, 0, "verdict",
     "1 with what is to be said of the host: none, unknown, left_on, underused, comatose, "
     "confirmed, or exempt.",
     true},
    {host_coverage, "sobriety_host_coverage_ratio", gauge, 4, "",
     "Share of the last week's whole days (of UTC) of which it is known what the host did.", true},
    {host_exemption_expiry, "sobriety_host_exemption_expiry_timestamp_seconds", gauge, 3, "",
     "When the exemption that is in force ends, in seconds since 1970.", true},
    {host_signal_available, "sobriety_host_signal_available", gauge, 0, "signal",
     "1 where the host tells this sign of use (cpu, network, disk, gpu, sessions, inhibitors), 0 "
     "where it is judged without."},
    {host_state_time, "sobriety_host_state_seconds_total", counter, 3, "state",
     "Time in each state, within working hours and out of them.", true, "period"},
    {host_state_energy, "sobriety_host_state_energy_joules_total", counter, 6, "state",
     "Energy at the wall in each state, within working hours and out of them.", true, "period"},
    {host_cpu_time, "sobriety_host_cpu_seconds_total", counter, 2, "mode",
     "CPU time by mode since boot, all processors together; guest time is counted in user as well, "
     "guest_nice in nice."},
    {host_cpu_usage, "sobriety_host_cpu_usage_ratio", gauge, 4, "",
     "Share of the processors that was busy over the newest batch (idle, iowait and steal are not "
     "busy)."},
    {host_energy, "sobriety_host_energy_joules_total", counter, 6, "method",
     "Energy of the whole machine at the wall, by the method that told it."},
    {host_power, "sobriety_host_power_watts", gauge, 3, "method",
     "Mean wall power over the newest batch, by the method that told it."},
    {host_power_bound, "sobriety_host_power_bound_watts", gauge, 3, "bound",
     "What the mean wall power is at least (low) and at most (high), by the method that told it."},
    {host_avoidable_energy, "sobriety_host_avoidable_energy_joules_total", counter, 6, "",
     "Energy used while idle out of working hours and not exempt, beyond what the machine would "
     "have used off or asleep.",
     true},
    {host_emissions, "sobriety_host_emissions_grams_total", counter, 6, "factor_source",
     "Emissions (CO2e) of the energy used, by the source of the factor; none without a factor.",
     true},
    {host_component_energy, "sobriety_host_component_energy_joules_total", counter, 6, "component",
     "Energy by component as its meter counts it; components contain one another, so do not add "
     "them up."},
    {host_scope_energy, "sobriety_host_scope_energy_joules_total", counter, 6, "scope",
     "Energy by what is metered (cpu, memory, gpu, platform, machine, other), each part of it "
     "once: "
     "a machine contains the others, and a platform, shown once it has proved to, the processors."},
    {host_network_bytes, "sobriety_host_network_bytes_total", counter, 0, "direction",
     "Bytes through the physical network interfaces since boot."},
    {host_disk_bytes, "sobriety_host_disk_bytes_total", counter, 0, "direction",
     "Bytes read from and written to the physical disks since boot."},
    {host_temperature, "sobriety_host_temperature_celsius", gauge, 3, "sensor",
     "Temperature by sensor."},
    {host_gpu_busy, "sobriety_host_gpu_busy_ratio", gauge, 2, "gpu",
     "Share of the time that a GPU was busy over its driver's last sampling period."},
    {host_ac_online, "sobriety_host_ac_online", gauge, 0, "",
     "1 while a mains supply feeds the machine, 0 while none does."},
    {host_sessions, "sobriety_host_sessions", gauge, 0, "kind",
     "Sessions of users, at the machine (local) and over the network (remote): their number only."},
    {host_sessions_idle, "sobriety_host_sessions_idle", gauge, 0, "",
     "1 while every session says that it is idle, or none is there."},
    {host_sleep_inhibitors, "sobriety_host_sleep_inhibitors", gauge, 0, "",
     "Programs that forbid the machine to sleep now: their number only."},
    {host_clock_skew, "sobriety_host_clock_skew_seconds", gauge, 3, "",
     "Wall clock of the host minus that of the collector when it connected."},
    {host_source_status, "sobriety_host_source_status", gauge, 0, "source",
     "1 with the status (found, absent, denied, broken) that a source of the agent has now."},
    {host_source_reads, "sobriety_host_source_reads_total", counter, 0, "source",
     "Readings that a source of the agent attempted."},
    {host_source_failures, "sobriety_host_source_failures_total", counter, 0, "source",
     "Readings that failed in a source of the agent, whole or in part."},
    {host_source_duration, "sobriety_host_source_duration_seconds_total", counter, 6, "source",
     "Time spent reading a source of the agent."},
    {host_discontinuities, "sobriety_host_discontinuities_total", counter, 0, "source",
     "Counters of a source that were found reset or implausible; the interval counts as "
     "unmeasured."},
    {host_agent_cpu, "sobriety_host_agent_cpu_seconds_total", counter, 6, "",
     "CPU time that the agent itself used."},
    {host_agent_resident, "sobriety_host_agent_resident_bytes", gauge, 0, "",
     "Resident memory of the agent itself."},
    {host_agent_sent, "sobriety_host_agent_sent_bytes_total", counter, 0, "",
     "Bytes that the agent wrote to its connection, without TCP/IP headers."},
    {host_spool_bytes, "sobriety_host_spool_bytes", gauge, 0, "",
     "Bytes of batches that wait in the agent to be acknowledged."},
    {host_spool_dropped, "sobriety_host_spool_dropped_samples_total", counter, 0, "",
     "Samples that the agent dropped, oldest first, because its spool was full or damaged."},
    {host_spool_failures, "sobriety_host_spool_failures_total", counter, 0, "",
     "Writes and syncs of the agent's spool that failed and damage found in it, since the agent "
     "started."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].id) != i) return false;
  return true;
}
static_assert(in_order(), "one row a MetricId, in its order");
}  // namespace

std::span<const Metric> metrics() { return table; }

const Metric& metric(MetricId id) { return table[static_cast<std::size_t>(id)]; }

}  // namespace sobriety
