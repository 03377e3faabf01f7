"""Plays a plan through the real collector and compares what it accounts with the truth."""
import collections
import contextlib
import datetime
import json
import sqlite3
import subprocess
import time

import harness
import plan
import truth

HOUR_MS = 3_600_000
KWH = 3.6e6  # joules
ON = ("active", "idle", "on")


def told(database):
    """What the ledger says, by host: figures by month, and milliseconds under each verdict by day."""
    months, days = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    database.row_factory = sqlite3.Row
    for row in database.execute("SELECT host.name, host_hour.* FROM host_hour JOIN host ON host.no = host_hour.host"):
        month = datetime.datetime.fromtimestamp(row["hour"] * 3600, datetime.timezone.utc).strftime("%Y-%m")
        at = months[row["name"], month]
        at["joules"] += (row["uj_measured"] + row["uj_estimated"]) / 1e6
        at["idle"] += row["ms_idle"] / 1e3
        at["idle_out"] += row["ms_idle_out"] / 1e3
        for state in ON:
            at["on"] += row[f"ms_{state}"] / 1e3
            at["on_out"] += row[f"ms_{state}_out"] / 1e3
        day = days[row["name"], row["hour"] // 24]
        for verdict in ("left_on", "underused", "comatose", "confirmed"):
            day[verdict] += row[f"ms_{verdict}"]
    return months, days


def not_conserved(database, truths):
    """Microjoules by which energy by state and by quality differ, and seconds by which the ledger's time and that of the
    lives do."""
    energy, = database.execute(
        "SELECT max(abs(uj_measured + uj_estimated - uj_active - uj_idle - uj_on - uj_suspended - uj_off))"
        " FROM host_hour").fetchone()
    seconds = 0
    for name, time_ms in database.execute(
            "SELECT name, sum(ms_active + ms_idle + ms_on + ms_suspended + ms_off + ms_lost) FROM host_hour"
            " JOIN host ON host.no = host_hour.host GROUP BY name"):
        lived = sum(month["all"] for month in truths[name].months.values())
        seconds = max(seconds, abs(time_ms / 1e3 - lived))
    return energy, seconds


def errors(months, truths):
    """The worst errors, each with where it was."""
    worst = {"seconds": (0, ""), "energy": (0, "")}
    for name, true in truths.items():
        for month, figures in true.months.items():
            found = months[name, month]
            for figure in ("on", "idle", "on_out", "idle_out", "joules"):
                least = KWH if figure == "joules" else 3600
                error = abs(found[figure] - figures[figure]) / max(figures[figure], least)
                kind = "energy" if figure == "joules" else "seconds"
                worst[kind] = max(worst[kind], (error, f"{name} {month} {figure}: {found[figure]:.0f} for "
                                                       f"{figures[figure]:.0f}"))
    return worst


def verdict_figures(days, truths, last_day):
    said_of = collections.defaultdict(set)  # days by host and verdict
    for (host, day), times in days.items():
        if day < last_day:
            for verdict, time_ms in times.items():
                if time_ms >= HOUR_MS / 2:
                    said_of[host, verdict].add(day)
    found = {}
    for verdict in ("left_on", "underused", "comatose", "confirmed"):
        right = wrong = missed = 0
        for name, true in truths.items():
            expected = {day for day in (true.left_on_days() if verdict == "left_on" else true.verdict_days(verdict))
                        if day < last_day}
            said = said_of[name, verdict]
            right, wrong, missed = (right + len(expected & said), wrong + len(said - expected),
                                    missed + len(expected - said))
        found[verdict] = {"precision": right / (right + wrong) if right + wrong else None,
                          "recall": right / (right + missed) if right + missed else None, "days": right + missed}
    return found


def play(bench, hosts, threads):
    store = bench.path("year") / "year.db"
    config = bench.path("config") / "collector.yaml"
    config.write_text("telemetry:\n  listen: 127.0.0.1:0\n  plain: true\nweb:\n  listen: 127.0.0.1:0\ncommit_interval: 10ms\n"
                      f"store:\n  path: {store}\nthreads: 2\n")
    file = bench.path("plan") / "plan.txt"
    with open(file, "w", encoding="utf-8") as out:
        plan.write(hosts, out)
    collector = bench.keep(harness.Program([harness.BIN / "sobriety-collector", "run", "--replay", "--config.file", config]))
    port = collector.wait_for_line(r"telemetry on .*:(\d+)$")[1]
    player = subprocess.run([harness.BIN / "sobriety-replay", file, port, str(threads)], stdout=subprocess.PIPE, text=True)
    if player.returncode != 0:
        raise RuntimeError(f"the plan could not be played:\n{collector.log()}")
    collector.stop(timeout=120)
    verified = subprocess.run([harness.BIN / "sobriety-collector", "verify", "--store", store], text=True, capture_output=True)
    if verified.returncode != 0:
        raise RuntimeError(f"the store is not sound:\n{verified.stdout[:4000]}{verified.stderr}")
    return store, json.loads(player.stdout)["samples"]


def measure(seed, count, days, say=lambda text: None):
    """The figures, and where the worst of them were."""
    started = time.monotonic()
    hosts = plan.fleet(seed, count, datetime.date(2026, 1, 1), days)
    begin, end = hosts[0].segments[0].begin, max(host.segments[-1].end for host in hosts)
    hours = truth.WorkingHours(begin, end)
    truths = {host.name: truth.Truth(host, hours) for host in hosts}
    say(f"{count} machines, {days} days: planned in {time.monotonic() - started:.0f} s")
    with harness.Bench() as bench:
        store, samples = play(bench, hosts, min(count, 64))
        with contextlib.closing(sqlite3.connect(store)) as database:
            months, found = told(database)
            energy, seconds = not_conserved(database, truths)
    worst = errors(months, truths)
    figures = {"hosts": count, "days": days, "samples": samples, "wall_seconds": round(time.monotonic() - started, 1),
               "seconds_error": worst["seconds"][0], "energy_error": worst["energy"][0],
               "conservation_error_uj": energy, "conservation_error_s": seconds,
               "verdicts": verdict_figures(found, truths, end // 86_400)}
    return figures, worst


def is_good(figures):
    return (figures["seconds_error"] <= 0.01 and figures["energy_error"] <= 0.005 and
            figures["conservation_error_uj"] == 0 and figures["conservation_error_s"] == 0 and
            all(value is None or value >= 0.99 for row in figures["verdicts"].values()
                for value in (row["precision"], row["recall"])))
