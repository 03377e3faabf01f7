"""Hosts and collectors come and go: nothing is lost that need not be, and silence is told from absence."""

import pathlib
import shutil
import signal
import time

import harness

INTERVAL = 1.0  # of a report, in seconds
WATTS = 250.0


def joules(metrics, host="here"):
    return sum(metrics.all("sobriety_host_energy_joules_total", host=host).values())


class Life(harness.TestCase):
    def test_a_stopped_agent_says_goodbye_and_is_down_at_once(self):
        collector = self.bench.collector()
        # Silence alone would take three intervals.
        agent = self.bench.agent(collector.telemetry, "here", interval="3s")
        collector.wait_for_host("here")
        self.assertEqual(agent.stop(), 0)
        metrics = collector.wait_for_host("here", up=0, timeout=2)
        self.assertIsNone(metrics.value("sobriety_host_uptime_seconds", host="here"))
        self.assertIsNotNone(metrics.value("sobriety_host_last_seen_timestamp_seconds", host="here"))
        # Counted before the hosts of that page were written.
        collector.wait_until(lambda metrics: metrics.value("sobriety_fleet_hosts", state="silent") == 1,
                             "it is counted as silent", timeout=2)

    def test_a_killed_agent_is_silent_after_three_intervals_and_its_last_sight_stays(self):
        collector = self.bench.collector()
        agent = self.bench.agent(collector.telemetry, "here")
        collector.wait_for_host("here")
        agent.stop(signal.SIGKILL)
        killed = time.monotonic()
        while time.monotonic() < killed + 2 * INTERVAL:
            metrics = collector.metrics()
            self.assertEqual(metrics.value("sobriety_host_up", host="here"), 1)
            time.sleep(0.1)
        seen = metrics.value("sobriety_host_last_seen_timestamp_seconds", host="here")
        metrics = collector.wait_for_host("here", up=0, timeout=3 * INTERVAL)
        self.assertGreater(time.monotonic() - killed, 2 * INTERVAL)
        self.assertEqual(metrics.value("sobriety_host_last_seen_timestamp_seconds", host="here"), seen)
        self.assertEqual(metrics.all("sobriety_host_cpu_seconds_total", host="here"), {})
        self.assertEqual(metrics.all("sobriety_host_info", host="here").keys(),
                         collector.metrics().all("sobriety_host_info", host="here").keys())

    def test_a_restarted_agent_is_the_same_host_and_its_energy_goes_on(self):
        collector = self.bench.collector()
        state = self.bench.path("state")
        options = {"state": state, "config": f"sources:\n  simulated_watts: {WATTS}\n"}
        agent = self.bench.agent(collector.telemetry, "here", **options)
        collector.wait_until(lambda metrics: joules(metrics) > WATTS, "energy counts")
        self.assertEqual(agent.stop(), 0)
        before = collector.metrics()
        self.bench.agent(collector.telemetry, "here", **options)
        collector.wait_for_host("here")
        after = collector.wait_until(lambda metrics: joules(metrics) > 2 * WATTS, "energy counts again")
        self.assertEqual(len(after.all("sobriety_host_up")), 1)
        self.assertEqual(set(before.by("id", "sobriety_host_info")), set(after.by("id", "sobriety_host_info")))

    def test_an_agent_finds_a_collector_that_starts_later(self):
        port = harness.free_port()
        agent = self.bench.agent(f"127.0.0.1:{port}", "here")
        found = agent.wait_for_line(r"collector 127\.0\.0\.1:\d+: (.*); samples wait")
        self.assertIn("cannot connect", found[1])
        time.sleep(INTERVAL)
        collector = self.bench.collector(port=port)
        metrics = collector.wait_for_host("here")
        self.assertEqual(metrics.value("sobriety_ingest_gaps_total"), 0)
        # What was sampled while there was nobody to tell it came too.
        collector.wait_until(lambda metrics: metrics.value("sobriety_ingest_samples_total") >= 2, "old samples came")
        self.assertIsNone(agent.process.poll())

    def test_an_agent_comes_back_to_a_collector_that_restarts_and_no_energy_goes_back(self):
        port = harness.free_port()
        collector = self.bench.collector(port=port)
        agent = self.bench.agent(collector.telemetry, "here", config=f"sources:\n  simulated_watts: {WATTS}\n")
        collector.wait_until(lambda metrics: joules(metrics) > WATTS, "energy counts")
        for number in (signal.SIGTERM, signal.SIGKILL):
            collector.stop(number)
            collector = self.bench.collector(port=port)
            collector.wait_for_host("here")
            last = 0.0
            until = time.monotonic() + 3 * INTERVAL
            while time.monotonic() < until:
                metrics = collector.metrics()
                self.assertGreaterEqual(joules(metrics), last)
                last = joules(metrics)
                self.assertAlmostEqual(metrics.value("sobriety_host_power_watts", host="here",
                                                     method="external_meter") or WATTS, WATTS, delta=WATTS * 0.01)
                time.sleep(0.1)
            self.assertGreater(last, 0)
        self.assertIsNone(agent.process.poll())

    def test_a_collector_that_is_stopped_ends_cleanly_with_agents_connected(self):
        collector = self.bench.collector()
        agent = self.bench.agent(collector.telemetry, "here")
        collector.wait_for_host("here")
        self.assertEqual(collector.stop(), 0)
        agent.wait_for_line(r"the collector refuses: the collector is stopping|the connection was closed")
        self.assertEqual(agent.stop(), 0)

    def test_who_is_stopped_while_it_starts_ends_at_once(self):
        collector = self.bench.collector()
        for i in range(40):
            with harness.Bench() as bench:
                starting = [bench.collector(threads=1 + i % 2), bench.agent(collector.telemetry, f"host-{i}")]
                time.sleep(i % 10 / 2000)
                for program in starting:
                    # Before there is anything to end, the signal itself is the end.
                    self.assertIn(program.stop(timeout=5), (0, -signal.SIGTERM))

    def test_one_host_connected_twice_keeps_the_newer_connection(self):
        collector = self.bench.collector()
        state = self.bench.path("state")
        self.bench.agent(collector.telemetry, "here", state=state)
        collector.wait_for_host("here")
        copy = self.bench.path("state")  # as of a cloned disk
        shutil.copy(state / "host-id", copy)
        twin = self.bench.agent(collector.telemetry, "here", state=copy)
        twin.wait_for_line("connected to collector")
        metrics = collector.wait_until(
            lambda metrics: metrics.value("sobriety_door_refused_total", reason="superseded") >= 1, "one is superseded")
        self.assertEqual(len(metrics.all("sobriety_host_up")), 1)

    def test_two_hosts_of_one_name_are_two_hosts(self):
        collector = self.bench.collector()
        for _ in range(2):
            self.bench.agent(collector.telemetry, "twin")
        metrics = collector.wait_until(lambda metrics: len(metrics.all("sobriety_host_up")) == 2, "both are there")
        names = metrics.by("host", "sobriety_host_up")
        self.assertIn("twin", names)
        self.assertEqual(len(names), 2)


