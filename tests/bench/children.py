"""Child processes that end with the run: by their own pid, on every way out."""

import atexit
import contextlib
import ctypes
import resource
import shutil
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_running = []


def _die_with_parent():
    """The kernel ends the child when the benchmark itself is killed, where atexit would not run."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def start(argv, log, namespace=None):
    """Starts argv with its output appended to the file `log`; in `namespace` where given.

    nsenter replaces itself by the program, so the pid is the program's own.
    """
    argv = [str(word) for word in argv]
    if namespace is not None:
        argv = ["nsenter", f"--net=/proc/{namespace.pid}/ns/net", "--", *argv]
    with open(log, "ab") as sink:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                                 preexec_fn=_die_with_parent, start_new_session=True)
    _running.append(child)
    return child


def stop(child, patience=10, how=signal.SIGTERM):
    """Asks the child to end, and insists after `patience` seconds. Returns its exit status."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child in _running:
        _running.remove(child)
    return child.returncode


def alive_or_fail(child, what, log):
    if child.poll() is None:
        return
    with open(log, encoding="utf-8", errors="replace") as text:
        last = text.read()[-2000:]
    raise RuntimeError(f"{what} ended at once with status {child.returncode}; its log {log} ends with:\n{last}")


def run(argv, namespace=None, check=True, timeout=600):
    """Runs argv to its end and returns its standard output."""
    argv = [str(word) for word in argv]
    if namespace is not None:
        argv = ["nsenter", f"--net=/proc/{namespace.pid}/ns/net", "--", *argv]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False,
                          preexec_fn=_die_with_parent)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)} failed with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def have(program):
    return shutil.which(program) is not None


def stop_all():
    """Ends what is running, the youngest first, so that a namespace outlives what runs in it."""
    for child in list(reversed(_running)):
        stop(child, patience=3)


def _leave(number, _frame):
    sys.exit(128 + number)


def install_exit_handlers():
    atexit.register(stop_all)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)


def allow_open_files(wanted):
    """Raises the limit on open files that children inherit as far as it goes, and returns what it is then."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in ((wanted, max(wanted, hard)), (hard, hard)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
