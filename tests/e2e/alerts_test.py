"""Every alert of the mixin, evaluated live by Debian's Prometheus over real collectors: each fires in a fleet that has its
fault, and none in a healthy one.

Both fleets have lived a month (month.py) when Prometheus begins to look. Expressions and their windows are as they are
shipped, and so are the thresholds but for a budget of one department; what is shortened is how long an alert waits before it
fires, and how often rules are evaluated. "Sunday at noon" and "Tuesday night" are had by the time zone of the mixin.
"""

import json
import resource
import signal
import socket
import subprocess
import sys
import time

import enrol_test
import harness
import month
import prometheus_test
import protocol
import tls_test
from month import DAY, HOUR, Life

sys.path.insert(0, str(harness.SOURCE_ROOT / "tests" / "mixin"))

import mixin  # noqa: E402  (its path was just added)

SUNDAY_NOON, TUESDAY_NIGHT = 12, 2 * 24 + 23  # hours of a week
QUIET, BUSY = 10, 500  # load of the processors, in 1/1000

POLICY = """\
calendars:
  ten hours: {calendar}
tariffs:
  contract: {{currency: EUR, per_kwh: 0.20}}
carbon:
  FR:
    annual: {{source: yearly, scope: life cycle, years: {{2024: 44.18}}}}
    hourly: {{files: [hourly.csv], format: plain}}
sites:
  default: {{calendar: ten hours, tariff: contract, carbon: FR}}
rules:
  roads:
    match: {{hostname: ["roads-*"]}}
    set: {{site: Town hall, department: Roads}}
  stores:
    match: {{hostname: ["stores-*"]}}
    set: {{site: Depot, department: Stores}}
  the rest:
    set: {{site: Centre, department: IT}}
exemptions:
  a migration:
    hostname: ["exempt-*"]
    owner: IT
    reason: is about to be replaced
    until: {until}
"""
PRESENT_POLICY = """\
calendars:
  always: {work: {every_day: ["00:00-24:00"]}}
sites:
  default: {calendar: always}
rules:
  all:
    set: {site: Elsewhere}
"""


