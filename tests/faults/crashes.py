"""Either side dies at the n-th call that it makes: strace delivers the kill before the call is done."""

import itertools

import rig
from rig import Rig, strace, wait_until

# strace counts each kind of call by itself, and by thread: n of all kinds together would meet the commonest only.
FILE_CALLS = ("write", "pwrite64", "writev", "fdatasync", "fsync", "ftruncate", "fallocate", "rename", "unlink", "unlinkat",
              "mkdir", "openat")
SOCKET_CALLS = ("connect", "accept4", "accept", "sendto", "sendmsg", "recvfrom", "recvmsg", "read")
BATCHES = 5  # of a scripted exchange


def of_agent(calls, step):
    """At every step-th call of each kind, until a run ends without meeting its n-th."""
    injected, seeds = 0, itertools.count(1)
    with Rig() as it:
        it.start_collector()
        for call in calls:
            for n in itertools.count(1, step):
                fleet = it.fleet(hosts=1, seed=next(seeds))
                code = fleet.start(BATCHES, wrap=strace(call, f"signal=KILL:when={n}")).wait(rig.PATIENCE)
                fleet.finish(BATCHES)
                if code == 0:
                    break
                injected += 1
        return injected, it.judge()


def of_collector(calls, step):
    injected, violations = 0, []
    for call in calls:
        for n in itertools.count(1, step):
            with Rig() as it:
                # Some thread of it makes its n-th call, or the exchange ends before that.
                it.start_collector(wrap=strace(call, f"signal=KILL:when={n}"), wait=False)
                fleet = it.fleet(hosts=2, seed=n)
                fleet.start(BATCHES)
                wait_until(lambda: it.collector_died() or fleet.died(), "the collector dies or the exchange ends")
                if not it.collector_died():
                    break
                injected += 1
                if it.database.exists():
                    it.check_acknowledged(f"crash at {call} {n}")
                it.start_collector()
                fleet.program.wait(rig.PATIENCE)
                fleet.finish(BATCHES)
                violations += it.judge()
    return injected, violations


def agent_crash_at_file_call(short):
    """agent: kill -9 at the n-th call that changes a file"""
    return of_agent(FILE_CALLS, 9 if short else 1)


def agent_crash_at_socket_call(short):
    """agent: kill -9 at the n-th call on a socket"""
    return of_agent(SOCKET_CALLS, 9 if short else 1)


def collector_crash_at_file_call(short):
    """collector: kill -9 at the n-th call that changes a file"""
    return of_collector(FILE_CALLS, 25 if short else 1)


def collector_crash_at_socket_call(short):
    """collector: kill -9 at the n-th call on a socket"""
    return of_collector(SOCKET_CALLS, 25 if short else 1)
