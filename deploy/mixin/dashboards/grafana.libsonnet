// The little of Grafana's dashboard model that we use: variables, queries, panels, and rows that lay them out.
// Every panel takes its data from the variable `datasource`.
{
  local datasource = { type: 'prometheus', uid: '${datasource}' },

  // A query over the time range that is shown.
  query(expr, legend=''):: {
    datasource: datasource,
    expr: std.rstripChars(expr, '\n'),
    legendFormat: legend,
    range: true,
    instant: false,
  },
  // A query for the end of it.
  now(expr, legend=''):: self.query(expr, legend) { range: false, instant: true },
  // A query for the end of it, whose labels become columns.
  rows(expr):: self.now(expr) { format: 'table' },

  thresholds(steps):: {
    mode: 'absolute',
    // Grafana's first step has no value.
    steps: [{ color: steps[0].color, value: null }] + steps[1:],
  },
  step(color, value=null):: { color: color, value: value },
  // Green up to the first value, then orange, then red; without orange where both are the same.
  rising(orange, red=null):: self.thresholds(
    [self.step('green')] + (if orange == red then [] else [self.step('orange', orange)])
    + (if red == null then [] else [self.step('red', red)])
  ),
  // Red below the first value, then orange, then green; the same.
  falling(orange, green):: self.thresholds(
    [self.step('red')] + (if orange == green then [] else [self.step('orange', orange)]) + [self.step('green', green)]
  ),
  plain:: self.thresholds([self.step('blue')]),

  local panel(type, title, description, unit, targets) = {
    type: type,
    title: title,
    description: description,
    datasource: datasource,
    targets: [
      targets[i] { refId: std.char(std.codepoint('A') + i) }
      for i in std.range(0, std.length(targets) - 1)
    ],
    fieldConfig: { defaults: { unit: unit }, overrides: [] },
    options: {},
  },
  local defaults(fields) = { fieldConfig+: { defaults+: fields } },

  stat(title, description, unit, targets, thresholds=self.plain, decimals=null)::
    panel('stat', title, description, unit, targets) +
    defaults({ thresholds: thresholds, [if decimals != null then 'decimals']: decimals }) {
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        colorMode: 'value',
        graphMode: if targets[0].instant then 'none' else 'area',
        textMode: 'auto',
        orientation: 'auto',
        justifyMode: 'auto',
      },
    },

  timeseries(title, description, unit, targets, thresholds=null, min=0)::
    panel('timeseries', title, description, unit, targets) +
    defaults({
      [if min != null then 'min']: min,
      [if thresholds != null then 'thresholds']: thresholds,
      custom: {
        drawStyle: 'line',
        lineWidth: 1,
        fillOpacity: 10,
        showPoints: 'never',
        spanNulls: false,
        thresholdsStyle: { mode: if thresholds == null then 'off' else 'dashed' },
      },
    }) {
      options: {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
  // Areas on top of each other.
  stacked:: defaults({ custom+: { stacking: { mode: 'normal', group: 'A' }, fillOpacity: 60, lineWidth: 0 } }),
  percent:: defaults({ custom+: { stacking: { mode: 'percent', group: 'A' }, fillOpacity: 60, lineWidth: 0 } }),
  columns:: defaults({ custom+: { drawStyle: 'bars', fillOpacity: 80, lineWidth: 0 } }),

  // Horizontal bars, the longest first.
  bars(title, description, unit, target)::
    panel('bargauge', title, description, unit, [target]) +
    defaults({ min: 0, thresholds: $.plain }) {
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        orientation: 'horizontal',
        displayMode: 'basic',
        showUnfilled: true,
        valueMode: 'color',
      },
    },

  // Values of a variable number shown as coloured words over time; `mappings` as of words().
  timeline(title, description, targets, mappings)::
    panel('state-timeline', title, description, 'none', targets) +
    defaults({ mappings: mappings, custom: { fillOpacity: 80, lineWidth: 0 } }) {
      options: {
        mergeValues: true,
        showValue: 'auto',
        alignValue: 'left',
        rowHeight: 0.9,
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      },
    },
  words(list):: [{
    type: 'value',
    options: { [std.toString(word.value)]: { text: word.text, color: word.color, index: word.value } for word in list },
  }],

  // Values shown as other texts.
  texts(map):: if map == {} then [] else [{
    type: 'value',
    options: { [value]: { text: map[value] } for value in std.objectFields(map) },
  }],

  // A table of `columns`: {field, title, unit, …}, in that order, the rest left out; the rows of several targets are
  // joined by `key`. `sort` is the title of a column, largest first.
  table(title, description, targets, columns, key=null, sort=null)::
    panel('table', title, description, 'none', targets) {
      fieldConfig+: {
        overrides: [
          {
            matcher: { id: 'byName', options: column.title },
            properties:
              (if 'unit' in column then [{ id: 'unit', value: column.unit }] else []) +
              (if 'decimals' in column then [{ id: 'decimals', value: column.decimals }] else []) +
              (if 'link' in column then [{ id: 'links', value: [column.link] }] else []) +
              (if 'mappings' in column then [{ id: 'mappings', value: column.mappings }] else []),
          }
          for column in columns
        ],
      },
      transformations:
        (if key == null then [] else [{ id: 'joinByField', options: { byField: key, mode: 'outer' } }]) + [
          { id: 'filterFieldsByName', options: { include: { names: [column.field for column in columns] } } },
          {
            id: 'organize',
            options: {
              indexByName: { [columns[i].field]: i for i in std.range(0, std.length(columns) - 1) },
              renameByName: { [column.field]: column.title for column in columns },
              excludeByName: {},
            },
          },
        ],
      options: {
        showHeader: true,
        cellHeight: 'sm',
        [if sort != null then 'sortBy']: [{ displayName: sort, desc: true }],
      },
    },

  // A table whose cells are coloured by their values: one row for each value of the label `row`, one column for each of
  // `columns`: {field: a value of the label `column`, title}. Values of `row` are numbers.
  matrix(title, description, unit, target, row, rowTitle, column, columns)::
    panel('table', title, description, unit, [target]) +
    defaults({
      decimals: 0,
      color: { mode: 'continuous-GrYlRd' },
      custom: { align: 'center', cellOptions: { type: 'color-background', mode: 'basic' } },
    }) {
      fieldConfig+: {
        overrides: [{
          matcher: { id: 'byName', options: rowTitle },
          properties: [
            { id: 'unit', value: 'none' },
            { id: 'custom.cellOptions', value: { type: 'auto' } },
          ],
        }],
      },
      transformations: [
        {
          id: 'groupingToMatrix',
          options: { columnField: column, rowField: row, valueField: 'Value', emptyValue: 'null' },
        },
        {
          id: 'convertFieldType',
          options: { conversions: [{ targetField: '%s\\%s' % [row, column], destinationType: 'number' }], fields: {} },
        },
        {
          id: 'organize',
          options: {
            indexByName: { ['%s\\%s' % [row, column]]: 0 } +
                         { [columns[i].field]: i + 1 for i in std.range(0, std.length(columns) - 1) },
            renameByName: { ['%s\\%s' % [row, column]]: rowTitle } +
                          { [c.field]: c.title for c in columns },
            excludeByName: {},
          },
        },
        { id: 'sortBy', options: { fields: {}, sort: [{ field: rowTitle, desc: false }] } },
      ],
      options: { showHeader: true, cellHeight: 'sm' },
    },

  // Fields by name, with other properties.
  override(name, properties):: {
    fieldConfig+: {
      overrides+: [{
        matcher: { id: 'byName', options: name },
        properties: [{ id: id, value: properties[id] } for id in std.objectFields(properties)],
      }],
    },
  },
  // Series of these names under other ones.
  renamed(map):: {
    fieldConfig+: {
      overrides+: [
        { matcher: { id: 'byName', options: name }, properties: [{ id: 'displayName', value: map[name] }] }
        for name in std.objectFields(map)
      ],
    },
  },
  // Another share of the row's width than an equal one, of 24.
  width(units):: { width:: units },

  row(title, height, panels):: { title: title, height: height, panels: panels },

  // Rows from top to bottom, their panels from left to right: numbered and placed.
  local place(rows) = std.foldl(
    function(done, row)
      local free = std.filter(function(panel) !('width' in panel), row.panels);
      local taken = std.foldl(function(sum, panel) sum + if 'width' in panel then panel.width else 0, row.panels, 0);
      local widths = [
        if 'width' in panel then panel.width else std.floor((24 - taken) / std.length(free))
        for panel in row.panels
      ];
      local left(i) = std.foldl(function(sum, width) sum + width, widths[:i], 0);
      {
        y: done.y + 1 + row.height,
        id: done.id + 1 + std.length(row.panels),
        panels: done.panels + [
          { type: 'row', id: done.id, title: row.title, collapsed: false, panels: [], gridPos: { x: 0, y: done.y, w: 24, h: 1 } },
        ] + [
          row.panels[i] {
            id: done.id + 1 + i,
            gridPos: { x: left(i), y: done.y + 1, w: widths[i], h: row.height },
          }
          for i in std.range(0, std.length(row.panels) - 1)
        ],
      },
    rows,
    { y: 0, id: 1, panels: [] }
  ).panels,

  // A variable whose values are those of a label.
  labelVariable(name, label, title, metric, multiple=true):: {
    type: 'query',
    name: name,
    label: title,
    datasource: datasource,
    definition: 'label_values(%s, %s)' % [metric, label],
    query: { query: 'label_values(%s, %s)' % [metric, label], refId: 'StandardVariableQuery' },
    refresh: 2,  // when the time range changes
    sort: 1,
    includeAll: multiple,
    multi: multiple,
    [if multiple then 'allValue']: '.*',
    current: if multiple then { selected: true, text: 'All', value: '$__all' } else {},
    hide: 0,
    options: [],
    regex: '',
    skipUrlSync: false,
  },
  // A variable with listed values, the first of them unless another is chosen.
  choiceVariable(name, title, values):: {
    type: 'custom',
    name: name,
    label: title,
    query: std.join(',', values),
    current: { selected: true, text: values[0], value: values[0] },
    options: [{ selected: value == values[0], text: value, value: value } for value in values],
    includeAll: false,
    multi: false,
    hide: 0,
    skipUrlSync: false,
  },

  // `links`: those to the other dashboards.
  dashboard(uid, title, description, tags, from, refresh, variables, links, rows):: {
    uid: uid,
    title: title,
    description: description,
    tags: tags,
    editable: false,
    graphTooltip: 1,  // one cross hair in all panels
    schemaVersion: 38,
    version: 1,
    timezone: 'browser',
    time: { from: from, to: 'now' },
    refresh: refresh,
    annotations: { list: [] },
    templating: {
      list: [{
        type: 'datasource',
        name: 'datasource',
        label: 'Prometheus',
        query: 'prometheus',
        current: {},
        includeAll: false,
        multi: false,
        hide: 0,
        options: [],
        refresh: 1,
        regex: '',
        skipUrlSync: false,
      }] + variables,
    },
    links: links,
    panels: place(rows),
  },
}
