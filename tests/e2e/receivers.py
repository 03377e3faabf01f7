"""Receivers of remote-write: Debian's Prometheus and VictoriaMetrics, and one that answers as it is told."""

import http.server
import json
import os
import shutil
import ssl
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import harness
from protocol import read_varint

SEARCHED = os.pathsep.join(filter(None, (os.environ.get("SOBRIETY_TOOLS"), os.environ.get("PATH"))))
PROMETHEUS = shutil.which("prometheus", path=SEARCHED)
VICTORIA = shutil.which("victoria-metrics", path=SEARCHED)


def get(url):
    with urllib.request.urlopen(url, timeout=harness.PATIENCE) as answer:
        return answer.read().decode()


class Receiver(harness.Program):
    """A database that listens on `port` and keeps what it has in `directory`. `series` gives all samples that it has of
    a family: {labels: [(ms since 1970, value), …]} in order of time. `going_on` gives the labels of those series of a family
    that have not ended by a marker."""

    def ready(self):
        deadline = time.monotonic() + harness.PATIENCE
        while True:
            try:
                get(self.web + self.HEALTH)
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise AssertionError(f"{self.arguments} does not answer; it said:\n{self.log()}") from None
                time.sleep(0.1)


class Prometheus(Receiver):
    HEALTH = "/-/ready"

    def __init__(self, directory, port):
        config = directory / "prometheus.yaml"
        config.write_text("storage:\n  tsdb:\n    out_of_order_time_window: 1d\n")
        self.web = f"http://127.0.0.1:{port}"
        super().__init__([PROMETHEUS, f"--config.file={config}", f"--storage.tsdb.path={directory / 'tsdb'}",
                          f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver"])

    def _samples(self, selector):
        query = urllib.parse.urlencode({"query": f"{selector}[1d]"})
        return json.loads(get(f"{self.web}/api/v1/query?{query}"))["data"]["result"]

    def series(self, family):
        return {frozenset(row["metric"].items()): [(round(at * 1000), float(value)) for at, value in row["values"]]
                for row in self._samples('{__name__="%s"}' % family)}

    def going_on(self, family):
        query = urllib.parse.urlencode({"query": family})
        answer = json.loads(get(f"{self.web}/api/v1/query?{query}"))["data"]["result"]
        return [{label: value for label, value in row["metric"].items() if label != "__name__"} for row in answer]

    def count(self):
        """Samples of all series of hosts."""
        return sum(len(row["values"]) for row in self._samples('{__name__=~"sobriety_host_.+"}'))


class VictoriaMetrics(Receiver):
    HEALTH = "/health"

    def __init__(self, directory, port):
        self.web = f"http://127.0.0.1:{port}"
        # What is sent again after a crash is the same in time and value; this keeps one of it.
        super().__init__([VICTORIA, f"-storageDataPath={directory / 'victoria'}", f"-httpListenAddr=127.0.0.1:{port}",
                          "-dedup.minScrapeInterval=1ms", "-memory.allowedPercent=10"])

    def _export(self, selector):
        get(f"{self.web}/internal/force_flush")
        query = urllib.parse.urlencode({"match[]": selector})
        return [json.loads(line) for line in get(f"{self.web}/api/v1/export?{query}").splitlines()]

    def series(self, family):
        found = {}
        for row in self._export('{__name__="%s"}' % family):
            found.setdefault(frozenset(row["metric"].items()), []).extend(zip(row["timestamps"], row["values"]))
        return {labels: sorted(samples) for labels, samples in found.items()}

    def going_on(self, family):
        """A marker is exported as null."""
        return [{label: value for label, value in labels if label != "__name__"}
                for labels, samples in self.series(family).items() if samples[-1][1] is not None]

    def count(self):
        return sum(len(row["values"]) for row in self._export('{__name__=~"sobriety_host_.+"}'))


def snappy_decoded(data):
    """Snappy's block format (https://github.com/google/snappy/blob/main/format_description.txt)."""
    size, at = read_varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at:at + extra], "little")
                at += extra
            out += data[at:at + length + 1]
            at += length + 1
            continue
        if tag & 3 == 1:
            length, offset, at = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at], at + 1
        else:
            wide = 2 if tag & 3 == 2 else 4
            length, offset, at = (tag >> 2) + 1, int.from_bytes(data[at:at + wide], "little"), at + wide
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size, (len(out), size)
    return bytes(out)


def fields(data):
    """The fields of a protobuf message: (number, value)."""
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            value, at = read_varint(data, at)
        elif key & 7 == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        else:
            assert key & 7 == 2, key
            size, at = read_varint(data, at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def write_request(body):
    """[(labels in their order, [(ms since 1970, value), …])] of a request's body."""
    found = []
    for number, series in fields(snappy_decoded(body)):
        assert number == 1, number
        labels, samples = [], []
        for kind, value in fields(series):
            inner = dict(fields(value))
            if kind == 1:
                labels.append((inner[1].decode(), inner[2].decode()))
            else:
                samples.append((inner[2], inner[1]))
        found.append((labels, samples))
    return found


class Told:
    """An HTTP server that keeps each request and answers by `answer(request)`: status, headers, body."""

    def __init__(self, answer, tls=None):
        self.requests = []
        told = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = {"path": self.path, "headers": dict(self.headers), "series": write_request(body),
                           "at": time.monotonic()}
                status, headers, text = answer(request)
                request["status"] = status
                told.requests.append(request)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls["certificate"], tls["key"])
            if "client_ca" in tls:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(tls["client_ca"])
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/write"

    def accepted(self):
        """{labels: {ms: value}} of all requests that were taken."""
        found = {}
        for request in [request for request in self.requests if request["status"] < 300]:
            for labels, samples in request["series"]:
                found.setdefault(frozenset(labels), {}).update(samples)
        return found

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
