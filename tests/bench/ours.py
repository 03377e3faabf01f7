"""How our own programs are configured and started."""

import json
import re
import time
import urllib.request
from dataclasses import dataclass

import children

BATCH = 6
CONNECTIONS_PER_SECOND = 1000


def agent(build, state, collector_port, log, namespace):
    """The default batch of 6 samples, at one sample a second like the peers."""
    path = state / "agent.yaml"
    path.write_text(f"""\
collector: {{endpoint: "127.0.0.1:{collector_port}", plain: true}}
host: {{name: bench-host, state_directory: "{state}"}}
sampling: {{interval: 1s, batch: {BATCH}}}
log: {{level: info}}
""", encoding="utf-8")
    child = children.start([build / "sobriety-agent", "run", "--config.file", path], log, namespace)
    time.sleep(1)
    children.alive_or_fail(child, "sobriety-agent", log)
    return child


def collector(build, state, telemetry_port, web_port, log, namespace=None, store="sqlite"):
    """As shipped, but that a host whose fleet has ended does not count as silent before the run is over."""
    path = state / "collector.yaml"
    path.write_text(f"""\
telemetry: {{listen: "127.0.0.1:{telemetry_port}", plain: true, idle_intervals: 1000}}
web: {{listen: "127.0.0.1:{web_port}"}}
store: {{kind: {store}, path: "{state / 'sobriety.db'}"}}
""", encoding="utf-8")
    child = children.start([build / "sobriety-collector", "run", "--config.file", path], log, namespace)
    time.sleep(1)
    children.alive_or_fail(child, "sobriety-collector", log)
    return child


def fleet(build, collector_port, hosts, rate, seed, log):
    """The fleet simulator, until it is stopped; its account goes to `log`."""
    return children.start([
        build / "sobriety-fleet", "--collector", f"127.0.0.1:{collector_port}", "--hosts", hosts, "--rate",
        f"{rate:.4f}", "--seed", seed, "--connect-over", f"{hosts / CONNECTIONS_PER_SECOND:.1f}",
    ], log)


def fleet_account(log):
    """The truth that a stopped fleet printed, the last JSON object in its log; empty where there is none."""
    text = log.read_text(encoding="utf-8", errors="replace")
    for begin in reversed([found.start() for found in re.finditer(r"^\{", text, re.MULTILINE)]):
        try:
            return json.JSONDecoder().raw_decode(text[begin:])[0]
        except ValueError:
            continue
    return {}


@dataclass(frozen=True)
class Intake:
    """What a collector has taken in by its own counters, at a monotonic time."""

    at: float
    samples: float
    batches: float
    connections: float


_INTAKE = {"sobriety_ingest_samples_total": "samples", "sobriety_ingest_batches_total": "batches",
           "sobriety_door_connections": "connections"}


def intake(web_port, namespace=None):
    """Reads the collector's own families, which come first on /metrics, and hangs up once they are there.

    The hosts' families behind them are hundreds of megabytes at the large sizes.
    """
    url = f"http://127.0.0.1:{web_port}/metrics"
    found = {}

    def take(lines):
        for line in lines:
            name, _, value = line.partition(" ")
            if name in _INTAKE:
                found[_INTAKE[name]] = float(value)
            if len(found) == len(_INTAKE):
                return

    at = time.monotonic()
    if namespace is not None:
        take(children.run(["curl", "-sS", url], namespace=namespace).splitlines())
    else:
        with urllib.request.urlopen(url, timeout=120) as answer:
            take(line.decode() for line in answer)
    missing = [name for name, field in _INTAKE.items() if field not in found]
    if missing:
        raise RuntimeError(f"{url} has no {' nor '.join(missing)}")
    return Intake(at, **found)
