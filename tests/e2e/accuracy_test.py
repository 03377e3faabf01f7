"""The energy on /metrics is that which the machine used: the scenarios of tests/bench/accuracy.sh that need nothing
done to the programs, at five seconds of the machine a sample, and how they are judged."""

import sys
import time
import unittest

import accuracy
import harness
import player
from scenarios import MOST_ERROR, SCENARIOS, SECONDS, UPTIME

STEP = 5  # seconds of the machine between two samples, which are a second apart


class Judge(unittest.TestCase):
    """A package of 10 W, sampled at these uptimes with these joules."""

    def judge(self, *samples):
        return accuracy.judge([accuracy.Sample(uptime, {"package-0": joules}, *rest) for uptime, joules, *rest in samples],
                              lambda uptimes: {"package-0": [10.0 * uptime for uptime in uptimes]}, slack=0)

    def test_what_is_exact_has_no_error(self):
        self.assertEqual(self.judge((1, 0), (2, 10), (4, 30)), accuracy.Verdict(0, 0, 0, 30))

    def test_time_in_which_the_counter_stood_is_unmeasured_and_no_error(self):
        self.assertEqual(self.judge((1, 0), (2, 10), (4, 10), (5, 20)), accuracy.Verdict(0, 0, 2, 20))

    def test_an_interval_with_a_discontinuity_is_unmeasured_as_a_whole(self):
        self.assertEqual(self.judge((1, 0, 0), (2, 10, 0), (9, 15, 1), (10, 25, 1)), accuracy.Verdict(0, 0, 7, 20))

    def test_energy_that_comes_late_was_measured(self):
        self.assertEqual(self.judge((1, 0), (2, 0), (4, 30), (5, 40)), accuracy.Verdict(0, 0, 0, 40))

    def test_energy_that_nobody_used_is_invented(self):
        self.assertEqual(self.judge((1, 0), (2, 10), (3, 40)), accuracy.Verdict(1, 20, 0, 20))

    def test_a_counter_that_begins_anew_counts_from_0(self):
        self.assertEqual(self.judge((1, 100), (2, 110), (3, 10)), accuracy.Verdict(0, 0, 0, 20))

    def test_a_counter_that_never_moves_is_wrong(self):
        self.assertEqual(self.judge((1, 0), (2, 0)), accuracy.Verdict(1, 0, 1, 0))

    def test_dies_of_a_socket_are_added_up(self):
        verdict = accuracy.judge(
            [accuracy.Sample(1, {"package-0-die-0": 0, "package-0-die-1": 0}),
             accuracy.Sample(2, {"package-0-die-0": 4, "package-0-die-1": 6})],
            lambda uptimes: {"package-0": [10.0 * uptime for uptime in uptimes]}, slack=0)
        self.assertEqual(verdict, accuracy.Verdict(0, 0, 0, 10))


class Accuracy(harness.TestCase):
    def test_energy_is_true_or_said_to_be_unmeasured(self):
        played = [scenario for scenario in SCENARIOS if not scenario.actions]
        collector = self.bench.collector()
        players = {}
        for scenario in played:
            machine = self.bench.keep(player.Player(self.bench.path("player"), scenario.played, f"step {STEP}s"))
            players[scenario.host] = machine
        for host, machine in players.items():
            self.bench.agent(collector.telemetry, host, config=machine.started().roots)
        watches = {host: accuracy.Watch(host) for host in players}

        end = UPTIME + SECONDS
        deadline = time.monotonic() + SECONDS / STEP + harness.PATIENCE
        while any(not watch.samples or watch.samples[-1].uptime < end for watch in watches.values()):
            self.assertLess(time.monotonic(), deadline, f"samples came too slowly; the collector said:\n{collector.log()}")
            metrics = collector.metrics()
            for watch in watches.values():
                watch.see(metrics)
            time.sleep(0.2)

        for scenario in played:
            with self.subTest(scenario.name):
                verdict = accuracy.judge(watches[scenario.host].samples, players[scenario.host].truth, slack=0)
                self.assertLessEqual(verdict.error_ratio, MOST_ERROR, verdict)
                self.assertLess(verdict.invented_joules, 1, verdict)
                # A page that comes late on a busy machine joins two samples.
                self.assertLessEqual(verdict.unmeasured_seconds, scenario.most_unmeasured(2 * STEP), verdict)


if __name__ == "__main__":
    if why := player.why_not():
        print(why)
        sys.exit(harness.SKIPPED)
    harness.main()
