// Alerts about the energy that machines waste, for those who look after sobriety. None of them is a reason to get up at
// night: severity info is for the daily digest (see ../../prometheus/alertmanager.yaml), warning for working hours.
local alert = import 'alert.libsonnet';

{
  local config = $._config,
  local new = alert(config),
  local budget = config.avoidableBudget,
  local overBudget(selector, kwh) =
    'department:sobriety_group_avoidable_energy_joules:increase30d%s / 3.6e6 > %g' % [selector, kwh],
  local ownBudgets = std.objectFields(budget.departments),

  prometheusAlerts+:: {
    groups+: [{
      name: 'sobriety.waste',
      rules: [
        new('WorkstationLeftOn', 'info', '1h', 'sobriety_host_verdict{verdict="left_on"} == 1') {
          summary: '{{ $labels.host }} is on and idle outside working hours.',
          description: 'Its site does not work now, nobody uses it, and it has no exemption.',
        },
        new('NightOnShareHigh', 'warning', '1h', |||
          site:sobriety_workstations_on:ratio_night > %g
        ||| % config.nightOnShare) {
          summary: '{{ $value | humanizePercentage }} of the workstations of {{ $labels.site }} are on at night.',
          description: 'More than %g %% of the workstations whose state is known are on outside working hours.'
                       % (100 * config.nightOnShare),
        },
        new('WeekendOnShareHigh', 'warning', '15m', |||
          site:sobriety_workstations_on:ratio_weekend > %g
            and on () (
              day_of_week(fleet:sobriety_local_time_seconds:now) == 0
                and hour(fleet:sobriety_local_time_seconds:now) == 12
            )
        ||| % config.weekendOnShare) {
          summary: '{{ $value | humanizePercentage }} of the workstations of {{ $labels.site }} are on on Sunday at noon.',
          description: 'More than %g %% of the workstations whose state is known are on.'
                       % (100 * config.weekendOnShare),
        },
        new('ServerUnderused', 'info', '1d', 'sobriety_host_verdict{verdict="underused"} == 1') {
          summary: '{{ $labels.host }} is a server that does little.',
          description: 'Over a week it was quiet for 95 % of the time, and its CPU was below 5 % for as much.',
        },
        new('ServerComatose', 'warning', '1d', 'sobriety_host_verdict{verdict=~"comatose|confirmed"} == 1') {
          summary: '{{ $labels.host }} is a server that nobody seems to need ({{ $labels.verdict }}).',
          description: 'Comatose: quiet for 97 % of 30 days, and no login. Confirmed: the same over 180 days.',
        },
        new('SleepBlocked', 'info', '2h', |||
          (
            sobriety_host_sleep_inhibitors > 0
              unless on (host) sobriety_host_sessions{kind="local"} > 0
          )
            * on (host) group_left (site) sobriety_host_info
            and on (site) sobriety_calendar_work_period == 0
        |||) {
          summary: 'A program keeps {{ $labels.host }} from sleeping, and nobody is there.',
          description: '{{ $value }} inhibitors forbid sleep outside working hours while no local session is open.',
        },
        new('IdlePowerRegression', 'info', '6h', |||
          host:sobriety_host_idle_power_watts:mean1d
            > %g * host:sobriety_host_idle_power_watts:mean28d_before
        ||| % config.idlePowerGrowth) {
          summary: '{{ $labels.host }} takes {{ printf "%.0f" $value }} W while idle, clearly more than before.',
          description: 'Its mean power while idle over a day is more than %g times that of the 28 days before.'
                       % config.idlePowerGrowth,
        },
        new('AvoidableBudgetExceeded', 'warning', '1h', std.join('\n  or\n', [
          overBudget(
            if std.length(ownBudgets) == 0 then '' else '{department!~"%s"}' % std.join('|', ownBudgets),
            budget.default
          ),
        ] + [
          overBudget('{department="%s"}' % department, budget.departments[department])
          for department in ownBudgets
        ]) + '\n') {
          summary: '{{ $labels.department }} could have saved {{ printf "%.0f" $value }} kWh in 30 days.',
          description: 'The avoidable energy of the department is above what was set as its budget.',
        },
        new('ExemptionExpiring', 'info', '1h', |||
          sobriety_host_exemption_expiry_timestamp_seconds - time() < %d * 86400 > 0
        ||| % config.exemptionDays) {
          summary: 'The exemption of {{ $labels.host }} ends in {{ $value | humanizeDuration }}.',
          description: 'After that the host is judged as the others of its group are.',
        },
      ],
    }, {
      name: 'sobriety.data',
      rules: [
        new('DataQualityLow', 'warning', '24h', |||
          site:sobriety_group_energy_measured:ratio_increase1d < %g
        ||| % config.measuredShare) {
          labels+: { reason: 'estimated' },
          summary: 'Only {{ $value | humanizePercentage }} of the energy of {{ $labels.site }} is measured.',
          description: 'The rest is estimated from models, whose error may be 40 to 100 %.',
        },
        new('DataQualityLow', 'warning', '24h', |||
          fleet:sobriety_host_coverage_ratio:avg < %g
        ||| % config.coverage) {
          labels+: { reason: 'coverage' },
          summary: 'Samples cover only {{ $value | humanizePercentage }} of the time.',
          description: 'What was not sampled is in no total, and hosts below 80 % have no verdict.',
        },
        new('CarbonFeedStale', 'warning', '6h', |||
          last_over_time(sobriety_carbon_intensity_grams_per_kwh[7d])
            unless sobriety_carbon_intensity_grams_per_kwh
        |||) {
          summary: 'Carbon factors of {{ $labels.source }} for {{ $labels.zone }} have run out.',
          description: 'Emissions are computed with the next factor of the policy since then.',
        },
      ],
    }],
  },
}
