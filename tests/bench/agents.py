"""The agents side by side: each in a network namespace of its own, all sampling once a second in the same window."""

import sys
import time
from dataclasses import dataclass

import children
import measure
import network
import ours
import peers
import syscalls
from progress import say

OURS_PORT = 28550
OURS_WEB_PORT = 28551
SINK_PORT = 25826
EXPORTER_PORT = 29100
UDP_HEADERS = 20 + 8


@dataclass
class Agent:
    """A started agent. `payload` gives the bytes it has sent so far, `samples` how many of its samples have arrived."""

    name: str
    process: object
    namespace: object = None
    payload: object = None
    samples: object = None
    note: str = ""


@dataclass
class Result:
    """What one agent costs, each figure a sample. Wire is IP bytes of both directions, headers and answers included."""

    name: str
    cpu_ms: float
    wakeups: float
    involuntary: float
    tasks: int
    rss: int
    pss: int
    private: int
    payload: float | None = None
    wire: float | None = None
    packets: float | None = None
    calls: float | None = None
    note: str = ""


def _start_collectd(context):
    state = context.folder("collectd-agent")
    log = state / "log"
    namespace = network.Namespace(log)
    sink = children.start([sys.executable, context.here / "load/udp_sink.py", SINK_PORT], log, namespace)
    time.sleep(0.5)
    children.alive_or_fail(sink, "the UDP sink", log)
    process = peers.collectd_agent(context.tools, state, SINK_PORT, log, namespace)

    def payload():
        """Nothing else is on that network, and UDP has no answers: all is payload but the headers."""
        now = namespace.traffic()
        return now.bytes - UDP_HEADERS * now.packets

    return Agent("collectd", process, namespace, payload, note="UDP, nothing acknowledged; 1 reader, 1 writer thread")


def _start_node_exporter(context):
    state = context.folder("node-exporter")
    log = state / "log"
    namespace = network.Namespace(log)
    process = peers.node_exporter(context.tools, state, EXPORTER_PORT, log, namespace)
    scraper = children.start([sys.executable, context.here / "load/scraper.py", EXPORTER_PORT], log, namespace)
    time.sleep(0.5)
    children.alive_or_fail(scraper, "the scraper", log)
    return Agent("node_exporter", process, namespace, lambda: namespace.tcp_payload_from(EXPORTER_PORT),
                 note="scraped over one kept connection with gzip, as Prometheus does")


def _start_ours(context):
    state = context.folder("sobriety")
    log = state / "log"
    namespace = network.Namespace(log)
    ours.collector(context.build, state, OURS_PORT, OURS_WEB_PORT, log, namespace)
    process = ours.agent(context.build, state, OURS_PORT, log, namespace)
    return Agent("sobriety", process, namespace, lambda: namespace.tcp_payload_to(OURS_PORT),
                 lambda: ours.intake(OURS_WEB_PORT, namespace).samples,
                 note=f"TCP, batches of {ours.BATCH} samples, each acknowledged")


def _start_bare_loop(context, files):
    state = context.folder("bare-loop")
    process = children.start([context.bench_build / "bare_loop", *files], state / "log")
    time.sleep(0.2)
    children.alive_or_fail(process, "bare_loop", state / "log")
    return Agent("bare loop", process, note="reads " + " ".join(files))


def _start_all(context):
    agents = []
    files = []
    if context.have_ours:
        agents.append(_start_ours(context))
        files = measure.kept_open_files(agents[0].process.pid)
    agents.append(_start_collectd(context))
    agents.append(_start_node_exporter(context))
    agents.append(_start_bare_loop(context, files or ["/proc/stat", "/proc/uptime", "/proc/loadavg"]))
    return agents


def _begin(agent):
    """What the agent has sent so far. The traffic is read last here and first at the end: asking is traffic too."""
    return {"samples": agent.samples() if agent.samples else None, **_sent(agent)}


def _end(agent):
    return {**_sent(agent), "samples": agent.samples() if agent.samples else None}


def _sent(agent):
    return {
        "traffic": agent.namespace.traffic() if agent.namespace else None,
        "payload": agent.payload() if agent.payload else None,
    }


def _result(agent, window, begin, end):
    """One sample a second is each one's own setting; bytes are divided by the samples that arrived, where counted."""
    memory = measure.memory(agent.process.pid)
    result = Result(agent.name, window.cpu_s * 1000 / window.seconds, window.voluntary / window.seconds,
                    window.involuntary / window.seconds, window.tasks, memory.rss, memory.pss, memory.private,
                    note=agent.note)
    arrived = end["samples"] - begin["samples"] if agent.samples else window.seconds
    if agent.namespace and arrived > 0:
        traffic = end["traffic"].since(begin["traffic"])
        result.payload = (end["payload"] - begin["payload"]) / arrived
        result.wire = traffic.bytes / arrived
        result.packets = traffic.packets / arrived
    if agent.samples and abs(arrived - window.seconds) > ours.BATCH + 1:
        result.note += f"; {arrived:.0f} samples arrived in {window.seconds:.0f} s"
    return result


def run(context, seconds):
    """[Result]. `seconds` is a multiple of our batch, so that each window holds a whole number of its sendings."""
    say("agents: starting each in a network of its own")
    agents = _start_all(context)
    time.sleep(2 * ours.BATCH)
    say(f"agents: measuring {', '.join(agent.name for agent in agents)} together for {seconds} s")
    begin = [_begin(agent) for agent in agents]
    first = [measure.read(agent.process.pid) for agent in agents]
    time.sleep(seconds)
    last = [measure.read(agent.process.pid) for agent in agents]
    end = [_end(agent) for agent in agents]
    results = [_result(agent, measure.between(a, b), c, d) for agent, a, b, c, d in zip(agents, first, last, begin, end)]
    traced = 2 * ours.BATCH
    say(f"agents: counting system calls for {traced} s")
    calls = syscalls.count({agent.name: agent.process for agent in agents}, traced, context.folder("strace"))
    for result in results:
        result.calls = calls.get(result.name)
    children.stop_all()
    return results
