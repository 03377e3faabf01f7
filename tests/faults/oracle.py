"""Says whether the promise held: what the machines did against what the collector keeps.

The truth is a fleet's own file (tests/fleet/truth_file.hpp), which no kill reaches. The account is the collector's
database, read by SQLite's own library and not by ours.
"""

import contextlib
import pathlib
import sqlite3
import struct
import subprocess
from dataclasses import dataclass

_STANDING = struct.Struct("<QQq10Q")   # seq, samples, lived until; then the machine's counters, energy and start first
_TAIL = struct.Struct("<QQ")
_HOST = 16 + _STANDING.size + _TAIL.size


@dataclass(frozen=True)
class Truth:
    """Of one machine, by its last batch that reached its spool."""

    host: bytes
    seq: int
    samples: int
    microjoules: int | None  # None: not known
    acknowledged: int
    dropped_samples: int


def read_truth(path):
    found = []
    data = pathlib.Path(path).read_bytes()
    for at in range(0, len(data), _HOST):
        host = data[at:at + 16]
        done = _STANDING.unpack_from(data, at + 16)
        acknowledged, dropped = _TAIL.unpack_from(data, at + 16 + _STANDING.size)
        if done[0] > 0:
            found.append(Truth(host, seq=done[0], samples=done[1], microjoules=done[3] - done[4],
                               acknowledged=acknowledged, dropped_samples=dropped))
    return found


_ACCOUNTS = """
    SELECT host.id, state.seq, state.samples, state.uj_measured + state.uj_estimated, hours.samples, hours.uj
    FROM host JOIN host_state AS state ON state.host = host.no LEFT JOIN
      (SELECT host, sum(samples) AS samples, sum(uj_measured + uj_estimated) AS uj FROM host_hour GROUP BY host) AS hours
      ON hours.host = host.no"""


@dataclass(frozen=True)
class Account:
    """Of one host, as the collector's database has it."""

    seq: int
    samples: int
    microjoules: int
    samples_of_hours: int      # the sums of its ledger's rows
    microjoules_of_hours: int


def read_accounts(database):
    """Host id -> Account. Reads beside a running collector, too."""
    return {bytes(row[0]): Account(*row[1:]) for row in _query(database, _ACCOUNTS)}


def read_hours(database):
    """The hours since 1970 that the ledger has."""
    return [row[0] for row in _query(database, "SELECT DISTINCT hour FROM host_hour")]


def _query(database, text):
    # Not read-only: whoever comes first after a crash has to roll the journal.
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as store:
        try:
            return store.execute(text).fetchall()
        except sqlite3.OperationalError as problem:
            if "no such table" in str(problem):
                return []  # it died before it made its tables
            raise


class Oracle:
    """Gathers what is wrong."""

    def __init__(self, programs):
        self._programs = programs
        self.violations = []

    def violated(self, what):
        self.violations.append(what)

    def acknowledged_is_stored(self, truths, database, when):
        """After the collector died, before any agent came back."""
        accounts = read_accounts(database)
        for truth in truths:
            stored = accounts[truth.host].seq if truth.host in accounts else 0
            if truth.acknowledged > stored:
                self.violated(f"{when}: batch {truth.acknowledged} of host {truth.host.hex()} was acknowledged, "
                              f"the store has {stored}")

    def totals_equal_truth(self, truths, database):
        """After all was delivered: each sample took effect once."""
        accounts = read_accounts(database)
        for truth in truths:
            account = accounts.get(truth.host)
            if account is None:
                self.violated(f"host {truth.host.hex()} is not in the store")
                continue
            # What was on its way when the bound dropped it may have arrived all the same.
            if not truth.samples - truth.dropped_samples <= account.samples <= truth.samples:
                self.violated(f"host {truth.host.hex()}: samples: kept {account.samples}, true {truth.samples}, "
                              f"of them dropped {truth.dropped_samples}")
            for what, kept, true in (("last batch", account.seq, truth.seq),
                                     ("samples by the hour", account.samples_of_hours, account.samples),
                                     ("microjoules", account.microjoules, truth.microjoules),
                                     ("microjoules by the hour", account.microjoules_of_hours, account.microjoules)):
                if true is not None and kept != true:
                    self.violated(f"host {truth.host.hex()}: {what}: kept {kept}, true {true}")

    def store_is_sound(self, config):
        done = subprocess.run([self._programs / "sobriety-collector", "verify", "--config.file", config],
                              capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            self.violated(f"verify: {done.stdout.strip()} {done.stderr.strip()}")


# Counters of the agent's process, which begin again with it; all others are of the host or of its boot.
_OF_A_PROCESS = ("sobriety_host_agent_", "sobriety_host_source_", "sobriety_host_spool_", "sobriety_host_discontinuities_")


class Watch:
    """Compares successive pages of /metrics: no counter of a host may go back."""

    def __init__(self, oracle):
        self._oracle = oracle
        self._seen = {}
        self.pages = 0

    def look(self, metrics):
        self.pages += 1
        for (name, labels), value in metrics.samples.items():
            if (not name.startswith("sobriety_host_") or name.startswith(_OF_A_PROCESS)
                    or metrics.types.get(name) != "counter"):
                continue
            before = self._seen.get((name, labels))
            if before is not None and value < before:
                self._oracle.violated(f"{name}{dict(labels)} went back from {before} to {value}")
            self._seen[name, labels] = value
