"""Two releases that work together; tests/deploy/compatibility.sh runs it, with the programs of the one before in SOBRIETY_PREVIOUS."""

import os
import pathlib
import subprocess
import sys
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402

TODAY, BEFORE = harness.BIN, pathlib.Path(os.environ["SOBRIETY_PREVIOUS"])
WATTS = 100
HOST = "here"


class Releases(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.place, self.state = self.bench.path("fleet"), self.bench.path("state")
        self.store, self.identity = self.place / "sobriety.db", self.place / "identity"

    def run_collector(self, programs, *arguments):
        done = subprocess.run([programs / "sobriety-collector", *map(str, arguments)], capture_output=True, text=True,
                              timeout=harness.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout or done.stderr

    def collector(self, programs):
        with unittest.mock.patch.object(harness, "BIN", programs):
            return self.bench.collector(store=self.store, config=harness.Collector.text(
                self.port, plain=False, rest=f"identity:\n  directory: {self.identity}\nlog:\n  level: debug\n"))

    def agent(self, programs):
        with unittest.mock.patch.object(harness, "BIN", programs):
            return self.bench.agent('""', HOST, state=self.state, plain=False,
                                    config=f"sources:\n  simulated_watts: {WATTS}\n")

    def admit(self, programs):
        """Lays down what lets the agent in, once the collector has an authority."""
        self.run_collector(programs, "ca", "init", "--directory", self.identity, "--name", "127.0.0.1")
        token = self.run_collector(programs, "token", "create", "--directory", self.identity,
                                   "--endpoint", f"127.0.0.1:{self.port}")
        (self.state / "token").write_text(token)

    @staticmethod
    def energy(metrics):
        return metrics.value("sobriety_host_energy_joules_total", host=HOST, method="external_meter") or 0

    def goes_on(self, collector, joules=-1):
        """Energy grows beyond that, and nothing was lost or refused; gives what there is then."""
        metrics = collector.wait_until(lambda seen: self.energy(seen) >= joules + 3 * WATTS, f"3 s beyond {joules} J")
        self.assertEqual(metrics.value("sobriety_ingest_gaps_total"), 0)
        self.assertEqual(metrics.value("sobriety_host_spool_dropped_samples_total", host=HOST), 0)
        return self.energy(metrics)

    def together(self, collector_of, agent_of):
        self.admit(collector_of)
        collector = self.collector(collector_of)
        agent = self.agent(agent_of)
        self.goes_on(collector)
        self.assertFalse((self.state / "token").exists(), "it enrolled")
        self.assertEqual(agent.stop(), 0)
        collector.wait_for_line(rf"host {HOST} says goodbye: stop")
        self.assertEqual(collector.stop(), 0)
        self.assertIn("no faults", self.run_collector(collector_of, "verify", "--store.path", self.store))

    def test_1_an_agent_of_before_with_a_collector_of_today(self):
        self.together(TODAY, BEFORE)

    def test_2_an_agent_of_today_with_a_collector_of_before(self):
        self.together(BEFORE, TODAY)

    def test_3_an_upgrade_collector_first_loses_nothing(self):
        self.admit(BEFORE)
        collector, agent = self.collector(BEFORE), self.agent(BEFORE)
        joules = self.goes_on(collector)
        collector.stop()
        collector = self.collector(TODAY)
        joules = self.goes_on(collector, joules)
        agent.stop()
        agent = self.agent(TODAY)
        joules = self.goes_on(collector, joules)

        # And back, agent first. A store that was changed is refused by name, and stays as it is.
        agent.stop()
        agent = self.agent(BEFORE)
        self.goes_on(collector, joules)
        agent.stop()
        collector.stop()
        self.assertIn("no faults", self.run_collector(TODAY, "verify", "--store.path", self.store))
        looked = subprocess.run([BEFORE / "sobriety-collector", "verify", "--store.path", self.store], capture_output=True,
                                text=True)
        print("the collector of before says of the store:", (looked.stdout + looked.stderr).strip())
        if looked.returncode != 0:
            self.assertIn("newer", looked.stderr)
        self.assertIn("no faults", self.run_collector(TODAY, "verify", "--store.path", self.store))


if __name__ == "__main__":
    harness.main()
