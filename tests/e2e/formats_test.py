"""The formats and codings of /metrics, and scrapes that share a fleet: the same figures by each way."""

import gzip
import http.client
import re
import shutil
import subprocess
import urllib.parse

import harness

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
# What Prometheus 2.42 sends.
PROMETHEUS = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")


def families_of(text):
    """A page of OpenMetrics, read strictly: family -> (type, unit, names of its samples)."""
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1
    families, name = {}, None
    for line in text.splitlines()[:-1]:
        if line.startswith("#"):
            _, what, named, rest = line.split(" ", 3)
            if what == "TYPE":
                assert named not in families, f"two TYPE lines of {named}"
                families[named] = {"type": rest, "unit": None, "samples": set()}
                name = named
            assert named == name, f"{line!r} in the family {name}"
            if what == "UNIT":
                assert named.endswith("_" + rest), line
                families[name]["unit"] = rest
        else:
            families[name]["samples"].add(re.match(r"\w+", line)[0])
    return families


class Formats(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.collector = self.bench.collector()
        self.bench.agent(self.collector.telemetry, 'a "strange\\ name', config="sources:\n  simulated_watts: 100\n")
        self.bench.agent(self.collector.telemetry, "plain")
        self.collector.wait_until(lambda metrics: len(metrics.all("sobriety_host_uptime_seconds")) == 2, "both are there")

    def ask(self, path="/metrics", method="GET", **fields):
        """Status, header fields and body as they come; `accept_encoding` is the field Accept-Encoding."""
        address = urllib.parse.urlsplit(self.collector.web)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=harness.PATIENCE)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in fields.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def test_the_format_is_the_one_that_is_asked_for(self):
        for accept, kind in ((PROMETHEUS, OPENMETRICS), ("application/openmetrics-text", OPENMETRICS), ("*/*", TEXT),
                             ("text/plain", TEXT), ("application/openmetrics-text;q=0.1,text/*", TEXT), ("image/png", TEXT)):
            with self.subTest(accept=accept):
                status, fields, body = self.ask(accept=accept)
                self.assertEqual((status, fields["Content-Type"]), (200, kind))
                self.assertEqual(body.endswith(b"# EOF\n"), kind == OPENMETRICS)
                self.assertIn("Accept-Encoding", fields["Vary"])
                self.assertNotIn("Content-Encoding", fields)
        self.assertEqual(self.ask()[1]["Content-Type"], TEXT)

    def test_openmetrics_names_types_and_units_as_it_should(self):
        families = families_of(self.ask(accept=PROMETHEUS)[2].decode())
        for name, family in families.items():
            suffixes = {"counter": ["_total"], "info": ["_info"], "gauge": [""],
                        "histogram": ["_bucket", "_sum", "_count"]}[family["type"]]
            self.assertLessEqual(family["samples"], {name + suffix for suffix in suffixes})
        self.assertEqual(families["sobriety_host_energy_joules"],
                         {"type": "counter", "unit": "joules", "samples": {"sobriety_host_energy_joules_total"}})
        self.assertEqual(families["sobriety_host"], {"type": "info", "unit": None, "samples": {"sobriety_host_info"}})
        self.assertEqual(families["sobriety_host_cpu_usage_ratio"]["unit"], "ratio")
        self.assertEqual(families["sobriety_commit_duration_seconds"]["type"], "histogram")

    def test_both_formats_have_the_same_series(self):
        text = harness.Metrics(self.ask(accept="text/plain")[2].decode())
        openmetrics = harness.Metrics(self.ask(accept=PROMETHEUS)[2].decode())

        def series(metrics):
            # The bounds of buckets are written as floats in one and not in the other.
            return {(name, frozenset((label, value.removesuffix(".0")) for label, value in labels))
                    for name, labels in metrics.samples}

        self.assertEqual(series(text), series(openmetrics))
        self.assertGreater(len(text.samples), 100)

    def test_a_compressed_page_is_the_page(self):
        status, fields, body = self.ask(accept_encoding="gzip")
        self.assertEqual((status, fields["Content-Encoding"]), (200, "gzip"))
        page = gzip.decompress(body).decode()
        self.assertLess(len(body), len(page) / 3)
        self.assertEqual(len(harness.Metrics(page).all("sobriety_host_up")), 2)
        self.assertNotIn("Content-Encoding", self.ask(accept_encoding="gzip;q=0, br")[1])
        self.assertEqual(self.ask(accept_encoding="gzip;q=0.5, zstd;q=0.9")[1]["Content-Encoding"], "zstd")

    def test_curl_reads_zstd(self):
        curl = shutil.which("curl")
        if not curl or b"zstd" not in subprocess.run([curl, "--version"], capture_output=True, check=True).stdout:
            self.skipTest("curl that knows zstd is not here")
        done = subprocess.run([curl, "-sS", "--compressed", "-H", "Accept-Encoding: zstd", self.collector.web + "/metrics"],
                              capture_output=True, text=True, timeout=harness.PATIENCE, check=True)
        self.assertEqual(len(harness.Metrics(done.stdout).all("sobriety_host_up")), 2)

    def test_head_has_the_fields_and_no_body(self):
        status, fields, body = self.ask(method="HEAD", accept=PROMETHEUS, accept_encoding="gzip")
        self.assertEqual((status, fields["Content-Type"], fields["Content-Encoding"], body), (200, OPENMETRICS, "gzip", b""))

    def test_http_1_0_gets_a_page_that_ends_with_the_connection(self):
        curl = shutil.which("curl")
        if not curl:
            self.skipTest("curl is not here")
        done = subprocess.run([curl, "-sS", "--http1.0", "--compressed", self.collector.web + "/metrics"],
                              capture_output=True, text=True, timeout=harness.PATIENCE, check=True)
        self.assertEqual(len(harness.Metrics(done.stdout).all("sobriety_host_up")), 2)


class Shards(harness.TestCase):
    HOSTS = 60

    def test_the_parts_of_a_fleet_are_all_of_it(self):
        collector = self.bench.collector(config=harness.Collector.text(rest="expose:\n  hosts: false\n"))
        self.bench.keep(harness.Program(
            [harness.BIN / "sobriety-fleet", "--collector", collector.telemetry, "--hosts", self.HOSTS, "--seed", 7,
             "--interval", 1, "--batch", 1]))
        collector.wait_until(lambda metrics: metrics.value("sobriety_fleet_hosts", state="up") == self.HOSTS, "all are up")
        self.assertEqual(collector.metrics().all("sobriety_host_up"), {})

        def hosts(query):
            status, text = collector.get("/metrics/hosts" + query)
            self.assertEqual(status, 200)
            metrics = harness.Metrics(text)
            self.assertTrue(all(name.startswith("sobriety_host_") for name, _ in metrics.samples))
            return set(metrics.by("host", "sobriety_host_up"))

        whole = hosts("")
        self.assertEqual(len(whole), self.HOSTS)
        parts = [hosts("?" + urllib.parse.urlencode({"shard": f"{index}/4"})) for index in range(4)]
        self.assertEqual(set.union(*parts), whole)
        self.assertEqual(sum(len(part) for part in parts), self.HOSTS)
        self.assertTrue(all(parts))
        self.assertEqual(hosts("?shard=2/4"), parts[2])
        for query in ("?shard=4/4", "?shard=1", "?shard=0/4096", "?hosts=1"):
            status, text = collector.get("/metrics/hosts" + query)
            self.assertEqual(status, 400)
            self.assertIn("shard=I/N", text)


if __name__ == "__main__":
    harness.main()
