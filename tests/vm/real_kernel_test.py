"""The real agent, without privileges, on Debian's own kernel: powercap zones, hwmon chips, an ACPI power meter.

A guest of QEMU (emulated: it needs no /dev/kvm) with two sockets has meters whose values are set from outside the
programs (README.md). What the collector shows is compared with what was set, and with what other programs read on that
kernel: cat and sensors.
"""

import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import harness  # noqa: E402

TOOLS = harness.SOURCE_ROOT / "build/tools"
LIMIT = 280  # seconds; not how long the guest takes, but when it is given up on a busy machine
QEMU = "qemu-system-x86_64"
PROGRAMS = (QEMU, "iasl", "cpio", "make", "gcc", "strip", "/usr/sbin/modprobe")

PACKAGE_WATTS, STEP_WATTS, CORE_WATTS, DRAM_WATTS, PSYS_WATTS = 45, 90, 30, 6, 150  # fakerapl.c, measure.sh
METER_WATTS = 142.5      # power.dsl
BATTERY_WATTS = 12.345
TOLERANCE = 0.02         # of joules and watts: an emulated machine is slow between two readings


def why_not():
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"no guest can be run: {', '.join(missing)} is missing (tests/run.sh installs it)"
    if not list((TOOLS / "boot").glob("vmlinuz-*")):
        return f"no guest can be run: no kernel below {TOOLS} (tests/run.sh fetches it)"
    return ""


def run_guest(directory):
    """What the guest wrote on its console."""
    made = subprocess.run([HERE / "make_guest.sh", harness.BIN, TOOLS, directory], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    if made.returncode != 0:
        raise AssertionError(f"make_guest.sh failed:\n{made.stdout}{made.stderr}")
    console = directory / "console"
    qemu = [
        QEMU, "-accel", "tcg", "-M", "q35", "-cpu", "Skylake-Server", "-smp", "2,sockets=2,cores=1,threads=1", "-m", "512",
        "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio", "-kernel", directory / "vmlinuz",
        "-initrd", directory / "initrd.gz", "-append", "console=ttyS0 quiet panic=-1 acpi_enforce_resources=lax mitigations=off",
        "-acpitable", f"file={directory / 'power.aml'}", "-smbios", "type=3,manufacturer=Test",
    ]
    with open(console, "wb") as output, contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(qemu, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
    return console.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")


def sections(console):
    """{name: text} of what is below each line "@@ name"."""
    parts = re.split(r"^@@ (\S+)\n", console, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2])))


class Moment:
    """The meters at one moment: as /metrics shows them, and the zones as cat does."""

    def __init__(self, found, name):
        metrics = harness.Metrics(found[name + ".metrics"])
        self.uptime = metrics.value("sobriety_host_uptime_seconds")
        self.joules = metrics.by("component", "sobriety_host_component_energy_joules_total")
        self.machine_joules = metrics.value("sobriety_host_energy_joules_total", method="external_meter")
        self.discontinuities = sum(metrics.all("sobriety_host_discontinuities_total").values())
        self.zones = {}  # directory: (name, uptime, joules), as cat read them
        for line in found[name + ".zones"].splitlines():
            directory, uptime, energy, zone = line.split()
            self.zones[directory] = (zone, float(uptime), int(energy) / 1e6)


def sensor_watts(text):
    """{chip/feature: watts} of `sensors -u`."""
    watts, chip = {}, None
    for line in text.splitlines():
        if re.fullmatch(r"\S+-\S+", line):
            chip = line
        elif found := re.fullmatch(r"  (power\d+)_(?:input|average): (\S+)", line):
            watts[f"{chip}/{found[1]}"] = float(found[2])
    return watts