def groups(hour_of_week):
    """The rules of the mixin where local time is in that hour of the week (0: Sunday, midnight)."""
    if time.time() % HOUR > HOUR - 200:
        time.sleep(HOUR - time.time() % HOUR + 1)  # the hour must last as long as the test
    zone = {"winterHours": int(hour_of_week - (time.time() // HOUR + 4 * 24) % (7 * 24)), "europeanSummerTime": False}
    knobs = json.dumps({"timezone": zone, "avoidableBudget": {"default": 500, "departments": {"Roads": 2}}})
    source = (f"local mixin = (import '{mixin.MIXIN}/mixin.libsonnet') + {{ _config+:: {knobs} }}; "
              "mixin.prometheusRules.groups + mixin.prometheusAlerts.groups")
    done = subprocess.run([mixin.JSONNET, "-e", source], capture_output=True, text=True, timeout=300, check=True)
    found = json.loads(done.stdout)
    for group in found:
        if group["name"] != "sobriety.hours":
            group["interval"] = "1s"
        for rule in group["rules"]:
            if "alert" in rule:
                rule["for"] = "1s"
    return found


def day(moment):
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


class TestCase(harness.TestCase):
    """Collectors: that of a fleet that has lived a month, one of the present, and one with an authority of its own."""

    def setUp(self):
        super().setUp()
        now = int(time.time()) // 60 * 60
        policy = POLICY.format(calendar=month.working_hours(now), until=day(now + self.exempt_for))
        factors = month.hourly_factors(now // HOUR * HOUR - month.LENGTH, now // HOUR * HOUR + self.factors_for)
        self.fleet = month.Fleet(self.bench, self.hosts(now), policy, factors)
        self.authority = enrol_test.Authority(self.bench.path("authority"))
        self.present = self.start_present()
        own = self.bench.collector(config=harness.Collector.text(
            plain=False, rest=f"identity:\n  directory: {self.authority.directory}\npolicy:\n  file: {self.policy}\n"))
        self.targets = [self.fleet.target, *(one.web.removeprefix("http://") for one in (self.present, own))]
        self.prepare()
        self.prometheus = month.Prometheus(self.bench, self.fleet.past(), groups(SUNDAY_NOON), self.targets)

    def prepare(self):
        pass

    def start_present(self):
        self.policy = self.bench.path("policy") / "policy.yaml"
        self.policy.write_text(PRESENT_POLICY)
        collector = self.bench.collector(config=harness.Collector.text(rest=f"policy:\n  file: {self.policy}\n"))
        self.bench.agent(collector.telemetry, "here", config="sources:\n  simulated_watts: 100\n")
        collector.wait_for_host("here")
        return collector

    def firing(self):
        """(name, what it is about) of each alert that is raised."""
        found = set()
        for alert in self.prometheus.ask("alerts")["alerts"]:
            labels = alert["labels"]
            name = labels["alertname"]
            keys = ("reason",) if name == "DataQualityLow" else (
                "host", "site", "department", "source", "certificate", "instance")
            found.add((name, next((labels[key] for key in keys if key in labels), "")))
        return found

    def wait_for(self, expected):
        deadline = time.monotonic() + 2 * harness.PATIENCE
        while (found := self.firing()) != expected and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(found, expected)

    def check_rules(self):
        """Each was evaluated, and without an error."""
        rules = [rule for group in self.prometheus.ask("rules")["groups"] for rule in group["rules"]
                 if group["name"] != "sobriety.hours"]
        broken = [(rule["name"], rule["health"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"]
        self.assertEqual(broken, [])


class Healthy(TestCase):
    exempt_for = 400 * DAY
    factors_for = DAY

    @staticmethod
    def hosts(now):
        def office(chassis, name, meter):
            life = Life(name, chassis, meter, now, "inhibitors=0 interval=3600")
            life.days(lambda day: life.until(day + 4 * HOUR, "off").until(day + 14 * HOUR, "on", BUSY, 200)
                      .until(day + DAY, "off"))
            return life.until(now + month.LATER, "off").host

        def server(name, load, watts):
            life = Life(name, "server", "machine", now, "interval=3600").until(now - month.LENGTH + HOUR, "off")
            return life.always(load, watts).host

        return [server("web", BUSY, 200), server("exempt-server", QUIET, 80), office("desktop", "roads-1", "machine"),
                office("desktop", "roads-2", "machine"), office("laptop", "stores-1", "machine")]

    def test_no_alert_is_raised(self):
        for hour in (SUNDAY_NOON, TUESDAY_NIGHT):
            self.prometheus.load(groups(hour), self.targets)
            self.fleet.live_until(self.fleet.now + (60 if hour == SUNDAY_NOON else 120))
            time.sleep(5)
            self.wait_for(set())  # a scrape that a busy machine made too slow passes, what is wrong with a rule stays
            self.check_rules()
            # What the alerts look at is there.
            for expression in ("host:sobriety_host_idle_power_watts:mean28d_before", "fleet:sobriety_host_coverage_ratio:avg",
                               "department:sobriety_group_avoidable_energy_joules:increase30d",
                               "site:sobriety_group_energy_measured:ratio_increase1d", "site:sobriety_workstations_on:ratio",
                               "sobriety_host_exemption_expiry_timestamp_seconds", "sobriety_host_verdict"):
                self.assertTrue(self.prometheus.query(expression), expression)


class Troubled(TestCase):
    exempt_for = 5 * DAY
    factors_for = -8 * HOUR

    @staticmethod
    def hosts(now):
        def life(name, chassis, meter, more="interval=3600"):
            return Life(name, chassis, meter, now, more).until(now - month.LENGTH + HOUR, "off")

        def flaky(name):
            one = life(name, "server", "none")
            one.until(now - 9 * DAY, "on", BUSY)
            one.days(lambda day: one.until(day + 12 * HOUR, "crash").until(day + DAY, "on", BUSY))
            return one.always(BUSY, 0).host

        def left_on(name, more="interval=3600", meter="machine"):
            one = life(name, "desktop", meter, more)
            one.days(lambda day: one.until(day + 4 * HOUR, "on", QUIET, 60).until(day + 14 * HOUR, "on", BUSY, 90)
                     .until(day + DAY, "on", QUIET, 60))
            return one.always(QUIET, 60).host

        return [
            life("comatose", "server", "machine").always(QUIET, 80).host,
            life("underused", "server", "machine").until(now - 9 * DAY, "on", BUSY, 200).always(QUIET, 80).host,
            life("exempt-growing", "server", "machine").until(now - DAY, "on", QUIET, 80).always(QUIET, 140).host,
            life("dropping", "server", "machine", "interval=3600 dropping=3").always(BUSY, 200).host,
            left_on("roads-1"), left_on("roads-2"),
            left_on("roads-blocked", "interval=3600 sessions=0 inhibitors=2", "none"),
            life("lost", "server", "machine", "interval=10").until(now - 3 * DAY, "on", BUSY, 200)
            .until(now + month.LATER, "crash").host,
            *(life(f"roads-lost-{number}", "desktop", "none", "interval=10").until(now - 3 * DAY, "on", BUSY)
              .until(now + month.LATER, "crash").host for number in range(2)),
            *(flaky(f"stores-{number}") for number in range(8)),
        ]

    def prepare(self):
        """An issuing certificate of the same name and key that ends in 40 days; machines whose clocks run fast."""
        directory = self.authority.directory
        issuing = directory / "issuing.pem"
        request = self.openssl("-x509toreq", "-in", issuing, "-signkey", issuing)
        soon = self.openssl("-req", "-days", "40", "-CA", directory / "root.pem", "-CAkey", directory / "root.key",
                            text=request)
        key, _, _ = issuing.read_text().partition("-----BEGIN CERTIFICATE")
        issuing.write_text(key + soon)
        self.bench.keep(harness.Program(
            [harness.BIN / "sobriety-fleet", "--collector", self.present.telemetry, "--hosts", 2, "--rate", 100,
             "--interval", 60, "--batch", 1, "--connect-over", 2]))
        self.present.wait_until(lambda metrics: len(self.skewed(metrics)) == 1, "a clock is wrong")

    @staticmethod
    def openssl(*arguments, text=None):
        return subprocess.run(["openssl", "x509", "-copy_extensions", "copyall", *arguments], input=text, capture_output=True,
                              text=True, check=True).stdout

    @staticmethod
    def skewed(metrics):
        return [host for host, skew in metrics.by("host", "sobriety_host_clock_skew_seconds").items() if abs(skew) > 30]

    def come_as_a_copy(self):
        """A machine that is connected, and another one that goes by its identity."""
        uuid = "00" * 15 + "01"
        for number in (1, 2):
            connection = self.enterContext(socket.create_connection(self.present.address, timeout=harness.PATIENCE))
            connection.sendall(tls_test.hello(uuid, bytes([number]) * 16, tls_test.machine(number)))
            kind = protocol.WELCOME if number == 1 else protocol.REFUSAL
            self.assertEqual(protocol.kinds(connection.recv(4096))[0], kind)

    def standing(self):
        present = self.targets[1]
        return {
            ("WorkstationLeftOn", "roads-1"), ("WorkstationLeftOn", "roads-2"),
            ("ServerUnderused", "underused"), ("ServerComatose", "comatose"), ("SleepBlocked", "roads-blocked"),
            ("IdlePowerRegression", "exempt-growing"), ("AvoidableBudgetExceeded", "Roads"),
            ("ExemptionExpiring", "exempt-growing"), ("DataQualityLow", "estimated"), ("DataQualityLow", "coverage"),
            ("CarbonFeedStale", "hourly"), ("SpoolDropping", "dropping"), ("CloneQuarantined", present),
            ("CertificateExpiring", "issuing"), ("AgentLost", "lost"), ("FleetLost", ""),
            *(("ClockSkew", host) for host in self.skewed(self.present.metrics())),
        }

    def wait_for_alert(self, name, about):
        deadline = time.monotonic() + harness.PATIENCE
        while (name, about) not in (found := self.firing()):
            self.assertLess(time.monotonic(), deadline, f"{name} is not raised, only {found}")
            time.sleep(0.5)
        self.seen.add(name)

    def test_every_alert_is_raised_by_its_fault_and_by_nothing_else(self):
        present = self.targets[1]
        self.prometheus.wait_until("count(up == 1)", lambda value: value == 3)
        self.come_as_a_copy()
        self.fleet.live_until(self.fleet.now + 60)
        time.sleep(2)
        self.fleet.live_until(self.fleet.now + 120)
        expected = self.standing()
        self.wait_for(expected | {("WeekendOnShareHigh", "Town hall")})
        self.prometheus.load(groups(TUESDAY_NIGHT), self.targets)
        self.wait_for(expected | {("NightOnShareHigh", "Town hall")})
        self.check_rules()
        self.seen = {name for name, _ in expected} | {"WeekendOnShareHigh", "NightOnShareHigh"}

        self.policy.write_text(PRESENT_POLICY + "nonsense: 1\n")
        self.present.send(signal.SIGHUP)
        self.wait_for_alert("ConfigReloadFailed", present)
        _, most = resource.prlimit(self.present.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.present.process.pid, resource.RLIMIT_FSIZE, (0, most))
        self.wait_for_alert("CommitStalled", present)
        resource.prlimit(self.present.process.pid, resource.RLIMIT_FSIZE, (most, most))
        self.present.stop()
        self.wait_for_alert("CollectorDown", present)
        self.assertEqual(self.seen, {alert["alert"] for alert in mixin.alerts()})


if __name__ == "__main__":
    if not prometheus_test.PROMETHEUS or not prometheus_test.PROMTOOL or not mixin.JSONNET:
        print("skipped: prometheus, promtool and jsonnet are not here; tests/run.sh brings them")
        sys.exit(harness.SKIPPED)
    harness.main()
