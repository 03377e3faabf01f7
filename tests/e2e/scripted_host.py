"""An agent whose samples the test makes up: it knows the time and the value of each, so that what
arrives anywhere can be compared with the truth. It keeps what is not acknowledged, as agents do."""

import collections
import socket
import threading
import time

import protocol
from protocol import field, frame, varint, zigzag

CPU_TIME, COMPONENT_ENERGY = 1, 2  # signals
OTHER = 6  # scope


def column_differences(cells):
    """What each cell is above what was expected of it."""
    before, step = 0, 0
    for number, cell in enumerate(cells):
        expected = before + step if number > 1 else before
        yield (cell - expected + (1 << 63)) % (1 << 64) - (1 << 63)
        step = cell - before if number else 0
        before = cell


def packed(differences):
    """Runs of n zeros as 0 and n - 1."""
    out, zeros = [], 0
    for difference in [*differences, None]:
        if difference == 0:
            zeros += 1
            continue
        if zeros:
            out += [0, zeros - 1]
            zeros = 0
        if difference is not None:
            out.append(difference)
    return b"".join(varint(zigzag(number)) for number in out)


class ScriptedHost:
    """Sends batches from a thread of its own, again and again until they are acknowledged."""

    BOOT_AGE_MS = 3_600_000 * 24  # at the first sample

    def __init__(self, number, name, address, first_ms):
        self.id = bytes([number]) * 16
        self.name = name
        self.address = address
        self.boot_ms = first_ms - self.BOOT_AGE_MS
        self.samples = []  # (ms since 1970, CPU time in 1/100 s, energy in uJ), of all batches
        self._seq = 0
        self._waiting = collections.OrderedDict()  # seq -> frame
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def inventory(self):
        series = (field(12, field(1, CPU_TIME) + field(2, b"user")) +
                  field(12, field(1, COMPONENT_ENERGY) + field(2, b"meter") + field(3, OTHER)))
        return field(2, b"b" * 16) + field(3, zigzag(self.boot_ms)) + series

    def report(self, samples):
        """A batch: (ms since 1970, CPU time, energy) each."""
        columns = [[at - self.boot_ms for at, _, _ in samples], [self.boot_ms] * len(samples), [0] * len(samples),
                   [cpu for _, cpu, _ in samples], [energy for _, _, energy in samples]]
        values = packed([difference for cells in columns for difference in column_differences(cells)])
        with self._changed:
            self._seq += 1
            self.samples += samples
            payload = (field(1, self._seq) + varint(2 << 3 | 1) + protocol.inventory_hash(self.inventory) +
                       field(3, len(samples)) + field(4, values))
            self._waiting[self._seq] = frame(protocol.BATCH, payload)
            self._changed.notify_all()

    def unacknowledged(self):
        with self._changed:
            return len(self._waiting)

    def close(self):
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(10)

    def _run(self):
        while not self._ended:
            try:
                with socket.create_connection(self.address, timeout=5) as connection:
                    self._converse(connection)
            except OSError:
                pass
            time.sleep(0.2)

    def _converse(self, connection):
        connection.sendall(protocol.hello(host=self.id, stream=b"s" * 16, name=self.name.encode(),
                                          wall_ms=time.time_ns() // 1_000_000) +
                           frame(protocol.INVENTORY, self.inventory))
        connection.settimeout(0.05)
        received, sent = b"", None  # nothing goes before the welcome
        while not self._ended:
            try:
                piece = connection.recv(65536)
                if not piece:
                    return
                received += piece
            except TimeoutError:
                pass
            for kind, whole in protocol.frames(received):
                received = received[len(whole):]
                assert kind in (protocol.WELCOME, protocol.ACK), whole
                sent = max(sent or 0, self._acknowledged(first_number(whole[8:])))
            if sent is None:
                continue
            with self._changed:
                fresh = {seq: bytes_ for seq, bytes_ in self._waiting.items() if seq > sent}
            for seq, bytes_ in fresh.items():
                connection.sendall(bytes_)
                sent = seq

    def _acknowledged(self, upto):
        with self._changed:
            for seq in [seq for seq in self._waiting if seq <= upto]:
                del self._waiting[seq]
        return upto


def first_number(payload):
    """Field 1 as a number; 0 where it is not there."""
    if not payload or payload[0] != 1 << 3:
        return 0
    return protocol.read_varint(payload, 1)[0]
