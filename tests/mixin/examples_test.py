"""The examples beside the mixin: Prometheus' and Alertmanager's own tools take them, routes lead where they should, and
the digest is one mail in the morning, from a real Alertmanager to an SMTP server.
"""

import datetime
import email
import email.policy
import json
import os
import pathlib
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

import mixin
from mixin import harness

SEARCHED = os.pathsep.join(filter(None, (os.environ.get("SOBRIETY_TOOLS"), os.environ.get("PATH"))))
PROMTOOL, AMTOOL, ALERTMANAGER = (
    shutil.which(name, path=SEARCHED) for name in ("promtool", "amtool", "prometheus-alertmanager"))
EXAMPLES = harness.SOURCE_ROOT / "deploy" / "prometheus"
GRAFANA = harness.SOURCE_ROOT / "deploy" / "grafana"

RECEIVER = {"info": "digest", "warning": "operators", "critical": "operators"}
OF_THE_OFFICER = frozenset(("NightOnShareHigh", "WeekendOnShareHigh", "ServerComatose", "AvoidableBudgetExceeded",
                            "DataQualityLow", "CarbonFeedStale"))


def said(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=harness.PATIENCE, check=False)
    return done.returncode, done.stdout + done.stderr


class Examples(unittest.TestCase):
    def test_prometheus_takes_each_with_the_rules_beside_it(self):
        with tempfile.TemporaryDirectory(prefix="sobriety-mixin-") as directory:
            shutil.copytree(EXAMPLES, directory, dirs_exist_ok=True)
            shutil.copytree(mixin.RENDERED / "prometheus", directory, dirs_exist_ok=True)
            for name in ("sobriety-ca.pem", "sobriety-password"):
                (pathlib.Path(directory) / name).touch()
            files = sorted(pathlib.Path(directory).glob("prometheus*.yaml"))
            self.assertEqual(len(files), 3)
            for file in files:
                code, text = said(PROMTOOL, "check", "config", file)
                self.assertEqual(code, 0, text)
                self.assertIn("SUCCESS", text)
                self.assertIn("job_name: sobriety", file.read_text())

    def test_alertmanager_takes_its_own(self):
        code, text = said(AMTOOL, "check-config", EXAMPLES / "alertmanager.yaml")
        self.assertEqual(code, 0, text)

    def test_every_alert_goes_where_it_belongs(self):
        for alert in mixin.alerts():
            name, severity = alert["alert"], alert["labels"]["severity"]
            code, text = said(AMTOOL, "config", "routes", "test", f"--config.file={EXAMPLES / 'alertmanager.yaml'}",
                              f"alertname={name}", f"severity={severity}", "site=centre")
            self.assertEqual(code, 0, text)
            self.assertEqual(text.splitlines()[0].split(), ["sobriety" if name in OF_THE_OFFICER else RECEIVER[severity]], name)

    def test_grafana_is_told_of_folders_for_each_language(self):
        text = (GRAFANA / "dashboards" / "sobriety.yaml").read_text()
        self.assertEqual(sorted(re.findall(r"path: /\S+/(\w+)\n", text)), sorted(mixin.LANGUAGES))


def in_its_place(case):
    """Debian's Alertmanager wants its templates below /usr/share. It is only unpacked here, so it gets a /usr/share of its
    own, with nothing else in it.
    """
    if pathlib.Path("/usr/share/prometheus/alertmanager/default.tmpl").exists():
        return []
    shared = pathlib.Path(ALERTMANAGER).parents[1] / "share" / "prometheus" / "alertmanager"
    under = ["unshare", "--mount", "--map-root-user", "sh", "-c",
             "mount -t tmpfs none /usr/share && mkdir /usr/share/prometheus && "
             f"ln -s '{shared}' /usr/share/prometheus/ && exec \"$@\"", "sh"]
    if said(*under, "true")[0] != 0:
        case.skipTest("no namespace of its own for Alertmanager, which is unpacked and not installed")
    return under


