"""Reads how far an agent's spool is, from the words of agent/spool/FORMAT.md and without the agent's code."""

import pathlib
import struct

import oracle

_HEADER = struct.Struct("<8sII16sQQqII")
_RECORD = struct.Struct("<IIIIQQ")
BATCH = 4


def read(state):
    """The truth of the agent whose state directory this is; it must have stopped."""
    host = bytes.fromhex((pathlib.Path(state) / "host-id").read_text().strip().replace("-", ""))
    newest = max(pathlib.Path(state, "spool").glob("*.seg"))
    data = newest.read_bytes()
    magic, version, _, _, seq, samples, _, _, _ = _HEADER.unpack_from(data)
    assert magic == b"SBSPOOL\0" and version == 1, f"{newest}: {magic} version {version}"
    seq -= 1
    at, acknowledged = _HEADER.size, 0
    while at + _RECORD.size <= len(data):
        _, length, kind, count, of, acked = _RECORD.unpack_from(data, at)
        if kind == 0:
            break
        acknowledged = max(acknowledged, acked)
        if kind == BATCH:
            seq, samples = of, samples + count
        at += _RECORD.size + length
    return oracle.Truth(host, seq, samples, None, acknowledged, 0)
