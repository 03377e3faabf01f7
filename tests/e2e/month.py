"""A month of a small fleet, up to now: played through a collector that replays. Its last days are given to Prometheus as
what it would have scraped, so that rules whose windows are days and weeks find them, at their own scale of time.
"""

import http.client
import json
import re
import signal
import subprocess
import sys
import time

import harness
import prometheus_test

sys.path.insert(0, str(harness.SOURCE_ROOT / "tests" / "year"))

import plan  # noqa: E402  (its path was just added)

MINUTE, HOUR, DAY = 60, 3600, 86_400
LENGTH = 33 * DAY  # thirty whole days of UTC, for the verdicts, and some more
SCRAPED = 60 * HOUR  # of it, by its end: as much as the slowest rule needs
STEP = HOUR // 2  # between those scrapes
LATER = 2 * HOUR  # that the fleet lives on, beyond now
# What windows of rules reach back to; of the rest the present is enough.
REMEMBERED = re.compile(
    r'sobriety_(host_((avoidable_)?energy_joules_total\{|state_(energy_joules|seconds)_total\{[^}]*state="idle")'
    r"|group_(avoidable_)?energy_joules_total\{|carbon_intensity_grams_per_kwh\{)")


class Life:
    """One machine's, made piece by piece up to `now` and on."""

    def __init__(self, name, chassis, meter, now, more=""):
        self.host = plan.Host(name, name, chassis, meter, [], more)
        self.now, self.at = now, now - LENGTH

    def until(self, end, what, load=0, watts=0):
        """`load` in 1/1000 of the processors; from 200 on the machine is busy."""
        if end > self.at:
            self.host.segments.append(plan.Segment(self.at, end, what, load >= 200, load, 1000 * watts))
            self.at = end
        return self

    def always(self, load, watts):
        return self.until(self.now + LATER, "on", load, watts)

    def days(self, live):
        """`live(midnight)` makes each day; working hours are from the fourth hour of it to the fourteenth."""
        while self.at < self.now:
            live(self.now - (self.now - self.at + DAY - 1) // DAY * DAY)
        return self


def working_hours(now):
    """The policy's calendar in which every day has the ten hours that end ten hours before `now`, on the clock."""
    begin, end = ((now + hours * HOUR) % DAY // MINUTE for hours in (4, 14))
    parts = [(begin, end)] if begin < end else [(0, end), (begin, 24 * 60)]
    spans = ", ".join(f'"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}"' for a, b in parts if a < b)
    return f"{{time_zone: UTC, holidays: none, work: {{every_day: [{spans}]}}}}"


def hourly_factors(begin, end):
    """Carbon intensity, hour by hour, as the policy reads it."""
    rows = (f"{time.strftime('%Y-%m-%dT%H:00Z', time.gmtime(at))},FR,50,hourly,life cycle" for at in range(begin, end, HOUR))
    return "\n".join(("timestamp,zone,g_per_kwh,source,scope", *rows)) + "\n"


class Fleet:
    """A collector that replays, and the machines that report to it."""

    def __init__(self, bench, hosts, policy, factors):
        directory = bench.path("month")
        (directory / "policy.yaml").write_text(policy)
        (directory / "hourly.csv").write_text(factors)
        with open(directory / "plan.txt", "w", encoding="utf-8") as file:
            plan.write(hosts, file)
        self.now = hosts[0].segments[-1].end - LATER
        self.directory = directory
        self.collector = bench.keep(harness.Collector(
            directory, arguments=["--replay"],
            config=harness.Collector.text(rest=f"commit_interval: 1ms\npolicy:\n  file: {directory}/policy.yaml\n"
                                          # Offices of two machines would be withheld from the groups.
                                          "privacy:\n  min_group_size: 1\n"))).started()
        self.target = self.collector.web.removeprefix("http://")
        self.player = bench.enter_context(subprocess.Popen(
            [harness.BIN / "sobriety-replay", directory / "plan.txt", str(self.collector.address[1]), "steps"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        bench.callback(self.player.kill)

    def live_until(self, moment):
        self.player.stdin.write(f"{moment}\n")
        self.player.stdin.flush()
        told = self.player.stdout.readline().strip()
        assert told == str(moment), f"the fleet did not live until {moment}; the collector said:\n{self.collector.log()}"

    def past(self):
        """Lives until now; the file of what was scraped on the way, in OpenMetrics' format."""
        connection = http.client.HTTPConnection(self.target, timeout=harness.PATIENCE)
        families = {}
        for moment in range(self.now - SCRAPED, self.now + 1, STEP):
            self.live_until(moment)
            connection.request("GET", "/metrics")
            for line in connection.getresponse().read().decode().splitlines():
                if REMEMBERED.match(line):
                    name, rest = line.split("{", 1)
                    families.setdefault(name, []).append(
                        f'{name}{{job="sobriety",instance="{self.target}",{rest} {moment}\n')
        connection.close()
        file = self.directory / "past.om"
        with open(file, "w", encoding="utf-8") as out:
            for lines in families.values():
                out.writelines(lines)
            out.write("# EOF\n")
        return file


class Prometheus(prometheus_test.Prometheus):
    """Knows `past`, and evaluates `groups` of rules live, beside scrapes of `targets`."""

    def __init__(self, bench, past, groups, targets):
        self.directory = bench.path("prometheus")
        self.tsdb = self.directory / "tsdb"
        self._promtool("tsdb", "create-blocks-from", "--max-block-duration=576h", "openmetrics", past, self.tsdb)
        self._configure([], [])
        # Rules of hours look at the past as it was; they are evaluated for it by Prometheus' own tool.
        hours = self.directory / "hours.json"
        hours.write_text(json.dumps({"groups": [group for group in groups if group["name"] == "sobriety.hours"]}))
        self._start()
        now = int(time.time())
        begin = (now - SCRAPED) // (2 * HOUR) * 2 * HOUR  # the tool stops at a block that has no evaluation in it
        self._promtool("tsdb", "create-blocks-from", "rules", f"--url={self.web}", f"--start={begin}",
                       f"--end={now}", "--eval-interval=1h", f"--output-dir={self.tsdb}", hours)
        self.stop()
        self.close()
        self._configure(groups, targets)
        self._start()
        bench.callback(lambda: self.close())

    def _promtool(self, *arguments):
        done = subprocess.run([prometheus_test.PROMTOOL, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                              check=False)
        assert done.returncode == 0, f"promtool {arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    def _configure(self, groups, targets):
        # JSON is YAML.
        (self.directory / "rules.json").write_text(json.dumps({"groups": groups}))
        (self.directory / "prometheus.json").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.json"],
            "scrape_configs": [{"job_name": "sobriety", "static_configs": [{"targets": list(targets)}]}]}))

    def _start(self):
        port = harness.free_port()
        self.web = f"http://127.0.0.1:{port}"
        harness.Program.__init__(self, [
            prometheus_test.PROMETHEUS, f"--config.file={self.directory / 'prometheus.json'}",
            f"--storage.tsdb.path={self.tsdb}", "--storage.tsdb.retention.time=90d", f"--web.listen-address=127.0.0.1:{port}"])
        self.started()

    def load(self, groups, targets):
        self._configure(groups, targets)
        before = len(self.lines)
        self.send(signal.SIGHUP)
        deadline = time.monotonic() + harness.PATIENCE
        while not any("Completed loading of configuration file" in line for line in self.lines[before:]):
            assert time.monotonic() < deadline, f"the configuration is not loaded; it said:\n{self.log()}"
            time.sleep(0.1)
