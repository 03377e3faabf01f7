"""A played machine (tests/support/player): its files, its clock and its truth."""

import contextlib
import json
import os
import pathlib
import subprocess
import time

import harness

PROGRAM = harness.BIN / "sobriety-player"
# A machine without a meter of its own; what a scenario plays is all that there is.
CAPTURED = harness.SOURCE_ROOT / "tests/fixtures/hwloc/opteron-4s-rackserver"


def why_not():
    """Why no machine can be played here, in a line; "" if it can."""
    if not PROGRAM.exists():
        return "no machine can be played: sobriety-player was not built (it wants libfuse3-dev)"
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        return f"no machine can be played: /dev/fuse: {error.strerror}"
    return ""


class Player(harness.Program):
    """Plays `scenario`, the YAML file's content as a dict, below `directory`."""

    def __init__(self, directory, scenario, clock="real", captured=CAPTURED):
        self.scenario = pathlib.Path(directory) / "scenario.yaml"
        self.scenario.write_text(json.dumps(scenario))  # JSON is YAML
        self.root = pathlib.Path(directory) / "machine"
        self.root.mkdir()
        super().__init__([PROGRAM, "--scenario", self.scenario, "play", "--tree", captured, "--clock", clock, self.root])

    def started(self):
        deadline = time.monotonic() + harness.PATIENCE
        while not (self.root / ".clock").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the player did not mount {self.root}; it said:\n{self.log()}")
            time.sleep(0.02)
        return self

    def close(self):
        """Asked first: it unmounts before it ends, and the directory can go."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(harness.PATIENCE)
        super().close()

    @property
    def roots(self):
        """For the agent's configuration."""
        return f"roots:\n  proc: {self.root}/proc\n  sys: {self.root}/sys\n"

    def uptime(self):
        """Now. A look at `.clock` moves no clock."""
        return float((self.root / ".clock").read_text().split()[0])

    def command(self, line):
        with open(self.root / ".clock", "w", encoding="ascii") as clock:
            clock.write(line)

    def truth(self, uptimes):
        """{component: joules used by each of the uptimes}."""
        text = " ".join(f"{uptime:.6f}" for uptime in uptimes)
        told = subprocess.run([PROGRAM, "--scenario", self.scenario, "truth"], input=text, capture_output=True,
                              text=True, check=True, timeout=harness.PATIENCE).stdout
        return {zone["component"]: zone["joules"] for zone in json.loads(told).values()}
