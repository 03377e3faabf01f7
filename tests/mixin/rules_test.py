"""Prometheus' own tools read the rules, play the scenarios of rules/, and agree with the calendar about summer time."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

import mixin
from mixin import harness

SEARCHED = os.pathsep.join(filter(None, (os.environ.get("SOBRIETY_TOOLS"), os.environ.get("PATH"))))
PROMTOOL = shutil.which("promtool", path=SEARCHED)
HOUR = 3600


def promtool(*arguments):
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, timeout=500, check=False)
    return done.returncode, done.stdout + done.stderr


class Rules(unittest.TestCase):
    def test_promtool_finds_nothing_to_say(self):
        code, said = promtool("check", "rules", "--lint=all", "--lint-fatal",
                              *sorted((mixin.RENDERED / "prometheus").glob("*.yaml")))
        self.assertEqual(code, 0, said)

    def check_scenarios(self, name):
        code, said = promtool("test", "rules", mixin.SCENARIOS / name)
        self.assertEqual(code, 0, said)
        self.assertIn("SUCCESS", said)

    def test_scenarios_of_hours(self):
        self.check_scenarios("hours_test.yaml")

    def test_scenarios_of_days(self):
        self.check_scenarios("days_test.yaml")

    def test_a_scenario_that_does_not_hold_fails(self):
        text = (mixin.SCENARIOS / "hours_test.yaml").read_text()
        start, end = text.index("tests:\n"), text.index("  - name: NightOnShareHigh")
        wrong = text[:start].replace("../../../", f"{harness.SOURCE_ROOT}/") + text[start:end].replace(
            'alertname="WorkstationLeftOn"', 'alertname="SomethingElse"')
        with tempfile.NamedTemporaryFile("w", suffix="_test.yaml") as file:
            file.write(wrong)
            file.flush()
            code, said = promtool("test", "rules", file.name)
        self.assertNotEqual(code, 0, said)
        self.assertIn("WorkstationLeftOn", said)


class LocalTime(unittest.TestCase):
    """fleet:sobriety_local_time_seconds:now, beside the time zone database."""

    def moments(self, zone):
        """The hours around each change of a zone's clock, and the first of each month."""
        moments = set()
        for year in range(1999, 2038):
            for month in range(1, 13):
                moments.add(int(datetime.datetime(year, month, 1, 12, tzinfo=datetime.timezone.utc).timestamp()))
            for month in (3, 10):
                for day in range(17, 32):
                    midnight = int(datetime.datetime(year, month, day, tzinfo=datetime.timezone.utc).timestamp())
                    before, after = (offset(zone, midnight - 12 * HOUR), offset(zone, midnight + 12 * HOUR))
                    if before != after or day in (18, 24, 31):
                        moments.update((midnight, midnight + HOUR - 1, midnight + HOUR, midnight + 2 * HOUR))
        return sorted(moments)

    def test_it_is_that_of_paris(self):
        try:
            zone = zoneinfo.ZoneInfo("Europe/Paris")
        except zoneinfo.ZoneInfoNotFoundError:
            self.skipTest("there is no time zone database")
        expression = mixin.recorded()["fleet:sobriety_local_time_seconds:now"]
        moments = self.moments(zone)
        self.assertGreater(len(moments), 39 * 20)
        cases = [{"expr": f"({expression}) - time()", "eval_time": f"{moment}s",
                  "exp_samples": [{"value": offset(zone, moment)}]} for moment in moments]
        # JSON is YAML.
        with tempfile.TemporaryDirectory(prefix="sobriety-mixin-") as directory:
            file = pathlib.Path(directory) / "time_test.yaml"
            file.write_text(json.dumps({"evaluation_interval": "1000h", "tests": [{
                "interval": "1000h", "input_series": [{"series": "up", "values": "1"}], "promql_expr_test": cases}]}))
            code, said = promtool("test", "rules", file)
        self.assertEqual(code, 0, said)


def offset(zone, moment):
    return int(datetime.datetime.fromtimestamp(moment, zone).utcoffset().total_seconds())


if __name__ == "__main__":
    for tool, name in ((PROMTOOL, "promtool"), (mixin.JSONNET, "jsonnet")):
        if not tool:
            print(f"skipped: {name} is not here; tests/run.sh brings it")
            sys.exit(harness.SKIPPED)
    harness.main()
