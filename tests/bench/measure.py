"""What a process has cost, read from /proc: nothing is added to the process that is measured."""

import os
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """Totals of one process, over its tasks, at one moment."""

    at: float
    cpu_s: float
    voluntary: int
    involuntary: int
    tasks: int


@dataclass(frozen=True)
class Window:
    """What was spent between two readings."""

    seconds: float
    cpu_s: float
    voluntary: int
    involuntary: int
    tasks: int


@dataclass(frozen=True)
class Memory:
    """Bytes, from smaps_rollup. Private is what would be freed if the process ended."""

    rss: int
    pss: int
    private: int


def _tasks(pid):
    return [f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task")]


def _cpu_seconds(pid):
    """CPU time of the whole process in nanoseconds' precision, threads that have ended included.

    It is the clock that clock_getcpuclockid(3) names; utime + stime of /proc/PID/stat are the same in 10 ms steps.
    """
    return time.clock_gettime(~pid << 3 | 2)


def _task_switches(task):
    voluntary = involuntary = 0
    with open(f"{task}/status", encoding="utf-8", errors="replace") as text:
        for line in text:
            if line.startswith("voluntary_ctxt_switches:"):
                voluntary = int(line.split()[1])
            elif line.startswith("nonvoluntary_ctxt_switches:"):
                involuntary = int(line.split()[1])
    return voluntary, involuntary


def read(pid):
    """Switches are summed over the tasks alive: those of a task that ended are lost."""
    at = time.monotonic()
    cpu = _cpu_seconds(pid)
    voluntary = involuntary = tasks = 0
    for task in _tasks(pid):
        try:
            own = _task_switches(task)
        except (FileNotFoundError, ProcessLookupError):
            continue
        voluntary += own[0]
        involuntary += own[1]
        tasks += 1
    return Reading(at, cpu, voluntary, involuntary, tasks)


def between(begin, end):
    return Window(end.at - begin.at, end.cpu_s - begin.cpu_s, end.voluntary - begin.voluntary,
                  end.involuntary - begin.involuntary, end.tasks)


def memory(pid):
    field = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as text:
        for line in text:
            words = line.split()
            if len(words) == 3 and words[2] == "kB":
                field[words[0].rstrip(":")] = int(words[1]) * 1024
    return Memory(field["Rss"], field["Pss"], field["Private_Clean"] + field["Private_Dirty"])


def kept_open_files(pid, below=("/proc/", "/sys/")):
    """The files of /proc and /sys that a process keeps open, so that a bare loop can read the same ones."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
        if target.startswith(below) and os.path.isfile(target):
            found.append(target)
    return sorted(set(found))
