// Fleet sobriety: for the officer who writes the strategy and its yearly balance.
local g = import 'grafana.libsonnet';

function(config, t, shared)
  local groups = shared.groups;
  local workstations = groups + ', role=~"%s"' % config.workstationRoles;
  local increase(metric, selector, by='') =
    'sum%s (increase(%s{%s}[$__range]))' % [if by == '' then '' else ' by (%s)' % by, metric, selector];
  local energy(by='') = increase('sobriety_group_energy_joules_total', groups, by);
  local avoidable(by='') = increase('sobriety_group_avoidable_energy_joules_total', groups, by);
  local tariff = 'avg(sobriety_tariff_per_kwh{currency="%s"})' % config.currency.label;
  // What a year would be at the pace of the time shown.
  local yearly(expr, perWhat) = '(%s) / 3.6e6 * 31557600 / $__range_s / (%s > 0)' % [expr, perWhat];
  local share(metric) = 'avg(avg_over_time(%s{site=~"$site"}[$__range]))' % metric;
  local published = config.published;
  local sourceOf(figure) = t(figure.source.en, figure.source.fr);
  local useOnly = t(
    'Use phase only: neither manufacture nor end of life.',
    "Phase d'utilisation seulement : ni fabrication ni fin de vie."
  );

  shared.dashboard(
    'fleet',
    t('Sobriety: fleet', 'Sobriété : parc'),
    t(
      'Energy, cost and emissions of the machines, what of it could be avoided, and how well it is known.',
      'Énergie, coût et émissions des machines, ce qui en est évitable, et la qualité de ces chiffres.'
    ),
    'now/M',
    shared.groupVariables + [
      g.choiceVariable('baseline', t('Compared with earlier by', 'Comparé à plus tôt de'), ['28d', '91d', '364d']),
    ],
    [
      g.row(t('Over the time shown', 'Sur la période affichée'), 4, [
        g.stat(
          t('Energy', 'Énergie'),
          t(
            'At the wall, measured and estimated together. Below: which is which, and between which bounds it lies.',
            'À la prise, mesurée et estimée confondues. Plus bas : la part de chacune, et entre quelles bornes elle se trouve.'
          ),
          'kwatth',
          [g.now(energy() + ' / 3.6e6')],
          decimals=0
        ),
        g.stat(
          t('Change against the time before', 'Évolution'),
          t(
            'Energy of the time shown against that of as long a time, earlier by what is chosen above (multiples of a week).',
            'Énergie de la période affichée, par rapport à une période de même durée, décalée de ce qui est choisi en haut (des semaines entières).'
          ),
          'percentunit',
          [g.now('%s / (%s > 0) - 1' % [energy(), 'sum (increase(sobriety_group_energy_joules_total{%s}[$__range] offset $baseline))' % groups])],
          thresholds=g.thresholds([g.step('green'), g.step('orange', 0), g.step('red', 0.1)]),
          decimals=1
        ),
        g.stat(
          t('Cost', 'Coût'),
          t('By the tariffs of the policy; empty where it has none.', 'Selon les tarifs de la politique ; vide si elle n’en a pas.'),
          config.currency.unit,
          [g.now(increase('sobriety_group_cost_total', groups + ', currency="%s"' % config.currency.label))],
          decimals=0
        ),
        g.stat(
          t('Emissions', 'Émissions'),
          t('kgCO2e, by the factor that they were computed with. ', 'kgCO2e, selon le facteur utilisé pour le calcul. ') + useOnly,
          'masskg',
          [g.now(increase('sobriety_group_emissions_grams_total', groups, 'factor_source') + ' / 1000', '{{factor_source}}')],
          decimals=0
        ) { options+: { textMode: 'value_and_name' } },
        g.stat(
          t('Avoidable energy', 'Énergie évitable'),
          t(
            'What idle machines took outside working hours without an exemption, less what they would take switched off or asleep.',
            "Ce que des machines inoccupées ont consommé hors des heures ouvrées et sans dérogation, moins ce qu'elles consommeraient éteintes ou en veille."
          ),
          'kwatth',
          [g.now(avoidable() + ' / 3.6e6')],
          thresholds=g.thresholds([g.step('orange')]),
          decimals=0
        ),
        g.stat(
          t('Avoidable cost', 'Coût évitable'),
          t('Avoidable energy at the mean of the tariffs.', 'Énergie évitable, au tarif moyen.'),
          config.currency.unit,
          [g.now('%s / 3.6e6 * %s' % [avoidable(), tariff])],
          thresholds=g.thresholds([g.step('orange')]),
          decimals=0
        ),
      ]),
      g.row(t('Beside published figures', 'En regard de chiffres publiés'), 5, [
        g.stat(
          t('Per workstation and year', 'Par poste de travail et par an'),
          t(
            'Energy of workstations at the pace of the time shown; short times and holidays mislead.',
            'Énergie des postes, extrapolée de la période affichée ; une période courte ou des congés trompent.'
          ),
          'kwatth',
          [g.now(yearly(
            increase('sobriety_group_energy_joules_total', workstations),
            'sum(sobriety_group_hosts{%s})' % workstations
          ))],
          decimals=0
        ),
        g.stat(
          t('Per head and year (published: %d)', 'Par personne et par an (publié : %d)') % published.kwhPerEmployee.value,
          t('All machines, by the head counts of the policy. Published: %d kWh (%s).', 'Toutes les machines, selon les effectifs de la politique. Publié : %d kWh (%s).')
          % [published.kwhPerEmployee.value, sourceOf(published.kwhPerEmployee)],
          'kwatth',
          [g.now(yearly(energy(), 'sum(max by (site, department) (sobriety_group_headcount{site=~"$site", department=~"$department"}))'))],
          thresholds=g.rising(published.kwhPerEmployee.value),
          decimals=0
        ),
        g.stat(
          t('On at night (published: %d %%)', 'Allumés la nuit (publié : %d %%)') % (100 * published.nightOn.value),
          t(
            'Mean share of the workstations that are on outside working hours, Monday to Friday. Published: %d %% (%s). By site only.',
            'Part moyenne des postes allumés hors des heures ouvrées, du lundi au vendredi. Publié : %d %% (%s). Par site seulement.'
          ) % [100 * published.nightOn.value, sourceOf(published.nightOn)],
          'percentunit',
          [g.now(share('site:sobriety_workstations_on:ratio_night'))],
          thresholds=g.rising(config.nightOnShare, published.nightOn.value),
          decimals=0
        ),
        g.stat(
          t('On at weekends (published: %d %%)', 'Allumés le week-end (publié : %d %%)') % (100 * published.weekendOn.value),
          t(
            'Mean share of the workstations that are on on Saturday and Sunday. Published: %d %% (%s). By site only.',
            'Part moyenne des postes allumés samedi et dimanche. Publié : %d %% (%s). Par site seulement.'
          ) % [100 * published.weekendOn.value, sourceOf(published.weekendOn)],
          'percentunit',
          [g.now(share('site:sobriety_workstations_on:ratio_weekend'))],
          thresholds=g.rising(config.weekendOnShare, published.weekendOn.value),
          decimals=0
        ),
        g.stat(
          t('Idle while on', 'Temps allumé sans activité'),
          t('Share of the time that machines are on in which they have nothing to do.', 'Part du temps allumé pendant laquelle les machines n’ont rien à faire.'),
          'percentunit',
          [g.now('%s / (%s > 0)' % [
            increase('sobriety_group_state_seconds_total', groups + ', state="idle"'),
            increase('sobriety_group_state_seconds_total', groups + ', state=~"%s"' % config.onStates),
          ])],
          thresholds=g.rising(0.5, 0.8),
          decimals=0
        ),
      ]),
      g.row(t('Where the energy goes', 'Où va l’énergie'), 8, [
        g.bars(
          t('By %s', 'Par %s') % what.title,
          t('Energy over the time shown.', 'Énergie sur la période affichée.'),
          'kwatth',
          g.now('sort_desc(%s / 3.6e6)' % energy(what.label), '{{%s}}' % what.label)
        ) + if what.label == 'role' then shared.called('role') else {}
        for what in [
          { label: 'site', title: t('site', 'site') },
          { label: 'department', title: t('department', 'service') },
          { label: 'role', title: t('role', 'rôle') },
        ]
      ]),
      g.row(t('When machines are on', 'Quand les machines sont allumées'), 9, [
        g.timeseries(
          t('Machines by state', 'Machines par état'),
          t(
            'Mean number of machines in each state. Lost ones fell silent: nobody knows whether they are on.',
            'Nombre moyen de machines dans chaque état. Les machines perdues se sont tues : nul ne sait si elles sont allumées.'
          ),
          'short',
          [g.query('sum by (state) (rate(sobriety_group_state_seconds_total{%s}[$__rate_interval]))' % groups, '{{state}}')]
        ) + g.stacked + shared.called('state'),
        g.timeseries(
          t('Power by role', 'Puissance par rôle'),
          t('At the wall, measured and estimated.', 'À la prise, mesurée et estimée.'),
          'watt',
          [g.query('sum by (role) (rate(sobriety_group_energy_joules_total{%s}[$__rate_interval]))' % groups, '{{role}}')]
        ) + g.stacked + shared.called('role'),
      ]),
      g.row(t('Machines on, by hour and day of the week', 'Machines allumées, par heure et jour de la semaine'), 22, [
        g.matrix(
          t('Machines on: mean by hour (down) and day (across)', 'Machines allumées : moyenne par heure (lignes) et par jour (colonnes)'),
          t('Local time; all machines of the sites chosen, over the time shown.', 'Heure locale ; toutes les machines des sites choisis, sur la période affichée.'),
          'none',
          g.rows('sum by (weekday, hour) (avg_over_time(site:sobriety_hosts_on:by_weekday_hour{site=~"$site"}[$__range]))'),
          'hour',
          t('Hour', 'Heure'),
          'weekday',
          [
            { field: '1', title: t('Mon', 'lun.') },
            { field: '2', title: t('Tue', 'mar.') },
            { field: '3', title: t('Wed', 'mer.') },
            { field: '4', title: t('Thu', 'jeu.') },
            { field: '5', title: t('Fri', 'ven.') },
            { field: '6', title: t('Sat', 'sam.') },
            { field: '0', title: t('Sun', 'dim.') },
          ]
        ),
      ]),
      g.row(t('How well it is known', 'Qualité des données'), 8, [
        g.timeseries(
          t('Measured and estimated', 'Mesuré et estimé'),
          t('Power by how it is known. They are never mixed silently.', 'Puissance selon la façon dont elle est connue. Les deux ne sont jamais mêlées sans le dire.'),
          'watt',
          [g.query('sum by (quality) (rate(sobriety_group_energy_joules_total{%s}[$__rate_interval]))' % groups, '{{quality}}')]
        ) + g.stacked + shared.called('quality'),
        g.timeseries(
          t('Bounds of the power', 'Bornes de la puissance'),
          t('Sums of the low and high bounds of all hosts chosen: the truth of each lies between.', 'Sommes des bornes basses et hautes des machines choisies : la vérité de chacune est entre les deux.'),
          'watt',
          [
            g.query(|||
              sum(sobriety_host_power_bound_watts{bound="%s"} * on (host) group_left () sobriety_host_info{%s})
            ||| % [bound.name, groups], bound.title)
            for bound in [
              { name: 'low', title: t('at least', 'au moins') },
              { name: 'high', title: t('at most', 'au plus') },
            ]
          ]
        ) + g.override(t('at most', 'au plus'), { 'custom.fillBelowTo': t('at least', 'au moins') }),
        g.timeseries(
          t('Coverage', 'Couverture'),
          t('Share of the time for which there are samples, mean of all hosts.', 'Part du temps couverte par des relevés, moyenne de toutes les machines.'),
          'percentunit',
          [g.query('fleet:sobriety_host_coverage_ratio:avg', t('coverage', 'couverture'))],
          thresholds=g.falling(config.coverage, config.coverage)
        ),
        g.timeseries(
          t('Carbon factor', 'Facteur carbone'),
          t('Grams of CO2 equivalent a kWh, by zone and source.', 'Grammes de CO2 équivalent par kWh, par zone et source.'),
          'none',
          [g.query('sobriety_carbon_intensity_grams_per_kwh', '{{zone}}, {{source}} ({{scope}})')]
        ),
      ]),
    ]
  )