class Identity(harness.TestCase):
    def test_two_agents_do_not_share_a_state_directory(self):
        state = self.bench.path("state")
        first = self.bench.agent("127.0.0.1:1", "here", state=state)
        first.wait_for_line("samples wait")
        second = self.bench.agent("127.0.0.1:1", "here", state=state)
        self.assertNotEqual(second.wait(), 0)
        self.assertIn("in use by another agent", second.log())
        self.assertIsNone(first.process.poll())

    def test_a_state_directory_that_cannot_be_written_is_named(self):
        state = self.bench.path("state") / "file"
        state.write_text("in the way")
        agent = self.bench.agent("127.0.0.1:1", "here", state=state / "below")
        self.assertNotEqual(agent.wait(), 0)
        self.assertIn(str(state), agent.log())
        self.assertIn("host.state_directory", agent.log())

    def test_a_damaged_identity_is_named_and_not_replaced(self):
        state = self.bench.path("state")
        (state / "host-id").write_text("nonsense\n")
        agent = self.bench.agent("127.0.0.1:1", "here", state=state)
        self.assertNotEqual(agent.wait(), 0)
        self.assertIn(str(state / "host-id"), agent.log())
        self.assertEqual(pathlib.Path(state / "host-id").read_text(), "nonsense\n")


if __name__ == "__main__":
    harness.main()
