"""The dashboards as Grafana reads them: what it would show as nothing, and without a word, where a name is misspelt."""

import re
import unittest

import mixin
from mixin import harness

# Ids as in Grafana's packages/grafana-data/src (valueFormats/categories.ts, transformations/transformers/ids.ts).
UNITS = frozenset(("none", "short", "percentunit", "kwatth", "watt", "s", "Bps", "ops", "bytes", "celsius", "masskg",
                   "currencyEUR", "dateTimeAsIso"))
TRANSFORMATIONS = frozenset(("organize", "filterFieldsByName", "joinByField", "groupingToMatrix", "convertFieldType", "sortBy"))
KINDS = frozenset(("timeseries", "stat", "table", "bargauge", "state-timeline"))
OPTIONS = {
    "graphMode": ("none", "area"),
    "colorMode": ("none", "value", "background", "background_solid"),
    "textMode": ("auto", "value", "value_and_name", "name", "none"),
    "orientation": ("auto", "horizontal", "vertical"),
    "displayMode": ("gradient", "lcd", "basic", "list", "table", "hidden"),  # of bars, and of legends
    "valueMode": ("color", "text", "hidden"),
    "showValue": ("auto", "always", "never"),
    "alignValue": ("left", "center", "right"),
    "cellHeight": ("sm", "md", "lg"),
    "mode": ("none", "single", "multi"),  # of tooltips
}
# What both languages may say in words of their own.
WORDS = frozenset(("title", "description", "legendFormat", "displayName", "displayLabel", "text", "label", "name", "url", "uid",
                   "query", "byName", "options", "value"))


# What labels in a legend stand for.
VALUES = {
    "role": frozenset(("server", "workstation", "laptop", "thin", "virtual", "unknown")),
    "quality": frozenset(("measured", "estimated")),
    "state": frozenset(("active", "idle", "on", "suspended", "off", "lost")),
    "verdict": frozenset(("none", "unknown", "left_on", "underused", "comatose", "confirmed", "exempt")),
}


def parts(node):
    """(key, value) of everything below `node`."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield key, value
        yield from parts(value)


def shape(node, key=""):
    """`node` without the words of its language; names of columns are keys in transformations."""
    if isinstance(node, dict):
        if key in ("renameByName", "indexByName", "excludeByName"):
            return len(node)
        return {name: shape(value, name) for name, value in node.items() if name != "mappings"}
    if key == "overrides":  # a word that is the same in a language needs none
        kept = ([one for one in override["properties"] if one["id"] not in ("displayName", "mappings")] for override in node)
        return [shape(properties) for properties in kept if properties]
    if isinstance(node, list):
        return [shape(value, key) for value in node] if key not in ("names", "tags") else len(node)
    return "…" if isinstance(node, str) and key in WORDS | {"column", "columnField", "rowField", "valueField", "byField", "field",
                                                                "targetField"} else node


class Panels(unittest.TestCase):
    def each(self):
        """(where, panel)."""
        return [(f"{language}/{file}, {panel['title']}", panel) for (language, file), dashboard in mixin.dashboards().items()
                for panel in mixin.panels(dashboard)]

    def test_kinds_units_and_transformations_are_those_that_grafana_has(self):
        for where, panel in self.each():
            self.assertIn(panel["type"], KINDS, where)
            self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS, where)
            for override in panel["fieldConfig"]["overrides"]:
                for changed in override["properties"]:
                    if changed["id"] == "unit":
                        self.assertIn(changed["value"], UNITS, where)
            for step in panel.get("transformations", ()):
                self.assertIn(step["id"], TRANSFORMATIONS, where)

    def test_options_have_a_value_that_grafana_knows(self):
        seen = set()
        for where, panel in self.each():
            for key, value in parts(panel["options"]):
                if key in OPTIONS:
                    seen.add(key)
                    self.assertIn(value, OPTIONS[key], f"{where}: {key}")
        self.assertEqual(seen, set(OPTIONS))

    def test_targets_are_told_apart_and_answer_as_their_panel_wants(self):
        for where, panel in self.each():
            references = [target["refId"] for target in panel["targets"]]
            self.assertEqual(references, sorted(set(references)), where)
            for target in panel["targets"]:
                self.assertNotEqual(target["instant"], target["range"], where)
                if panel["type"] == "table":
                    self.assertEqual(target["format"], "table", where)

    def test_thresholds_rise_from_a_base(self):
        checked = 0
        for where, panel in self.each():
            thresholds = panel["fieldConfig"]["defaults"].get("thresholds")
            if thresholds is None:
                continue
            first, *others = [step["value"] for step in thresholds["steps"]]
            self.assertIsNone(first, where)
            self.assertEqual(others, sorted(set(others)), where)
            checked += 1
        self.assertGreater(checked, 20)

    def test_columns_and_series_that_are_dressed_are_there(self):
        checked = 0
        for where, panel in self.each():
            names = {target["legendFormat"] for target in panel["targets"]} | {target["refId"] for target in panel["targets"]}
            for label in re.findall(r"\{\{(\w+)\}\}", " ".join(names)):
                names |= VALUES.get(label, set())
            for step in panel.get("transformations", ()):
                names |= set(step["options"].get("renameByName", {}).values())
            for override in panel["fieldConfig"]["overrides"]:
                self.assertEqual(override["matcher"]["id"], "byName", where)
                self.assertIn(override["matcher"]["options"], names, where)
                checked += 1
            for column in panel["options"].get("sortBy", ()):
                self.assertIn(column["displayName"], names, where)
        self.assertGreater(checked, 100)

    def test_rows_are_as_wide_as_the_dashboard_and_something_is_below_each(self):
        for dashboard in mixin.dashboards().values():
            rows = [place for place, panel in enumerate(dashboard["panels"]) if panel["type"] == "row"]
            for place in rows:
                row = dashboard["panels"][place]
                self.assertEqual((row["gridPos"]["x"], row["gridPos"]["w"], row["gridPos"]["h"]), (0, 24, 1))
                self.assertEqual((row["collapsed"], row["panels"]), (False, []))
                self.assertNotEqual(dashboard["panels"][place + 1]["type"], "row", row["title"])

    def test_ranges_and_steps_are_durations(self):
        for where, panel in self.each():
            for key in ("timeFrom", "interval"):
                if key in panel:
                    self.assertRegex(panel[key], r"^[1-9][0-9]*[smhdwy]$", where)
        for dashboard in mixin.dashboards().values():
            self.assertRegex(dashboard["time"]["from"], r"^now-[1-9][0-9]*[smhdwMy]$|^now/M$")

    def test_both_languages_have_one_shape(self):
        for file in {file for _, file in mixin.dashboards()}:
            english, french = (mixin.dashboards()[language, file] for language in ("en", "fr"))
            for one, other in zip(english["panels"], french["panels"], strict=True):
                self.assertEqual(shape(one), shape(other), f"{file}: {one['title']}")
            self.assertEqual([variable["name"] for variable in mixin.variables(english)],
                             [variable["name"] for variable in mixin.variables(french)])

    def test_the_shape_of_a_panel_is_more_than_its_kind(self):
        panel = {"type": "stat", "title": "a", "gridPos": {"w": 4}, "targets": [{"expr": "x", "legendFormat": "b"}]}
        self.assertEqual(shape(panel), shape({**panel, "title": "c"}))
        for changed in ({"type": "table"}, {"gridPos": {"w": 5}}, {"targets": []}):
            self.assertNotEqual(shape(panel), shape({**panel, **changed}))


if __name__ == "__main__":
    harness.main()
