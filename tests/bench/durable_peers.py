"""Peers that keep what they are sent, fed with the same reports: so many hosts, a batch of a host's ten values each.

PostgreSQL keeps a row of state and a row of the hour a host, as our store does, and answers when they are durable.
Prometheus and VictoriaMetrics take the samples by remote-write; neither waits for its disk before it answers, and
neither says which host's samples it has.
"""

import http.client
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time
from dataclasses import dataclass

import children
from progress import say

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from protocol import field, varint  # noqa: E402

VALUES = 10  # series of a host
NOBODY = 65534


@dataclass(frozen=True)
class Ingestion:
    """CPU of the server, all its processes, for a host-batch; and what it answered for."""

    us_per_host_batch: float
    durable: str
    note: str = ""


def _process_seconds(pid):
    """utime and stime, of its waited-for children too, in seconds."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _family_seconds(pid):
    """Of a process and its living children, once those that are about to end have been waited for."""
    time.sleep(0.5)
    alive = [pid]
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(entry.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                alive.append(int(entry.parent.name))
        except (OSError, ValueError):
            continue
    return sum(_process_seconds(one) for one in alive)


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------

SCHEMA = """
CREATE TABLE host_state (host bigint PRIMARY KEY, stream bytea NOT NULL, seq bigint NOT NULL, energy bigint NOT NULL,
                         account bytea NOT NULL);
CREATE TABLE host_hour (host bigint, hour bigint, on_ms bigint NOT NULL, suspended_ms bigint NOT NULL,
                        measured_uj bigint NOT NULL, PRIMARY KEY (host, hour));
"""


def _transaction(hosts, at_once, number):
    """Reports of the next `at_once` hosts, in one transaction, as arrays: PostgreSQL's own fast way."""
    first = number * at_once % hosts
    ids = ",".join(str(first + i) for i in range(at_once))
    return f"""BEGIN;
INSERT INTO host_state SELECT id, '\\x00112233445566778899aabbccddeeff', {number}, {number} * 1000000,
  decode(repeat('ab', 120), 'hex') FROM unnest(ARRAY[{ids}]) AS id
  ON CONFLICT (host) DO UPDATE SET seq = excluded.seq, energy = excluded.energy, account = excluded.account;
INSERT INTO host_hour SELECT id, 480000, 30000, 0, 3000000 FROM unnest(ARRAY[{ids}]) AS id
  ON CONFLICT (host, hour) DO UPDATE SET on_ms = host_hour.on_ms + excluded.on_ms,
  measured_uj = host_hour.measured_uj + excluded.measured_uj;
COMMIT;
"""


def _as_nobody(arguments):
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *arguments]


