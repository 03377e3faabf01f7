// The files for Prometheus, as text, by name. Written here because std.manifestYamlDoc takes 15 s for them and sorts keys.
local mixin = import 'mixin.libsonnet';

// JSON's strings are YAML's.
local quoted(text) = std.escapeStringJson(text);
local map(key, indent, values) =
  '%s%s:\n' % [indent, key] +
  std.join('', ['%s  %s: %s\n' % [indent, name, quoted(values[name])] for name in std.objectFields(values)]);
// Expressions as they are, unquoted.
local block(key, indent, text) =
  '%s%s: |\n' % [indent, key] +
  std.join('', ['%s  %s\n' % [indent, line] for line in std.split(text, '\n') if line != '']);

local rule(r) =
  (if 'record' in r then '      - record: %s\n' % r.record else '      - alert: %s\n' % r.alert) +
  block('expr', '        ', r.expr) +
  (if 'for' in r then '        for: %s\n' % r['for'] else '') +
  (if 'labels' in r then map('labels', '        ', r.labels) else '') +
  (if 'annotations' in r then map('annotations', '        ', r.annotations) else '');
local group(g) =
  '  - name: %s\n' % g.name +
  (if 'interval' in g then '    interval: %s\n' % g.interval else '') +
  '    rules:\n' + std.join('', [rule(r) for r in g.rules]);
local file(source, groups) =
  '# Made by deploy/mixin/render.sh from %s: change it there.\ngroups:\n' % source +
  std.join('', [group(g) for g in groups.groups]);

{
  'sobriety-rules.yaml': file('deploy/mixin/rules', mixin.prometheusRules),
  'sobriety-alerts.yaml': file('deploy/mixin/alerts', mixin.prometheusAlerts),
}
