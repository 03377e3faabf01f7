"""Every panel and every variable of every dashboard, asked of Debian's Prometheus while it reads a collector with
a fleet of simulated machines: the answer is there and is not empty.

Grafana's macros are put in as Grafana would, for a dashboard that shows the last seconds.
"""

import re
import signal
import sys
import time

import enrol_test
import harness
import prometheus_test
import web_test
from prometheus_test import PROMETHEUS

sys.path.insert(0, str(harness.SOURCE_ROOT / "tests" / "mixin"))

import mixin  # noqa: E402  (its path was just added)

RATE = 28800  # simulated seconds a second: a day in three
LEAST = 27  # seconds that the dashboards show, at least: more than a week
BEFORE = 9  # seconds earlier, what they compare with
MACROS = {
    "__rate_interval": "10s",
    "__interval": "1s",
    "baseline": f"{BEFORE}s",
    # Variables with "All".
    "site": ".*",
    "department": ".*",
    "role": ".*",
    "instance": ".*",
}

POLICY = """\
tariffs:
  contract: {currency: EUR, per_kwh: 0.20}
carbon:
  FR:
    annual: {source: OWID, scope: life cycle, years: {2024: 44.18}}
sites:
  default: {tariff: contract, carbon: FR}
headcount:
  file: headcount.csv
rules:
  the laboratory:
    match: {hostname: ["*0", "*5"]}
    set: {site: Laboratory, department: Science, owner: Chemists}
  the rest:
    set: {site: Town hall, department: Administration, owner: IT}
exemptions:
  measurements:
    hostname: ["left-on-desktop-*5"]
    owner: Chemists
    reason: measures at night
    until: 2099-12-31
"""
HEADCOUNT = "site,department,headcount\nLaboratory,Science,40\nTown hall,Administration,200\n"


class Prometheus(prometheus_test.Prometheus):
    """With the rules and alerts of the mixin, every second; alerts do not wait until they fire."""

    def __init__(self, directory, *targets, scraped=None):
        scraped = scraped or ("global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s\n"
                              "rule_files: ['sobriety-*.yaml']\n"
                              f"scrape_configs:\n- job_name: sobriety\n  static_configs:\n  - targets: {list(targets)}\n")
        for file in (mixin.RENDERED / "prometheus").glob("*.yaml"):
            text = re.sub(r"(?m)^    interval: \w+$", "    interval: 1s", file.read_text())
            text = re.sub(r"(?m)^        for: \w+$", "        for: 0s", text)
            # The hours of the day are those of the machines.
            text = text.replace("vector(time() ", "(max(sobriety_host_last_seen_timestamp_seconds) ")
            (directory / file.name).write_text(text.replace("offset 1d", "offset 5s"))
        config = directory / "prometheus.yaml"
        config.write_text(scraped)
        port = harness.free_port()
        self.web = f"http://127.0.0.1:{port}"
        harness.Program.__init__(self, [PROMETHEUS, f"--config.file={config}", f"--storage.tsdb.path={directory / 'tsdb'}",
                                        f"--web.listen-address=127.0.0.1:{port}"])

    def firing(self):
        return {alert["labels"]["alertname"] for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"}

    def wait_for_alert(self, name):
        self.wait_until(f'count(ALERTS{{alertname="{name}", alertstate="firing"}})', lambda value: value)

    def series(self, target, values):
        """How many series a target of a panel shows."""
        shown = int(values["__range_s"])
        expression = substituted(target["expr"], values)
        if target["instant"]:
            return len(self.ask("query", query=expression)["result"])
        now = time.time()
        return len(self.ask("query_range", query=expression, start=now - shown, end=now, step="1s")["result"])

    def choices(self, variable, values):
        selector, label = mixin.variable_metric(variable)
        return self.ask(f"label/{label}/values", **{"match[]": substituted(selector, values)})


def substituted(expression, values):
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], expression)


