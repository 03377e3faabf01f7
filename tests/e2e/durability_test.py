"""What a collector has acknowledged it has for good, and what comes twice takes effect once: through kill -9,
a disk that takes nothing, and another hand in the ledger."""

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.error

import harness

HOSTS = 60


def run(*arguments):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)


def collector_command(*arguments):
    return run(harness.BIN / "sobriety-collector", *arguments)


def microjoules(metrics):
    return sum(round(value * 1e6) for value in metrics.all("sobriety_host_energy_joules_total").values())


class Watch:
    """Looks at /metrics again and again, through restarts: no counter of a host ever goes back, and no agent has
    to declare a gap, as it would where it was acknowledged what then was not there (its energy would come all the
    same, since its counters are cumulative)."""

    def __init__(self):
        self.seen = {}
        self.collector = None
        self.scrapes = 0
        self.faults = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._end.wait(0.03):
            collector = self.collector
            if collector is None:
                continue
            try:
                self.take(collector.metrics())
            except (OSError, urllib.error.URLError, ValueError):
                pass  # it is being killed
            except Exception as problem:  # pylint: disable=broad-except
                if collector is self.collector and collector.process.poll() is None:
                    self.faults.append(repr(problem))

    def take(self, metrics):
        self.scrapes += 1
        if gaps := metrics.value("sobriety_ingest_gaps_total"):
            self.faults.append(f"agents declared {gaps:.0f} gaps: what was acknowledged was not stored")
        for key, value in metrics.samples.items():
            if metrics.types.get(key[0]) != "counter" or not key[0].startswith("sobriety_host_"):
                continue
            if value < self.seen.get(key, 0):
                self.faults.append(f"{key} went from {self.seen[key]} to {value}")
            self.seen[key] = value

    def end(self):
        self._end.set()
        self._thread.join()


