"""Progress lines, on standard error: standard output is the table."""

import sys
import time

_begin = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - _begin:5.0f} s] {text}", file=sys.stderr, flush=True)
