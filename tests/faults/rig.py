"""A collector and simulated fleets that can be killed, starved and cut off at will, and the oracle over them.

A rig lives in a directory of its own and keeps the collector's port, so that agents find a restarted collector where
it was.
"""

import contextlib
import os
import pathlib
import signal
import tempfile
import time

import harness
import oracle

PROGRAMS = harness.BIN
PATIENCE = 120.0  # for what is delivered after a fault


class Fleet:
    """Machines of one process, with the agent's own spool and delivery, that go on where a killed run was."""

    def __init__(self, it, hosts=3, seed=1, batch=6, rate=600):
        self.hosts = hosts
        self._it = it
        self._options = ["--hosts", hosts, "--seed", seed, "--batch", batch, "--rate", rate]
        self.spools = it.directory / f"spools-{seed}"
        self.spools.mkdir()
        self._truth = it.directory / f"truth-{seed}"
        self.program = None

    def start(self, batches=0, endpoint=None, wrap=(), environment=None, arguments=()):
        """Until a signal, or until each machine has made so many batches in its life and delivered them."""
        self.program = self._it.keep(harness.Program(
            [*wrap, PROGRAMS / "sobriety-fleet", "--collector", endpoint or f"127.0.0.1:{self._it.port}", *self._options,
             "--batches", batches, "--state", self.spools, "--truth", self._truth, *arguments], environment))
        return self.program

    def died(self):
        return self.program.process.poll() is not None

    def kill(self, number=signal.SIGKILL):
        self.program.send(number)
        self.program.wait()

    def finish(self, batches=1, arguments=()):
        """With nothing in its way, all that was made is delivered."""
        if self.program is not None and not self.died():
            self.program.send(signal.SIGTERM)
            self.program.wait(PATIENCE)
        code = self.start(batches, arguments=arguments).wait(PATIENCE)
        if code != 0:
            self._it.oracle.violated(f"a fleet could not deliver everything: status {code}\n{self.program.log()[-1000:]}\n"
                                      f"the collector:\n{self._it.collector.log()[-1000:]}")

    def truths(self):
        return oracle.read_truth(self._truth) if self._truth.exists() else []


class Rig(contextlib.ExitStack):
    def __init__(self):
        super().__init__()
        self.oracle = oracle.Oracle(PROGRAMS)
        self.watch = oracle.Watch(self.oracle)
        self.collector = None
        self.fleets = []

    def __enter__(self):
        super().__enter__()
        self.directory = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="sobriety-faults-")))
        self.store = self.directory / "collector"
        self.store.mkdir()
        self.database = self.store / "sobriety.db"
        self.port = harness.free_port()
        self.config = self.directory / "collector.yaml"
        self.config.write_text(harness.Collector.text(self.port, rest=f"store:\n  path: {self.database}\n"))
        return self

    def keep(self, program):
        self.callback(program.close)
        return program

    def fleet(self, **options):
        self.fleets.append(Fleet(self, **options))
        return self.fleets[-1]

    def truths(self):
        return [truth for fleet in self.fleets for truth in fleet.truths()]

    def start_collector(self, wrap=(), environment=None, wait=True):
        self.collector = self.keep(harness.Program(
            [*wrap, PROGRAMS / "sobriety-collector", "run", "--config.file", self.config], environment))
        self.collector.__class__ = harness.Collector
        if wait:
            self.collector.started()
        return self.collector

    def collector_died(self):
        return self.collector.process.poll() is not None

    def kill_collector(self, number=signal.SIGKILL):
        """And what was acknowledged until then is in the store."""
        self.collector.send(number)
        self.collector.wait()
        self.check_acknowledged(f"after signal {number} to the collector")

    def check_acknowledged(self, when):
        self.oracle.acknowledged_is_stored(self.truths(), self.database, when)

    def look(self):
        """At a page of /metrics, if the collector lives: no counter went back."""
        with contextlib.suppress(OSError):
            self.watch.look(self.collector.metrics())

    def judge(self, others=()):
        """All was delivered: the totals of the fleets (and of others) are true, and the store is sound."""
        self.oracle.totals_equal_truth([*self.truths(), *others], self.database)
        if not self.collector_died() and self.collector.stop() != 0:
            self.oracle.violated("the collector did not stop cleanly")
        self.oracle.store_is_sound(self.config)
        return self.oracle.violations


def strace(calls, action, log=os.devnull):
    """A wrapper that does `action`, such as `signal=KILL:when=3`, to those system calls.

    strace is the grandchild (-D): the process started is the program, and has its status and takes its signals.
    """
    return ["strace", "-D", "-f", "--quiet=all", "-o", str(log), "-e", "trace=" + calls, "-e", f"inject={calls}:{action}"]


def wait_until(condition, what, timeout=PATIENCE, period=0.05):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s: {what}")
        time.sleep(period)
