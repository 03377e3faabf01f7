"""Plays machines of known energy to our programs and to node_exporter with Prometheus, and tells how true each is."""

import argparse
import contextlib
import json
import pathlib
import shutil
import signal
import sys
import time
import urllib.error

import children
import rapl_peers
from progress import say

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import accuracy  # noqa: E402
import harness  # noqa: E402
import player  # noqa: E402
import scenarios  # noqa: E402

INTERVAL = 1.0   # of sampling and reporting, and of the peers' scrapes
SLACK = 0.05     # seconds between a reading of the clock and that of a counter, on a busy machine
PATIENCE = 60.0
TOOLS = ROOT / "build/tools"


class Play:
    """One scenario with all its programs."""

    def __init__(self, bench, scenario, collector, log):
        self.bench, self.scenario, self.collector, self.log = bench, scenario, collector, log
        self.machine = bench.keep(player.Player(bench.path("player"), scenario.played, "stop"))
        self.state = bench.path("state")
        self.port = harness.free_port()
        self.watch = accuracy.Watch(scenario.host)
        self.due = sorted(scenario.actions)
        self.has_peers = not any("collector" in action for _second, action in scenario.actions)
        self.shown = (None, None)
        self.end_uptime = None

    def start(self):
        self.machine.started()
        self.start_agent()

    def start_agent(self):
        self.agent = self.bench.agent(self.collector.telemetry, self.scenario.host, interval="1s", state=self.state,
                                      config=self.machine.roots)
        if self.has_peers:
            self.exporter = rapl_peers.node_exporter(TOOLS, self.machine.root, self.port, self.log)

    def stop_agent(self):
        self.agent.stop()
        if self.has_peers:
            children.stop(self.exporter)

    def both(self, number):
        self.agent.send(number)
        if self.has_peers:
            self.exporter.send_signal(number)

    def act(self, seconds):
        """What is due by now."""
        while self.due and self.due[0][0] <= seconds:
            action = self.due.pop(0)[1]
            say(f"{self.scenario.name}: {action}")
            if action == "pause":
                self.both(signal.SIGSTOP)
            elif action == "resume":
                self.both(signal.SIGCONT)
            elif action == "stop agent":
                self.stop_agent()
            elif action == "start agent":
                self.start_agent()
            elif action == "stop collector":
                self.collector.stop(signal.SIGKILL)
            elif action == "start collector":
                self.collector = self.bench.keep(harness.Collector(
                    self.collector.config.parent, port=self.collector.address[1])).started()

    def see(self, pages):
        """`pages`: one of /metrics a collector, read at most once a turn."""
        if self.collector.process.poll() is not None:
            return
        if self.collector not in pages:
            pages[self.collector] = self.collector.metrics()
        self.watch.see(pages[self.collector])


def _wait_until_all_report(plays):
    deadline = time.monotonic() + PATIENCE
    while not all(play.watch.samples for play in plays):
        if time.monotonic() > deadline:
            silent = ", ".join(play.scenario.name for play in plays if not play.watch.samples)
            raise RuntimeError(f"no sample within {PATIENCE:.0f} s of: {silent}")
        time.sleep(0.5)
        pages = {}
        for play in plays:
            play.see(pages)


def _play(plays, seconds):
    """Runs the machines' clocks; the time at which they began, and that at which all was read for the last time."""
    for play in plays:
        play.machine.command("real")
    begin, started = time.time(), time.monotonic()
    told = 0
    while (passed := time.monotonic() - started) < seconds:
        if passed >= told:
            say(f"playing {len(plays)} machines: {passed:.0f} of {seconds} s")
            told += 10
        pages = {}
        for play in plays:
            play.act(passed)
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                play.see(pages)
        time.sleep(0.25)
    for play in plays:
        play.end_uptime = play.machine.uptime()
    return begin, time.time()


