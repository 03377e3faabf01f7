// An alert: `new(name, severity, for, expr) { summary:…, description:… }`; more labels with `labels+:`.
function(config)
  function(name, severity, wait, expression) {
    local this = self,
    summary:: error name + ' has no summary',
    description:: error name + ' has no description',
    alert: name,
    expr: expression,
    'for': wait,
    labels: { severity: severity },
    annotations: {
      summary: this.summary,
      description: this.description,
      runbook_url: '%s/%s.md' % [config.runbookUrl, name],
    },
  }
