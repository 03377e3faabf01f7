"""The telemetry protocol as proto/README.md specifies it, written a second time and only as far as the
tests need it: to say hello, and to say what no agent would."""

import ctypes
import ctypes.util
import socket

HELLO, WELCOME, INVENTORY, BATCH, GAP, ACK, REFUSAL, GOODBYE = range(1, 9)
LARGEST_PAYLOAD = 256 * 1024
XXHASH = ctypes.CDLL(ctypes.util.find_library("xxhash"))
XXHASH.XXH3_64bits.restype = ctypes.c_uint64


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data, at=0):
    """The number that begins at `at`, and where it ends."""
    number, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def zigzag(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def frame(kind, payload=b"", version=1, flags=0, length=None):
    return (b"SB" + bytes([version, kind, flags]) +
            (len(payload) if length is None else length).to_bytes(3, "big") + payload)


def hello(host=b"h" * 16, stream=b"s" * 16, name=b"hostile", interval_ms=1000, wall_ms=1_700_000_000_000):
    return frame(HELLO, field(1, host) + field(2, stream) + field(3, name) + field(4, b"test") +
                 field(5, zigzag(wall_ms)) + field(6, interval_ms))


def inventory(series=(), boot=b"b" * 16):
    rows = b"".join(field(12, field(1, signal) + field(2, instance)) for signal, instance in series)
    return frame(INVENTORY, field(2, boot) + field(3, zigzag(1_700_000_000_000)) + rows)


def inventory_hash(payload):
    """What a batch names its inventory by: XXH3-64, little endian."""
    return XXHASH.XXH3_64bits(payload, ctypes.c_size_t(len(payload))).to_bytes(8, "little")


def gap(first, last):
    return frame(GAP, field(1, first) + field(2, last))


def batch(seq, inventory_hash=0, samples=1):
    fixed = varint(2 << 3 | 1) + inventory_hash.to_bytes(8, "little")
    return frame(BATCH, field(1, seq) + fixed + field(3, samples) + field(4, b"\x00\x00"))


def converse(address, data, half_close=True, timeout=10.0):
    """Sends `data` and gives all that comes back until the collector closes."""
    with socket.create_connection(address, timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            pass  # closed with our bytes unread: as good as closed
        return received


def frames(received):
    """(kind, bytes) of each whole frame at the start of `received`."""
    while len(received) >= 8:
        assert received[:3] == b"SB\x01", received[:8]
        size = 8 + int.from_bytes(received[5:8], "big")
        if len(received) < size:
            return
        yield received[3], received[:size]
        received = received[size:]


def kinds(received):
    """The kinds of the frames in `received`."""
    return [kind for kind, _ in frames(received)]
