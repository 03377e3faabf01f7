"""What programs of an earlier release say and hear, recorded in tests/fixtures/wire: today's collector accounts it the same, and
today's agent takes the collector's answers. Both pass over fields that a later release may add.

tests/deploy/compatibility.sh does the same with the earlier release's own programs.
"""

import json
import signal
import socket

import harness
import protocol
import wire_record

RECORDS = sorted((harness.SOURCE_ROOT / "tests/fixtures/wire").glob("*.json"))


def as_recorded(kind, payload):
    return payload


class Newer:
    """Frames with fields that this release does not know, of each shape that protobuf has."""

    def __init__(self):
        self.hashes = {}

    def __call__(self, kind, payload):
        more = (payload + protocol.field(1000, 7) + protocol.field(1001, b"of a later release")
                + protocol.varint(1002 << 3 | 1) + b"fixed 64" + protocol.varint(1003 << 3 | 5) + b"  32")
        if kind == protocol.INVENTORY:
            self.hashes[protocol.inventory_hash(payload)] = protocol.inventory_hash(more)
        if kind == protocol.BATCH:  # names the inventory by what it has become
            for old, new in self.hashes.items():
                more = more.replace(protocol.varint(2 << 3 | 1) + old, protocol.varint(2 << 3 | 1) + new)
        return more


def frames_of(connection, sender, change):
    for frame in connection:
        if frame["from"] == sender:
            bytes_ = bytes.fromhex(frame["bytes"])
            yield bytes_[3], protocol.frame(bytes_[3], change(bytes_[3], bytes_[8:]), version=bytes_[2])


def read_frame(connection):
    """Kind and payload; no kind where it ended."""
    header = connection.recv(8, socket.MSG_WAITALL)
    if len(header) < 8:
        return None, b""
    return header[3], connection.recv(int.from_bytes(header[5:8], "big"), socket.MSG_WAITALL)


class Collector(harness.TestCase):
    """Of today, with an agent of then."""

    def play(self, record, change):
        collector = self.bench.collector()
        for connection in record["connections"]:
            with socket.create_connection(collector.address, timeout=harness.PATIENCE) as agent:
                for kind, frame in frames_of(connection, "agent", change):
                    if kind == protocol.GOODBYE:
                        shown = wire_record.account(collector.metrics())
                    agent.sendall(frame)
                    answer = {protocol.HELLO: protocol.WELCOME, protocol.BATCH: protocol.ACK}.get(kind)
                    if answer:
                        self.assertEqual(read_frame(agent)[0], answer, collector.log())
        return shown

    def test_accounts_what_a_recorded_agent_said_to_the_same_joules(self):
        for path in RECORDS:
            with self.subTest(path.stem):
                record = json.loads(path.read_text())
                self.assertEqual(self.play(record, as_recorded), record["account"])

    def test_passes_over_what_a_later_agent_may_add(self):
        record = json.loads(RECORDS[-1].read_text())
        self.assertEqual(self.play(record, Newer()), record["account"])


class Agent(harness.TestCase):
    """Of today, with a collector of then: what is acknowledged is forgotten, what is not comes again."""

    def listen(self):
        listening = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        listening.settimeout(harness.PATIENCE)
        return listening, "127.0.0.1:%d" % listening.getsockname()[1]

    def answer(self, listening, answers, acks):
        """Plays the collector of a connection up to that many acks; gives the numbers of the batches that came."""
        came = []
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(harness.PATIENCE)
            while True:
                kind, payload = read_frame(connection)
                self.assertIn(kind, (protocol.HELLO, protocol.INVENTORY, protocol.BATCH))
                if kind == protocol.HELLO:
                    connection.sendall(answers[protocol.WELCOME].pop(0))
                if kind == protocol.BATCH:
                    came.append(payload[1])  # its number: field 1, small
                    if len(came) > acks:
                        return came
                    connection.sendall(answers[protocol.ACK].pop(0))

    def converse(self, record, change):
        listening, endpoint = self.listen()
        answers = {protocol.WELCOME: [], protocol.ACK: []}
        for connection in record["connections"]:
            for kind, frame in frames_of(connection, "collector", change):
                answers[kind].append(frame)
        first = len([frame for frame in record["connections"][0] if frame["type"] == "ack"])
        agent = self.bench.agent(endpoint, "here")
        # The recorded acks count the batches of the agent of then from 1; ours are numbered the same.
        self.assertEqual(self.answer(listening, answers, first), list(range(1, first + 2)))
        came = self.answer(listening, answers, 2)
        self.assertEqual(came, list(range(first + 1, first + 4)))
        self.assertEqual(agent.stop(signal.SIGTERM), 0)
        self.assertNotRegex(agent.log(), r"malformed|not understood")

    def test_takes_a_recorded_collector_s_answers(self):
        for path in RECORDS:
            with self.subTest(path.stem):
                self.converse(json.loads(path.read_text()), as_recorded)

    def test_passes_over_what_a_later_collector_may_add(self):
        self.converse(json.loads(RECORDS[-1].read_text()), Newer())


class Records(harness.TestCase):
    def test_there_is_one_of_this_protocol_and_it_has_what_matters(self):
        self.assertTrue(RECORDS)
        for path in RECORDS:
            record = json.loads(path.read_text())
            self.assertGreater(sum(record["account"].values()), 0)
            for connection in record["connections"]:
                self.assertEqual({frame["type"] for frame in connection},
                                 {"hello", "welcome", "inventory", "batch", "ack", "goodbye"})


if __name__ == "__main__":
    harness.main()
