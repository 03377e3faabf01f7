"""What a scrape of /metrics costs the program that answers it."""

import http.client
import json
import time
from dataclasses import dataclass

import children
import measure
from progress import say

LEAST_SECONDS = 3.0
MOST_SCRAPES = 200


@dataclass
class Scrape:
    """One scrape, the mean of several. Megabytes are 10^6 bytes of text, not compressed."""

    hosts: int
    shown: int
    lines: int
    bytes: float
    seconds: float
    cpu_s: float
    gzip_bytes: float | None = None  # of the same text, as Prometheus asks for it
    gzip_cpu_s: float | None = None

    @property
    def mb_per_cpu_s(self):
        return self.bytes / 1e6 / self.cpu_s

    @property
    def cpu_us_per_host(self):
        return self.cpu_s * 1e6 / self.hosts

    @property
    def cpu_ns_per_line(self):
        return self.cpu_s * 1e9 / self.lines

    @property
    def gzip_cpu_ns_per_line(self):
        return self.gzip_cpu_s * 1e9 / self.lines if self.gzip_cpu_s else None

    @property
    def gzip_mb_per_cpu_s(self):
        """Of text, not of what is sent."""
        return self.bytes / 1e6 / self.gzip_cpu_s if self.gzip_cpu_s else None


def _get(connection, marker=None, coding="identity"):
    """Bytes of one answer, whose text is not kept; with a `marker` how many lines begin with it, and how many there are."""
    connection.request("GET", "/metrics", headers={"Accept-Encoding": coding})
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"/metrics answered {answer.status}")
    if answer.headers.get("Content-Encoding", "identity") != coding:
        raise RuntimeError(f"/metrics does not answer in {coding}")
    buffer = bytearray(1 << 20)
    total = marked = lines = 0
    before = b"\n"
    while True:
        got = answer.readinto(buffer)
        if not got:
            return total, marked, lines
        total += got
        if marker is not None:
            text = before + buffer[:got]
            marked += text.count(b"\n" + marker)
            lines += buffer.count(b"\n", 0, got)
            before = text[-len(marker):]


def _measure(pid, connection, coding, background):
    """Bytes, seconds and CPU seconds of a scrape: the means of those of some seconds, one after the other."""
    first = measure.read(pid)
    begin = time.monotonic()
    total = scrapes = 0
    while scrapes == 0 or (time.monotonic() - begin < LEAST_SECONDS and scrapes < MOST_SCRAPES):
        total += _get(connection, coding=coding)[0]
        scrapes += 1
    wall = time.monotonic() - begin
    window = measure.between(first, measure.read(pid))
    cpu = max(1e-9, window.cpu_s - background * window.seconds)
    return total / scrapes, wall / scrapes, cpu / scrapes


def measure_scrape(pid, port, hosts, marker, background=0.0, in_gzip=False):
    """Scrapes, and again in gzip where that is asked for; `background` is what the program spends meanwhile anyway, in CPU.

    `marker` begins one line a host: the first scrape, which is not counted, tells by it whether all hosts are there.
    """
    say(f"scraping /metrics of {hosts} hosts")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    _bytes, shown, lines = _get(connection, marker)
    scrape = Scrape(hosts, shown, lines, *_measure(pid, connection, "identity", background))
    if in_gzip:
        scrape.gzip_bytes, _seconds, scrape.gzip_cpu_s = _measure(pid, connection, "gzip", background)
    connection.close()
    return scrape


def bare_format(context, line_bytes):
    """MB a CPU second of lines of that length written with a cached prefix and to_chars, and nothing else."""
    text = children.run([context.bench_build / "bare_format", "--line-bytes", round(line_bytes)])
    return json.loads(text)["mb_per_cpu_s"]
