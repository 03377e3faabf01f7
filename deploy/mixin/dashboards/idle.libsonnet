// Idle machines: which ones, since when, what they cost; for officer and sysadmin.
local g = import 'grafana.libsonnet';

function(config, t, shared)
  local groups = shared.groups;
  local verdicts = 'left_on|underused|comatose|confirmed';
  // Hosts with one of these verdicts, with the labels of their group.
  local judged(verdicts) = |||
    (sobriety_host_verdict{verdict=~"%s"} == 1)
      * on (host) group_left (site, department, role, owner) sobriety_host_info{%s}
  ||| % [verdicts, groups];
  local ofJudged(expr) = '%s and on (host) (%s)' % [expr, judged(verdicts)];
  local tariff = 'avg(sobriety_tariff_per_kwh{currency="%s"})' % config.currency.label;
  local count(title, description, selector, thresholds) = g.stat(
    title,
    description,
    'none',
    [g.query('sum(sobriety_group_hosts%s)' % (selector % groups))],
    thresholds=thresholds
  );
  local host = { field: 'host', title: t('Host', 'Machine'), link: shared.hostLink };
  local ofGroup = [
    { field: 'site', title: t('Site', 'Site') },
    { field: 'department', title: t('Department', 'Service') },
  ];

  shared.dashboard(
    'idle',
    t('Sobriety: idle machines', 'Sobriété : machines inoccupées'),
    t(
      'Machines that are on and have nothing to do: which, since when, and what they take.',
      'Machines allumées qui n’ont rien à faire : lesquelles, depuis quand, et ce qu’elles consomment.'
    ),
    'now-7d',
    shared.groupVariables,
    [
      g.row(t('Now', 'Maintenant'), 4, [
        count(
          t('Left on', 'Laissées allumées'),
          t('On and idle outside working hours, without an exemption.', 'Allumées et inoccupées hors des heures ouvrées, sans dérogation.'),
          '_verdict{%s, verdict="left_on"}',
          g.rising(1)
        ),
        g.stat(
          t('What they draw', 'Ce qu’elles consomment'),
          t('Power at the wall of the machines left on.', 'Puissance à la prise des machines laissées allumées.'),
          'watt',
          [g.query(|||
            sum(
              sum by (host) (sobriety_host_power_watts)
                and on (host) (%s)
            ) or vector(0)
          ||| % judged('left_on'))],
          thresholds=g.rising(1)
        ),
        count(
          t('Servers underused', 'Serveurs sous-utilisés'),
          t('Quiet for 95 % of a week.', 'Sans activité 95 % d’une semaine.'),
          '_verdict{%s, verdict="underused"}',
          g.rising(1)
        ),
        count(
          t('Servers comatose', 'Serveurs comateux'),
          t('Quiet for 97 % of 30 days, or 180, and no login: nobody seems to need them.', 'Sans activité 97 % de 30 jours, ou de 180, sans connexion : personne ne semble en avoir besoin.'),
          '_verdict{%s, verdict=~"comatose|confirmed"}',
          g.rising(1)
        ),
        count(
          t('Lost', 'Perdues'),
          t('Fell silent without a goodbye: not a saving.', 'Muettes sans avoir dit au revoir : ce n’est pas une économie.'),
          '{%s, state="lost"}',
          g.rising(1)
        ),
        count(
          t('Without a verdict', 'Sans verdict'),
          t('Known for less than five days, or covered by samples for less than 80 % of the time.', 'Connues depuis moins de cinq jours, ou couvertes par des relevés moins de 80 % du temps.'),
          '_verdict{%s, verdict="unknown"}',
          g.plain
        ),
      ]),
      g.row(t('Which machines', 'Quelles machines'), 14, [
        g.table(
          t('Idle machines, by what could be avoided', 'Machines inoccupées, par énergie évitable'),
          t(
            'Energies are those of 30 days; the cost is of a year at that pace, at the mean of the tariffs.',
            'Énergies sur 30 jours ; coût sur un an à ce rythme, au tarif moyen.'
          ),
          [
            g.rows(judged(verdicts)),
            g.rows(ofJudged('sobriety_host_state_since_timestamp_seconds * 1000')),
            g.rows(ofJudged('sum by (host) (sobriety_host_power_watts)')),
            g.rows(ofJudged('host:sobriety_host_energy_joules:increase30d / 3.6e6')),
            g.rows(ofJudged('host:sobriety_host_avoidable_energy_joules:increase30d / 3.6e6')),
            g.rows(ofJudged(
              'host:sobriety_host_avoidable_energy_joules:increase30d / 3.6e6 * 365.25 / 30 * on () group_left () %s' % tariff
            )),
          ],
          [host, { field: 'owner', title: t('Owner', 'Responsable') }] + ofGroup + [
            { field: 'verdict', title: 'Verdict', mappings: shared.mappings('verdict') },
            { field: 'Value #B', title: t('Since', 'Depuis'), unit: 'dateTimeAsIso' },
            { field: 'Value #C', title: t('Power', 'Puissance'), unit: 'watt', decimals: 0 },
            { field: 'Value #D', title: t('Energy', 'Énergie'), unit: 'kwatth', decimals: 1 },
            { field: 'Value #E', title: t('Avoidable', 'Évitable'), unit: 'kwatth', decimals: 1 },
            { field: 'Value #F', title: t('Avoidable a year', 'Évitable par an'), unit: config.currency.unit, decimals: 0 },
          ],
          key='host',
          sort=t('Avoidable', 'Évitable')
        ),
      ]),
      g.row(t('Where, and how it goes', 'Où, et quelle évolution'), 9, [
        g.bars(
          t('Avoidable energy by department', 'Énergie évitable par service'),
          t('Over the time shown.', 'Sur la période affichée.'),
          'kwatth',
          g.now(
            'sort_desc(sum by (department) (increase(sobriety_group_avoidable_energy_joules_total{%s}[$__range])) / 3.6e6)' % groups,
            '{{department}}'
          )
        ),
        g.timeseries(
          t('Machines by verdict', 'Machines par verdict'),
          t('Only verdicts that ask for something to be done.', 'Seulement les verdicts qui appellent une action.'),
          'short',
          [g.query('sum by (verdict) (sobriety_group_hosts_verdict{%s, verdict=~"%s"})' % [groups, verdicts], '{{verdict}}')]
        ) + shared.called('verdict'),
        g.bars(
          t('What keeps machines from sleeping', 'Ce qui empêche la mise en veille'),
          t('The ten machines with the most programs that forbid sleep now (their number only).', 'Les dix machines où le plus de programmes interdisent la veille (leur nombre seulement).'),
          'none',
          g.now('topk(10, sobriety_host_sleep_inhibitors > 0)', '{{host}}')
        ),
      ]),
      g.row(t('Exempt, lost, unknown', 'Dérogations, perdues, inconnues'), 9, [
        g.table(
          t('Exemptions and when they end', 'Dérogations et leur fin'),
          t('After that the machine is judged as the others of its group.', 'Ensuite, la machine est jugée comme les autres de son groupe.'),
          [g.rows(|||
            sobriety_host_exemption_expiry_timestamp_seconds * 1000
              * on (host) group_left (site, department, owner) sobriety_host_info{%s}
          ||| % groups)],
          [host, { field: 'owner', title: t('Owner', 'Responsable') }] + ofGroup +
          [{ field: 'Value', title: t('Ends', 'Fin'), unit: 'dateTimeAsIso' }]
        ),
        g.table(
          t('Lost machines', 'Machines perdues'),
          t('Silent without a goodbye: the machine, its agent or the network.', 'Muettes sans au revoir : la machine, son agent ou le réseau.'),
          [g.rows(|||
            sobriety_host_last_seen_timestamp_seconds * 1000
              * on (host) group_left (site, department) sobriety_host_info{%s}
              and on (host) sobriety_host_state{state="lost"} == 1
          ||| % groups)],
          [host] + ofGroup + [{ field: 'Value', title: t('Last seen', 'Vue pour la dernière fois'), unit: 'dateTimeAsIso' }],
          sort=t('Last seen', 'Vue pour la dernière fois')
        ),
        g.table(
          t('Machines without a verdict', 'Machines sans verdict'),
          t('Coverage is the share of the time for which there are samples.', 'La couverture est la part du temps pour laquelle il y a des relevés.'),
          [g.rows(|||
            sobriety_host_coverage_ratio * on (host) group_left (site, department) sobriety_host_info{%s}
              and on (host) sobriety_host_verdict{verdict="unknown"} == 1
          ||| % groups)],
          [host] + ofGroup + [{ field: 'Value', title: t('Coverage', 'Couverture'), unit: 'percentunit', decimals: 0 }]
        ),
      ]),
    ]
  )
