"""node_exporter reading a played machine's RAPL zones, and Prometheus scraping it: what their user would see."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

import children

SCRAPE_INTERVAL = 1  # seconds: as often as our agent samples


def node_exporter(tools, machine, port, log):
    return children.start([
        tools / "usr/bin/prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}",
        "--web.disable-exporter-metrics", "--collector.disable-defaults", "--collector.rapl",
        f"--path.procfs={machine}/proc", f"--path.sysfs={machine}/sys",
    ], log)


class Prometheus:
    """Scrapes {name: port} once a second; a series' label `instance` is the name."""

    def __init__(self, tools, directory, port, targets):
        jobs = [{"targets": [f"127.0.0.1:{target}"], "labels": {"instance": name}} for name, target in targets.items()]
        configuration = directory / "prometheus.yml"
        configuration.write_text(json.dumps({  # JSON is YAML
            "global": {"scrape_interval": f"{SCRAPE_INTERVAL}s", "scrape_timeout": f"{SCRAPE_INTERVAL}s"},
            "scrape_configs": [{"job_name": "rapl", "static_configs": jobs}]}), encoding="utf-8")
        self.api = f"http://127.0.0.1:{port}/api/v1/"
        self.child = children.start([
            tools / "usr/bin/prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={directory}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], directory / "log")

    def _ask(self, what, **parameters):
        with urllib.request.urlopen(self.api + what + "?" + urllib.parse.urlencode(parameters), timeout=30) as answer:
            return json.load(answer)["data"]

    def wait_for(self, names, patience=60):
        """Until each target has been scraped, with success or not: a peer that cannot read a machine is a result."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                seen = {one["metric"]["instance"] for one in self._ask("query", query="up")["result"]}
            except (urllib.error.URLError, ConnectionError):
                seen = set()
            if seen >= set(names):
                return
            time.sleep(0.5)
        raise RuntimeError(f"Prometheus did not scrape all of its targets within {patience} s")

    def _value(self, query, at):
        """The sum of what a query finds; None where it finds nothing."""
        found = self._ask("query", query=query, time=f"{at:.3f}")["result"]
        return sum(float(one["value"][1]) for one in found) if found else None

    def joules(self, instance, begin, end):
        """What packages and memory used between two times, by increase() and by the raw counters; None: nothing shown."""
        window = f"{int(end - begin)}s"
        names = self._ask("series", **{"match[]": f'{{instance="{instance}",__name__=~"node_rapl_.*_joules_total"}}',
                                       "start": begin, "end": end})
        increase = raw = None
        for labels in names:
            name = labels.pop("__name__")
            if not name.startswith(("node_rapl_package", "node_rapl_dram")):
                continue
            selector = name + "{" + ",".join(f"{label}={json.dumps(value)}" for label, value in labels.items()) + "}"
            more = self._value(f"increase({selector}[{window}])", end)
            last, first = self._value(selector, end), self._value(selector, begin)
            increase = (increase or 0) + more if more is not None else increase
            raw = (raw or 0) + last - first if None not in (last, first) else raw
        return increase, raw
