"""Injects every fault and prints a line for each: what, how often, and whether the promise held."""

import argparse
import os
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import faults  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="tests/faults/run.sh", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer injections, under 5 minutes: the form of the suite")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    parser.add_argument("names", nargs="*", metavar="FAULT", help="only these")
    return parser.parse_args()


def run(fault, short):
    started = time.monotonic()
    try:
        injected, violations = fault(short)
    except Exception:  # a fault that could not be injected proves nothing
        injected, violations = 0, [traceback.format_exc()]
    if injected == 0 and not violations:
        violations = ["the fault was never injected"]
    verdict = "violated" if violations else "holds"
    print(f"{fault.__name__:32} {fault.__doc__}; injected {injected} times in {time.monotonic() - started:.0f} s: {verdict}",
          flush=True)
    for violation in violations[:10]:
        print("    " + violation.replace("\n", "\n    "), file=sys.stderr, flush=True)
    return not violations


def main():
    options = arguments()
    known = {fault.__name__: fault for fault in faults.FAULTS}
    unknown = [name for name in options.names if name not in known]
    if unknown:
        sys.exit(f"no fault is called {', '.join(unknown)}; --list names them")
    if options.list:
        for name, fault in known.items():
            print(f"{name:32} {fault.__doc__}")
        return
    chosen = [known[name] for name in options.names] or faults.FAULTS
    held = [run(fault, options.short) for fault in chosen]
    print(f"{sum(held)} of {len(held)} faults: the promise holds" if all(held) else
          f"{len(held) - sum(held)} of {len(held)} faults: the promise is violated", file=sys.stderr)
    # Threads of cables may still be about; nothing of them matters any more.
    sys.stdout.flush()
    os._exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
