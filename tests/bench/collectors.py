"""The collectors side by side at each number of hosts: CPU a host-sample, memory a host, and a scrape of /metrics."""

import json
import math
import signal
import time
from dataclasses import dataclass

import children
import measure
import ours
import peers
import scrape
from progress import say

OURS_PORT = 28560
OURS_WEB_PORT = 28561
COLLECTD_PORT = 28570
COLLECTD_WEB_PORT = 28571

# The same stream at every size, so that the sizes differ in hosts alone: 2,000 batches (12,000 host-samples) a second.
BATCHES_PER_SECOND = 2000
# What one collectd write thread keeps up with; above it its queue only grows.
COLLECTD_SAMPLES_PER_SECOND = 2500
# write_prometheus sorts a family anew for each series it has not seen: 6 s of CPU for 500 hosts, 48 s for 1,000.
COLLECTD_SCRAPE_HOSTS = 500
# Seconds without a further batch after which a fleet has failed; a machine that compiles meanwhile is slow.
PATIENCE = 60
# Descriptors that a process with one connection a host needs beside its connections.
OTHER_FILES = 500


@dataclass
class Load:
    """What a collector spent on its stream of samples at one size. Bytes are resident growth, a host."""

    hosts: int
    us_per_host_sample: float
    us_per_batch: float | None = None
    wakeups_per_batch: float | None = None
    bytes_per_host: float | None = None
    bytes_per_host_connected: float | None = None
    connected: int | None = None
    scrape: object = None
    note: str = ""


@dataclass(frozen=True)
class Bare:
    """us a message that the kernel alone takes to receive it, and to receive and answer it."""

    connections: int
    silent: float
    answered: float


# ---- ours -----------------------------------------------------------------------------------------------------------


def _waves(hosts, files_allowed):
    """How many fleets one after the other, and hosts in each, where fewer connections than hosts can be open at once."""
    at_once = files_allowed - OTHER_FILES
    count = math.ceil(hosts / at_once)
    return count, math.ceil(hosts / count)


def _start_wave(context, hosts, wave, log):
    """A fleet of hosts that no earlier wave had, since the seed makes their identities."""
    rate = 30.0 * BATCHES_PER_SECOND / hosts
    return ours.fleet(context.build, OURS_PORT, hosts, rate, seed=wave + 1, log=log)


def wait_for_fleet(collector, log, fleet, fleet_log, hosts, batches):
    """Until all hosts are connected and the collector has `batches` in all; fails when nothing more comes."""
    last = ours.intake(OURS_WEB_PORT)
    moved = time.monotonic()
    while True:
        children.alive_or_fail(collector, "sobriety-collector", log)
        children.alive_or_fail(fleet, "sobriety-fleet", fleet_log)
        now = ours.intake(OURS_WEB_PORT)
        if now.batches >= batches and now.connections >= hosts:
            return
        if now.batches > last.batches or now.connections > last.connections:
            last, moved = now, time.monotonic()
        if time.monotonic() - moved > PATIENCE:
            raise RuntimeError(f"the collector has {now.connections:.0f} of {hosts} connections and {now.batches:.0f} of "
                               f"{batches:.0f} batches, and for {PATIENCE} s nothing came; see {log} and {fleet_log}")
        time.sleep(max(0.5, min(3.0, (batches - now.batches) / BATCHES_PER_SECOND)))


def _resident(collector):
    time.sleep(1)
    return measure.memory(collector.pid).rss


def window(collector, seconds):
    """Cost and stream over a window. The stream is steady, so its rate over the readings around it is its rate in it."""
    before = ours.intake(OURS_WEB_PORT)
    time.sleep(1)
    first = measure.read(collector.pid)
    time.sleep(seconds)
    spent = measure.between(first, measure.read(collector.pid))
    after = ours.intake(OURS_WEB_PORT)
    part = spent.seconds / (after.at - before.at)
    return spent, (after.samples - before.samples) * part, (after.batches - before.batches) * part


def run_ours(context, hosts, seconds, files_allowed):
    """One collector and its fleets.

    Memory beside the connection: the first fleet's growth is hosts and connections; a further fleet of other hosts
    comes when the earlier one has hung up, and uses the memory that its connections gave back, so that its growth is
    hosts alone. The kernel's socket buffers are in neither.
    """
    state = context.folder(f"sobriety-{hosts}")
    log = state / "log"
    waves, each = _waves(hosts, files_allowed)
    say(f"sobriety-collector, {hosts} hosts: connecting {each}" + (f", {waves} fleets in turn" if waves > 1 else ""))
    # With the memory store, as collectd's cache is in memory; what durability costs is measured apart.
    collector = ours.collector(context.build, state, OURS_PORT, OURS_WEB_PORT, log, store="memory")
    ours.intake(OURS_WEB_PORT)
    empty = _resident(collector)
    steady, left = [], []
    done = 0.0
    load = None
    for wave in range(max(waves, 2)):
        fleet_log = state / f"fleet-{wave}"
        fleet = _start_wave(context, each, wave, fleet_log)
        wait_for_fleet(collector, log, fleet, fleet_log, each, done + 2 * each)
        steady.append(_resident(collector))
        if wave == waves - 1:
            say(f"sobriety-collector, {hosts} hosts: measuring for {seconds} s")
            spent, samples, batches = window(collector, seconds)
            load = Load(hosts, spent.cpu_s * 1e6 / samples, spent.cpu_s * 1e6 / batches,
                        spent.voluntary / batches, connected=each)
            load.scrape = scrape.measure_scrape(collector.pid, OURS_WEB_PORT, hosts, b"sobriety_host_uptime_seconds{",
                                                background=spent.cpu_s / spent.seconds, in_gzip=True)
            left.append(_resident(collector))
            children.stop(fleet, patience=60)
            load.note += _losses_of(ours.fleet_account(fleet_log))
        else:
            left.append(steady[-1])
            # Without a goodbye, so that its hosts stay on /metrics as hosts that report do.
            children.stop(fleet, how=signal.SIGKILL)
        done = ours.intake(OURS_WEB_PORT).batches
    if load.scrape.shown < each * waves:
        load.note += f" /metrics shows {load.scrape.shown} of {each * waves} hosts;"
    load.bytes_per_host_connected = (steady[0] - empty) / each
    further = [now - before for now, before in zip(steady[1:], left)]
    load.bytes_per_host = sum(further) / (each * len(further))
    if waves > 1:
        load.note += f" limit on open files: {each} connected at once, {hosts} known;"
    children.stop(collector)
    return load


