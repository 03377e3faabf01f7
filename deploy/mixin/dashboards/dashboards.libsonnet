// THE list of dashboards. Each is a function of the configuration, of `t`, which chooses between English and French, and
// of what they share.
local g = import 'grafana.libsonnet';
local words = import 'words.libsonnet';

local list = [
  { name: 'fleet', make: import 'fleet.libsonnet' },
  { name: 'idle', make: import 'idle.libsonnet' },
  { name: 'host', make: import 'host.libsonnet' },
  { name: 'collector', make: import 'collector.libsonnet' },
];

{
  local config = $._config,

  local translate = {
    en: function(en, fr) en,
    fr: function(en, fr) fr,
  },
  local uid(name, language) = 'sobriety-%s-%s' % [name, language],

  local shared(language, t) = {
    // Series called by a value of this label have its words instead.
    called(label):: g.renamed(words[language][label]),
    // The same in a column of a table.
    mappings(label):: g.texts(words[language][label]),
    // Of metrics that carry them, and the variables behind.
    groups:: 'site=~"$site", department=~"$department", role=~"$role"',
    groupVariables:: [
      g.labelVariable('site', 'site', t('Site', 'Site'), 'sobriety_group_hosts'),
      g.labelVariable('department', 'department', t('Department', 'Service'), 'sobriety_group_hosts{site=~"$site"}'),
      g.labelVariable('role', 'role', t('Role', 'Rôle'), 'sobriety_group_hosts'),
    ],
    // A row of a table leads to the host's own dashboard.
    hostLink:: {
      title: t('Details of this machine', 'Détail de cette machine'),
      url: '/d/%s?${datasource:queryparam}&var-host=${__data.fields["%s"]}' % [uid('host', language), t('Host', 'Machine')],
    },
    dashboard(name, title, description, from, variables, rows)::
      g.dashboard(uid(name, language), title, description, config.dashboardTags + [language], from, config.refresh, variables, [
        {
          type: 'dashboards',
          title: t('Sobriety', 'Sobriété'),
          tags: config.dashboardTags + [language],
          asDropdown: true,
          includeVars: false,
          keepTime: true,
          targetBlank: false,
          icon: 'external link',
        },
      ] + [
        {
          type: 'link',
          title: { en: 'English', fr: 'Français' }[other],
          url: '/d/' + uid(name, other),
          tags: [],
          asDropdown: false,
          includeVars: true,
          keepTime: true,
          targetBlank: false,
          icon: 'external link',
        }
        for other in config.languages
        if other != language
      ], rows),
  },

  grafanaDashboards+:: {
    ['%s/sobriety-%s.json' % [language, dashboard.name]]:
      dashboard.make(config, translate[language], shared(language, translate[language]))
    for language in config.languages
    for dashboard in list
  },
}