def _peer_ratios(prometheus, play, begin, end):
    """Of all energy of packages and memory between the same two times."""
    if not play.has_peers:
        return {}
    truth = play.machine.truth([scenarios.UPTIME + (end - begin) % 1.0, play.end_uptime])
    used = sum(after - before for component, (before, after) in truth.items()
               if component.startswith("package") and not component.endswith("core"))
    figures = prometheus.joules(play.scenario.host, begin, end)
    return {f"node_exporter_{name}": None if joules is None else abs(joules - used) / used
            for name, joules in zip(("increase", "raw"), figures)}


def _result(play, peers):
    scenario = play.scenario
    verdict = accuracy.judge(play.watch.samples, play.machine.truth, SLACK)
    failures = []
    if verdict.error_ratio > scenarios.MOST_ERROR:
        failures.append(f"error above {scenarios.MOST_ERROR:.1%}")
    if verdict.invented_joules > scenarios.MOST_ERROR * verdict.true_joules:
        failures.append("energy was invented")
    if verdict.unmeasured_seconds > scenario.most_unmeasured(INTERVAL) + INTERVAL:
        failures.append(f"more than {scenario.most_unmeasured(INTERVAL):.0f} s unmeasured")
    return {"name": scenario.name, "error_ratio": verdict.error_ratio, "invented_joules": verdict.invented_joules,
            "unmeasured_seconds": verdict.unmeasured_seconds, "true_joules": verdict.true_joules, "peers": peers,
            "failures": failures}


def _table(results):
    def ratio(value):
        return "-" if value is None else f"{value:.2%}"

    lines = [f"{'':28} {'error':>8} {'invented J':>11} {'unmeasured s':>13} {'increase()':>11} {'raw counter':>12}"]
    for result in results:
        peers = [ratio(result["peers"].get(f"node_exporter_{name}")) for name in ("increase", "raw")]
        lines.append(f"{result['name']:28} {ratio(result['error_ratio']):>8} {result['invented_joules']:11.1f} "
                     f"{result['unmeasured_seconds']:13.1f} {peers[0]:>11} {peers[1]:>12}"
                     + "".join(f"  <- {failure}" for failure in result["failures"]))
    lines.append("error: of measured time. increase(), raw counter: node_exporter's error of all time, by Prometheus.")
    return "\n".join(lines)


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/accuracy.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="130 s of play instead of 600 s; under 5 minutes in all")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="writes the figures of each scenario")
    parser.add_argument("--seconds", type=int, help=f"of play, at least {scenarios.SECONDS}")
    arguments = parser.parse_args()
    if arguments.seconds is None:
        arguments.seconds = scenarios.SECONDS if arguments.quick else 600
    if arguments.seconds < scenarios.SECONDS:
        parser.error(f"--seconds: the scenarios take {scenarios.SECONDS} s")
    return arguments


def main():
    arguments = _arguments()
    if why := player.why_not():
        sys.exit(f"error: {why}")
    scratch = ROOT / "build/bench/accuracy"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "prometheus").mkdir(parents=True)
    children.install_exit_handlers()
    with harness.Bench() as bench:
        shared = bench.collector()
        plays = []
        for scenario in scenarios.SCENARIOS:
            own = any("collector" in action for _second, action in scenario.actions)
            collector = bench.collector(port=harness.free_port()) if own else shared
            plays.append(Play(bench, scenario, collector, scratch / f"node_exporter-{scenario.host}.log"))
        say(f"starting {len(plays)} machines with an agent and a node_exporter each")
        for play in plays:
            play.start()
        targets = {play.scenario.host: play.port for play in plays if play.has_peers}
        prometheus = rapl_peers.Prometheus(TOOLS, scratch / "prometheus", harness.free_port(), targets)
        _wait_until_all_report(plays)
        prometheus.wait_for(targets)
        begin, end = _play(plays, arguments.seconds)
        results = [_result(play, _peer_ratios(prometheus, play, begin, end)) for play in plays]
    say("done")
    print(_table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps({"scenarios": results}, indent=2) + "\n", encoding="utf-8")
    if any(result["failures"] for result in results):
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, AssertionError) as error:
        sys.exit(f"error: {error}")
