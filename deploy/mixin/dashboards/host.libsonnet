// Host detail: one machine, for the sysadmin who wants to know why it is judged as it is.
local g = import 'grafana.libsonnet';

function(config, t, shared)
  local host = 'host="$host"';
  local states = [
    { value: 1, name: 'active', text: t('active', 'active'), color: 'green' },
    { value: 2, name: 'idle', text: t('idle', 'inoccupée'), color: 'orange' },
    { value: 6, name: 'on', text: t('on', 'allumée'), color: 'light-green' },
    { value: 3, name: 'suspended', text: t('suspended', 'en veille'), color: 'blue' },
    { value: 4, name: 'off', text: t('off', 'éteinte'), color: 'text' },
    { value: 5, name: 'lost', text: t('lost', 'perdue'), color: 'red' },
  ];
  local sourceWords = [
    { value: 'found', text: t('found', 'trouvée'), color: 'green' },
    { value: 'absent', text: t('absent', 'absente'), color: 'text' },
    { value: 'denied', text: t('denied', 'refusée'), color: 'red' },
    { value: 'broken', text: t('broken', 'en panne'), color: 'red' },
  ];
  local rate(metric, selector='', by='') =
    'sum%s (rate(%s{%s}[$__rate_interval]))' % [if by == '' then '' else ' by (%s)' % by, metric, host + selector];
  // One line below which the machine counts as quiet, with the policy's default.
  local quietBelow(value) = g.thresholds([g.step('green'), g.step('transparent', value)]);

  shared.dashboard(
    'host',
    t('Sobriety: host', 'Sobriété : machine'),
    t('One machine: what it is, what it does, what it takes, and how that is known.', 'Une machine : ce qu’elle est, ce qu’elle fait, ce qu’elle consomme, et comment on le sait.'),
    'now-24h',
    [g.labelVariable('host', 'host', t('Host', 'Machine'), 'sobriety_host_info', multiple=false)],
    [
      g.row('$host', 5, [
        g.table(
          t('Identity', 'Identité'),
          t('As the agent tells it. No user and no process has a name here.', 'Telle que l’agent la donne. Ni utilisateur ni processus n’y sont nommés.'),
          [g.rows('sobriety_host_info{%s}' % host)],
          [
            { field: 'site', title: t('Site', 'Site') },
            { field: 'department', title: t('Department', 'Service') },
            { field: 'role', title: t('Role', 'Rôle'), mappings: shared.mappings('role') },
            { field: 'owner', title: t('Owner', 'Responsable') },
            { field: 'chassis', title: t('Chassis', 'Châssis') },
            { field: 'cpu_model', title: 'CPU' },
            { field: 'os', title: t('System', 'Système') },
            { field: 'kernel', title: t('Kernel', 'Noyau') },
            { field: 'virtualization', title: t('Virtualisation', 'Virtualisation') },
            { field: 'agent_version', title: 'Agent' },
          ]
        ) + g.width(15),
        g.stat(
          'Verdict',
          t('What the collector makes of its idleness, by the policy of its group.', 'Ce que le collecteur conclut de son inactivité, selon la politique de son groupe.'),
          'none',
          [g.now('sobriety_host_verdict{%s} == 1' % host, '{{verdict}}')]
        ) + shared.called('verdict') { options+: { textMode: 'name' } } + g.width(3),
        g.stat(
          t('Exemption ends', 'Fin de la dérogation'),
          t('Empty for a host without one.', 'Vide pour une machine sans dérogation.'),
          'dateTimeAsIso',
          [g.now('sobriety_host_exemption_expiry_timestamp_seconds{%s} * 1000' % host)]
        ) + g.width(3),
        g.stat(
          t('Up for', 'Allumée depuis'),
          t('Since its last boot, time asleep included.', 'Depuis son dernier démarrage, veille comprise.'),
          's',
          [g.now('sobriety_host_uptime_seconds{%s}' % host)],
          decimals=0
        ) + g.width(3),
      ]),
      g.row(t('State', 'État'), 4, [
        g.timeline(
          t('State over time', 'État au fil du temps'),
          t('Lost: it fell silent without a goodbye.', 'Perdue : muette sans avoir dit au revoir.'),
          [g.query(std.join('\nor ', [
            '%d * max by (host) (sobriety_host_state{%s, state="%s"} == 1)' % [state.value, host, state.name]
            for state in states
          ]), '{{host}}')],
          g.words(states)
        ),
      ]),
      g.row(t('Energy', 'Énergie'), 9, [
        g.timeseries(
          t('Power at the wall', 'Puissance à la prise'),
          t('By the method that tells it, between its bounds.', 'Selon la méthode qui la donne, entre ses bornes.'),
          'watt',
          [
            g.query(rate('sobriety_host_energy_joules_total', by='method'), '{{method}}'),
            g.query('max(sobriety_host_power_bound_watts{%s, bound="low"})' % host, t('at least', 'au moins')),
            g.query('max(sobriety_host_power_bound_watts{%s, bound="high"})' % host, t('at most', 'au plus')),
          ]
        ) + g.override(t('at most', 'au plus'), { 'custom.fillBelowTo': t('at least', 'au moins'), 'custom.lineWidth': 0 })
        + g.override(t('at least', 'au moins'), { 'custom.lineWidth': 0 }),
        g.timeseries(
          t('Power by component', 'Puissance par composant'),
          t('As each meter counts it. Components contain one another: do not add them up.', 'Telle que chaque compteur la mesure. Les composants se contiennent : ne pas les additionner.'),
          'watt',
          [g.query(rate('sobriety_host_component_energy_joules_total', by='component'), '{{component}}')]
        ),
        g.timeseries(
          t('Power while idle', 'Puissance à vide'),
          t(
            'Mean over a day, beside that of the 28 days before: a rise is a setting or a driver that lets it sleep less.',
            'Moyenne sur un jour, et sur les 28 jours précédents : une hausse vient d’un réglage ou d’un pilote qui l’empêche de se reposer.'
          ),
          'watt',
          [
            g.query('host:sobriety_host_idle_power_watts:mean1d{%s}' % host, t('1 day', '1 jour')),
            g.query('host:sobriety_host_idle_power_watts:mean28d_before{%s}' % host, t('28 days before', '28 jours avant')),
          ]
        ),
        g.timeseries(
          t('Energy by month', 'Énergie par mois'),
          t('Of 30 days each, over a year.', 'Par tranches de 30 jours, sur un an.'),
          'kwatth',
          [g.query('sum(increase(sobriety_host_energy_joules_total{%s}[30d])) / 3.6e6' % host, t('energy', 'énergie'))]
        ) { interval: '30d', timeFrom: '1y' } + g.columns,
      ]),
      g.row(t('Is it quiet?', 'Est-elle inoccupée ?'), 8, [
        g.timeseries(
          t('CPU in use', 'Processeurs occupés'),
          t('The dashed line: below 5 %, and below one core, it is quiet (unless the policy says otherwise).', 'En pointillé : au-dessous de 5 %, et d’un cœur, la machine est inoccupée (sauf autre politique).'),
          'percentunit',
          [g.query('sobriety_host_cpu_usage_ratio{%s}' % host, 'CPU')],
          thresholds=quietBelow(0.05)
        ),
        g.timeseries(
          t('Network', 'Réseau'),
          t('The dashed line: below 10 kB/s received and 5 kB/s sent it is quiet.', 'En pointillé : au-dessous de 10 ko/s reçus et 5 ko/s émis, la machine est inoccupée.'),
          'Bps',
          [g.query(rate('sobriety_host_network_bytes_total', by='direction'), '{{direction}}')],
          thresholds=quietBelow(10000)
        ),
        g.timeseries(
          t('Disks', 'Disques'),
          t('The dashed line: below 100 kB/s read and written together it is quiet.', 'En pointillé : au-dessous de 100 ko/s lus et écrits au total, la machine est inoccupée.'),
          'Bps',
          [g.query(rate('sobriety_host_disk_bytes_total', by='direction'), '{{direction}}')],
          thresholds=quietBelow(100000)
        ),
        g.timeseries(
          t('Sessions and what forbids sleep', 'Sessions et interdictions de veille'),
          t('Numbers only: sessions at the machine and over the network, and programs that forbid sleep.', 'Des nombres seulement : sessions locales et distantes, et programmes qui interdisent la veille.'),
          'short',
          [
            g.query('sobriety_host_sessions{%s}' % host, t('sessions: {{kind}}', 'sessions : {{kind}}')),
            g.query('sobriety_host_sleep_inhibitors{%s}' % host, t('inhibitors', 'interdictions')),
          ]
        ),
      ]),
      g.row(t('What it does', 'Ce qu’elle fait'), 8, [
        g.timeseries(
          t('CPU time by mode', 'Temps processeur par mode'),
          t('Processors in use, by what for.', 'Processeurs occupés, et à quoi.'),
          'short',
          [g.query(rate('sobriety_host_cpu_seconds_total', ', mode!~"idle|guest|guest_nice"', 'mode'), '{{mode}}')]
        ) + g.stacked,
        g.timeseries(
          t('Temperatures', 'Températures'),
          t('By sensor.', 'Par capteur.'),
          'celsius',
          [g.query('sobriety_host_temperature_celsius{%s}' % host, '{{sensor}}')],
          min=null
        ),
        g.timeseries(
          t('Agent: CPU', 'Agent : processeur'),
          t('What observing costs: share of one processor.', 'Ce que coûte l’observation : part d’un processeur.'),
          'percentunit',
          [g.query(rate('sobriety_host_agent_cpu_seconds_total'), 'agent')]
        ),
      ]),
      g.row(t('How it is known', 'Comment on le sait'), 8, [
        g.table(
          t('Sources of the agent', 'Sources de l’agent'),
          t('Denied and broken ones want a look: `sobriety-agent probe` on the machine names the fix.', 'Celles qui sont refusées ou en panne demandent un œil : `sobriety-agent probe` sur la machine donne le remède.'),
          [g.rows('sobriety_host_source_status{%s} == 1' % host)],
          [
            { field: 'source', title: t('Source', 'Source') },
            { field: 'status', title: t('Status', 'État'), mappings: g.words(sourceWords) },
          ]
        ),
        g.table(
          t('Signals of idleness', 'Signaux d’inactivité'),
          t('A signal that is missing is left out of the judgement; with the CPU alone there is no verdict.', 'Un signal absent n’entre pas dans le jugement ; avec le processeur seul, pas de verdict.'),
          [g.rows('sobriety_host_signal_available{%s}' % host)],
          [
            { field: 'signal', title: 'Signal' },
            {
              field: 'Value',
              title: t('There', 'Présent'),
              mappings: g.words([
                { value: 1, text: t('yes', 'oui'), color: 'green' },
                { value: 0, text: t('missing', 'absent'), color: 'orange' },
              ]),
            },
          ]
        ),
        g.timeseries(
          t('Coverage', 'Couverture'),
          t('Share of the time for which there are samples; below the line there is no verdict.', 'Part du temps couverte par des relevés ; sous la ligne, pas de verdict.'),
          'percentunit',
          [g.query('sobriety_host_coverage_ratio{%s}' % host, t('coverage', 'couverture'))],
          thresholds=g.falling(config.coverage, config.coverage)
        ),
        g.timeseries(
          t('Counters that broke', 'Compteurs interrompus'),
          t('Counters found reset or implausible in an hour; that time counts as unmeasured.', 'Compteurs remis à zéro ou invraisemblables en une heure ; ce temps compte comme non mesuré.'),
          'short',
          [g.query('sum by (source) (increase(sobriety_host_discontinuities_total{%s}[1h]))' % host, '{{source}}')]
        ),
      ]),
    ]
  )