class Killed(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.store = self.bench.path("store") / "sobriety.db"

    def start(self):
        return self.bench.collector(port=self.port, store=self.store)

    def fleet(self, *arguments):
        return self.bench.keep(harness.Program(
            [harness.BIN / "sobriety-fleet", "--collector", f"127.0.0.1:{self.port}", "--hosts", HOSTS,
             "--interval", 1, "--batch", 1, *arguments]))

    def truth(self, fleet):
        self.assertEqual(fleet.stop(signal.SIGINT), 0, fleet.log())
        truth = json.loads(fleet.output)
        self.assertEqual((truth["unacknowledged_bytes"], truth["dropped_samples"]), (0, 0), fleet.output)
        joules, fraction = str(truth["joules"]).partition(".")[::2]
        return truth, int(joules) * 1_000_000 + int(fraction.ljust(6, "0"))

    def test_no_energy_is_lost_or_made_by_kills_at_random_moments(self):
        seed = int(os.environ.get("SOBRIETY_SEED", time.time_ns() % 1_000_000))
        print(f"seed {seed}", flush=True)
        chance = random.Random(seed)
        watch = Watch()
        self.addCleanup(watch.end)
        watch.collector = collector = self.start()
        fleet = self.fleet()
        for _ in range(8):
            time.sleep(chance.uniform(0.3, 2.0))
            watch.collector = None
            collector.stop(signal.SIGKILL)
            verified = collector_command("verify", "--store", self.store)
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
            watch.collector = collector = self.start()
        # All are back and have been heard again.
        collector.wait_until(
            lambda metrics: sum(metrics.all("sobriety_host_up").values()) == HOSTS, "all hosts are back", 60)
        truth, true_microjoules = self.truth(fleet)
        self.assertEqual(truth["connected"], HOSTS)
        metrics = collector.metrics()
        self.assertEqual(microjoules(metrics), true_microjoules)
        watch.end()
        watch.take(metrics)
        self.assertEqual(watch.faults[:5], [])
        self.assertGreater(watch.scrapes, 20)
        self.assertEqual(collector.stop(), 0)
        verified = collector_command("verify", "--store", self.store)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        with sqlite3.connect(self.store) as database:
            measured, = database.execute("SELECT sum(uj_measured) FROM host_hour").fetchone()
        self.assertEqual(measured, true_microjoules)

    def test_a_host_of_before_is_shown_before_it_comes_back(self):
        collector = self.start()
        agent = self.bench.agent(collector.telemetry, "here")
        collector.wait_for_host("here")
        agent.stop(signal.SIGKILL)
        collector.stop(signal.SIGKILL)
        metrics = self.start().metrics()
        self.assertEqual(metrics.value("sobriety_host_up", host="here"), 0)
        self.assertAlmostEqual(metrics.value("sobriety_host_last_seen_timestamp_seconds", host="here"),
                               time.time(), delta=60)

    def test_a_second_collector_does_not_take_the_same_store(self):
        self.start()
        second = self.bench.keep(harness.Collector(self.bench.path("second"), store=self.store))
        self.assertEqual(second.wait(), 1)
        self.assertIn(f"{self.store}: another sobriety-collector uses this store", second.log())

    def test_a_disk_that_takes_nothing_stops_the_acks_and_is_told_and_all_comes_right_after(self):
        collector = self.start()
        fleet = self.fleet()
        collector.wait_until(lambda metrics: sum(metrics.all("sobriety_host_up").values()) == HOSTS, "all are up", 60)
        number = collector.process.pid
        _, most = resource.prlimit(number, resource.RLIMIT_FSIZE)
        # The kernel's signal for it would end a program that does not expect it.
        resource.prlimit(number, resource.RLIMIT_FSIZE, (0, most))
        collector.wait_until(lambda metrics: metrics.value("sobriety_store_failing") == 1, "the store fails")
        status, text = collector.get("/-/ready")
        self.assertEqual(status, 503)
        self.assertIn("the store refuses commits: ", text)
        self.assertNotIn(str(self.bench.directory), text)  # where files lie is not told
        collector.wait_for_line("the store refuses a commit of")
        collector.wait_until(
            lambda metrics: metrics.value("sobriety_door_refused_total", reason="unavailable") > 0, "it takes no more")
        shown = microjoules(collector.metrics())
        time.sleep(1)
        self.assertEqual(microjoules(collector.metrics()), shown)
        resource.prlimit(number, resource.RLIMIT_FSIZE, (most, most))
        collector.wait_until(lambda metrics: metrics.value("sobriety_store_failing") == 0, "the store works again", 60)
        self.assertEqual(collector.get("/-/ready")[0], 200)
        collector.wait_until(lambda metrics: metrics.value("sobriety_door_connections") == HOSTS, "all are back", 60)
        _, true_microjoules = self.truth(fleet)
        self.assertEqual(microjoules(collector.metrics()), true_microjoules)


class Commands(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.collector = self.bench.collector()
        self.bench.agent(self.collector.telemetry, "here", config="sources:\n  simulated_watts: 250\n")
        self.collector.wait_until(
            lambda metrics: (metrics.value("sobriety_host_energy_joules_total", host="here",
                                           method="external_meter") or 0) > 0, "energy counts")

    def test_a_change_by_another_hand_is_found_and_named_by_host_and_hour(self):
        sound = collector_command("verify", "--config.file", self.collector.config, "--store", self.collector.store)
        self.assertEqual((sound.returncode, sound.stdout), (0, ""), sound.stderr)
        self.assertIn("1 hosts", sound.stderr)
        with sqlite3.connect(self.collector.store, timeout=harness.PATIENCE) as database:
            hour, = database.execute("SELECT max(hour) FROM host_hour").fetchone()
            database.execute("UPDATE host_hour SET uj_on = uj_on - 1 WHERE hour = ?", (hour,))
        database.close()
        found = collector_command("verify", "--store", self.collector.store)
        self.assertEqual(found.returncode, 1)
        self.assertRegex(found.stdout, r"host here \([0-9a-f]{32}\) hour " +
                         time.strftime("%Y-%m-%dT%H:00Z", time.gmtime(hour * 3600)))

    def test_a_backup_taken_while_the_collector_runs_is_a_store(self):
        copy = self.bench.path("backup") / "copy.db"
        done = collector_command("backup", "--store", self.collector.store, copy)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.stat(copy).st_mode & 0o777, 0o600)
        verified = collector_command("verify", "--store", copy)
        self.assertEqual((verified.returncode, verified.stdout), (0, ""), verified.stderr)
        again = self.bench.collector(store=copy)
        self.assertEqual(again.metrics().value("sobriety_host_up", host="here"), 0)

    def test_a_store_that_is_not_there_is_named(self):
        for command in (("verify",), ("backup", self.bench.directory / "copy")):
            done = collector_command(*command, "--store", "/nonexistent/sobriety.db")
            self.assertEqual(done.returncode, 1)
            self.assertIn("/nonexistent/sobriety.db: there is no such store", done.stderr)


if __name__ == "__main__":
    harness.main()
