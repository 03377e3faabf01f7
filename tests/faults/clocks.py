"""The wall clock of a machine steps."""

import pathlib
import time

import oracle
import real_agent
from rig import Rig

SHIFTS = ("+1h", "-1h", "+1y", "-1y")


def wall_clock_steps(short):
    """agent: its wall clock steps by an hour and by a year, both ways; its hours in the ledger stay true"""
    with Rig() as it:
        clock = it.directory / "clock"
        clock.write_text("+0")
        it.start_collector()
        began = time.time()
        agent = real_agent.RealAgent(it, 0, environment={
            "LD_PRELOAD": faketime_library(), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})
        it.collector.wait_for_host(agent.name)
        for shift in SHIFTS:
            clock.write_text(shift)
            time.sleep(2 if short else 20)
        agent.stop()
        hours = oracle.read_hours(it.database)
        if not hours:
            it.oracle.violated("nothing reached the ledger")
        for hour in hours:
            if not int(began / 3600) <= hour <= int(time.time() / 3600):
                it.oracle.violated(f"the ledger has hour {hour} since 1970, in which nothing happened")
        return len(SHIFTS), it.judge([agent.truth()])


def faketime_library():
    found = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
    if found is None:
        raise FileNotFoundError("libfaketime.so.1 is not installed (Debian package libfaketime)")
    return str(found)
