"""System calls of running processes, counted by strace in a window of their own: it slows what it traces."""

import signal
import time

import children


def count(processes, seconds, folder):
    """{name: calls a second} for {name: process}, all traced in the same window; empty where strace cannot trace."""
    if not children.have("strace"):
        return {}
    tracers = {}
    for name, process in processes.items():
        summary = folder / f"strace-{name}"
        tracers[name] = (children.start(["strace", "-c", "-f", "-o", summary, "-p", process.pid], folder / "strace-log"),
                         summary)
    time.sleep(seconds)
    counted = {}
    for name, (tracer, summary) in tracers.items():
        children.stop(tracer, how=signal.SIGINT)
        calls = _total(summary)
        if calls is not None:
            counted[name] = calls / seconds
    return counted


def _total(summary):
    """The `total` line of strace -c: % time, seconds, usecs/call, calls, [errors,] total."""
    if not summary.exists():
        return None
    for line in summary.read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if words and words[-1] == "total":
            return int(words[3])
    return None
