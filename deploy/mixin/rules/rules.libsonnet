// Recording rules, named level:metric:operations. What alerts and several dashboards share, and what is too heavy to
// compute each time that somebody looks.
local time = import 'time.libsonnet';

{
  local config = $._config,
  local workstations = 'role=~"%s"' % config.workstationRoles,
  local on = 'state=~"%s"' % config.onStates,

  prometheusRules+:: {
    groups+: [
      {
        name: 'sobriety.calendar',
        interval: '1m',
        rules: [
          { record: 'fleet:sobriety_local_time_seconds:now', expr: time.localSeconds(config.timezone) },
          {
            // The labels weekday (0 is Sunday) and hour, in local time: their mean over weeks is a heat map.
            record: 'site:sobriety_hosts_on:by_weekday_hour',
            expr: |||
              sum by (site) (sobriety_group_hosts{%s})
                * on () group_left (weekday, hour) (
                  count_values("weekday", day_of_week(fleet:sobriety_local_time_seconds:now))
                    * on () group_left (hour) count_values("hour", hour(fleet:sobriety_local_time_seconds:now))
                )
            ||| % on,
          },
        ],
      },
      {
        name: 'sobriety.workstations',
        interval: '1m',
        rules: [
          {
            // Lost machines are not known to be on or off.
            record: 'site:sobriety_workstations_on:ratio',
            expr: |||
              sum by (site) (sobriety_group_hosts{%(workstations)s, %(on)s})
                / (sum by (site) (sobriety_group_hosts{%(workstations)s, state!="lost"}) > 0)
            ||| % { workstations: workstations, on: on },
          },
          {
            // There only outside working hours, from Monday to Friday.
            record: 'site:sobriety_workstations_on:ratio_night',
            expr: |||
              site:sobriety_workstations_on:ratio
                and on (site) sobriety_calendar_work_period == 0
                unless on () (day_of_week(fleet:sobriety_local_time_seconds:now) % 6 == 0)
            |||,
          },
          {
            // There only on Saturday and Sunday.
            record: 'site:sobriety_workstations_on:ratio_weekend',
            expr: |||
              site:sobriety_workstations_on:ratio
                and on (site) sobriety_calendar_work_period == 0
                and on () (day_of_week(fleet:sobriety_local_time_seconds:now) % 6 == 0)
            |||,
          },
        ],
      },
      {
        name: 'sobriety.fleet',
        interval: '1m',
        rules: [
          {
            record: 'fleet:sobriety_hosts_lost:ratio',
            expr: |||
              sum(sobriety_group_hosts{state="lost"}) / (sum(sobriety_group_hosts) > 0)
            |||,
          },
          {
            record: 'site:sobriety_group_energy_measured:ratio_increase1d',
            expr: |||
              (
                sum by (site) (increase(sobriety_group_energy_joules_total{quality="measured"}[1d]))
                  or 0 * sum by (site) (increase(sobriety_group_energy_joules_total[1d]))
              )
                / (sum by (site) (increase(sobriety_group_energy_joules_total[1d])) > 0)
            |||,
          },
          {
            record: 'fleet:sobriety_host_coverage_ratio:avg',
            expr: 'avg(sobriety_host_coverage_ratio)',
          },
        ],
      },
      {
        // Over 30 days of samples every half a minute, ten thousand hosts would be a thousand million samples a time. The
        // steps of an hour are taken once, each from its own hour.
        name: 'sobriety.hours',
        interval: '1h',
        rules: [
          {
            record: 'host:sobriety_host_energy_joules:increase1h',
            expr: 'sum by (host) (increase(sobriety_host_energy_joules_total[1h]))',
          },
          {
            record: 'host:sobriety_host_avoidable_energy_joules:increase1h',
            expr: 'sum by (host) (increase(sobriety_host_avoidable_energy_joules_total[1h]))',
          },
          {
            record: 'host:sobriety_host_idle_energy_joules:increase1h',
            expr: 'sum by (host) (increase(sobriety_host_state_energy_joules_total{state="idle"}[1h]))',
          },
          {
            record: 'host:sobriety_host_idle_seconds:increase1h',
            expr: 'sum by (host) (increase(sobriety_host_state_seconds_total{state="idle"}[1h]))',
          },
          {
            record: 'department:sobriety_group_avoidable_energy_joules:increase1h',
            expr: 'sum by (department) (increase(sobriety_group_avoidable_energy_joules_total[1h]))',
          },
        ],
      },
      {
        // Sums of those steps. Queries look back five minutes for a value: these must be newer.
        name: 'sobriety.months',
        interval: '2m',
        rules: [
          {
            record: 'host:sobriety_host_energy_joules:increase30d',
            expr: 'sum_over_time(host:sobriety_host_energy_joules:increase1h[30d])',
          },
          {
            record: 'host:sobriety_host_avoidable_energy_joules:increase30d',
            expr: 'sum_over_time(host:sobriety_host_avoidable_energy_joules:increase1h[30d])',
          },
          {
            record: 'department:sobriety_group_avoidable_energy_joules:increase30d',
            expr: 'sum_over_time(department:sobriety_group_avoidable_energy_joules:increase1h[30d])',
          },
          {
            // Watts while idle, of hosts that were idle for more than an hour of the day.
            record: 'host:sobriety_host_idle_power_watts:mean1d',
            expr: |||
              sum_over_time(host:sobriety_host_idle_energy_joules:increase1h[1d])
                / (sum_over_time(host:sobriety_host_idle_seconds:increase1h[1d]) > 3600)
            |||,
          },
          {
            record: 'host:sobriety_host_idle_power_watts:mean28d_before',
            expr: |||
              sum_over_time(host:sobriety_host_idle_energy_joules:increase1h[28d] offset 1d)
                / (sum_over_time(host:sobriety_host_idle_seconds:increase1h[28d] offset 1d) > 28 * 3600)
            |||,
          },
        ],
      },
    ],
  },
}
