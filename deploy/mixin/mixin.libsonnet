// The mixin: Prometheus rules and alerts, Grafana dashboards. `render.sh` writes them as files.
(import 'config.libsonnet') +
(import 'rules/rules.libsonnet') +
(import 'alerts/sobriety.libsonnet') +
(import 'alerts/operation.libsonnet') +
(import 'dashboards/dashboards.libsonnet')
