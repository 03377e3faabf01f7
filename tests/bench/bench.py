"""One run of the benchmark: measures agents and collectors beside their peers, prints the table, writes the figures."""

import argparse
import fcntl
import json
import pathlib
import shutil
import sys
from dataclasses import dataclass, field

import agents
import children
import collectors
import durable
import durable_peers
import figures
import report
import scrape
import tls
from context import Context
from progress import say

QUICK = {"sizes": [1000, 10000], "agent_seconds": 48, "window": 12}
FULL = {"sizes": [1000, 10000, 50000], "agent_seconds": 120, "window": 20}


@dataclass
class Run:
    sizes: list
    agent_seconds: int
    agents: list = field(default_factory=list)
    ours: dict = field(default_factory=dict)
    durable: object = None
    tls: object = None
    growth: object = None
    durable_peers: dict = field(default_factory=dict)
    collectd: dict = field(default_factory=dict)
    collectd_as_shipped: object = None
    collectd_prometheus: object = None
    bare_receive: dict = field(default_factory=dict)
    bare_format_mb_per_cpu_s: float | None = None
    failures: list = field(default_factory=list)


def _sizes(text):
    sizes = sorted({int(word) for word in text.split(",")})
    if not sizes or sizes[0] < 1:
        raise argparse.ArgumentTypeError("sizes are whole numbers above 0, separated by commas")
    return sizes


def _arguments():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some 10 minutes: shorter windows, no 50,000 hosts")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="writes the figures as one flat object")
    parser.add_argument("--sizes", type=_sizes, help="numbers of hosts, e.g. 1000,10000,50000")
    parser.add_argument("--only", choices=["agents", "collectors", "durable", "tls"],
                        help="measures one part alone; collectors have the durable part too")
    parser.add_argument("--build", type=pathlib.Path, default=root / "build/release", help="where our programs are")
    return parser.parse_args(), root


def _measure_ours(context, run, size, window, files):
    """One size that fails does not cost the figures of the others; the report and the exit status tell of it."""
    try:
        run.ours[size] = collectors.run_ours(context, size, window, files)
    except RuntimeError as error:
        say(f"sobriety-collector, {size} hosts: failed: {error}")
        run.failures.append(f"sobriety-collector, {size} hosts: not measured: {error}")
        children.stop_all()


def _measure_durable(context, run, window):
    """At 10,000 hosts, or as many as the sizes ask for and open files allow."""
    files = children.allow_open_files(max(run.sizes) + collectors.OTHER_FILES)
    try:
        run.durable = durable.run(context, min(10_000, max(run.sizes), files - collectors.OTHER_FILES), window)
        run.growth = durable.run_growth(context)
    except RuntimeError as error:
        say(f"sobriety-collector, durable: failed: {error}")
        run.failures.append(f"sobriety-collector, durable: not measured: {error}")
        children.stop_all()


def _measure_collectors(context, run, window):
    files = children.allow_open_files(max(run.sizes) + collectors.OTHER_FILES)
    mine = next((agent for agent in run.agents if agent.name == "sobriety"), None)
    message = round(mine.payload * 6) if mine and mine.payload else 200
    run.collectd_prometheus = collectors.run_collectd(context, collectors.COLLECTD_SCRAPE_HOSTS, 10_000, prometheus=True)
    for size in run.sizes:
        run.bare_receive[size] = collectors.run_bare(context, size, message, files)
        if context.have_ours:
            _measure_ours(context, run, size, window, files)
        run.collectd[size] = collectors.run_collectd(context, size, max(size, 10_000))
    run.collectd_as_shipped = collectors.run_collectd(context, run.sizes[0], 10_000, write_threads=5)
    scrapes = [load.scrape for load in run.ours.values()]
    run.bare_format_mb_per_cpu_s = scrape.bare_format(context, scrapes[-1].bytes / scrapes[-1].lines if scrapes else 80)


def _measure_tls(context, run):
    files = children.allow_open_files(max(run.sizes) + collectors.OTHER_FILES)
    try:
        run.tls = tls.run(context, min(10_000, max(run.sizes), files - collectors.OTHER_FILES))
    except RuntimeError as error:
        say(f"sobriety-collector, TLS: failed: {error}")
        run.failures.append(f"sobriety-collector, TLS: not measured: {error}")
        children.stop_all()


def _measure_durable_peers(context, run, quick):
    try:
        run.durable_peers = durable_peers.all_of(context, min(10_000, max(run.sizes)), quick)
    except (RuntimeError, OSError) as error:
        say(f"durable peers: failed: {error}")
        run.failures.append(f"durable peers: not measured: {error}")
        children.stop_all()


def _alone(build):
    """Holds a lock until the process ends: a second run would disturb the first and delete its files."""
    lock = open(build / "lock", "w", encoding="ascii")  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RuntimeError(f"another run of the benchmark is at work (it holds {lock.name})") from None
    return lock


def main():
    arguments, root = _arguments()
    plan = QUICK if arguments.quick else FULL
    scratch = root / "build/bench/run"
    _lock = _alone(scratch.parent)
    shutil.rmtree(scratch, ignore_errors=True)
    context = Context(here=root / "tests/bench", build=arguments.build.resolve(), bench_build=root / "build/bench",
                      tools=root / "build/tools", scratch=scratch)
    children.install_exit_handlers()
    run = Run(arguments.sizes or plan["sizes"], plan["agent_seconds"])
    if not context.have_ours:
        say(f"{context.build} does not have our programs: measuring the peers alone")
    if arguments.only in (None, "agents"):
        run.agents = agents.run(context, run.agent_seconds)
    if arguments.only in (None, "collectors"):
        _measure_collectors(context, run, plan["window"])
    if arguments.only not in ("agents", "tls") and context.have_ours:
        _measure_durable(context, run, plan["window"])
    if arguments.only in (None, "collectors", "tls") and context.have_ours:
        _measure_tls(context, run)
    # Half a minute more than a quick run may take.
    if arguments.only == "durable" or (arguments.only is None and not arguments.quick):
        _measure_durable_peers(context, run, arguments.quick)
    say("done")
    print(report.text(run))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures.flatten(run), indent=2) + "\n", encoding="utf-8")
    if run.failures:
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(f"error: {error}")
