"""An agent that has settled opens nothing and asks the kernel for no memory: strace says so over 100 samples.

The agent samples once a second at most, so several of them share the samples. They read a played machine with RAPL zones,
processors and sensors; on a live machine libsensors opens each of its files anew, which this does not see.
"""

import re
import shutil
import sys
import time

import harness
import player
from scenarios import PACKAGE, zone

AGENTS = 4
SAMPLES = 100 // AGENTS  # of each
SETTLED = 3              # samples before
CAPTURED = harness.SOURCE_ROOT / "tests/fixtures/qemu-real-kernel/skylake-2s-t0"
ZONES = {PACKAGE: zone("package-0", 45), "intel-rapl:0:0": zone("dram", 6), "intel-rapl:1": zone("package-1", 60)}
READS = "sobriety_host_source_reads_total"


def names(calls):
    """Of the system calls in a piece of strace's output, in their order."""
    return [name.decode() for name in re.findall(rb"^(?:\d+ +)?(\w+)\(", calls, flags=re.MULTILINE)]


class SteadyState(harness.TestCase):
    def test_a_hundred_samples_open_nothing_and_take_no_memory(self):
        collector = self.bench.collector()
        machine = self.bench.keep(player.Player(self.bench.path("player"), {"zones": ZONES}, captured=CAPTURED)).started()
        traces = {}
        for number in range(AGENTS):
            host = f"traced-{number}"
            traces[host] = self.bench.path("strace") / "calls"
            # -D: the agent is our child, and strace ends with it.
            strace = ["strace", "-D", "-f", "-o", traces[host], "-e", "trace=%file,%memory,pread64"]
            self.bench.agent(collector.telemetry, host, under=strace,
                             config=machine.roots + "sources:\n  rapl_in_guest: true\n")

        def reads(metrics):
            return metrics.by("host", READS, source="cpu")

        def wait_for(least):
            return reads(collector.wait_until(
                lambda metrics: all(reads(metrics).get(host, 0) >= least for host in traces),
                f"every agent has taken {least:.0f} samples", timeout=harness.PATIENCE + least))

        first = wait_for(SETTLED)
        sizes = {host: trace.stat().st_size for host, trace in traces.items()}
        last = wait_for(max(first.values()) + SAMPLES)
        self.assertGreaterEqual(sum(last[host] - first[host] for host in traces), 100)

        sources = {dict(labels)["source"] for labels, value in collector.metrics().all(READS, host="traced-0").items() if value}
        self.assertLessEqual({"cpu", "sensors"}, sources)
        for host, trace in traces.items():
            calls = trace.read_bytes()
            self.assertLessEqual({"openat", "mmap", "brk", "pread64"}, set(names(calls[:sizes[host]])), "at its start")
            settled = names(calls[sizes[host]:])
            self.assertGreater(settled.count("pread64"), (last[host] - first[host]) * 2, "strace saw the samples")
            self.assertEqual([name for name in settled if name != "pread64"], [], f"of {host}")


if __name__ == "__main__":
    if why := player.why_not():
        print(why)
        sys.exit(harness.SKIPPED)
    if shutil.which("strace") is None:
        print("system calls cannot be counted: strace is missing")
        sys.exit(harness.SKIPPED)
    harness.main()
