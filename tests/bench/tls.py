"""What TLS with client certificates costs the collector: CPU a handshake, and memory an idle connection."""

import subprocess
import time
from dataclasses import dataclass

import children
import measure
import ours
from progress import say

PORT = 28590
WEB_PORT = 28591
PATIENCE = 600
CONNECTIONS_PER_SECOND = 100  # a fleet that comes all at once is told to come back later, which is not measured here
PROCESSES = 4  # clients, so that none needs more descriptors than it may have


@dataclass
class Tls:
    """Beside the same fleet without TLS. CPU is the collector's alone, user and system."""

    hosts: int
    handshakes_per_cpu_second: float
    ms_per_handshake: float
    bytes_per_connection: float
    bytes_per_connection_plain: float


def _authority(directory):
    directory.mkdir(parents=True)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(["openssl", "req", "-x509", *new_key, "-subj", "/CN=bench", "-days", "2", "-keyout",
                    directory / "ca.key", "-out", directory / "ca.pem"], check=True, capture_output=True)
    subprocess.run(["openssl", "req", "-new", *new_key, "-subj", "/CN=collector", "-keyout", directory / "server.key",
                    "-out", directory / "server.csr"], check=True, capture_output=True)
    (directory / "server.ext").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n", encoding="utf-8")
    subprocess.run(["openssl", "x509", "-req", "-in", directory / "server.csr", "-CA", directory / "ca.pem", "-CAkey",
                    directory / "ca.key", "-days", "2", "-extfile", directory / "server.ext", "-out",
                    directory / "server.pem"], check=True, capture_output=True)


def _collector(context, state, tls):
    security = (f"tls: {{certificate: {tls}/server.pem, key: {tls}/server.key, client_ca: {tls}/ca.pem}}" if tls
                else "plain: true")
    path = state / "collector.yaml"
    # One thread: what it does is what one core does.
    path.write_text(f"""\
telemetry: {{listen: "127.0.0.1:{PORT}", idle_intervals: 1000, max_handshakes_per_address: 1024, {security}}}
web: {{listen: "127.0.0.1:{WEB_PORT}"}}
store: {{kind: memory}}
threads: 1
expose: {{hosts: false}}
""", encoding="utf-8")
    log = state / "collector.log"
    child = children.start([context.build / "sobriety-collector", "run", "--config.file", path], log)
    time.sleep(1)
    children.alive_or_fail(child, "sobriety-collector", log)
    return child


def _connect(context, state, hosts, tls):
    """CPU seconds and bytes that the collector takes for these connections, which then report every 30 s."""
    state.mkdir(parents=True)
    collector = _collector(context, state, tls)
    before, resident = measure.read(collector.pid), measure.memory(collector.pid).rss
    for number in range(PROCESSES):
        share = hosts // PROCESSES + (1 if number < hosts % PROCESSES else 0)
        children.start(
            [context.build / "sobriety-fleet", "--collector", f"127.0.0.1:{PORT}", "--hosts", share, "--seed",
             number + 1, "--connect-over", f"{hosts / CONNECTIONS_PER_SECOND:.1f}", *(["--tls", tls] if tls else [])],
            state / f"fleet-{number}.log")
    deadline = time.monotonic() + PATIENCE
    while (connected := ours.intake(WEB_PORT).connections) < hosts:
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {connected:.0f} of {hosts} connections within {PATIENCE} s")
        time.sleep(0.5)
    spent = measure.between(before, measure.read(collector.pid)).cpu_s
    time.sleep(5)
    grown = measure.memory(collector.pid).rss - resident
    children.stop_all()
    return spent, grown


def run(context, hosts):
    say(f"sobriety-collector, {hosts} connections, plain and under TLS")
    tls = context.scratch / "tls"
    _authority(tls)
    plain_cpu, plain_bytes = _connect(context, context.scratch / "tls-plain", hosts, None)
    cpu, resident = _connect(context, context.scratch / "tls-connected", hosts, tls)
    handshakes = max(cpu - plain_cpu, 1e-9)
    return Tls(hosts, hosts / handshakes, handshakes / hosts * 1e3, resident / hosts, plain_bytes / hosts)