class RealKernel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        work = harness.SOURCE_ROOT / "build/vm"
        work.mkdir(parents=True, exist_ok=True)
        directory = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="guest-", dir=work)))
        cls.console = run_guest(directory)
        cls.found = sections(cls.console)
        if "done" not in cls.found:
            raise AssertionError(f"the guest did not come to its end within {LIMIT} s; its console:\n{cls.console[-4000:]}")
        cls.begin, cls.steady, cls.step, cls.wrapped = (
            Moment(cls.found, name) for name in ("begin", "steady", "step", "wrapped"))
        cls.sensors = sensor_watts(cls.found["sensors"])

    def watts(self, component, before, after):
        return (after.joules[component] - before.joules[component]) / (after.uptime - before.uptime)

    def assert_close(self, value, wanted, what):
        self.assertAlmostEqual(value, wanted, delta=TOLERANCE * wanted, msg=what)

    def test_the_agent_has_a_group_and_no_capability(self):
        identity = self.found["identity"]
        self.assertRegex(identity, r"Uid:\s+900\s+900\s+900\s+900")
        self.assertRegex(identity, r"Groups:\s+900 902\b")
        self.assertRegex(identity, r"CapEff:\s+0{16}\b")
        modes = {line.split()[0] for line in self.found["modes"].splitlines()}
        self.assertEqual(modes, {"-r--r-----"})

    def test_without_the_group_it_says_denied_and_what_would_mend_it(self):
        probe = self.found["probe.stranger"]
        self.assertRegex(probe, r"(?m)^rapl\w*\s+denied\b")
        self.assertIn("sobriety-rapl", probe)

    def test_zones_are_known_by_name_where_psys_shifts_the_indices(self):
        self.assertEqual(self.begin.zones["intel-rapl:1"][0], "psys")
        self.assertEqual(self.begin.zones["intel-rapl:2"][0], "package-1")
        for component, watts in {
                "package-0": PACKAGE_WATTS, "package-1": PACKAGE_WATTS, "psys": PSYS_WATTS,
                "package-0/core": CORE_WATTS, "package-1/core": CORE_WATTS,
                "package-0/dram": DRAM_WATTS, "package-1/dram": DRAM_WATTS}.items():
            self.assert_close(self.watts(component, self.begin, self.steady), watts, component)

    def test_another_program_on_the_same_kernel_reads_the_same_energy(self):
        for directory, component, watts in (("intel-rapl:0", "package-0", PACKAGE_WATTS), ("intel-rapl:1", "psys", PSYS_WATTS),
                                            ("intel-rapl:2", "package-1", PACKAGE_WATTS)):
            _, first, low = self.begin.zones[directory]
            _, last, high = self.steady.zones[directory]
            ours = self.steady.joules[component] - self.begin.joules[component]
            # cat did not read at the moments of our samples; the power is known to be steady.
            apart = (self.steady.uptime - self.begin.uptime) - (last - first)
            self.assert_close(ours, high - low + apart * watts, component)

    def test_a_step_of_power_is_followed_over_a_wrap_without_a_discontinuity(self):
        self.assertLess(self.wrapped.zones["intel-rapl:0"][2], self.begin.zones["intel-rapl:0"][2], "the counter wrapped")
        for component in ("package-0", "package-1"):
            self.assert_close(self.watts(component, self.step, self.wrapped), STEP_WATTS, component)
        self.assertEqual(self.wrapped.discontinuities, 0)

    def test_the_acpi_power_meter_is_the_power_of_the_machine(self):
        self.assertEqual(self.sensors["power_meter-acpi-0/power1"], METER_WATTS)
        self.assert_close((self.wrapped.machine_joules - self.begin.machine_joules)
                          / (self.wrapped.uptime - self.begin.uptime), METER_WATTS, "machine")

    def test_chips_on_the_bus_have_the_watts_that_sensors_shows(self):
        for name in ("ltc4215-i2c-0-44/power1", "ltc4245-i2c-0-20/power1", "ltc4245-i2c-0-20/power2"):
            watts = self.sensors[name]
            self.assertGreater(watts, 1, name)
            self.assert_close(self.watts(name, self.begin, self.wrapped), watts, name)

    def test_the_battery_discharges(self):
        if not re.search(r"(?m)^battery\s+found\b", self.found["probe"]):
            self.skipTest("this agent has no battery source")
        self.assert_close(self.watts("battery", self.begin, self.wrapped), BATTERY_WATTS, "battery")


if __name__ == "__main__":
    if why := why_not():
        print(why)
        sys.exit(harness.SKIPPED)
    unittest.main(verbosity=2)
