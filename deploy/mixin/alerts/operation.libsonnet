// Alerts about sobriety itself, for those who run it.
local alert = import 'alert.libsonnet';

{
  local config = $._config,
  local new = alert(config),

  prometheusAlerts+:: {
    groups+: [{
      name: 'sobriety.operation',
      rules: [
        new('CollectorDown', 'critical', '5m', |||
          up{job="%(job)s"} == 0 or absent(up{job="%(job)s"})
        ||| % config) {
          summary: 'The collector {{ $labels.instance }} does not answer Prometheus.',
          description: 'Agents keep their samples and send them later, until their spools are full.',
        },
        new('CommitStalled', 'critical', '2m', |||
          sobriety_store_failing == 1
            or increase(sobriety_ingest_batches_total[5m]) > 0 unless increase(sobriety_commit_total[5m]) > 0
        |||) {
          summary: 'The collector {{ $labels.instance }} cannot commit what agents send.',
          description: 'Nothing is acknowledged or shown until its store takes commits again.',
        },
        new('SpoolDropping', 'warning', '0m', |||
          increase(sobriety_host_spool_dropped_samples_total[1h]) > 0
        |||) {
          summary: '{{ $labels.host }} dropped {{ printf "%.0f" $value }} samples in an hour.',
          description: 'Its spool was full or damaged. Totals of energy survive, their distribution over time does not.',
        },
        new('ClockSkew', 'warning', '15m', |||
          abs(sobriety_host_clock_skew_seconds) > %g
        ||| % config.clockSkewSeconds) {
          summary: 'The clock of {{ $labels.host }} is {{ $value | humanizeDuration }} off.',
          description: 'Its energy may be counted in the wrong hour.',
        },
        new('CloneQuarantined', 'warning', '0m', |||
          increase(sobriety_door_refused_total{reason="quarantined"}[1h]) > 0
        |||) {
          summary: 'Two machines report with one identity to the collector {{ $labels.instance }}.',
          description: 'The second is refused: its figures are missing. The log names the host.',
        },
        new('CertificateExpiring', 'warning', '1h', |||
          (sobriety_identity_certificate_expiry_timestamp_seconds{certificate="server"} > 0) - time() < %d * 86400
            or (sobriety_identity_certificate_expiry_timestamp_seconds{certificate!="server"} > 0) - time() < %d * 86400
        ||| % [config.certificateDays, config.authorityDays]) {
          summary: 'The {{ $labels.certificate }} certificate of {{ $labels.instance }} ends in {{ $value | humanizeDuration }}.',
          description: 'After that no agent can connect. The server certificate is renewed by itself, an authority is not.',
        },
        new('ConfigReloadFailed', 'warning', '5m', 'sobriety_config_last_reload_successful == 0') {
          summary: 'The collector {{ $labels.instance }} refused its new configuration.',
          description: 'The one before is in use; the log names file, line and key.',
        },
        new('RemoteWriteBehind', 'warning', '5m', |||
          sobriety_remote_write_outbox_age_seconds > %g
        ||| % config.remoteWriteSeconds) {
          summary: 'The receiver of {{ $labels.instance }} is {{ $value | humanizeDuration }} behind.',
          description: 'Samples wait in the outbox, and leave it unsent once it is full.',
        },
        new('AgentLost', 'warning', '24h', |||
          sobriety_host_state{state="lost"} == 1
            and on (host) sobriety_host_info{role="server"}
        |||) {
          summary: 'Nothing was heard of the server {{ $labels.host }} for a day.',
          description: 'It did not say goodbye: whether it is on, and what it draws, is unknown.',
        },
        new('FleetLost', 'critical', '15m', |||
          fleet:sobriety_hosts_lost:ratio > %g
        ||| % config.lostShare) {
          summary: '{{ $value | humanizePercentage }} of the fleet fell silent without a goodbye.',
          description: 'A network or the agents are broken rather than so many machines.',
        },
      ],
    }],
  },
}
