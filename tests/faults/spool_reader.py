"""Reads how far an agent's spool is, from the words of agent/spool/FORMAT.md and without the agent's code."""

import pathlib
import struct

import oracle

_HEADER = struct.Struct("<8sII16sQQqII")
_RECORD = struct.Struct("<IIIIQQ")
SAMPLE, BATCH = 3, 4


def samples_kept(state):
    """Samples in a spool of which nothing was acknowledged, whether in batches or on their own."""
    batches, alone = 0, 0
    for segment in sorted(pathlib.Path(state, "spool").glob("*.seg")):
        for kind, count, _, _ in _records(segment.read_bytes()):
            if kind == BATCH:
                batches, alone = batches + count, 0
            elif kind == SAMPLE:
                alone += count
    return batches + alone


def _records(data):
    """Type, samples, number and acknowledged number of each."""
    at = _HEADER.size
    while at + _RECORD.size <= len(data):
        _, length, kind, count, of, acked = _RECORD.unpack_from(data, at)
        if kind == 0:
            return
        yield kind, count, of, acked
        at += _RECORD.size + length


def read(state):
    """The truth of the agent whose state directory this is; it must have stopped."""
    host = bytes.fromhex((pathlib.Path(state) / "host-id").read_text().strip().replace("-", ""))
    newest = max(pathlib.Path(state, "spool").glob("*.seg"))
    data = newest.read_bytes()
    magic, version, _, _, seq, samples, _, _, _ = _HEADER.unpack_from(data)
    assert magic == b"SBSPOOL\0" and version == 1, f"{newest}: {magic} version {version}"
    seq -= 1
    acknowledged = 0
    for kind, count, of, acked in _records(data):
        acknowledged = max(acknowledged, acked)
        if kind == BATCH:
            seq, samples = of, samples + count
    return oracle.Truth(host, seq, samples, None, acknowledged, 0)
