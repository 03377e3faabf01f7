"""Either side dies or is restarted under load."""

import random
import time

from rig import Rig, wait_until


def restarts_of_collector(short):
    """collector: stopped and started in the middle of batches"""
    rounds = 3 if short else 30
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=50, rate=300)
        fleet.start()
        for _ in range(rounds):
            time.sleep(1.5)
            it.look()
            it.collector.stop()
            it.check_acknowledged("after a stop")
            it.start_collector()
        time.sleep(2)
        it.look()
        fleet.finish()
        return rounds, it.judge()


def random_kills(short):
    """both: kill -9 of either side, or both, at random moments under load"""
    chance = random.Random(3)
    rounds = 6 if short else 60
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=100, rate=300)
        fleet.start()
        for _ in range(rounds):
            time.sleep(chance.uniform(0.3, 3))
            it.look()
            victims = chance.choice(("collector", "fleet", "both"))
            if victims != "collector":
                fleet.kill()
            if victims != "fleet":
                it.kill_collector()
                it.start_collector()
            if victims != "collector":
                fleet.start()
        time.sleep(2)
        it.look()
        fleet.finish()
        return rounds, it.judge()


def all_come_back_at_once(short):
    """both: thousands of agents lose their collector and come back together"""
    hosts = 1000 if short else 10_000
    with Rig() as it:
        it.start_collector()
        fleet = it.fleet(hosts=hosts, rate=6)
        fleet.start(arguments=["--connect-over", "5"])
        acknowledged = lambda: {truth.host: truth.acknowledged for truth in it.truths()}  # noqa: E731
        wait_until(lambda: sum(seq > 0 for seq in acknowledged().values()) == hosts, "every machine is acknowledged", 300)
        it.kill_collector()
        before = acknowledged()
        it.start_collector()
        wait_until(lambda: all(seq > before[host] for host, seq in acknowledged().items()),
                   "every machine is acknowledged again", 300)
        it.look()
        fleet.finish()
        return hosts, it.judge()
