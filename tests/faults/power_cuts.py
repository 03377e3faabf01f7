"""Power cuts: what was not synced is gone, or a part of it (libpower_cut.so)."""

import itertools
import os

import rig
from rig import Rig, wait_until

BATCHES = 5     # of a scripted exchange
STATUS = 88     # of a program whose power was cut


def preload(below, at):
    """Every third cut keeps nothing that was not synced, the others a half or two thirds of its writes."""
    keep = {"POWER_CUT_KEEP": str(at % 3 + 1)} if at % 3 else {}
    return {"LD_PRELOAD": os.environ["SOBRIETY_POWER_CUT"], "POWER_CUT_BELOW": str(below), "POWER_CUT_AT": str(at), **keep}


def power_cut_of_agent(short):
    """agent: power cut at the n-th change or sync of a file; some of the unsynced writes may stay"""
    with Rig() as it:
        it.start_collector()
        for injected, n in enumerate(itertools.count(1, 5 if short else 1)):
            fleet = it.fleet(hosts=1, seed=n)
            code = fleet.start(BATCHES, environment=preload(fleet.spools, n)).wait(rig.PATIENCE)
            fleet.finish(BATCHES)
            if code == 0:
                return injected, it.judge()
            if code != STATUS:
                it.oracle.violated(f"cut {n}: status {code}: {fleet.program.log()[-500:]}")


def power_cut_of_collector(short):
    """collector: power cut at the n-th change or sync of a file; some of the unsynced writes may stay"""
    violations = []
    for injected, n in enumerate(itertools.count(1, 9 if short else 1)):
        with Rig() as it:
            it.start_collector(environment=preload(it.store, n), wait=False)
            fleet = it.fleet(hosts=2, seed=n)
            fleet.start(BATCHES)
            wait_until(lambda: it.collector_died() or fleet.died(), "the collector dies or the exchange ends")
            if not it.collector_died():
                return injected, violations
            acknowledged = fleet.truths()
            it.start_collector()  # the store is made whole before it is read
            it.oracle.acknowledged_is_stored(acknowledged, it.database, f"power cut at call {n}")
            fleet.program.wait(rig.PATIENCE)
            fleet.finish(BATCHES)
            violations += it.judge()
