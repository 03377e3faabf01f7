"""The mixin as data: dashboards as rendered, rules and alerts as jsonnet gives them."""

import functools
import json
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import harness  # noqa: E402  (its path was just added)
import promql  # noqa: E402

MIXIN = harness.SOURCE_ROOT / "deploy" / "mixin"
RENDERED = MIXIN / "rendered"
RUNBOOKS = harness.SOURCE_ROOT / "deploy" / "runbooks"
SCENARIOS = HERE / "rules"
LANGUAGES = ("en", "fr")

# What Prometheus itself tells of a scrape.
OF_PROMETHEUS = frozenset(("up", "scrape_duration_seconds"))

JSONNET = shutil.which("jsonnet")


@functools.cache
def evaluated(field):
    """A field of the mixin, as jsonnet evaluates it now."""
    done = subprocess.run([JSONNET, "-e", f"(import '{MIXIN}/mixin.libsonnet').{field}"], capture_output=True, text=True,
                          timeout=harness.PATIENCE * 10, check=True)
    return json.loads(done.stdout)


def rules():
    return [rule for group in evaluated("prometheusRules")["groups"] for rule in group["rules"]]


def alerts():
    return [rule for group in evaluated("prometheusAlerts")["groups"] for rule in group["rules"]]


@functools.cache
def dashboards():
    """(language, file) -> dashboard."""
    return {(path.parent.name, path.name): json.loads(path.read_text())
            for path in sorted((RENDERED / "grafana").glob("*/*.json"))}


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard, kind=None):
    return [variable for variable in dashboard["templating"]["list"] if kind in (None, variable["type"])]


def variable_metric(variable):
    """The selector of label_values(selector, label)."""
    return re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"]).groups()


def recorded():
    """What each recording rule computes, by its name."""
    return {rule["record"]: rule["expr"] for rule in rules()}


def base_metrics(expression):
    """The metrics that an expression comes from, those behind recording rules too."""
    behind = recorded()
    found = set()
    for name, _ in promql.metrics(expression):
        found |= base_metrics(behind[name]) if name in behind else {name}
    return found


def expressions():
    """(where, expression) of everything that asks Prometheus something."""
    for rule in rules():
        yield f"rule {rule['record']}", rule["expr"]
    for alert in alerts():
        yield f"alert {alert['alert']}", alert["expr"]
    for (language, file), dashboard in dashboards().items():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                yield f"{language}/{file}, {panel['title']}", target["expr"]
        for variable in variables(dashboard, "query"):
            yield f"{language}/{file}, variable {variable['name']}", variable_metric(variable)[0]
