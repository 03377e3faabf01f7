// The dashboards by their files' names.
(import 'mixin.libsonnet').grafanaDashboards
