"""Both real programs over the captured machines below tests/fixtures: /metrics is as recorded in
tests/golden/metrics, but for the values (not the presence) of what belongs to the machine that runs the
test. UPDATE_GOLDEN=1 rewrites the records after a change that is meant.
"""

import difflib
import os
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import harness  # noqa: E402

FIXTURES = HERE.parent / "fixtures"
RECORDS = HERE / "metrics"

# Name of the record, captured machine, configuration of the sources.
MACHINES = (
    ("skylake_2s", "qemu-real-kernel/skylake-2s-t0", "  rapl_in_guest: true\n"),
    ("skylake_2s_guest", "qemu-real-kernel/skylake-2s-t0", ""),
    ("asus_crosshair8", "linuxhw/asus-crosshair8-zenpower-amdgpu", ""),
    ("hp_dl360_gen9", "linuxhw/hp-dl360-gen9-2s", ""),
    ("hp_dl360_g7_zero_watt_meter", "linuxhw/hp-dl360-g7-zero-watt-meter", ""),
    ("i7_1370p_notebook", "hwloc/i7-1370p-hybrid-notebook", ""),
    ("opteron_4s_no_meter", "hwloc/opteron-4s-rackserver", ""),
    ("node_exporter_composite", "node_exporter/composite-host", ""),
    ("procfs_composite", "procfs/composite-host", ""),
    ("kepler_variants", "kepler/testdata-variants", ""),
    ("scaphandre_kvm_host", "scaphandre/xeon-bisocket-kvm-host", ""),
    ("powertelemetry_malformed", "intel-powertelemetry/intel-rapl", ""),
)

# What depends on the machine and the moment of the test.
VOLATILE = frozenset((
    "sobriety_host_clock_skew_seconds",
    "sobriety_host_source_reads_total",
    "sobriety_host_source_duration_seconds_total",
    "sobriety_host_agent_cpu_seconds_total",
    "sobriety_host_agent_resident_bytes",
    "sobriety_host_agent_sent_bytes_total",
    "sobriety_host_spool_bytes",
))
# Counts with every reading: only whether there are any is recorded.
COUNTS_READINGS = frozenset(("sobriety_host_source_failures_total", "sobriety_host_discontinuities_total"))
VOLATILE_LABELS = {"sobriety_host_info": ("id", "agent_version")}


def comparable(text):
    """The lines of the per-host families, without what is volatile."""
    lines = []
    for line in text.splitlines():
        name = re.match(r"(?:# (?:HELP|TYPE) )?(\w+)", line)
        if not name or not name[1].startswith("sobriety_host_"):
            continue
        if not line.startswith("#"):
            if name[1] in VOLATILE:
                line = line.rpartition(" ")[0] + " VOLATILE"
            if name[1] in COUNTS_READINGS and not line.endswith(" 0"):
                line = line.rpartition(" ")[0] + " SOME"
            for label in VOLATILE_LABELS.get(name[1], ()):
                line = re.sub(rf'([{{,]{label})="[^"]*"', r'\1="VOLATILE"', line)
        lines.append(line + "\n")
    return "".join(lines)


class Golden(harness.TestCase):
    """One test a machine, made below."""


class Advancing(harness.TestCase):
    """A captured machine whose counters go on: what the meters counted is what is shown."""

    RANGE = 262143328850  # of its RAPL zones, in microjoules

    def setUp(self):
        super().setUp()
        self.tree = self.bench.directory / "tree"
        shutil.copytree(FIXTURES / "qemu-real-kernel/skylake-2s-t0", self.tree, symlinks=True)
        self.zones = self.tree / "sys/devices/virtual/powercap/intel-rapl"

    def set_uptime(self, seconds):
        (self.tree / "proc/uptime").write_text(f"{seconds:.2f} 1.00\n")

    def test_energy_is_what_the_zones_counted_over_a_wrap_too(self):
        package = self.zones / "intel-rapl:0" / "energy_uj"
        core = self.zones / "intel-rapl:0" / "intel-rapl:0:0" / "energy_uj"
        self.set_uptime(100)
        package.write_text(f"{self.RANGE - 1_000_000}\n")
        core.write_text("5000000\n")
        collector = self.bench.collector()
        self.bench.agent(collector.telemetry, "tree", config="sources:\n  rapl_in_guest: true\n",
                         arguments=("--proc-root", self.tree / "proc", "--sys-root", self.tree / "sys"))
        metrics = collector.wait_for_host("tree")

        def joules(metrics, component):
            return metrics.value("sobriety_host_component_energy_joules_total", host="tree", component=component)

        self.assertEqual((joules(metrics, "package-0"), joules(metrics, "package-0/core")), (0, 0))
        self.set_uptime(110)
        core.write_text("12500000\n")
        package.write_text("2000000\n")
        collector.wait_until(lambda metrics: metrics.value("sobriety_host_uptime_seconds", host="tree") == 110 and
                             joules(metrics, "package-0/core") == 7.5, "the core zone counted 7.5 J")
        # From 1 J below its range over 0 to 2 J.
        collector.wait_until(lambda metrics: abs((joules(metrics, "package-0") or 0) - 3) < 0.001, "and the package 3 J")
        self.assertEqual(collector.metrics().value("sobriety_host_discontinuities_total", source="rapl"), 0)


def check(case, record, tree, sources):
    collector = case.bench.collector()
    root = FIXTURES / tree
    case.bench.agent(collector.telemetry, record, config=f"sources:\n{sources}" if sources else "",
                     arguments=("--proc-root", root / "proc", "--sys-root", root / "sys"))
    shown = comparable(collector.wait_for_host(record).text)
    file = RECORDS / f"{record}.prom"
    if os.environ.get("UPDATE_GOLDEN"):
        RECORDS.mkdir(exist_ok=True)
        file.write_text(shown)
    recorded = file.read_text() if file.exists() else ""
    case.assertEqual(shown, recorded, "".join(difflib.unified_diff(
        recorded.splitlines(True), shown.splitlines(True), str(file), "shown now")))


for machine in MACHINES:
    setattr(Golden, f"test_{machine[0]}", lambda case, machine=machine: check(case, *machine))

if __name__ == "__main__":
    harness.main()
