"""What durability costs: the same stream into the SQLite store, how long an ack takes, and how a store grows."""

import json
import os
import pathlib
import random
import socket
import sys
import threading
import time
from dataclasses import dataclass

import children
import collectors
import ours
from progress import say

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import protocol  # noqa: E402

# Every host reports every ten seconds.
SECONDS_A_REPORT = 10
PROBES = 16
LONGEST_PAUSE_OF_A_PROBE = 0.5  # chance, so that probes fall on every phase of the commit interval
SCRAPERS = 2
SCRAPE_EVERY = 1.0  # seconds: the shortest that Prometheus is used with


@dataclass(frozen=True)
class Acks:
    """Milliseconds from sending to the ack, which comes after the commit."""

    count: int
    p50_ms: float
    p99_ms: float
    worst_ms: float

    @classmethod
    def of(cls, seconds):
        took = sorted(one * 1e3 for one in seconds)
        return cls(len(took), took[len(took) // 2], took[len(took) * 99 // 100], took[-1])


@dataclass
class Durable:
    """CPU a host's batch, and how long acks take: unscraped, while two scrapers pull every second, while they pull without rest."""

    hosts: int
    us_per_batch: float
    us_per_batch_memory: float
    acks: Acks
    acks_scraped: Acks
    acks_scraped_without_rest: Acks


@dataclass
class Growth:
    """Of a store with a year of some hosts."""

    bytes_per_host_year: float
    open_seconds: float
    verify_seconds: float
    bytes: float


class Probe(threading.Thread):
    """An agent that sends a declared gap, waits for its ack, and notes how long that took."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.took = []
        self.ended = threading.Event()

    def run(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(protocol.hello(os.urandom(16), os.urandom(16), b"probe", SECONDS_A_REPORT * 1000,
                                              int(time.time() * 1000)))
            connection.recv(4096)
            number = 0
            while not self.ended.wait(random.uniform(0, LONGEST_PAUSE_OF_A_PROBE)):
                number += 1
                start = time.monotonic()
                connection.sendall(protocol.gap(number, number))
                connection.recv(4096)
                self.took.append(time.monotonic() - start)


def _probe(seconds):
    probes = [Probe(collectors.OURS_PORT) for _ in range(PROBES)]
    for probe in probes:
        probe.start()
    time.sleep(seconds)
    for probe in probes:
        probe.ended.set()
    for probe in probes:
        probe.join(30)
    return Acks.of(took for probe in probes for took in probe.took)


def _probe_while_scraped(context, state, seconds, every):
    log = state / "scrapers"
    scrapers = [children.start([sys.executable, context.here / "load/scraper.py", collectors.OURS_WEB_PORT, every], log)
                for _ in range(SCRAPERS)]
    time.sleep(1)
    acks = _probe(seconds)
    for scraper in scrapers:
        children.alive_or_fail(scraper, "a scraper", log)
        children.stop(scraper)
    return acks


def _stream(context, hosts, seconds, store):
    """CPU microseconds a batch, and how long acks took: at rest, scraped every second, scraped without rest."""
    state = context.folder(f"durable-{store}-{hosts}")
    log = state / "log"
    say(f"sobriety-collector with the {store} store, {hosts} hosts every {SECONDS_A_REPORT} s: connecting")
    collector = ours.collector(context.build, state, collectors.OURS_PORT, collectors.OURS_WEB_PORT, log, store=store)
    fleet_log = state / "fleet"
    fleet = ours.fleet(context.build, collectors.OURS_PORT, hosts, 30.0 / SECONDS_A_REPORT, seed=1, log=fleet_log)
    collectors.wait_for_fleet(collector, log, fleet, fleet_log, hosts, hosts)
    say(f"sobriety-collector with the {store} store, {hosts} hosts: measuring for {seconds} s")
    window, _, batches = collectors.window(collector, seconds)
    acks = []
    if store == "sqlite":
        say("how long acks take: at rest, while two scrapers pull every second, while they pull without rest")
        acks = [_probe(seconds), *(_probe_while_scraped(context, state, seconds, every) for every in (SCRAPE_EVERY, 0.0))]
    children.stop(fleet, patience=60)
    children.stop(collector)
    return window.cpu_s * 1e6 / batches, acks


def run(context, hosts, seconds):
    memory, _ = _stream(context, hosts, seconds, "memory")
    sqlite, acks = _stream(context, hosts, seconds, "sqlite")
    return Durable(hosts, sqlite, memory, *acks)


def run_growth(context):
    say("the store of 20 hosts for a year")
    path = context.folder("store-year") / "sobriety.db"
    filled = json.loads(children.run([context.build / "store_year", "--path", path], timeout=600))
    return Growth(filled["bytes_per_host_year"], filled["open_seconds"], filled["verify_seconds"], filled["bytes"])

