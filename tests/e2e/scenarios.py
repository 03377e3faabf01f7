"""Machines whose energy is hard to get right: what tests/bench/accuracy.sh and accuracy_test.py play.

Each has its zones and faults (tests/support/player), what is done to the programs meanwhile, and how much of its time may
at most go unmeasured: `lost` intervals of sampling and `lost_seconds` of sleep or of the agent's absence. Everything
happens within SECONDS from the start.
"""

from dataclasses import dataclass, field

UPTIME = 1000  # seconds, at the start
SECONDS = 130
MOST_ERROR = 0.005  # of the energy used in measured time

INTEL = 262_143_328_850  # uJ, where a package of 2^-14 J units wraps
AMD = 65_532_610_987     # uJ, of 2^-16 J units
LOOK = 300               # seconds: how often the agent looks for a zone that was dropped


@dataclass(frozen=True)
class Scenario:
    name: str
    zones: dict
    faults: dict = field(default_factory=dict)
    actions: tuple = ()  # (second, what is done), see tests/bench/accuracy.py
    lost: int = 0
    lost_seconds: float = 0

    @property
    def played(self):
        return {"uptime": f"{UPTIME}s", "zones": self.zones, "faults": self.faults}

    @property
    def host(self):
        return self.name.replace(" ", "-").replace(",", "")

    def most_unmeasured(self, interval):
        return self.lost * interval + self.lost_seconds


def zone(name, *power, **rest):
    return {"name": name, "power": [str(piece) for piece in power], **rest}


def at(second, what, **rest):
    return {"at": f"{second * 1000:.0f}ms", "what": what, **rest}


PACKAGE = "intel-rapl:0"
ENERGY = f"sys/class/powercap/{PACKAGE}/energy_uj"
SLEEP = {"lasts": "10m"}

SCENARIOS = (
    Scenario("steady", {PACKAGE: zone("package-0", 45), "intel-rapl:0:0": zone("core", 30)}),
    Scenario("bursty", {PACKAGE: zone("package-0", "15 for 700ms", "180 for 300ms", "15..90 for 1s", "90..15 for 500ms")}),
    Scenario("fast wrap at 400 W", {PACKAGE: zone("package-0", 400, range=AMD, start=AMD - 8_000_000_000)}),
    Scenario("flip of 700 J and back", {PACKAGE: zone("package-0", 45, max_power=54, start=10**9)},
             {"up": at(40.5, "jump", zone=PACKAGE, joules=700), "down": at(55.5, "jump", zone=PACKAGE, joules=-700)}, lost=2),
    Scenario("counter reset", {PACKAGE: zone("package-0", 60, start=100 * 10**9)},
             {"begins anew": at(50.5, "reset", zone=PACKAGE)}, lost=1),
    Scenario("reset close to the wrap", {PACKAGE: zone("package-0", 60, start=INTEL - 12 * 10**9)},
             {"begins anew": at(50.5, "reset", zone=PACKAGE)}, lost=1),
    Scenario("suspend, counters kept", {PACKAGE: zone("package-0", 60, start=10**9)},
             {"sleeps": at(50.5, "suspend", **SLEEP)}, lost=1, lost_seconds=600),
    Scenario("suspend, counters reset", {PACKAGE: zone("package-0", 60, start=INTEL - 20 * 10**9)},
             {"sleeps": at(50.5, "suspend", **SLEEP), "begins anew": at(50.5, "reset")}, lost=1, lost_seconds=600),
    Scenario("short gap with a wrap", {PACKAGE: zone("package-0", 400, range=AMD, start=AMD - 12_000_000_000)},
             actions=((20, "pause"), (40, "resume"))),
    Scenario("long gap with hidden wraps", {PACKAGE: zone("package-0", 800, range=AMD)},
             actions=((15, "pause"), (105, "resume")), lost=1, lost_seconds=90),
    Scenario("psys shifts the indices",
             {PACKAGE: zone("package-0", "60 for 2s", "90 for 1s"), "intel-rapl:1": zone("psys", "170 for 2s", "230 for 1s"),
              "intel-rapl:2": zone("package-1", "40..80 for 4s")}),
    Scenario("mirrored dies",
             {PACKAGE: zone("package-0-die-0", "68 for 2s", "50 for 1s", range=AMD),
              "intel-rapl:1": {"name": "package-0-die-1", "range": AMD, "mirrors": PACKAGE}}),
    Scenario("dies that must be added",
             {PACKAGE: zone("package-0-die-0", "68 for 2s", "50 for 1s"),
              "intel-rapl:1": zone("package-0-die-1", "30 for 1s", "44 for 3s")}),
    Scenario("MMIO repeats the package",
             {PACKAGE: zone("package-0", "15..40 for 3s"), "intel-rapl-mmio:0": {"name": "package-0", "mirrors": PACKAGE}}),
    Scenario("two sockets with DRAM",
             {PACKAGE: zone("package-0", "90 for 3s", "120 for 2s", start=INTEL - 3 * 10**9),
              "intel-rapl:0:0": zone("dram", 12, range=AMD, start=AMD - 10**9),
              "intel-rapl:1": zone("package-1", 100), "intel-rapl:1:0": zone("dram", "9 for 1s", "14 for 2s", range=AMD)}),
    Scenario("a zone that cannot be read", {PACKAGE: zone("package-0", 60), "intel-rapl:1": zone("package-1", 70)},
             {"EIO": at(30.5, "error", path=ENERGY, error="EIO", lasts="7s"),
              "EAGAIN": at(60.5, "error", path=ENERGY, error="EAGAIN", lasts="7s")}, lost=3, lost_seconds=LOOK),
    Scenario("a zone that goes and comes", {PACKAGE: zone("package-0", 60), "intel-rapl:1": zone("package-1", 70)},
             {"gone": at(40.5, "absence", zone="intel-rapl:1", lasts="12s")}, lost=3, lost_seconds=12 + LOOK),
    Scenario("agent restart", {PACKAGE: zone("package-0", 60, start=INTEL - 4 * 10**9)},
             actions=((50, "stop agent"), (54, "start agent")), lost=2, lost_seconds=5),
    Scenario("collector restart", {PACKAGE: zone("package-0", 60)},
             actions=((50, "stop collector"), (54, "start collector"))),
)
