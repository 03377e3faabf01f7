"""The monthly report and the API over a month of ten machines that tests/year plays: the figures are those of the
ledger, an issue that was kept is issued again byte for byte, and a new one says what changed."""

import contextlib
import csv
import datetime
import io
import json
import pathlib
import sqlite3
import subprocess
import sys
import unittest
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "year"))

import harness  # noqa: E402
import compare  # noqa: E402
import plan  # noqa: E402

POLICY = """carbon:
  FR:
    annual:
      source: OWID
      scope: life cycle
      years: {{2024: {grams}}}
tariffs:
  contract: {{currency: EUR, per_kwh: 0.25}}
sites:
  default: {{tariff: contract, carbon: FR}}
"""
# January on the clock of Paris, in hours of UTC since 1970.
JANUARY = range(int(datetime.datetime(2025, 12, 31, 23, tzinfo=datetime.timezone.utc).timestamp()) // 3600,
                int(datetime.datetime(2026, 1, 31, 23, tzinfo=datetime.timezone.utc).timestamp()) // 3600)


STORE = None  # of the machines that were played, once for all tests


def setUpModule():
    global STORE
    bench = unittest.enterModuleContext(harness.Bench())
    STORE, _ = compare.play(bench, plan.fleet(2, 10, datetime.date(2026, 1, 1), 33), 10)


class Case(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.store = STORE
        self.policy = self.bench.path("config") / "policy.yaml"
        self.policy.write_text(POLICY.format(grams=50))
        self.config = self.policy.parent / "collector.yaml"
        self.write_config("min_group_size: 1")
        reports = pathlib.Path(f"{self.store}.reports")
        for file in reports.parent.glob(reports.name + "*"):
            file.unlink()

    def write_config(self, privacy):
        self.config.write_text("telemetry:\n  listen: 127.0.0.1:0\n  plain: true\nweb:\n  listen: 127.0.0.1:0\n"
                               f"store:\n  path: {self.store}\npolicy:\n  file: policy.yaml\n"
                               f"report:\n  organisation: Ville\nprivacy:\n  {privacy}\n")

    def run_report(self, *arguments, code=0):
        done = subprocess.run([harness.BIN / "sobriety-collector", "report", "--config.file", self.config, *arguments],
                              capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout.decode(), done.stderr.decode()

    def report(self, *arguments):
        return json.loads(self.run_report("--month", "2026-01", "--format", "json", *arguments)[0])

    def ledger(self, expression):
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            return database.execute(f"SELECT {expression} FROM host_hour WHERE hour >= ? AND hour < ?",
                                    (JANUARY.start, JANUARY.stop)).fetchone()[0]


class Reports(Case):
    def test_figures_are_those_of_the_ledger(self):
        report = self.report()
        rows = report["rows"]
        kwh = self.ledger("sum(uj_measured + uj_estimated)") / 3.6e12
        self.assertAlmostEqual(sum(row["kwh"] for row in rows), kwh, delta=0.001 * len(rows))
        for column, figure in (("hours_active", "ms_active"), ("hours_idle", "ms_idle"), ("hours_off", "ms_off")):
            self.assertAlmostEqual(sum(row[column] for row in rows), self.ledger(f"sum({figure})") / 3.6e6,
                                   delta=0.01 * len(rows), msg=column)
        self.assertEqual(sum(row["hosts"] for row in rows), 10)
        for row in rows:
            known = row["hours_on"] + row["hours_suspended"] + row["hours_off"]
            self.assertAlmostEqual(known + row["hours_unknown"], row["hosts"] * len(JANUARY), delta=0.05)
        # 50 g and 0.25 EUR a kWh
        self.assertAlmostEqual(report["total"]["kgco2e"], report["total"]["kwh"] * 0.05, delta=0.002)
        self.assertAlmostEqual(report["total"]["cost"], report["total"]["kwh"] * 0.25, delta=0.02)
        self.assertGreater(report["total"]["kwh_wasted"], 0)
        self.assertGreater(report["total"]["night_on_percent"], 0)

    def test_an_issue_is_given_again_byte_for_byte_and_a_new_one_says_what_changed(self):
        first, said = self.run_report("--month", "2026-01", "--format", "html", "--lang", "fr")
        self.assertIn("report 1", said)
        self.policy.write_text(POLICY.format(grams=80) + "thresholds:\n  workstation:\n    quiet: {cpu_ratio: 0.1}\n")
        self.assertEqual(self.run_report("--again", "1", "--format", "html", "--lang", "fr")[0], first)
        fresh, said = self.run_report("--month", "2026-01", "--format", "html", "--lang", "fr")
        self.assertNotEqual(fresh, first)
        self.assertIn("report 2", said)
        self.assertRegex(said, r"factor FR annual OWID: 50 g/kWh.* -> 80 g/kWh")
        self.assertRegex(said, r"setting workstation\.quiet\.cpu_ratio: 0\.05 -> 0\.1\b")
        self.assertIn("total kgco2e", said)
        self.assertEqual(self.run_report("--again", "1", "--format", "html", "--lang", "fr")[0], first)
        # Nothing changed since: it is the one that is there
        self.assertIn("report 2", self.run_report("--month", "2026-01")[1])
        self.assertEqual([line.split("\t")[:2] for line in self.run_report("--list")[0].splitlines()],
                         [["1", "2026-01"], ["2", "2026-01"]])

    def test_reports_outlive_a_backup_and_what_the_policy_says_by_then(self):
        pages = [["--format", "html", "--lang", "fr"], ["--format", "csv"], ["--format", "json"], ["--format", "numecoeval"]]
        self.run_report("--month", "2026-01")
        first = [self.run_report("--again", "1", *page)[0] for page in pages]
        copy = self.bench.path("backup") / "copy"
        done = subprocess.run([harness.BIN / "sobriety-collector", "backup", "--config.file", self.config, copy],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.policy.write_text(POLICY.format(grams=80))
        self.run_report("--month", "2026-01")  # the second, which the backup has not
        self.store = self.bench.path("restored") / "sobriety.db"
        copy.rename(self.store)
        copy.with_name("copy.reports").rename(f"{self.store}.reports")
        self.write_config("min_group_size: 7")
        self.assertEqual([self.run_report("--again", "1", *page)[0] for page in pages], first)
        self.assertEqual(self.run_report("--list")[0].split("\t")[:2], ["1", "2026-01"])
        said = self.run_report("--month", "2026-01")[1]
        self.assertIn("report 2", said)
        self.assertRegex(said, r"factor FR annual OWID: 50 g/kWh.* -> 80 g/kWh")

    def test_formats(self):
        text = self.run_report("--month", "2026-01", "--separator", ";", "--decimal-comma", "--bom")[0]
        self.assertTrue(text.startswith("\ufeffperiod_start;"))
        rows = list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))
        self.assertRegex(rows[0]["kwh"], r"^\d+,\d{3}$")
        self.assertEqual({row["currency"] for row in rows}, {"EUR"})
        output = self.bench.path("out") / "report.csv"
        self.run_report("--month", "2026-01", "--format", "numecoeval", "--output", output)
        self.assertTrue(output.read_text().startswith("nomEquipementPhysique;nomEntite;"))
        self.assertTrue(all(row["utilisateur"] == "" for row in csv.DictReader(output.read_text().splitlines(), delimiter=";")))
        page = self.run_report("--month", "2026-01", "--format", "html", "--baseline", "2026-01")[0]
        self.assertIn("Compared with January 2026", page)

    def test_what_is_wrong_is_said(self):
        for arguments, words in ((["--month", "2026-13"], "expected a month"), (["--month", "2999-01"], "has not begun"),
                                 ([], "--month"), (["--again", "99"], "no report"),
                                 (["--month", "2026-01", "--format", "pdf"], "expected csv, json, html"),
                                 (["--month", "2026-01", "--output", "/nonexistent/x"], "/nonexistent/x")):
            with self.subTest(arguments=arguments):
                self.assertIn(words, self.run_report(*arguments, code=1)[1])
        self.policy.write_text("carbon: [1]\n")
        self.assertIn("policy.yaml:1", self.run_report("--month", "2026-01", code=1)[1])


class Api(Case):
    def collector(self):
        program = harness.Program([harness.BIN / "sobriety-collector", "run", "--config.file", self.config])
        self.bench.keep(program)
        self.web = program.wait_for_line(r"web on (http://[^/]+)/metrics")[1]
        return program

    get = harness.Collector.get

    def json(self, path, status=200):
        found, text = self.get(path)
        self.assertEqual(found, status, text)
        return json.loads(text)

    def pages(self, path):
        after = None
        while True:
            page = self.json(path + (f"&after={after}" if after else ""))
            yield page["hosts"]
            after = page["next"]
            if after is None:
                return

    def test_hosts_come_page_by_page(self):
        self.collector()
        pages = list(self.pages("/api/v1/hosts?limit=3"))
        self.assertEqual([len(page) for page in pages], [3, 3, 3, 1])
        ids = [host["id"] for page in pages for host in page]
        self.assertEqual(ids, sorted(set(ids)))
        host = pages[0][0]
        self.assertEqual(self.json(f"/api/v1/hosts/{host['id']}"), host)
        servers = self.json("/api/v1/hosts?role=server")["hosts"]
        self.assertTrue(servers and all(found["role"] == "server" for found in servers))
        self.assertTrue(all(found["verdict"] != "none" or found["state"] == "idle"
                            for found in self.json("/api/v1/idle")["hosts"]))

    def test_groups_hold_all_hosts(self):
        self.collector()
        groups = self.json("/api/v1/groups")["groups"]
        self.assertEqual(sum(group["hosts"] for group in groups), 10)
        kwh = sum(group["kwh_measured"] + group["kwh_estimated"] for group in groups)
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            total, = database.execute("SELECT sum(uj_measured + uj_estimated) / 3.6e12 FROM host_state").fetchone()
        self.assertAlmostEqual(kwh, total, places=3)

    def test_the_report_is_the_newest_that_was_kept(self):
        kept = self.run_report("--month", "2026-01", "--format", "csv")[0]
        self.policy.write_text(POLICY.format(grams=80))
        self.collector()
        self.assertEqual(self.get("/api/v1/report?month=2026-01&format=csv")[1].splitlines(), kept.splitlines())
        with urllib.request.urlopen(self.web + "/api/v1/report?month=2026-01&format=html", timeout=harness.PATIENCE) as page:
            self.assertIn("style-src 'unsafe-inline'", page.headers["Content-Security-Policy"])  # it has its style in itself
        # A month that was not: made now, and not kept
        self.assertEqual(self.json("/api/v1/report?month=2026-02")["month"], "2026-02")
        self.assertEqual(len(self.run_report("--list")[0].splitlines()), 1)

    def test_privacy_holds(self):
        self.write_config("min_group_size: 1000\n  host_detail: false")
        self.collector()
        self.assertEqual({host["role"] for host in self.json("/api/v1/hosts")["hosts"]} & {"workstation", "laptop"}, set())
        answer = self.json("/api/v1/groups")
        self.assertGreater(answer["withheld_hosts"], 0)
        self.assertEqual({group["role"] for group in answer["groups"]} & {"workstation", "laptop", "*"}, set())
        self.assertGreater(self.json("/api/v1/report?month=2026-01")["hosts_withheld"], 0)
        names = {host.name for host in plan.fleet(2, 10, datetime.date(2026, 1, 1), 33) if host.personal}
        self.assertEqual(len(names), answer["withheld_hosts"])
        for path in ("/metrics", "/metrics/hosts", "/api/v1/hosts", "/api/v1/idle", "/api/v1/groups",
                     "/api/v1/report?month=2026-01", "/api/v1/report?month=2026-01&format=html",
                     "/api/v1/report?month=2026-01&format=csv", "/api/v1/report?month=2026-01&format=numecoeval"):
            text = self.get(path)[1]
            self.assertEqual({name for name in names if name in text}, set(), path)
        metrics = self.get("/metrics")[1]
        self.assertNotRegex(metrics, r'role="(workstation|laptop|thin|\*)"')
        self.assertRegex(metrics, r'\nsobriety_group_hosts{[^}]*role="server"')
        self.assertIn(f"\nsobriety_groups_withheld_hosts {len(names)}\n", metrics)

    def test_errors_are_problem_details(self):
        self.collector()
        for path, status, words in (("/api/v1/hosts?limit=0", 400, "limit"), ("/api/v1/hosts?colour=1", 400, "colour"),
                                    ("/api/v1/hosts/7", 400, "id"), ("/api/v1/hosts/" + "0" * 32, 404, "no host"),
                                    ("/api/v1/report", 400, "month"), ("/api/v1/report?month=2999-01", 404, "not begun"),
                                    ("/api/v1/nothing", 404, "/api/v1/hosts")):
            with self.subTest(path=path):
                problem = self.json(path, status)
                self.assertEqual(problem["status"], status)
                self.assertIn(words, problem["detail"])
        self.assertEqual(self.get("/api/v1/hosts", method="POST")[0], 405)


if __name__ == "__main__":
    harness.main()
