"""A year in minutes: plays a simulated fleet through the real collector and compares what it accounts with the truth.

Figures: the worst over hosts and months (of UTC) of |accounted - true| / true, of time on, idle, and either out of hours
(at least an hour of the month), and of energy (at least a kilowatt hour); what is not conserved, over the whole ledger;
precision and recall of verdicts, day by day of each host.
"""
import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "year"), str(ROOT / "tests" / "e2e")]

import compare  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/year.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20 machines instead of 500")
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures, worst = compare.measure(options.seed, options.hosts or (20 if options.quick else 500), options.days,
                                     lambda text: print(text, file=sys.stderr))
    print(json.dumps(figures, indent=1))
    for kind, (error, where) in worst.items():
        print(f"worst of {kind}: {100 * error:.3f} % ({where})", file=sys.stderr)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if compare.is_good(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
