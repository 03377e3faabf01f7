"""Disks that are full or fail."""

import contextlib
import subprocess
import time

from rig import Rig, strace, wait_until


@contextlib.contextmanager
def small_disk(directory, size):
    """A tmpfs over `directory`, in the mount namespace that run.sh made."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def fill(directory):
    """A file that takes all the room that is left."""
    ballast = directory / "ballast"
    with open(ballast, "wb", buffering=0) as out, contextlib.suppress(OSError):
        while out.write(bytes(4096)):
            pass
    return ballast


def acknowledged(it):
    return {truth.host: truth.acknowledged for truth in it.truths()}


def all_beyond(it, before, more=0):
    return all(now > before.get(host, 0) + more for host, now in acknowledged(it).items())


def full_disk_of_collector(short):
    """collector: its disk fills up: acks stop, /-/ready says why, and it recovers by itself"""
    rounds = 1 if short else 5
    with Rig() as it, small_disk(it.store, "8m"):
        it.start_collector()
        fleet = it.fleet(hosts=20)
        fleet.start()
        for _ in range(rounds):
            wait_until(lambda: acknowledged(it) and all_beyond(it, {}), "batches are acknowledged")
            ballast = fill(it.store)
            wait_until(lambda: it.collector.get("/-/ready")[0] == 503, "/-/ready says no")
            answer = it.collector.get("/-/ready")[1]
            if "full" not in answer:
                it.oracle.violated(f"/-/ready does not say that the disk is full: {answer}")
            before = acknowledged(it)
            time.sleep(1)
            if acknowledged(it) != before:
                it.oracle.violated("a batch was acknowledged while the disk was full")
            it.check_acknowledged("with a full disk")
            it.look()
            ballast.unlink()
            wait_until(lambda: it.collector.get("/-/ready")[0] == 200, "/-/ready says yes again")
            wait_until(lambda: all_beyond(it, before), "batches are acknowledged again")
            it.look()
        fleet.finish()
        return rounds, it.judge()


def full_disk_of_agent(short):
    """agent: its disk fills up: it goes on in memory, and on disk again when there is room"""
    rounds = 1 if short else 5
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=5)
        with small_disk(fleet.spools, "24m"):
            fleet.start()
            for _ in range(rounds):
                wait_until(lambda: acknowledged(it) and all_beyond(it, {}), "batches are acknowledged")
                ballast = fill(fleet.spools)
                before = acknowledged(it)
                wait_until(lambda: all_beyond(it, before, more=200), "batches are delivered with a full disk")
                ballast.unlink()
                before = acknowledged(it)
                wait_until(lambda: all_beyond(it, before, more=50), "batches are delivered from the disk again")
            fleet.finish()
            return rounds, it.judge()


def failing_disk(side, short):
    injected, violations = 0, []
    # Call numbers that fail: `5..8` the 5th to the 8th, `9+7` the 9th and every 7th behind it.
    for calls in ("fdatasync,fsync", "pwrite64,pwritev"):
        for when in ("5..8",) if short else ("1..3", "3..6", "9+7", "20..60"):
            with Rig() as it:
                wrap = strace(calls, f"error=EIO:when={when}")
                it.start_collector()  # on a disk that works, so that there is a store
                if side == "collector":
                    it.collector.stop()
                    it.start_collector(wrap=wrap)
                fleet = it.fleet(hosts=2)
                fleet.start(wrap=wrap if side == "agent" else ())
                # Long enough for an agent to try its disk again, and to deliver from it.
                wait_until(lambda: acknowledged(it) and all_beyond(it, {}, more=300), "batches are acknowledged")
                fleet.finish()
                injected += 1
                violations += it.judge()
    return injected, violations


def failing_disk_of_agent(short):
    """agent: its disk answers EIO for a while"""
    return failing_disk("agent", short)


def failing_disk_of_collector(short):
    """collector: its disk answers EIO for a while"""
    return failing_disk("collector", short)
