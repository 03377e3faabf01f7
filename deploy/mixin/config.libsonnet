// What a site may want to set. Import mixin.libsonnet and override with `{ _config+:: { … } }`.
{
  _config+:: {
    // The name of the scrape job of the collectors, as in ../prometheus.
    job: 'sobriety',

    // Where people find the runbooks: `runbookUrl + '/' + alert + '.md'`.
    runbookUrl: 'file:///usr/share/doc/sobriety-dashboards/examples/runbooks',

    // Roles of the machines that somebody sits at, a regular expression.
    workstationRoles: 'workstation|laptop|thin',

    // States in which a machine draws power for use ("on": not judged), a regular expression.
    onStates: 'active|idle|on',

    // Local time, for the hours of the heat map and "Sunday noon": hours east of UTC in winter, and
    // whether the European Union's summer time applies. The calendar of working hours is the collector's.
    timezone: { winterHours: 1, europeanSummerTime: true },

    // Of amounts of money on dashboards: the label of sobriety_group_cost_total, and Grafana's unit.
    currency: { label: 'EUR', unit: 'currencyEUR' },

    // Thresholds of alerts, drawn on dashboards too.
    nightOnShare: 0.2,
    weekendOnShare: 0.1,
    idlePowerGrowth: 1.3,
    lostShare: 0.1,
    measuredShare: 0.5,
    coverage: 0.8,
    exemptionDays: 14,
    clockSkewSeconds: 30,
    remoteWriteSeconds: 600,
    // Before the end of the server's certificate, and of those of the authority.
    certificateDays: 14,
    authorityDays: 90,
    // Avoidable energy in 30 days by department, in kWh; `departments` has those with a budget of their own.
    avoidableBudget: { default: 500, departments: {} },

    // Figures of others, printed beside ours, with their source.
    published: {
      kwhPerEmployee: {
        value: 363,
        source: {
          en: 'ADEME / ADN Ouest, 50 organisations, all their equipment and networks',
          fr: 'ADEME / ADN Ouest, 50 organisations, tous équipements et réseaux',
        },
      },
      nightOn: { value: 0.40, source: { en: 'AVOB, 2011, vendor study', fr: 'AVOB, 2011, étude d’un éditeur' } },
      weekendOn: { value: 0.26, source: { en: 'AVOB, 2011, vendor study', fr: 'AVOB, 2011, étude d’un éditeur' } },
    },

    languages: ['en', 'fr'],
    dashboardTags: ['sobriety'],
    refresh: '1m',
  },
}
