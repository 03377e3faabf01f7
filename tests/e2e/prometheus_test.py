"""Debian's own Prometheus reads the collector: promtool finds nothing to say, and PromQL answers with the
watts that are known to be true.

The tools are those of $SOBRIETY_TOOLS, a directory, or of the PATH; without them the tests are skipped.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import harness

SEARCHED = os.pathsep.join(filter(None, (os.environ.get("SOBRIETY_TOOLS"), os.environ.get("PATH"))))
PROMETHEUS = shutil.which("prometheus", path=SEARCHED)
PROMTOOL = shutil.which("promtool", path=SEARCHED)

WINDOW = 60.0  # of rate(...[1m]), in seconds


class Prometheus(harness.Program):
    def __init__(self, directory, target):
        config = directory / "prometheus.yaml"
        config.write_text("global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n"
                          "scrape_configs:\n- job_name: sobriety\n  honor_labels: true\n"
                          f"  static_configs:\n  - targets: ['{target}']\n")
        port = harness.free_port()
        self.web = f"http://127.0.0.1:{port}"
        super().__init__([PROMETHEUS, f"--config.file={config}", f"--storage.tsdb.path={directory / 'tsdb'}",
                          "--log.level=debug",  # says why a scrape failed
                          f"--web.listen-address=127.0.0.1:{port}"])

    def started(self):
        self.wait_for_line("Server is ready to receive web requests")
        return self

    def ask(self, path, **parameters):
        """The data of an answer; an assertion with Prometheus' own words where it refuses."""
        url = f"{self.web}/api/v1/{path}?" + urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(url, timeout=harness.PATIENCE) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise AssertionError(f"{parameters}: {refusal.read().decode()}") from None

    def query(self, expression):
        """The samples of an instant query: (labels, value)."""
        return [(row["metric"], float(row["value"][1])) for row in self.ask("query", query=expression)["result"]]

    def scalar(self, expression):
        rows = self.query(expression)
        return rows[0][1] if rows else None

    def wait_until(self, expression, condition, timeout=harness.PATIENCE):
        deadline = time.monotonic() + timeout
        while not condition(value := self.scalar(expression)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{expression} is still {value} after {timeout:.0f} s")
            time.sleep(0.25)
        return value


class TestCase(harness.TestCase):
    def scraped(self, collector):
        prometheus = self.bench.keep(Prometheus(self.bench.path("prometheus"), collector.web.removeprefix("http://")))
        return prometheus.started()

    def check_watts(self, prometheus, watts, hosts):
        """Over a whole window of scrapes, Prometheus finds the watts within 1 %."""
        prometheus.wait_until("count(sobriety_host_power_watts)", lambda value: value == hosts)
        time.sleep(WINDOW + 5)
        found = prometheus.scalar("sum(rate(sobriety_host_energy_joules_total[1m]))")
        self.assertAlmostEqual(found, watts, delta=0.01 * watts)
        self.assertAlmostEqual(prometheus.scalar("sum(sobriety_host_power_watts)"), watts, delta=0.01 * watts)
        self.assertEqual(prometheus.scalar("count(sobriety_host_up == 1)"), hosts)
        slowest = prometheus.scalar("max_over_time(scrape_duration_seconds[1m])")
        failed = "\n".join(line for line in prometheus.lines if "Scrape" in line and "level=debug" in line)
        self.assertGreater(prometheus.scalar("avg_over_time(up[1m])"), 0.9, f"slowest scrape {slowest} s; {failed}")


class Promtool(TestCase):
    def test_the_page_is_clean(self):
        collector = self.bench.collector()
        self.bench.agent(collector.telemetry, "here", config="sources:\n  simulated_watts: 100\n")
        leaving = self.bench.agent(collector.telemetry, 'a "strange\\ name')
        collector.wait_until(lambda metrics: len(metrics.all("sobriety_host_up")) == 2, "both hosts are there")
        leaving.stop()
        page = collector.wait_for_host("here").text
        checked = subprocess.run([PROMTOOL, "check", "metrics"], input=page, capture_output=True, text=True,
                                 timeout=harness.PATIENCE, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))


class Agents(TestCase):
    def test_prometheus_answers_with_the_watts_of_a_few_agents(self):
        collector = self.bench.collector()
        watts = {f"host-{number}": 37.5 * (number + 1) for number in range(3)}
        for host, power in watts.items():
            self.bench.agent(collector.telemetry, host, config=f"sources:\n  simulated_watts: {power}\n")
        prometheus = self.scraped(collector)
        self.check_watts(prometheus, sum(watts.values()), len(watts))
        for labels, power in prometheus.query("sum by (host) (rate(sobriety_host_energy_joules_total[1m]))"):
            self.assertAlmostEqual(power, watts[labels["host"]], delta=0.01 * watts[labels["host"]])


class Fleet(TestCase):
    HOSTS = 200
    SLOT = 300.0  # seconds of the wall clock for which the power of a simulated machine is constant

    def test_prometheus_answers_with_the_known_watts_of_a_simulated_fleet(self):
        collector = self.bench.collector()
        fleet = self.bench.keep(harness.Program(
            [harness.BIN / "sobriety-fleet", "--collector", collector.telemetry, "--hosts", self.HOSTS, "--seed", 7,
             "--interval", 1, "--batch", 1]))
        prometheus = self.scraped(collector)
        prometheus.wait_until("count(sobriety_host_power_watts)", lambda value: value == self.HOSTS, timeout=120)
        left = self.SLOT - time.time() % self.SLOT
        if left < WINDOW + 15:
            time.sleep(left + 3)
        time.sleep(WINDOW + 5)
        found = prometheus.scalar("sum(rate(sobriety_host_energy_joules_total[1m]))")
        fleet.send(signal.SIGINT)
        self.assertEqual(fleet.wait(), 0, fleet.log())
        truth = json.loads(fleet.output)
        self.assertEqual((truth["on"], truth["dropped_samples"]), (self.HOSTS, 0))
        self.assertAlmostEqual(found, truth["watts"], delta=0.01 * truth["watts"])


if __name__ == "__main__":
    if not PROMETHEUS or not PROMTOOL:
        print("skipped: prometheus and promtool are not here; tests/run.sh unpacks them below build/tools")
        sys.exit(harness.SKIPPED)
    harness.main()
