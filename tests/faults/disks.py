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


def failing_disk(wrap_agent, wrap_collector):
    """Both deliver and store again by themselves; returns what was violated."""
    with Rig() as it:
        it.start_collector()  # on a disk that works, so that there is a store
        if wrap_collector:
            it.collector.stop()
            it.start_collector(wrap=wrap_collector)
        fleet = it.fleet(hosts=2)
        fleet.start(wrap=wrap_agent)
        # 20 batches a second: longer than an agent waits before it tries its disk again.
        wait_until(lambda: acknowledged(it) and all_beyond(it, {}, more=300), "batches are acknowledged")
        fleet.finish()
        return it.judge()


def failing_disk_of_agent(short):
    """agent: its disk answers EIO for a while"""
    # Call numbers that fail, such as the 5th and the 6th.
    cases = [("fdatasync,fsync", "5..6")] + ([] if short else [("fdatasync,fsync", "20..21"), ("pwrite64", "9..10")])
    violations = [failing_disk(strace(calls, f"error=EIO:when={when}"), ()) for calls, when in cases]
    return len(cases), sum(violations, [])


def failing_disk_of_collector(short):
    """collector: its disk answers EIO for a while"""
    cases = [("fdatasync,fsync", "5..8")] + ([] if short else [("fdatasync,fsync", "9+7"), ("pwrite64", "60..80")])
    violations = [failing_disk((), strace(calls, f"error=EIO:when={when}")) for calls, when in cases]
    return len(cases), sum(violations, [])