def postgresql(context, hosts, at_once, transactions):
    """PostgreSQL 15 with fsync and synchronous_commit as shipped, one session over a socket."""
    programs = context.tools / "usr/lib/postgresql/15/bin"
    state = context.folder(f"postgresql-{at_once}")
    # A user of its own must be able to get here, which the checkout may not allow.
    home = pathlib.Path(subprocess.run(_as_nobody(["mktemp", "-d", "/tmp/sobriety-bench-XXXXXX"]), capture_output=True,
                                       text=True, check=True).stdout.strip())
    log = state / "log"
    try:
        subprocess.run(_as_nobody([programs / "initdb", "-D", home / "data", "-A", "trust", "-U", "bench", "--no-locale"]),
                       check=True, capture_output=True)
        server = children.start(_as_nobody([programs / "postgres", "-D", home / "data", "-k", home, "-c",
                                            "listen_addresses=", "-c", "max_wal_size=1GB"]), log)
        psql = [programs / "psql", "-h", home, "-U", "bench", "-d", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"]
        for _ in range(100):
            if subprocess.run([*psql, "-c", "SELECT 1"], capture_output=True, check=False).returncode == 0:
                break
            children.alive_or_fail(server, "postgres", log)
            time.sleep(0.1)
        rounds = max(1, hosts // at_once)
        prepare = SCHEMA + "".join(_transaction(hosts, at_once, number) for number in range(rounds))
        subprocess.run(psql, input=prepare, text=True, check=True, capture_output=True)
        before = _family_seconds(server.pid)
        script = "".join(_transaction(hosts, at_once, rounds + number) for number in range(transactions))
        subprocess.run(psql, input=script, text=True, check=True, capture_output=True)
        spent = _family_seconds(server.pid) - before
        children.stop(server)
        return Ingestion(spent * 1e6 / (transactions * at_once), "each transaction, before its answer")
    finally:
        shutil.rmtree(home, ignore_errors=True)


# ---- remote-write ---------------------------------------------------------------------------------------------------


def _label(name, value):
    return field(1, name.encode()) + field(2, value.encode())


class Reports:
    """Remote-write requests: the labels of a host's series are made once, each request has their next samples."""

    def __init__(self, hosts):
        self._heads = [[b"".join(field(1, _label(name, value)) for name, value in
                                 (("__name__", f"sobriety_host_value_{series}_total"), ("host", f"host-{host:05}")))
                        for series in range(VALUES)] for host in range(hosts)]

    def request(self, first, count, value, when_ms):
        sample = field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(when_ms))
        message = b"".join(field(1, head + sample)
                           for host in range(first, first + count) for head in self._heads[host % len(self._heads)])
        return _snappy(message)


def _snappy(data):
    """In Snappy's block format, uncompressed: literals of up to 65,536 bytes behind the length."""
    out = bytearray(varint(len(data)))
    for at in range(0, len(data), 65536):
        piece = data[at:at + 65536]
        out += b"\xf4" + struct.pack("<H", len(piece) - 1) + piece
    return bytes(out)


def _remote_write(name, server, log, port, path, reports, hosts, at_once, requests):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begin_ms = int(time.time() * 1000) - 3_600_000
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
               "X-Prometheus-Remote-Write-Version": "0.1.0"}
    rounds = max(1, hosts // at_once)

    def send(number):
        when = begin_ms + number * at_once // hosts * 10_000
        link.request("POST", path, reports.request(number * at_once % hosts, at_once, float(number), when), headers)
        answer = link.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"{name} answers {answer.status}: {text[:200]!r}; see {log}")

    for number in range(rounds):  # it learns the series
        send(number)
    before = _process_seconds(server.pid)
    for number in range(rounds, rounds + requests):
        send(number)
    spent = _process_seconds(server.pid) - before
    link.close()
    return Ingestion(spent * 1e6 / (requests * at_once), "not before its answer")


def _wait_for(port, server, name, log):
    for _ in range(200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            children.alive_or_fail(server, name, log)
            time.sleep(0.1)
    raise RuntimeError(f"{name} does not listen on port {port}; see {log}")


def prometheus(context, reports, hosts, at_once, requests, port=28590):
    state = context.folder(f"prometheus-{at_once}")
    log = state / "log"
    (state / "prometheus.yml").write_text("global: {scrape_interval: 1h}\n", encoding="utf-8")
    server = children.start([context.tools / "usr/bin/prometheus", f"--config.file={state / 'prometheus.yml'}",
                             f"--storage.tsdb.path={state / 'data'}", "--web.enable-remote-write-receiver",
                             f"--web.listen-address=127.0.0.1:{port}"], log)
    _wait_for(port, server, "prometheus", log)
    time.sleep(1)
    found = _remote_write("prometheus", server, log, port, "/api/v1/write", reports, hosts, at_once, requests)
    children.stop(server)
    return found


def victoria_metrics(context, reports, hosts, at_once, requests, port=28591):
    state = context.folder(f"victoria-metrics-{at_once}")
    log = state / "log"
    server = children.start([context.tools / "usr/bin/victoria-metrics", f"-storageDataPath={state / 'data'}",
                             f"-httpListenAddr=127.0.0.1:{port}"], log)
    _wait_for(port, server, "victoria-metrics", log)
    time.sleep(1)
    found = _remote_write("victoria-metrics", server, log, port, "/api/v1/write", reports, hosts, at_once, requests)
    children.stop(server)
    return found


def all_of(context, hosts, quick):
    """Name -> Ingestion, of each peer with few and with many hosts a request."""
    scale = 1 if quick else 5
    found = {}
    say(f"PostgreSQL, {hosts} hosts")
    for at_once, transactions in ((1000, 60 * scale), (100, 200 * scale)):
        found[f"PostgreSQL 15, {at_once} hosts a transaction"] = postgresql(context, hosts, at_once, transactions)
    reports = Reports(hosts)
    for name, peer in (("VictoriaMetrics 1.79", victoria_metrics), ("Prometheus 2.42 remote-write", prometheus)):
        for at_once, requests in ((100, 150 * scale), (1, 3000 * scale)):
            say(f"{name}, {hosts} hosts, {at_once} a request")
            label = f"{name}, {at_once} host{'s' if at_once > 1 else ''} a request"
            found[label] = peer(context, reports, hosts, at_once, requests)
    return found