def _losses_of(account):
    """What went wrong by the fleet's own account, in words; empty when nothing."""
    note = ""
    hosts, connected, dropped = (account.get(name, 0) for name in ("hosts", "connected", "dropped_samples"))
    if connected < hosts:
        note += f" only {connected} of {hosts} hosts of the fleet were connected;"
    if dropped:
        note += f" the fleet dropped {dropped} samples;"
    return note


# ---- collectd -------------------------------------------------------------------------------------------------------


def _settle(process):
    """Until collectd's queue is empty: two seconds with next to nothing done in any half of one.

    One quiet half second tells nothing on a busy machine, where the process may just not have had its turn.
    """
    quiet = 0
    for _ in range(600):
        first = measure.read(process.pid)
        time.sleep(0.5)
        quiet = quiet + 1 if measure.between(first, measure.read(process.pid)).cpu_s < 0.02 else 0
        if quiet == 4:
            return
    raise RuntimeError("collectd was still busy 5 minutes after its load had ended")


def _feed(context, process, hosts, samples):
    """Cost of `samples` host-samples, from the first datagram to an empty queue, and how many of them arrived."""
    dropped = peers.udp_dropped(COLLECTD_PORT)
    first = measure.read(process.pid)
    text = children.run([context.bench_build / "collectd_load", "--port", COLLECTD_PORT, "--hosts", hosts, "--rate",
                         COLLECTD_SAMPLES_PER_SECOND, "--samples", samples], timeout=900)
    _settle(process)
    arrived = json.loads(text)["host_samples"] - (peers.udp_dropped(COLLECTD_PORT) - dropped)
    return measure.between(first, measure.read(process.pid)), arrived


def run_collectd(context, hosts, samples, write_threads=1, prometheus=False):
    """collectd with its cache alone (its cheapest), or with write_prometheus, whose /metrics is then scraped.

    The first round, in which it learns every series, is not in the cost; the growth of memory is taken after it.
    """
    kind = f"{write_threads}-{'prometheus' if prometheus else 'cache'}"
    state = context.folder(f"collectd-{hosts}-{kind}")
    log = state / "log"
    say(f"collectd as collector ({kind}), {hosts} hosts: first round")
    process = peers.collectd_collector(context.tools, state, COLLECTD_PORT, log, write_threads,
                                       COLLECTD_WEB_PORT if prometheus else None)
    empty = _resident(process)
    _feed(context, process, hosts, hosts)
    say(f"collectd as collector ({kind}), {hosts} hosts: measuring {samples} host-samples")
    window, arrived = _feed(context, process, hosts, samples)
    load = Load(hosts, window.cpu_s * 1e6 / arrived,
                bytes_per_host=(measure.memory(process.pid).rss - empty) / hosts)
    load.note = _losses(state, hosts)
    if prometheus:
        load.scrape = scrape.measure_scrape(process.pid, COLLECTD_WEB_PORT, hosts, b"collectd_uptime{")
        if load.scrape.shown < hosts:
            load.note += f" /metrics shows {load.scrape.shown} of {hosts} hosts;"
    children.stop(process)
    return load


def _losses(state, hosts):
    """What UDP or collectd lost, in words; empty when nothing."""
    note = ""
    dropped = peers.udp_dropped(COLLECTD_PORT)
    if dropped:
        note += f" {dropped} datagrams dropped by its UDP socket;"
    known = peers.collectd_series_known(state)
    expected = hosts * 18
    if known < expected:
        note += f" it knows {known} of {expected} series;"
    return note


# ---- the kernel alone -----------------------------------------------------------------------------------------------


def run_bare(context, hosts, message_bytes, files_allowed):
    """us a message of a bare epoll loop, at as many connections as one process that holds both ends may have."""
    connections = min(hosts, (files_allowed - 100) // 2)
    say(f"bare receiver, {connections} connections")

    def us_a_message(answer_bytes):
        text = children.run([context.bench_build / "bare_receive", "--connections", connections, "--bytes", message_bytes,
                             "--rate", BATCHES_PER_SECOND, "--seconds", 4, "--answer", answer_bytes])
        return json.loads(text)["us_per_message"]

    return Bare(connections, silent=us_a_message(0), answered=us_a_message(12))
