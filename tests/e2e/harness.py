"""Runs the real programs on loopback and reads what they say.

Everything that a test starts through a Bench ends with it, by its own process id. The programs are
those of $SOBRIETY_BIN, a build directory.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

SOURCE_ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SOBRIETY_BIN", SOURCE_ROOT / "build" / "release"))

# Not how long anything may take, but when it is given up on a busy machine.
PATIENCE = 30.0

SKIPPED = 77  # what ctest takes for a test that was skipped


class Program:
    """A running program whose standard error is kept, line by line."""

    def __init__(self, arguments, environment=None):
        self.arguments = [str(argument) for argument in arguments]
        self.process = subprocess.Popen(
            self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", env={**os.environ, **(environment or {})})
        self.lines = []
        self.output = ""
        self._changed = threading.Condition()
        self._readers = [threading.Thread(target=self._read_errors, daemon=True),
                         threading.Thread(target=self._read_output, daemon=True)]
        for reader in self._readers:
            reader.start()

    def _read_errors(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _read_output(self):
        self.output = self.process.stdout.read()

    def log(self):
        return "\n".join(self.lines)

    def wait_for_line(self, pattern, timeout=PATIENCE):
        """The first match of `pattern` in a line of standard error."""
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                for line in self.lines[seen:]:
                    if found := re.search(pattern, line):
                        return found
                seen = len(self.lines)
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._readers[0].is_alive()):
                    raise AssertionError(f"no line like {pattern!r} from {self.arguments}; it said:\n{self.log()}")
                self._changed.wait(min(left, 0.2))

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=PATIENCE):
        """Its exit code."""
        code = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return code

    def stop(self, number=signal.SIGTERM, timeout=PATIENCE):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()
            raise AssertionError(f"{self.arguments} did not stop within {timeout:.0f} s; it said:\n{self.log()}")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class Metrics:
    """A page of metrics in Prometheus' text format, read strictly."""

    LINE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$')
    LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)",?')

    def __init__(self, text):
        self.text = text
        self.types = {}
        self.samples = {}  # (name, frozenset of labels) -> value
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name not in self.types, f"two TYPE lines of {name}"
                self.types[name] = kind
            elif line and not line.startswith("#"):
                found = self.LINE.match(line)
                assert found, f"not a sample: {line!r}"
                key = (found[1], frozenset(self.LABEL.findall(found[2] or "")))
                assert key not in self.samples, f"twice on the page: {line!r}"
                self.samples[key] = float(found[3])

    def brief(self):
        return "\n".join(line for line in self.text.splitlines() if not line.startswith("#") and "_bucket" not in line)

    def all(self, name, **labels):
        wanted = set(labels.items())
        return {key[1]: value for key, value in self.samples.items() if key[0] == name and wanted <= key[1]}

    def value(self, name, **labels):
        """The one sample of that name with those labels; None where there is none."""
        found = self.all(name, **labels)
        assert len(found) <= 1, f"{name} {labels} is not one sample: {found}"
        return next(iter(found.values()), None)

    def by(self, label, name, **labels):
        return {dict(key)[label]: value for key, value in self.all(name, **labels).items()}


class Collector(Program):
    def __init__(self, directory, config=None, port=0, threads=2, store=None):
        directory = pathlib.Path(directory)
        self.config = directory / "collector.yaml"
        self.config.write_text(config if config is not None else self.text(port, threads))
        self.store = store or directory / "sobriety.db"
        super().__init__([BIN / "sobriety-collector", "run", "--config.file", self.config,
                          "--store.path", self.store])

    @staticmethod
    def text(port=0, threads=2, telemetry="", rest="", plain=True):
        return (f"telemetry:\n  listen: 127.0.0.1:{port}\n  plain: {str(plain).lower()}\n{telemetry}"
                f"web:\n  listen: 127.0.0.1:0\nthreads: {threads}\n{rest}")

    def started(self):
        self.telemetry = self.wait_for_line(r"telemetry on (\S+)")[1]
        self.web = self.wait_for_line(r"web on (http://[^/]+)/metrics")[1]
        return self

    @property
    def address(self):
        host, port = self.telemetry.rsplit(":", 1)
        return host, int(port)

    def get(self, path, method="GET"):
        """Status and body."""
        request = urllib.request.Request(self.web + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def metrics(self):
        status, text = self.get("/metrics")
        assert status == 200, f"/metrics answered {status}: {text}"
        return Metrics(text)

    def wait_until(self, condition, what, timeout=PATIENCE, period=0.05):
        """The first metrics for which `condition` holds."""
        deadline = time.monotonic() + timeout
        while True:
            metrics = self.metrics()
            if condition(metrics):
                return metrics
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout:.0f} s: {what}; the collector said:\n{self.log()}\n"
                                     f"and shows:\n{metrics.brief()}")
            time.sleep(period)

    def wait_for_host(self, host, up=1, timeout=PATIENCE):
        return self.wait_until(lambda metrics: metrics.value("sobriety_host_up", host=host) == up,
                               f"host {host} has sobriety_host_up {up}", timeout)


class Bench(contextlib.ExitStack):
    """A directory and programs that end with it."""

    def __enter__(self):
        super().__enter__()
        self.directory = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="sobriety-e2e-")))
        self._count = 0
        return self

    def path(self, name):
        self._count += 1
        path = self.directory / f"{self._count}-{name}"
        path.mkdir()
        return path

    def keep(self, program):
        self.callback(program.close)
        return program

    def collector(self, **options):
        return self.keep(Collector(self.path("collector"), **options)).started()

    def agent(self, endpoint, host, interval="1s", batch=1, arguments=(), config="", state=None, under=(), plain=True):
        """`under`: a command line that runs another one, such as strace's."""
        directory = self.path("agent")
        file = directory / "agent.yaml"
        file.write_text(f"collector:\n  endpoint: {endpoint}\n  plain: {str(plain).lower()}\n"
                        f"host:\n  name: {json.dumps(host)}\n  state_directory: {state or directory / 'state'}\n"
                        f"sampling:\n  interval: {interval}\n  batch: {batch}\n{config}")
        return self.keep(Program([*under, BIN / "sobriety-agent", "run", "--config.file", file, *arguments]))


class TestCase(unittest.TestCase):
    def setUp(self):
        self.bench = self.enterContext(Bench())

    def stays(self, condition, what, seconds):
        """`condition` holds all the time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.assertTrue(condition(), what)
            time.sleep(0.05)


def free_port():
    """A port that was free a moment ago, for what must be known before a program listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    unittest.main(verbosity=2)
