"""The network loses, delays, cuts, or carries one way only."""

import contextlib
import time

import network
from cable import Cable
from rig import Rig, wait_until


def lossy_network(short):
    """network: a fifth of all packets is lost"""
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=20, rate=60)
        with network.loss(it.port, 20):
            fleet.start()
            time.sleep(5 if short else 60)
        fleet.finish()
        return 1, it.judge()


def cut_off(kind, short):
    rounds = 2 if short else 10
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=20, rate=300)
        fleet.start()
        for _ in range(rounds):
            time.sleep(1)
            with kind(it.port):
                time.sleep(2 if short else 8)
            it.look()
        fleet.finish()
        return rounds, it.judge()


def partition(short):
    """network: nothing passes for a while, and nobody is told"""
    return cut_off(network.partition, short)


def half_open(short):
    """network: agents are heard but hear nothing"""
    return cut_off(network.half_open, short)


@contextlib.contextmanager
def cable_to(it):
    cable = Cable(("127.0.0.1", it.port))
    try:
        yield cable
    finally:
        cable.close()


def lost_acks(short):
    """network: acks alone are lost, then the connection: batches are delivered twice"""
    rounds = 3 if short else 20
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=10, rate=300)
        with cable_to(it) as cable:
            fleet.start(endpoint=cable.endpoint)
            wait_until(lambda: len(it.truths()) == fleet.hosts, "every machine reports")
            # A batch comes twice where the next hello is answered before its commit.
            duplicates = 0
            for turn in range(10 * rounds):
                if turn >= rounds and duplicates:
                    break
                cable.lose_answers = True
                time.sleep(1)
                cable.lose_answers = False
                cable.cut_all()
                time.sleep(1.5)
                it.look()
                duplicates = it.collector.metrics().value("sobriety_ingest_duplicate_batches_total") or 0
            if duplicates == 0:
                it.oracle.violated("no batch was delivered twice: the fault did not happen")
            fleet.kill()
        fleet.finish()
        return int(duplicates), it.judge()


def cut_in_mid_batch(short):
    """network: connections are cut after so many bytes, in the middle of frames, either way"""
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=5)
        with cable_to(it) as cable:
            fleet.start(endpoint=cable.endpoint)
            for limit in (1111, 1500, 1999) if short else range(100, 4000, 111):
                cable.cut_after, cable.cut_answers_after = limit, None
                time.sleep(1)
                cable.cut_after, cable.cut_answers_after = None, 8 + limit % 60
                time.sleep(1)
            cuts = cable.cuts
            fleet.kill()
        fleet.finish()
        return cuts, it.judge()


def delay(short):
    """network: half a second each way"""
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=10, rate=120)
        with cable_to(it) as cable:
            cable.delay = 0.5
            fleet.start(endpoint=cable.endpoint)
            time.sleep(4 if short else 30)
            fleet.kill()
        fleet.finish()
        return 1, it.judge()
