"""What every dashboard, rule and alert of the mixin keeps to."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import mixin
import promql
from mixin import harness

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


class Rendered(unittest.TestCase):
    def test_the_files_are_what_the_source_says(self):
        with tempfile.TemporaryDirectory(prefix="sobriety-mixin-") as directory:
            subprocess.run([mixin.MIXIN / "render.sh", directory], check=True, timeout=harness.PATIENCE * 10)
            now = files_below(pathlib.Path(directory))
        recorded = files_below(mixin.RENDERED)
        self.assertEqual(sorted(now), sorted(recorded))
        for name, text in now.items():
            self.assertEqual(text, recorded[name], f"{name}: run deploy/mixin/render.sh")


def files_below(directory):
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


class Dashboards(unittest.TestCase):
    def each(self):
        """(language, file, dashboard)."""
        self.assertGreaterEqual(len(mixin.dashboards()), 8)
        return [(language, file, dashboard) for (language, file), dashboard in mixin.dashboards().items()]

    def each_panel(self):
        """(where, panel)."""
        return [(f"{language}/{file}, {panel['title']}", panel) for language, file, dashboard in self.each()
                for panel in mixin.panels(dashboard)]

    def test_uids_are_stable_and_named_as_the_files(self):
        for language, file, dashboard in self.each():
            self.assertEqual(dashboard["uid"], f"{file.removesuffix('.json')}-{language}")
            self.assertIs(dashboard["editable"], False)
            self.assertTrue(dashboard["title"] and dashboard["description"])
            self.assertNotIn("id", dashboard)

    def test_one_datasource_variable_serves_everything(self):
        for _, _, dashboard in self.each():
            self.assertEqual([v["name"] for v in mixin.variables(dashboard, "datasource")], ["datasource"])
            for variable in mixin.variables(dashboard, "query"):
                self.assertEqual(variable["datasource"], DATASOURCE)
        for where, panel in self.each_panel():
            self.assertEqual(panel["datasource"], DATASOURCE, where)
            for target in panel["targets"]:
                self.assertEqual(target["datasource"], DATASOURCE, where)

    def test_every_panel_says_what_it_shows_and_in_which_unit(self):
        for where, panel in self.each_panel():
            self.assertTrue(panel["title"].strip(), where)
            self.assertRegex(panel["description"], r"^\S.{6,}[.?]$", where)
            self.assertTrue(panel["fieldConfig"]["defaults"]["unit"], where)
            self.assertTrue(panel["targets"], where)

    def test_panels_are_numbered_and_do_not_overlap(self):
        for _, _, dashboard in self.each():
            ids = [panel["id"] for panel in dashboard["panels"]]
            self.assertEqual(ids, list(range(1, len(ids) + 1)))
            taken = set()
            for panel in dashboard["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24)
                cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                         for y in range(place["y"], place["y"] + place["h"])}
                self.assertFalse(taken & cells, panel["title"])
                taken |= cells

    def test_rates_follow_the_range_that_is_shown(self):
        for where, panel in self.each_panel():
            for target in panel["targets"]:
                for window in re.findall(r"\brate\([^\[\]]*\[([^\]]*)\]", target["expr"]):
                    self.assertEqual(window, "$__rate_interval", where)

    def test_the_variables_that_are_used_are_there(self):
        for _, _, dashboard in self.each():
            known = {variable["name"] for variable in mixin.variables(dashboard)}
            for panel in mixin.panels(dashboard):
                for target in panel["targets"]:
                    used = set(re.findall(r"\$(\w+)", target["expr"]))
                    self.assertLessEqual({name for name in used if not name.startswith("__")}, known, target["expr"])

    def test_links_lead_to_dashboards_that_are_there(self):
        uids = {dashboard["uid"] for dashboard in mixin.dashboards().values()}
        for language, _, dashboard in self.each():
            self.assertIn("dashboards", [link["type"] for link in dashboard["links"]])
            self.assertIn(language, dashboard["tags"])
            text = str(dashboard)
            for uid in re.findall(r"/d/([\w-]+)", text):
                self.assertIn(uid, uids)
            self.assertEqual(sum(1 for link in dashboard["links"] if link["type"] == "link"), len(mixin.LANGUAGES) - 1)

    def test_both_languages_ask_the_same_and_say_something_else(self):
        files = {file for _, file in mixin.dashboards()}
        for file in files:
            english, french = (mixin.dashboards()[language, file] for language in ("en", "fr"))
            self.assertEqual(queries(english), queries(french))
            same = [one["description"] for one, other in zip(mixin.panels(english), mixin.panels(french), strict=True)
                    if one["description"] == other["description"]]
            self.assertEqual(same, [], f"{file}: not translated")
            self.assertNotEqual(english["title"], french["title"])


def queries(dashboard):
    return [[target["expr"] for target in panel["targets"]] for panel in mixin.panels(dashboard)]


class Expressions(unittest.TestCase):
    def test_counters_are_seen_as_rates(self):
        for where, expression in mixin.expressions():
            if "variable" not in where:
                self.assertEqual(promql.naked_counters(expression), [], f"{where}: {expression}")

    def test_the_rules_that_are_used_exist_and_are_used(self):
        recorded = set(mixin.recorded())
        used = {name for _, expression in mixin.expressions() for name, _ in promql.metrics(expression) if ":" in name}
        self.assertEqual(used, recorded)

    def test_rules_are_named_level_metric_operations(self):
        for name in mixin.recorded():
            self.assertRegex(name, r"^(fleet|site|department|host):sobriety_[a-z_]+:[a-z0-9_]+$")

    def test_the_reader_of_promql_finds_what_there_is(self):
        cases = (
            ('sum by (host) (rate(a_total{x="b_total"}[5m])) / on (host) group_left (site) b', ["a_total", "b"], []),
            ("a:b_total:c > 0 unless on () (day_of_week(d) % 6 == 0)", ["a:b_total:c", "d"], []),
            ("sum(a_total)", ["a_total"], ["a_total"]),
            ("increase((a_total)[5m:1m]) + sum (b_total offset $baseline)", ["a_total", "b_total"], ["b_total"]),
            ("histogram_quantile(0.5, sum by (le) (rate(a_bucket[$__rate_interval])))", ["a_bucket"], []),
        )
        for expression, names, naked in cases:
            self.assertEqual([name for name, _ in promql.metrics(expression)], names)
            self.assertEqual(promql.naked_counters(expression), naked)
        for broken in ("sum(a", "a)", 'a{b="c"', "rate(a[5m)"):
            self.assertRaises(promql.Malformed, promql.metrics, broken)


class Alerts(unittest.TestCase):
    def test_each_has_what_its_reader_needs(self):
        for alert in mixin.alerts():
            name = alert["alert"]
            self.assertRegex(name, r"^([A-Z][a-z]+)+$")
            self.assertIn(alert["labels"]["severity"], ("info", "warning", "critical"), name)
            self.assertEqual(sorted(alert["annotations"]), ["description", "runbook_url", "summary"], name)
            for text in (alert["annotations"]["summary"], alert["annotations"]["description"]):
                self.assertRegex(text, r"^\S.*\.$", name)
            self.assertTrue(alert["annotations"]["runbook_url"].endswith(f"/{name}.md"), name)

    def test_each_has_a_runbook_and_each_runbook_an_alert(self):
        names = {alert["alert"] for alert in mixin.alerts()}
        self.assertEqual({path.stem for path in mixin.RUNBOOKS.glob("*.md")} - {"README"}, names)
        for name in names:
            text = (mixin.RUNBOOKS / f"{name}.md").read_text()
            self.assertTrue(text.startswith(f"# {name}\n"), name)
            for part in ("## What it means", "## How to look", "## What to do"):
                self.assertIn(f"\n{part}\n", text, name)

    def test_runbooks_name_metrics_that_the_mixin_or_the_collector_knows(self):
        readme = (harness.SOURCE_ROOT / "collector" / "README.md").read_text()
        known = {name for _, expression in mixin.expressions() for name, _ in promql.metrics(expression)}
        for path in mixin.RUNBOOKS.glob("*.md"):
            for name in re.findall(r"\b(?:[a-z]+:)?sobriety_[\w:]*\w", path.read_text()):
                self.assertTrue(name in known or f"`{name}`" in readme, f"{path.name}: {name}")

    def test_each_fires_in_a_scenario_and_is_watched_in_a_healthy_one(self):
        scenarios = "\n".join(path.read_text() for path in mixin.SCENARIOS.glob("*_test.yaml"))
        for alert in mixin.alerts():
            self.assertIn(f'ALERTS{{alertname="{alert["alert"]}", alertstate="', scenarios)
        groups = [group["name"] for field in ("prometheusRules", "prometheusAlerts")
                  for group in mixin.evaluated(field)["groups"]]
        for path in mixin.SCENARIOS.glob("*_test.yaml"):
            self.assertIn(f"group_eval_order: [{', '.join(groups)}]\n", path.read_text(), path.name)
            self.assertRegex(path.read_text(), r"name: a healthy fleet .*")


if __name__ == "__main__":
    if not mixin.JSONNET:
        print("skipped: jsonnet is not here; tests/run.sh installs it")
        sys.exit(harness.SKIPPED)
    harness.main()