class Mails(socketserver.ThreadingTCPServer):
    """An SMTP server that keeps what it is sent."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.messages = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_for(self, count):
        deadline = time.monotonic() + harness.PATIENCE
        while len(self.messages) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.messages)} mails instead of {count}")
            time.sleep(0.1)
        return self.messages


class Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 here")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line)
                self.server.messages.append(
                    email.message_from_bytes(b"".join(lines), policy=email.policy.default))
            elif word == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")


class Digest(harness.TestCase):
    def started(self, morning):
        """A real Alertmanager with the example, whose morning is `morning` in UTC, and that waits for nothing."""
        directory = self.bench.path("alertmanager")
        self.mails = Mails()
        self.addCleanup(self.mails.server_close)
        self.addCleanup(self.mails.shutdown)
        shutil.copy(EXAMPLES / "digest.tmpl", directory)
        text = (EXAMPLES / "alertmanager.yaml").read_text()
        for old, new in (("127.0.0.1:25\n", f"127.0.0.1:{self.mails.server_address[1]}\n"),
                         ("group_wait: 5m", "group_wait: 2s"), ("group_wait: 1m", "group_wait: 1s"),
                         ("group_interval: 15m", "group_interval: 1s"),
                         ("{start_time: '06:30', end_time: '06:45'}", json.dumps(morning)),
                         ("location: Europe/Paris", "location: UTC")):
            self.assertIn(old, text)
            text = text.replace(old, new)
        (directory / "alertmanager.yaml").write_text(text)
        port = harness.free_port()
        self.web = f"http://127.0.0.1:{port}"
        self.bench.keep(harness.Program([
            *in_its_place(self), ALERTMANAGER, f"--config.file={directory / 'alertmanager.yaml'}", f"--storage.path={directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="])).wait_for_line("Listening on")

    def raise_alerts(self, *alerts):
        body = json.dumps([{"labels": labels, "annotations": {"summary": summary}} for labels, summary in alerts])
        request = urllib.request.Request(f"{self.web}/api/v2/alerts", data=body.encode(),
                                         headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=harness.PATIENCE).close()

    NOW = {"start_time": "00:00", "end_time": "24:00"}

    @staticmethod
    def later():
        """An hour of the day that is half a day away, in UTC."""
        start = (datetime.datetime.now(datetime.timezone.utc).hour + 11) % 24
        return {"start_time": f"{start:02d}:00", "end_time": f"{start + 1:02d}:00"}

    LEFT_ON = tuple(({"alertname": "WorkstationLeftOn", "severity": "info", "host": f"pc-{number}"},
                     f"pc-{number} is on and idle outside working hours.") for number in range(3))
    DOWN = ({"alertname": "CollectorDown", "severity": "critical", "instance": "c"}, "The collector c does not answer.")

    def test_in_the_morning_one_mail_names_all_machines(self):
        self.started(self.NOW)
        self.raise_alerts(*self.LEFT_ON)
        mail = self.mails.wait_for(1)[0]
        text = mail.get_body(("plain",)).get_content()
        self.assertEqual(mail["To"], "sobriety-officer@example.org")
        self.assertEqual(mail["Subject"], "Sobriété : 3 points ce matin")
        for labels, summary in self.LEFT_ON:
            self.assertIn(f"- {labels['alertname']}: {summary}", text)
        time.sleep(5)  # five intervals of the group
        self.assertEqual(len(self.mails.messages), 1)

    def test_at_other_hours_only_what_is_broken_is_sent(self):
        self.started(self.later())
        self.raise_alerts(*self.LEFT_ON, self.DOWN)
        self.mails.wait_for(1)
        time.sleep(5)
        self.assertEqual([mail["To"] for mail in self.mails.messages], ["operators@example.org"])


if __name__ == "__main__":
    for tool, name in ((PROMTOOL, "promtool"), (AMTOOL, "amtool"), (ALERTMANAGER, "prometheus-alertmanager"),
                       (mixin.JSONNET, "jsonnet")):
        if not tool:
            print(f"skipped: {name} is not here; tests/run.sh brings it")
            sys.exit(harness.SKIPPED)
    harness.main()