class Dashboards(enrol_test.Base):
    """Two collectors: one to which the fleet reports, one with an authority of its own."""

    HOSTS = 300

    def replaying(self):
        """A collector for which it is as late as the samples say, with a policy."""
        directory = self.bench.path("collector")
        (directory / "policy.yaml").write_text(POLICY)
        (directory / "headcount.csv").write_text(HEADCOUNT)
        # A report comes each second; on a busy machine machines may be late and are not lost.
        config = harness.Collector.text(telemetry="  idle_intervals: 30\n",
                                        rest=f"policy:\n  file: {directory / 'policy.yaml'}\n")
        return self.bench.keep(harness.Collector(directory, config=config, arguments=["--replay"])).started()

    def fleet(self, collector, hosts, seed, *arguments):
        return self.bench.keep(harness.Program(
            [harness.BIN / "sobriety-fleet", "--collector", collector.telemetry, "--hosts", hosts, "--seed", seed,
             "--interval", 300, "--batch", 36, "--rate", RATE, *arguments]))

    def setUp(self):
        super().setUp()
        collector = self.replaying()
        self.fleet(collector, self.HOSTS, 7, "--days")
        lost = self.fleet(collector, 3, 8)
        # A real agent tells what a simulated one does not: its spool, its readings.
        self.agent("real", self.token(), config="sources:\n  simulated_watts: 100\n")
        targets = (one.web.removeprefix("http://") for one in (collector, self.collector))
        self.prometheus = self.bench.keep(Prometheus(self.bench.path("prometheus"), *targets)).started()
        self.prometheus.wait_until("count(sobriety_host_up)", lambda value: value and value >= 0.3 * self.HOSTS, timeout=120)
        lost.send(signal.SIGKILL)  # no goodbye
        self.began = time.monotonic()
        time.sleep(LEAST + BEFORE + 5)
        # Nine days have to pass.
        self.prometheus.wait_until('count(sobriety_host_verdict{verdict="underused"} == 1)', lambda value: value, timeout=600)

    @staticmethod
    def soon(ask):
        """What `ask` says, once it is something: on a busy machine a scrape may come to nothing."""
        for _ in range(15):
            if found := ask():
                return found
            time.sleep(1)
        return found

    def hosts(self):
        """Those that the variable `host` is tried with: one that keeps a lock against sleep, one that is exempt, one
        that idles, and the real one.
        """
        for expression in ("sobriety_host_sleep_inhibitors > 0", "sobriety_host_exemption_expiry_timestamp_seconds > 0",
                           'sobriety_host_verdict{verdict="underused"} == 1'):
            rows = self.soon(lambda: self.prometheus.query(expression))
            self.assertTrue(rows, f"nobody has {expression}")
            yield rows[0][0]["host"]
        yield "real"

    def test_every_panel_and_every_variable_has_an_answer(self):
        asked, empty, hosts, answered = 0, [], list(self.hosts()), set()
        shown = int(time.monotonic() - self.began)  # on a busy machine the nine days take longer
        macros = {**MACROS, "__range": f"{shown}s", "__range_s": str(shown)}
        for (language, file), dashboard in mixin.dashboards().items():
            for variable in mixin.variables(dashboard, "query"):
                selector, _ = mixin.variable_metric(variable)
                asked += 1
                if not self.soon(lambda: self.prometheus.choices(variable, macros)):
                    empty.append(f"{language}/{file}, variable {variable['name']}: {selector}")
            for panel in mixin.panels(dashboard):
                for target in panel["targets"]:
                    where = f"{language}/{file}, {panel['title']}, {target['refId']}"
                    asked += 1
                    question = (target["expr"], target["instant"])  # the same in each language
                    if question in answered:
                        continue
                    if self.soon(lambda: any(
                            self.prometheus.series(target, {**macros, "host": host}) for host in hosts)):
                        answered.add(question)
                    else:
                        empty.append(f"{where}: {target['expr']}")
        print(f"{asked} expressions asked, {len(answered)} different ones", file=sys.stderr)
        self.assertEqual(empty, [], "\n".join(empty))
        self.assertGreater(asked, 50)
        self.check_rules()

    # Of this fleet, which wastes energy, of which a server is lost, and whose days run ahead of the agents' clocks.
    EXPECTED = {"WorkstationLeftOn", "ServerUnderused", "AgentLost"}
    POSSIBLE = EXPECTED | {"ClockSkew", "NightOnShareHigh", "WeekendOnShareHigh", "SleepBlocked", "AvoidableBudgetExceeded"}

    def check_rules(self):
        """Prometheus evaluated every rule without an error; this fleet raises the alerts that it must, and no others."""
        groups = self.prometheus.ask("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        self.assertEqual({rule["name"] for rule in rules},
                         set(mixin.recorded()) | {alert["alert"] for alert in mixin.alerts()})
        self.assertEqual([(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"], [])
        for name in self.EXPECTED:
            self.prometheus.wait_for_alert(name)
        self.assertEqual(self.prometheus.firing() - self.POSSIBLE, set())


class Shards(harness.TestCase):
    """The example for a large fleet: no host is there twice, none is missing."""

    HOSTS = 12

    def test_each_host_is_in_one_part(self):
        collector = self.bench.collector(config=harness.Collector.text(rest="expose:\n  hosts: false\n"))
        self.bench.keep(harness.Program(
            [harness.BIN / "sobriety-fleet", "--collector", collector.telemetry, "--hosts", self.HOSTS,
             "--interval", 1, "--batch", 1]))
        directory = self.bench.path("prometheus")
        text = (harness.SOURCE_ROOT / "deploy" / "prometheus" / "prometheus-shards.yaml").read_text()
        text = text.replace("127.0.0.1:18551", collector.web.removeprefix("http://")).replace("60s", "1s")
        prometheus = self.bench.keep(Prometheus(directory, scraped=text)).started()
        prometheus.wait_until("count(sobriety_host_up)", lambda value: value == self.HOSTS)
        prometheus.wait_until('count(up{job="sobriety-hosts"} == 1)', lambda value: value == 4)
        self.assertEqual(prometheus.scalar("count(count by (host) (sobriety_host_up))"), self.HOSTS)
        self.assertIsNone(prometheus.scalar('count(sobriety_host_up{shard!=""})'))
        parts = prometheus.query('scrape_samples_post_metric_relabeling{job="sobriety-hosts"} > 0')
        self.assertGreater(len({labels["shard"] for labels, _ in parts}), 1)
        prometheus.wait_until('count(up{job="sobriety"} == 1)', lambda value: value == 1)


class Protected(web_test.TestCase):
    """The example for a collector on another machine: TLS, a user and a password."""

    def test_prometheus_comes_by_tls_with_a_password(self):
        collector = self.collector(self.tls() + f"basic_auth_users:\n  prometheus: {web_test.bcrypt('swordfish')}\n")
        directory = self.bench.path("prometheus")
        (directory / "sobriety-ca.pem").write_bytes(self.authority.bundle.read_bytes())
        (directory / "sobriety-password").write_text("swordfish")
        text = (harness.SOURCE_ROOT / "deploy" / "prometheus" / "prometheus-tls.yaml").read_text()
        text = text.replace("collector.example.org:18551", f"127.0.0.1:{collector.port}").replace("30s", "1s")
        prometheus = self.bench.keep(Prometheus(directory, scraped=text)).started()
        prometheus.wait_until('up{job="sobriety"}', lambda value: value == 1)
        (directory / "sobriety-password").write_text("wrong")
        prometheus.wait_until('up{job="sobriety"}', lambda value: value == 0)


if __name__ == "__main__":
    if not PROMETHEUS or not mixin.JSONNET:
        print("skipped: prometheus and jsonnet are not here; tests/run.sh brings them")
        sys.exit(harness.SKIPPED)
    harness.main()
