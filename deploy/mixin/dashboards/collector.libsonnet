// Collector and agents: is sobriety itself well, and what does it cost? For those who run it.
local g = import 'grafana.libsonnet';

function(config, t, shared)
  local own = 'instance=~"$instance"';
  local rate(metric, selector='', by='') =
    'sum%s (rate(%s{%s}[$__rate_interval]))' % [if by == '' then '' else ' by (%s)' % by, metric, own + selector];
  local quantile(q) =
    'histogram_quantile(%g, sum by (le) (rate(sobriety_commit_duration_seconds_bucket{%s}[$__rate_interval])))' % [q, own];

  shared.dashboard(
    'collector',
    t('Sobriety: collector and agents', 'Sobriété : collecteur et agents'),
    t('Whether sobriety itself is well, and what it costs.', 'La santé de sobriety lui-même, et ce qu’il coûte.'),
    'now-6h',
    [g.labelVariable('instance', 'instance', t('Collector', 'Collecteur'), 'sobriety_build_info')],
    [
      g.row(t('Now', 'Maintenant'), 4, [
        g.stat(
          t('Collectors that answer', 'Collecteurs qui répondent'),
          t('Of the scrape job; 0 of them is an outage of Prometheus or of all of them.', 'Parmi ceux que Prometheus interroge ; 0 : panne de Prometheus, ou de tous.'),
          'none',
          [g.query('sum(up{job="%s", %s})' % [config.job, own])],
          thresholds=g.falling(1, 1)
        ),
        g.stat(
          t('Hosts that report', 'Machines qui rapportent'),
          t('Of those that ever did.', 'Parmi celles qui l’ont jamais fait.'),
          'none',
          [g.query('sum by (state) (sobriety_fleet_hosts{%s})' % own, '{{state}}')]
        ),
        g.stat(
          t('Connections', 'Connexions'),
          t('Open ones of agents.', 'Ouvertes par des agents.'),
          'none',
          [g.query('sum(sobriety_door_connections{%s})' % own)]
        ),
        g.stat(
          t('Store', 'Base'),
          t('Whether it takes commits. While it does not, nothing is acknowledged.', 'Accepte-t-elle les écritures ? Sinon, rien n’est acquitté.'),
          'none',
          [g.query('max(sobriety_store_failing{%s})' % own)],
          thresholds=g.rising(1, 1)
        ) { fieldConfig+: { defaults+: { mappings: g.words([
          { value: 0, text: t('takes commits', 'écrit'), color: 'green' },
          { value: 1, text: t('refuses', 'refuse'), color: 'red' },
        ]) } } },
        g.stat(
          t('Configuration', 'Configuration'),
          t('Whether the one that was read last is in use.', 'La dernière lue est-elle en service ?'),
          'none',
          [g.query('min(sobriety_config_last_reload_successful{%s})' % own)],
          thresholds=g.falling(1, 1)
        ) { fieldConfig+: { defaults+: { mappings: g.words([
          { value: 1, text: t('in use', 'en service'), color: 'green' },
          { value: 0, text: t('refused', 'refusée'), color: 'red' },
        ]) } } },
        g.stat(
          t('Version of the collector', 'Version du collecteur'),
          t('By instance.', 'Par instance.'),
          'none',
          [g.now('sobriety_build_info{%s}' % own, '{{version}}')]
        ) { options+: { textMode: 'name' } },
      ]),
      g.row(t('What comes in', 'Ce qui arrive'), 8, [
        g.timeseries(
          t('Samples', 'Relevés'),
          t('Taken into account a second.', 'Pris en compte par seconde.'),
          'ops',
          [g.query(rate('sobriety_ingest_samples_total'), t('samples', 'relevés'))]
        ),
        g.timeseries(
          t('Bytes from agents', 'Octets des agents'),
          t('Frames of the protocol, without TCP/IP headers.', 'Trames du protocole, sans en-têtes TCP/IP.'),
          'Bps',
          [g.query(rate('sobriety_ingest_bytes_total'), t('bytes', 'octets'))]
        ),
        g.timeseries(
          t('Batches', 'Lots'),
          t('New ones, and those that came again and changed nothing (after a connection broke).', 'Nouveaux, et revenus sans rien changer (après une coupure).'),
          'ops',
          [
            g.query(rate('sobriety_ingest_batches_total'), t('new', 'nouveaux')),
            g.query(rate('sobriety_ingest_duplicate_batches_total'), t('again', 'revenus')),
          ]
        ),
        g.timeseries(
          t('Refused connections', 'Connexions refusées'),
          t('Refused or ended by the collector in an hour, by reason; silent and broken ones too.', 'Refusées ou fermées par le collecteur en une heure, par raison ; muettes et rompues comprises.'),
          'short',
          [
            g.query('sum by (reason) (increase(sobriety_door_refused_total{%s}[1h]))' % own, '{{reason}}'),
            g.query('sum(increase(sobriety_door_timeouts_total{%s}[1h]))' % own, t('too slow', 'trop lentes')),
            g.query('sum(increase(sobriety_door_truncated_total{%s}[1h]))' % own, t('broken off', 'rompues')),
          ]
        ),
      ]),
      g.row(t('Who comes in', 'Qui se connecte'), 8, [
        g.timeseries(
          t('TLS handshakes', 'Négociations TLS'),
          t('In an hour, by result. Expired: agents that were away for long; untrusted: certificates of another authority.', 'En une heure, par résultat. « expired » : agents longtemps absents ; « untrusted » : certificats d’une autre autorité.'),
          'short',
          [g.query('sum by (result) (increase(sobriety_door_handshakes_total{%s}[1h]))' % own, '{{result}}')]
        ),
        g.timeseries(
          t('Enrolments and renewals', 'Enrôlements et renouvellements'),
          t('Requests for a certificate in an hour, by what became of them.', 'Demandes de certificat en une heure, selon leur issue.'),
          'short',
          [g.query('sum by (result) (increase(sobriety_identity_enrolments_total{%s}[1h]))' % own, '{{result}}')]
        ),
        g.bars(
          t('Certificates: time left', 'Certificats : temps restant'),
          t('Of the authority and of the telemetry port. The last is renewed by itself after two thirds of its life.', 'De l’autorité et du port de télémétrie. Ce dernier se renouvelle seul aux deux tiers de sa vie.'),
          's',
          g.now('min by (certificate) (sobriety_identity_certificate_expiry_timestamp_seconds{%s}) - time()' % own, '{{certificate}}')
        ),
        g.timeseries(
          t('Refused HTTP requests', 'Requêtes HTTP refusées'),
          t('In an hour, by reason.', 'En une heure, par raison.'),
          'short',
          [g.query('sum by (reason) (increase(sobriety_web_refused_total{%s}[1h]))' % own, '{{reason}}')]
        ),
      ]),
      g.row(t('Commits', 'Écritures'), 8, [
        g.timeseries(
          t('Time of a commit', 'Durée d’une écriture'),
          t('From handing it to the store until it is durable. Agents wait for it, and for the commit interval before.', 'De la remise à la base jusqu’à ce qu’elle soit durable. Les agents l’attendent, après l’intervalle d’écriture.'),
          's',
          [g.query(quantile(0.5), t('median', 'médiane')), g.query(quantile(0.99), '99 %')]
        ),
        g.timeseries(
          t('Commits', 'Écritures'),
          t('Made, and refused by the store: those are tried again.', 'Faites, et refusées par la base : celles-là sont retentées.'),
          'ops',
          [
            g.query(rate('sobriety_commit_total'), t('made', 'faites')),
            g.query(rate('sobriety_commit_failures_total'), t('refused', 'refusées')),
          ]
        ),
        g.timeseries(
          t('Hosts a commit', 'Machines par écriture'),
          t('Mean number of hosts that one transaction carries.', 'Nombre moyen de machines dans une transaction.'),
          'short',
          [g.query(rate('sobriety_commit_hosts_total') + ' / ' + rate('sobriety_commit_total'), t('hosts', 'machines'))]
        ),
        g.timeseries(
          t('Rows of the ledger put together', 'Lignes du registre regroupées'),
          t('Hours old enough to be kept by day.', 'Heures assez anciennes pour être gardées par jour.'),
          'ops',
          [g.query(rate('sobriety_store_rolled_up_rows_total'), t('rows', 'lignes'))]
        ),
      ]),
      g.row(t('The collector itself', 'Le collecteur lui-même'), 7, [
        g.timeseries(
          'CPU',
          t('Processors in use.', 'Processeurs occupés.'),
          'percentunit',
          [g.query('sum by (instance) (rate(process_cpu_seconds_total{job="%s", %s}[$__rate_interval]))' % [config.job, own], '{{instance}}')]
        ),
        g.timeseries(
          t('Memory', 'Mémoire'),
          t('Resident.', 'Résidente.'),
          'bytes',
          [g.query('process_resident_memory_bytes{job="%s", %s}' % [config.job, own], '{{instance}}')]
        ),
        g.timeseries(
          t('Files and threads', 'Fichiers et fils'),
          t('Open file descriptors and threads.', 'Descripteurs ouverts et fils d’exécution.'),
          'short',
          [
            g.query('process_open_fds{job="%s", %s}' % [config.job, own], t('files', 'fichiers')),
            g.query('process_threads{job="%s", %s}' % [config.job, own], t('threads', 'fils')),
          ]
        ),
        g.timeseries(
          t('Time of a scrape', 'Durée d’une lecture'),
          t('As Prometheus sees it.', 'Vue par Prometheus.'),
          's',
          [g.query('scrape_duration_seconds{job="%s", %s}' % [config.job, own], '{{instance}}')]
        ),
      ]),
      g.row(t('Agents: what waits, what was lost', 'Agents : ce qui attend, ce qui est perdu'), 8, [
        g.timeseries(
          t('Backlog of the spools', 'Retard des agents'),
          t('Bytes not yet acknowledged: all agents together, and the largest.', 'Octets non encore acquittés : tous les agents, et le plus en retard.'),
          'bytes',
          [
            g.query('sum(sobriety_host_spool_bytes{%s})' % own, t('all', 'tous')),
            g.query('max(sobriety_host_spool_bytes{%s})' % own, t('largest', 'le plus grand')),
          ]
        ),
        g.timeseries(
          t('Dropped', 'Perdus'),
          t(
            'In an hour: samples that full or damaged spools dropped, failures of spools, and ranges that agents declared missing.',
            'En une heure : relevés perdus par des files pleines ou abîmées, pannes de ces files, et plages déclarées manquantes.'
          ),
          'short',
          [
            g.query('sum(increase(sobriety_host_spool_dropped_samples_total{%s}[1h]))' % own, t('samples', 'relevés')),
            g.query('sum(increase(sobriety_host_spool_failures_total{%s}[1h]))' % own, t('failures', 'pannes')),
            g.query('sum(increase(sobriety_ingest_gaps_total{%s}[1h]))' % own, t('ranges', 'plages')),
          ]
        ),
        g.timeseries(
          t('Counters that broke', 'Compteurs interrompus'),
          t('Found reset or implausible in an hour, by source; that time counts as unmeasured.', 'Remis à zéro ou invraisemblables en une heure, par source ; ce temps compte comme non mesuré.'),
          'short',
          [g.query('sum by (source) (increase(sobriety_host_discontinuities_total{%s}[1h]))' % own, '{{source}}')]
        ),
        g.timeseries(
          t('Clocks', 'Horloges'),
          t(
            'In an hour: samples from the future, and clocks found wrong. The line: the largest difference from the collector’s clock, in seconds.',
            'En une heure : relevés venus du futur et horloges fautives. La ligne : le plus grand écart avec l’horloge du collecteur, en secondes.'
          ),
          'short',
          [
            g.query('sum(increase(sobriety_ingest_implausible_times_total{%s}[1h]))' % own, t('from the future', 'du futur')),
            g.query('sum(increase(sobriety_ingest_clock_steps_total{%s}[1h]))' % own, t('wrong', 'fautives')),
            g.query('max(abs(sobriety_host_clock_skew_seconds{%s}))' % own, t('largest skew', 'plus grand écart')),
          ]
        ),
      ]),
      g.row(t('Agents: what they cost', 'Agents : ce qu’ils coûtent'), 8, [
        g.timeseries(
          'CPU',
          t('Share of one processor, mean and largest.', 'Part d’un processeur, moyenne et maximum.'),
          'percentunit',
          [
            g.query('avg(rate(sobriety_host_agent_cpu_seconds_total{%s}[$__rate_interval]))' % own, t('mean', 'moyenne')),
            g.query('max(rate(sobriety_host_agent_cpu_seconds_total{%s}[$__rate_interval]))' % own, t('largest', 'maximum')),
          ]
        ),
        g.timeseries(
          t('Memory', 'Mémoire'),
          t('Resident, mean and largest.', 'Résidente, moyenne et maximum.'),
          'bytes',
          [
            g.query('avg(sobriety_host_agent_resident_bytes{%s})' % own, t('mean', 'moyenne')),
            g.query('max(sobriety_host_agent_resident_bytes{%s})' % own, t('largest', 'maximum')),
          ]
        ),
        g.timeseries(
          t('Bytes sent', 'Octets envoyés'),
          t('By a mean agent.', 'Par un agent moyen.'),
          'Bps',
          [g.query('avg(rate(sobriety_host_agent_sent_bytes_total{%s}[$__rate_interval]))' % own, t('mean', 'moyenne'))]
        ),
        g.bars(
          t('Versions', 'Versions'),
          t('Agents by version.', 'Agents par version.'),
          'none',
          g.now('sort_desc(count by (agent_version) (sobriety_host_info{%s}))' % own, '{{agent_version}}')
        ),
      ]),
      g.row(t('Agents: what they read', 'Agents : ce qu’ils lisent'), 8, [
        g.timeseries(
          t('Sources by status', 'Sources par état'),
          t('Denied and broken ones want a look at the host: `sobriety-agent probe`.', 'Celles qui sont refusées ou en panne demandent un œil sur la machine : `sobriety-agent probe`.'),
          'short',
          [g.query('count by (source, status) (sobriety_host_source_status{%s, status=~"denied|broken|found"} == 1)' % own, '{{source}}: {{status}}')]
        ),
        g.timeseries(
          t('Failed readings', 'Lectures en échec'),
          t('Share of the readings that failed, by source.', 'Part des lectures en échec, par source.'),
          'percentunit',
          [g.query(
            rate('sobriety_host_source_failures_total', by='source') + ' / (' + rate('sobriety_host_source_reads_total', by='source') + ' > 0)',
            '{{source}}'
          )]
        ),
        g.timeseries(
          t('Time of a reading', 'Durée d’une lecture'),
          t('Mean by source.', 'Moyenne par source.'),
          's',
          [g.query(
            rate('sobriety_host_source_duration_seconds_total', by='source') + ' / (' + rate('sobriety_host_source_reads_total', by='source') + ' > 0)',
            '{{source}}'
          )]
        ),
      ]),
    ]
  )
