"""What the collector shows of this machine is what this machine's /proc says."""

import os
import time

import harness

INTERVAL = 1.0  # of a report, in seconds


def uptime():
    with open("/proc/uptime", encoding="ascii") as file:
        return float(file.read().split()[0])


def cpu_seconds():
    """By mode, as sobriety_host_cpu_seconds_total shows them."""
    modes = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")
    with open("/proc/stat", encoding="ascii") as file:
        line = file.readline().split()
    ticks = os.sysconf("SC_CLK_TCK")
    return {mode: int(count) / ticks for mode, count in zip(modes, line[1:])}


class Truth(harness.TestCase):
    def test_uptime_and_cpu_time_are_those_of_this_machine(self):
        collector = self.bench.collector()
        self.bench.agent(collector.telemetry, "here")
        collector.wait_for_host("here")
        time.sleep(2 * INTERVAL)
        before = (uptime(), cpu_seconds())
        metrics = collector.metrics()
        after = (uptime(), cpu_seconds())

        def check(what, low, high, shown, slack):
            self.assertIsNotNone(shown, what)
            # A sample is at most one interval and the time of its way old.
            self.assertGreaterEqual(shown, low - max(0.01 * low, slack), what)
            self.assertLessEqual(shown, high + 0.02, what)

        check("uptime", before[0], after[0], metrics.value("sobriety_host_uptime_seconds", host="here"),
              2 * INTERVAL)
        shown = metrics.by("mode", "sobriety_host_cpu_seconds_total", host="here")
        self.assertEqual(set(shown), set(before[1]))
        processors = os.cpu_count()
        for mode, low in before[1].items():
            if mode in ("idle", "iowait"):  # the kernel lets these go back a little
                self.assertAlmostEqual(shown[mode], low, delta=max(0.01 * low, 2 * INTERVAL * processors), msg=mode)
            else:
                check(mode, low, after[1][mode], shown[mode], 2 * INTERVAL * processors)

    def test_the_boot_time_is_that_of_the_kernel(self):
        collector = self.bench.collector()
        self.bench.agent(collector.telemetry, "here")
        metrics = collector.wait_for_host("here")
        with open("/proc/stat", encoding="ascii") as file:
            boot = next(int(line.split()[1]) for line in file if line.startswith("btime "))
        self.assertAlmostEqual(metrics.value("sobriety_host_boot_time_seconds", host="here"), boot, delta=2)

    def test_the_host_is_seen_now_and_its_clock_is_ours(self):
        collector = self.bench.collector()
        self.bench.agent(collector.telemetry, "here")
        metrics = collector.wait_for_host("here")
        self.assertAlmostEqual(metrics.value("sobriety_host_last_seen_timestamp_seconds", host="here"),
                               time.time(), delta=5)
        self.assertAlmostEqual(metrics.value("sobriety_host_clock_skew_seconds", host="here"), 0, delta=2)

    def test_counters_never_go_back_while_the_host_reports(self):
        collector = self.bench.collector()
        self.bench.agent(collector.telemetry, "here")
        last = collector.wait_for_host("here")
        until = time.monotonic() + 4 * INTERVAL
        while time.monotonic() < until:
            metrics = collector.metrics()
            for key, value in last.samples.items():
                if metrics.types.get(key[0]) != "counter" or ("mode", "idle") in key[1] or ("mode", "iowait") in key[1]:
                    continue
                self.assertIn(key, metrics.samples)
                self.assertGreaterEqual(metrics.samples[key], value, key)
            last = metrics
            time.sleep(0.2)


if __name__ == "__main__":
    harness.main()
