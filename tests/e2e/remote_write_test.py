"""Remote-write: every sample reaches a real receiver once, with its own time, whatever fails on the way.

The outage of the receiver lasts some seconds; SOBRIETY_OUTAGE_SECONDS=600 makes it ten minutes:

    SOBRIETY_BIN=build/release SOBRIETY_TOOLS=build/tools/usr/bin SOBRIETY_OUTAGE_SECONDS=600 \\
        python3 tests/e2e/remote_write_test.py Prometheus VictoriaMetrics

The truth is of the scripted hosts, which make up their samples (scripted_host.py); the receivers are asked by their own
HTTP interfaces. What a receiver is needed for is skipped where it is not there.
"""

import os
import signal
import sqlite3
import time
import unittest

import certificates
import harness
import receivers
from scripted_host import ScriptedHost

OUTAGE = float(os.environ.get("SOBRIETY_OUTAGE_SECONDS", "6"))
HOSTS = 3
CPU, ENERGY = "sobriety_host_cpu_seconds_total", "sobriety_host_component_energy_joules_total"


def now_ms():
    return time.time_ns() // 1_000_000


def remote_write(url, rest=""):
    return f"remote_write:\n  url: {url}\n  external_labels: {{region: north}}\n{rest}"


def tally(store):
    """What became of all samples of series, as the store itself counts."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        names = ("taken", "sent", "refused", "dropped")
        return dict(zip(names, database.execute(f"SELECT {', '.join(names)} FROM outbox_tally").fetchone()))


NEVER = 1000  # report intervals of a second


def silent_after(intervals):
    """What ends the series of a host that falls silent is one sample more than it has sent."""
    return f"  idle_intervals: {intervals}\n"


class Fleet:
    """Scripted hosts that report every half second: two samples a batch, of figures that tell host and sample."""

    def __init__(self, test, address):
        self.hosts = []
        for number in range(1, HOSTS + 1):
            self.hosts.append(ScriptedHost(number, f"web-{number}", address, now_ms()))
            test.addCleanup(self.hosts[-1].close)

    def report(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for number, host in enumerate(self.hosts, 1):
                host.report([self.sample(host, number, at) for at in (now_ms() - 250, now_ms())])
            time.sleep(0.5)

    @staticmethod
    def sample(host, number, at):
        since_boot = at - host.boot_ms
        return at, since_boot // 10 * number // 8, since_boot * 1000 * (20 + number)

    def truth(self, family):
        """{host: [(ms, value), …]}, in order of time."""
        column, unit = {CPU: (1, 100), ENERGY: (2, 1_000_000)}[family]
        return {host.name: sorted((sample[0], sample[column] / unit) for sample in host.samples) for host in self.hosts}


class Outage:
    """A test case of one kind of receiver, `self.KIND`."""

    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.home = self.bench.path("receiver")
        self.directory = self.bench.path("collector")
        self.telemetry_port = harness.free_port()

    def receiver(self):
        return self.bench.keep(self.KIND(self.home, self.port)).ready()

    def collector(self, idle_intervals=NEVER):
        config = harness.Collector.text(self.telemetry_port, telemetry=silent_after(idle_intervals),
                                        rest=remote_write(f"http://127.0.0.1:{self.port}/api/v1/write"))
        return self.bench.keep(harness.Collector(self.directory, config=config)).started()

    def until_empty(self, collector, fleet):
        collector.wait_until(lambda _: not any(host.unacknowledged() for host in fleet.hosts), "all is acknowledged", 120)
        return collector.wait_until(
            lambda metrics: metrics.value("sobriety_remote_write_samples_total", result="sent") ==
            tally(collector.store)["taken"] and metrics.value("sobriety_remote_write_outbox_rows") == 0,
            "all was sent", 180, period=0.5)

    def series(self, receiver, family):
        """{host: its samples}."""
        found = {}
        for labels, samples in receiver.series(family).items():
            labels = dict(labels)
            self.assertEqual(labels["region"], "north")
            self.assertNotIn(labels["host"], found)
            found[labels["host"]] = samples
        return found

    @staticmethod
    def shown(ask, enough):
        """A receiver may show the newest of what it took a little later."""
        deadline = time.monotonic() + harness.PATIENCE
        while not enough(found := ask()) and time.monotonic() < deadline:
            time.sleep(0.5)
        return found

    def check_count(self, receiver, taken):
        self.assertEqual(self.shown(receiver.count, lambda count: count >= taken), taken)

    def compare(self, receiver, fleet):
        for family in (CPU, ENERGY):
            truth = fleet.truth(family)
            count = sum(map(len, truth.values()))
            found = self.shown(lambda: self.series(receiver, family),
                               lambda series: sum(map(len, series.values())) >= count)
            self.assertEqual(found.keys(), truth.keys())
            for host, samples in truth.items():
                self.assertEqual([at for at, _ in found[host]], [at for at, _ in samples], (family, host))
                for (_, value), (_, true) in zip(found[host], samples):
                    self.assertAlmostEqual(value, true, delta=1e-9 * true)

    def test_an_outage_with_a_collector_that_is_killed_loses_nothing_and_doubles_nothing(self):
        receiver = self.receiver()
        collector = self.collector()
        fleet = Fleet(self, collector.address)
        fleet.report(4)
        receiver.stop()
        fleet.report(OUTAGE / 2)
        collector.wait_until(lambda metrics: metrics.value("sobriety_remote_write_requests_total", result="again") > 0,
                             "a request failed")
        collector.stop(signal.SIGKILL)
        fleet.report(2)  # to nobody: kept by the hosts
        collector = self.collector()
        fleet.report(OUTAGE / 2)
        waiting = collector.wait_until(lambda metrics: metrics.value("sobriety_remote_write_outbox_age_seconds") >=
                                       OUTAGE * 0.8, "the oldest has waited since the outage began")
        self.assertGreater(waiting.value("sobriety_remote_write_outbox_rows"), 0)
        receiver = self.receiver()
        fleet.report(4)
        metrics = self.until_empty(collector, fleet)
        counts = tally(collector.store)
        self.assertEqual((counts["refused"], counts["dropped"]), (0, 0), collector.log())
        self.compare(receiver, fleet)
        self.check_count(receiver, counts["taken"])
        self.assertEqual(metrics.value("sobriety_remote_write_outbox_age_seconds"), 0)
        samples = sum(len(host.samples) for host in fleet.hosts)
        print(f"outage {OUTAGE:.0f} s: {samples} samples of {HOSTS} hosts, {counts['taken']} of series, each there once")

    def test_a_collector_that_is_killed_again_and_again_while_it_sends_doubles_nothing(self):
        receiver = self.receiver()
        collector = self.collector()
        fleet = Fleet(self, collector.address)
        for _ in range(5):
            fleet.report(1.3)
            collector.stop(signal.SIGKILL)
            collector = self.collector()
        self.until_empty(collector, fleet)
        self.compare(receiver, fleet)
        self.check_count(receiver, tally(collector.store)["taken"])

    def test_samples_of_hours_ago_land_where_they_belong(self):
        receiver = self.receiver()
        collector = self.collector()
        fleet = Fleet(self, collector.address)
        fleet.report(2)
        late = ScriptedHost(9, "late", collector.address, now_ms() - 7_200_000)
        self.addCleanup(late.close)
        fleet.hosts.append(late)
        start = now_ms() - 7_200_000
        for minute in range(30):
            late.report([fleet.sample(late, 9, start + 60_000 * minute + 10_000 * step) for step in range(6)])
        self.until_empty(collector, fleet)
        self.compare(receiver, fleet)

    def test_series_end_with_the_host_that_falls_silent_and_not_five_minutes_later(self):
        receiver = self.receiver()
        collector = self.collector(idle_intervals=3)
        fleet = Fleet(self, collector.address)
        fleet.report(3)

        def hosts(family):
            return sorted(labels["host"] for labels in receiver.going_on(family))

        self.assertEqual(self.shown(lambda: hosts(ENERGY), lambda found: len(found) == HOSTS), ["web-1", "web-2", "web-3"])
        silent, talking = fleet.hosts[0], list(enumerate(fleet.hosts[1:], 2))

        def report(numbered):
            for number, host in numbered:
                host.report([fleet.sample(host, number, now_ms())])
            time.sleep(0.5)

        deadline = time.monotonic() + harness.PATIENCE
        while "web-1" in hosts(ENERGY) and time.monotonic() < deadline:
            report(talking)
        for family in (ENERGY, "sobriety_host_up", "sobriety_host_state"):
            self.assertEqual(hosts(family), ["web-2", "web-3"], family)
        self.assertEqual(collector.metrics().value("sobriety_host_up", host="web-1"), 0)
        while "web-1" not in hosts(ENERGY) and time.monotonic() < deadline:
            report([(1, silent), *talking])
        self.assertEqual(hosts(ENERGY), ["web-1", "web-2", "web-3"])


@unittest.skipUnless(receivers.PROMETHEUS, "prometheus is not here; tests/run.sh unpacks it below build/tools")
class Prometheus(Outage, harness.TestCase):
    KIND = receivers.Prometheus


@unittest.skipUnless(receivers.VICTORIA, "victoria-metrics is not here; tests/run.sh unpacks it below build/tools")
class VictoriaMetrics(Outage, harness.TestCase):
    KIND = receivers.VictoriaMetrics


class Answers(harness.TestCase):
    """How the collector takes what a receiver answers."""

    def start(self, answer, rest="", tls=None):
        self.told = receivers.Told(answer, tls)
        self.addCleanup(self.told.close)
        collector = self.bench.collector(config=harness.Collector.text(telemetry=silent_after(NEVER),
                                                                     rest=remote_write(self.told.url, rest)))
        self.fleet = Fleet(self, collector.address)
        return collector

    def sent(self, collector):
        return collector.wait_until(
            lambda metrics: not any(host.unacknowledged() for host in self.fleet.hosts) and
            metrics.value("sobriety_remote_write_outbox_rows") == 0 and
            sum(metrics.by("result", "sobriety_remote_write_samples_total").values()) == tally(collector.store)["taken"],
            "nothing waits")

    def times(self, host, family=CPU):
        found = self.told.accepted()
        return sorted(at for labels, samples in found.items() for at in samples
                      if {("__name__", family), ("host", host)} <= labels)

    def test_requests_are_as_the_specification_wants_and_say_what_metrics_says(self):
        secret = self.bench.path("secret") / "token"
        secret.write_text("s3cret\n")
        secret.chmod(0o600)
        collector = self.start(lambda _: (204, {}, ""), f"  bearer_token_file: {secret}\n")
        self.fleet.report(2)
        self.sent(collector)
        page = collector.metrics()
        for request in self.told.requests:
            headers = request["headers"]
            self.assertEqual(request["path"], "/write")
            self.assertEqual(headers["Content-Type"], "application/x-protobuf")
            self.assertEqual(headers["Content-Encoding"], "snappy")
            self.assertEqual(headers["X-Prometheus-Remote-Write-Version"], "0.1.0")
            self.assertEqual(headers["Authorization"], "Bearer s3cret")
            self.assertRegex(headers["User-Agent"], r"^sobriety-collector/")
            for labels, samples in request["series"]:
                self.assertEqual(labels, sorted(set(labels)))
                self.assertEqual(samples, sorted(samples))
        newest = {labels: samples[max(samples)] for labels, samples in self.told.accepted().items()}
        shown = {key: value for key, value in page.samples.items() if key[0].startswith("sobriety_host_")}
        for (name, labels), value in shown.items():
            labels = {(label, text) for label, text in labels if text}  # an empty one is as good as none
            series = frozenset(labels | {("__name__", name), ("region", "north")})
            if name not in ("sobriety_host_clock_skew_seconds", "sobriety_host_state_since_timestamp_seconds"):
                self.assertEqual(newest.get(series), value, series)
        self.assertNotIn("s3cret", collector.log())

    def test_what_is_put_off_is_sent_again_after_the_time_that_is_asked_for(self):
        turns = iter([(503, {}, "compacting"), (429, {"Retry-After": "3"}, "")])
        collector = self.start(lambda _: next(turns, (200, {}, "")))
        self.fleet.report(1)
        self.sent(collector)
        first, second, third = self.told.requests[:3]
        self.assertEqual(first["series"], second["series"])
        self.assertEqual(second["series"], third["series"])
        self.assertGreaterEqual(third["at"] - second["at"], 2.9)
        for host in self.fleet.hosts:
            self.assertEqual(self.times(host.name), sorted(at for at, _, _ in host.samples))
        self.assertEqual(collector.metrics().value("sobriety_remote_write_requests_total", result="again"), 2)
        self.assertIn("answers 503: compacting", collector.log())

    def test_a_host_that_the_receiver_will_not_take_costs_no_other_its_samples(self):
        def answer(request):
            hosts = {dict(labels)["host"] for labels, _ in request["series"]}
            return (400, {}, "out of bounds") if "web-2" in hosts else (204, {}, "")
        collector = self.start(answer)
        self.fleet.report(3)
        metrics = self.sent(collector)
        for host in self.fleet.hosts:
            expected = [] if host.name == "web-2" else sorted(at for at, _, _ in host.samples)
            self.assertEqual(self.times(host.name), expected)
        by_result = metrics.by("result", "sobriety_remote_write_samples_total")
        self.assertEqual(by_result["refused"] * (HOSTS - 1), by_result["sent"])
        self.assertIn("will not take", collector.log())

    def test_over_tls_both_sides_show_certificates(self):
        authority = certificates.Authority(self.bench.path("authority"))
        server = authority.server("receiver")
        client = authority.issue("collector", "clientAuth", "DNS:collector")
        tls = {"certificate": server.certificate, "key": server.key, "client_ca": authority.bundle}
        collector = self.start(lambda _: (200, {}, ""), f"  tls: {{ca: {authority.bundle}, certificate: "
                               f"{client.certificate}, key: {client.key}}}\n", tls)
        self.fleet.report(1)
        self.sent(collector)
        for host in self.fleet.hosts:
            self.assertEqual(self.times(host.name), sorted(at for at, _, _ in host.samples))

    def test_a_receiver_of_another_authority_gets_nothing(self):
        authority, other = (certificates.Authority(self.bench.path(name), name) for name in ("authority", "other"))
        server = authority.server("receiver")
        collector = self.start(lambda _: (200, {}, ""), f"  tls: {{ca: {other.bundle}}}\n",
                               {"certificate": server.certificate, "key": server.key})
        self.fleet.report(1)
        collector.wait_for_line("cannot be written to: no TLS: the other side's certificate is not believed")
        self.assertEqual(self.told.requests, [])
        self.assertGreater(collector.metrics().value("sobriety_remote_write_outbox_rows"), 0)

    def test_a_secret_that_everybody_may_read_stops_the_start(self):
        secret = self.bench.path("secret") / "token"
        secret.write_text("s3cret\n")
        secret.chmod(0o644)
        config = harness.Collector.text(rest=remote_write("http://127.0.0.1:9/", f"  bearer_token_file: {secret}\n"))
        collector = self.bench.keep(harness.Collector(self.bench.path("collector"), config=config))
        self.assertNotEqual(collector.wait(), 0)
        self.assertIn("is for everybody to read", collector.log())
        self.assertNotIn("s3cret", collector.log())


if __name__ == "__main__":
    harness.main()
