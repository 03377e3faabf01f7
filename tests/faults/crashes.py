"""Either side dies at the n-th call that it makes: strace delivers the kill before the call is done."""

import itertools

import rig
from rig import Rig, strace, wait_until

FILE_CALLS = ("write,pwrite64,writev,pwritev,fdatasync,fsync,ftruncate,fallocate,rename,renameat,renameat2,"
              "unlink,unlinkat,mkdir")
SOCKET_CALLS = "connect,accept4,sendto,sendmsg,recvfrom,recvmsg,read,readv"
BATCHES = 5  # of a scripted exchange


def of_agent(calls, step):
    """At every step-th call until a run ends without meeting its n-th."""
    with Rig() as it:
        it.start_collector()
        for injected, n in enumerate(itertools.count(1, step)):
            fleet = it.fleet(hosts=1, seed=n)
            code = fleet.start(BATCHES, wrap=strace(calls, f"signal=KILL:when={n}")).wait(rig.PATIENCE)
            fleet.finish(BATCHES)
            if code == 0:
                return injected, it.judge()


def of_collector(calls, step):
    violations = []
    for injected, n in enumerate(itertools.count(1, step)):
        with Rig() as it:
            # Some thread of it makes its n-th call, or the exchange ends before that.
            it.start_collector(wrap=strace(calls, f"signal=KILL:when={n}"), wait=False)
            fleet = it.fleet(hosts=2, seed=n)
            fleet.start(BATCHES)
            wait_until(lambda: it.collector_died() or fleet.died(), "the collector dies or the exchange ends")
            if not it.collector_died():
                return injected, violations
            if it.database.exists():
                it.check_acknowledged(f"crash at call {n}")
            it.start_collector()
            fleet.program.wait(rig.PATIENCE)
            fleet.finish(BATCHES)
            violations += it.judge()


def agent_crash_at_file_call(short):
    """agent: kill -9 at the n-th call that changes a file"""
    return of_agent(FILE_CALLS, 7 if short else 1)


def agent_crash_at_socket_call(short):
    """agent: kill -9 at the n-th call on a socket"""
    return of_agent(SOCKET_CALLS, 7 if short else 1)


def collector_crash_at_file_call(short):
    """collector: kill -9 at the n-th call that changes a file"""
    return of_collector(FILE_CALLS, 9 if short else 1)


def collector_crash_at_socket_call(short):
    """collector: kill -9 at the n-th call on a socket"""
    return of_collector(SOCKET_CALLS, 9 if short else 1)
