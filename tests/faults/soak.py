"""Real agents and simulated ones report to a collector, and all of them are killed at random, for as long as asked.

At the end everything is delivered, and the totals must equal the truth exactly. Memory and descriptors of the collector
and of an agent that is never killed are written down all along: they must be flat.
"""

import argparse
import json
import os
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
from rig import Rig  # noqa: E402
from real_agent import RealAgent  # noqa: E402

FLEETS = 4  # processes that the simulated agents are spread over


def arguments():
    parser = argparse.ArgumentParser(prog="tests/faults/soak.sh", description=__doc__,
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--agents", type=int, default=20, help="real agent processes")
    parser.add_argument("--simulated", type=int, default=2000, help="simulated agents, with the real spool and delivery")
    parser.add_argument("--seed", type=int, default=1, help="of the kills")
    parser.add_argument("--json", metavar="FILE", help="write the account there")
    return parser.parse_args()


class Usage:
    """Resident memory and descriptors of a process, from /proc, as they go on."""

    def __init__(self):
        self.rows = []

    def look(self, what, pid, began):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            files = len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            return  # killed meanwhile
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        self.rows.append({"what": what, "at_s": round(time.monotonic() - began, 1), "resident_kib": resident, "files": files})

    def summary(self, what):
        rows = [row for row in self.rows if row["what"] == what]
        third = len(rows) // 3
        if third == 0:
            return {}
        biggest = lambda part, key: max(row[key] for row in part)  # noqa: E731
        return {key: {"first_third": biggest(rows[:third], key), "last_third": biggest(rows[-third:], key)}
                for key in ("resident_kib", "files")}


def soak(options):
    chance = random.Random(options.seed)
    usage = Usage()
    kills = {"collector": 0, "fleet": 0, "agent": 0}
    with Rig() as it:
        it.start_collector()
        fleets = [it.fleet(hosts=options.simulated // FLEETS, seed=number + 1, rate=1) for number in range(FLEETS)]
        for fleet in fleets:
            fleet.start(arguments=["--connect-over", "10"])
        agents = [RealAgent(it, number) for number in range(options.agents)]
        spared = agents[0]
        began = time.monotonic()
        until = began + options.minutes * 60
        next_word = began
        while time.monotonic() < until:
            time.sleep(chance.uniform(1, 5))
            it.look()
            usage.look("collector", it.collector.process.pid, began)
            usage.look("agent", spared.program.process.pid, began)
            victim = chance.choices(("collector", "fleet", "agent"), (2, 1, 4))[0]
            kills[victim] += 1
            if victim == "collector":
                it.kill_collector()
                it.start_collector()
            elif victim == "fleet":
                fleet = chance.choice(fleets)
                fleet.kill()
                fleet.start()
            else:
                agent = chance.choice(agents[1:])
                agent.kill()
                agent.start()
            if time.monotonic() > next_word:
                next_word += 60
                print(f"{(time.monotonic() - began) / 60:5.1f} min: {kills}, {it.watch.pages} pages of /metrics, "
                      f"{len(it.oracle.violations)} violations", file=sys.stderr, flush=True)
        print("stopping, and delivering what is left", file=sys.stderr, flush=True)
        for agent in agents:
            agent.stop()
        for fleet in fleets:
            fleet.finish()
        real = [agent.truth() for agent in agents]
        truths = it.truths() + real
        account = {"minutes": options.minutes, "kills": kills, "pages": it.watch.pages, "hosts": len(truths),
                   "batches": sum(truth.seq for truth in truths), "samples": sum(truth.samples for truth in truths),
                   "joules": sum(truth.microjoules or 0 for truth in truths) / 1e6,
                   "collector": usage.summary("collector"), "agent_never_killed": usage.summary("agent")}
        it.judge(real)
        account["violations"] = it.oracle.violations
        return account


def main():
    options = arguments()
    account = soak(options)
    text = json.dumps(account, indent=2)
    if options.json:
        pathlib.Path(options.json).write_text(text + "\n")
    print(text)
    print("soak: " + ("violated" if account["violations"] else "holds"))
    sys.exit(1 if account["violations"] else 0)


if __name__ == "__main__":
    main()
