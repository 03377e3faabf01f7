"""The monthly report of a large fleet: wall time, CPU and peak memory of the real command, by format.

The store has October 2026 of all hosts, by hour (load/store_month.cpp); three kinds of machines on 40 sites, of 12
departments each, which an inventory file names. `keep` reads the ledger and keeps the issue besides; `again` issues that one
again; the others read the ledger and keep nothing. `with baseline` compares with the month that was kept.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

import children
from progress import say

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"

POLICY = """carbon:
  FR:
    annual:
      source: OWID, after Ember and Energy Institute
      scope: life cycle
      years: {2024: 44.18}
tariffs:
  contract: {currency: EUR, per_kwh: 0.2}
sites:
  default: {tariff: contract, carbon: FR}
inventory:
  file: inventory.csv
  site_by_location: true
  department_by_entity: true
"""
RUNS = {
    "keep": ["--month", "2026-10", "--format", "csv"],
    "csv": ["--month", "2026-10", "--no-keep", "--format", "csv"],
    "json": ["--month", "2026-10", "--no-keep", "--format", "json"],
    "html": ["--month", "2026-10", "--no-keep", "--format", "html", "--lang", "fr"],
    "numecoeval": ["--month", "2026-10", "--no-keep", "--format", "numecoeval"],
    "with_baseline": ["--month", "2026-10", "--no-keep", "--format", "html", "--baseline", "2026-10"],
    "again": ["--again", "1", "--format", "html"],
}


def measured(argv, log):
    """Seconds of wall time and of CPU, and bytes of peak memory, of a program that has to succeed."""
    began = time.monotonic()
    child = children.start(argv, log)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))} failed: {pathlib.Path(log).read_text(encoding='utf-8')[-500:]}")
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


def measure(folder, hosts):
    store = folder / "sobriety.db"
    if not store.exists():
        say(f"writing a month of {hosts} hosts")
        (folder / "inventory.csv").write_text(
            children.run([BUILD / "store_month", "--path", store, "--hosts", hosts], timeout=3600), encoding="utf-8")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    config = folder / "collector.yaml"
    config.write_text(f"store: {{path: {store}}}\npolicy: {{file: policy.yaml}}\nreport: {{organisation: Métropole}}\n",
                      encoding="utf-8")
    for reports in folder.glob("sobriety.db.reports*"):
        reports.unlink()
    figures = {"hosts": hosts, "store_bytes": store.stat().st_size}
    for name, arguments in RUNS.items():
        say(f"report: {name}")
        output = folder / f"report.{name}"
        figures[name] = measured([BUILD / "sobriety-collector", "report", "--config.file", config, "--output", output,
                                  *arguments], folder / f"{name}.log")
        figures[name]["bytes"] = output.stat().st_size
    figures["kept_bytes"] = (folder / "sobriety.db.reports").stat().st_size
    return figures


def table(figures):
    lines = [f"{figures['hosts']} hosts, a month by hour: a store of {figures['store_bytes'] / 1e6:.0f} MB; kept issue "
             f"{figures['kept_bytes'] / 1e6:.1f} MB", "",
             "| report | wall s | CPU s | peak MiB | output kB |", "|---|---|---|---|---|"]
    for name in RUNS:
        of = figures[name]
        lines.append(f"| {name} | {of['wall_s']:.2f} | {of['cpu_s']:.2f} | {of['peak_mib']:.0f} | {of['bytes'] / 1e3:.0f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/report.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    parser.add_argument("--keep", metavar="DIR", help="make the store there and leave it, or use the one that is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(folder, options.hosts)
    print(table(figures))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
