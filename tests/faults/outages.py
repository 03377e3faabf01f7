"""The numbers of the promise: what an outage longer than the spool's bound costs, and what a loss of power."""

import signal
import time

import power_cuts
import rig
import spool_reader
from real_agent import INTERVAL, RealAgent
from rig import Rig, wait_until

BOUND = 200_000  # bytes of a spool
POWER_LOSS = 10  # seconds that it may cost


def outage_beyond_the_bound(short):
    """agent: away for longer than its spool holds: the oldest are dropped, counted and declared; no energy is lost"""
    with Rig() as it:
        fleet = it.fleet(hosts=3, rate=1200)
        fleet.start(arguments=["--spool-bytes", BOUND])
        wait_until(lambda: len(it.truths()) == fleet.hosts and
                   all(truth.dropped_samples > (10 if short else 2000) for truth in it.truths()), "spools overflow")
        for spool in fleet.spools.iterdir():
            held = sum(segment.stat().st_size for segment in spool.glob("*.seg"))
            if held > BOUND * 1.1:
                it.oracle.violated(f"{spool.name} takes {held} bytes, {BOUND} are allowed")
        it.start_collector()
        wait_until(lambda: all(truth.acknowledged + 5 > truth.seq for truth in it.truths()), "what was kept is delivered")
        # The same process to the end: it is what knows how many samples it dropped.
        fleet.program.send(signal.SIGTERM)
        if fleet.program.wait(rig.PATIENCE) != 0:
            it.oracle.violated("the fleet did not end cleanly")
        if not it.collector.metrics().value("sobriety_ingest_gaps_total"):
            it.oracle.violated("what was dropped was not declared")
        return sum(truth.dropped_samples for truth in it.truths()), it.judge()


def power_loss_of_a_real_agent(short):
    """agent: power lost while a batch is being made, nothing unsynced stays: at most the last 10 s are gone"""
    cuts = (10,) if short else (10, 17, 33, 47)
    with Rig() as it:
        it.start_collector()
        for number, at in enumerate(cuts):
            # A batch is far away, so that only the promise makes it sync.
            agent = RealAgent(it, number, batch=1000, environment=power_cuts.preload(it.directory / f"real-{number}", at * 3))
            began = time.monotonic()
            code = agent.program.wait(120)
            lived = time.monotonic() - began
            kept = spool_reader.samples_kept(agent.state)
            if code != power_cuts.STATUS:
                it.oracle.violated(f"status {code} after {lived:.0f} s: {agent.program.log()[-500:]}")
            if kept < lived / INTERVAL - POWER_LOSS - 2:
                it.oracle.violated(f"of {lived:.0f} s, {kept} samples of {INTERVAL} s are left")
        return len(cuts), it.judge()
