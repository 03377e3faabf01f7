"""Whatever comes to the telemetry port ends its own connection, is counted, and harms nobody else."""

import random
import socket
import time

import harness
import protocol


def refused(metrics, reason):
    return metrics.value("sobriety_door_refused_total", reason=reason)


class Hostile(harness.TestCase):
    """Every test goes on beside an agent that behaves well, which must not notice."""

    def setUp(self):
        super().setUp()
        self.collector = self.bench.keep(harness.Collector(self.bench.path("collector"), config=harness.Collector.text(
            telemetry="  first_frame_timeout: 1s\n"))).started()
        self.agent = self.bench.agent(self.collector.telemetry, "good")
        self.collector.wait_for_host("good")

    def tearDown(self):
        before = self.collector.metrics().value("sobriety_host_uptime_seconds", host="good")
        self.collector.wait_until(
            lambda metrics: (metrics.value("sobriety_host_uptime_seconds", host="good") or 0) > before, "the good host goes on")
        metrics = self.collector.wait_until(
            lambda metrics: metrics.value("sobriety_door_connections") == 1, "only the good connection is left")
        self.assertEqual(metrics.value("sobriety_host_up", host="good"), 1)
        connected = [line for line in self.agent.lines if "connected to collector" in line]
        self.assertEqual(len(connected), 1, self.agent.log())
        self.assertIsNone(self.collector.process.poll())

    def check(self, reason, data, half_close=True):
        """`data` ends the connection, for `reason`."""
        before = self.collector.metrics()
        received = protocol.converse(self.collector.address, data, half_close)
        after = self.collector.metrics()
        self.assertEqual(refused(after, reason), refused(before, reason) + 1, f"{reason}: {self.collector.log()}")
        self.assertNotIn(protocol.ACK, protocol.kinds(received))
        hosts = set(after.by("host", "sobriety_host_up"))
        self.assertEqual(hosts, set(before.by("host", "sobriety_host_up")))

    def test_before_the_hello(self):
        sayings = {
            "malformed": [b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 100, b"\xff",
                          b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
                          protocol.frame(99), protocol.frame(protocol.HELLO, flags=1), protocol.frame(protocol.HELLO),
                          protocol.hello(host=b"short"), protocol.hello(name=b""), protocol.hello(name=b"\xff"),
                          protocol.hello(name=b"a\nsobriety_host_up{host=\"b\"} 1"), protocol.hello(name=b"n" * 254),
                          protocol.hello(interval_ms=0), protocol.hello(interval_ms=2**32 - 1),
                          protocol.hello(wall_ms=-1), protocol.hello(wall_ms=2**63 - 1)],
            "out_of_order": [protocol.inventory(), protocol.frame(protocol.WELCOME)],
            "unsupported_version": [protocol.frame(protocol.HELLO, version=2), b"SB\x00"],
            "too_large": [protocol.frame(protocol.HELLO, length=2**24 - 1), protocol.frame(protocol.HELLO, length=4097)],
        }
        for reason, all_data in sayings.items():
            for data in all_data:
                with self.subTest(reason=reason, data=data[:40]):
                    self.check(reason, data)

    def test_after_the_hello(self):
        hello = protocol.hello()
        sayings = {
            "malformed": [b"garbage", protocol.frame(protocol.INVENTORY, b"\xff"), protocol.inventory(boot=b"short"),
                          protocol.inventory([(1, b"user"), (1, b"user")]), protocol.inventory([(0, b"")]),
                          protocol.inventory([(1, b"%d" % i) for i in range(1025)]),
                          protocol.inventory([(1, b"\xc3\x28")]), protocol.inventory([(1, b"a\nb")]),
                          protocol.frame(protocol.GAP), protocol.gap(2, 1), protocol.frame(protocol.GOODBYE),
                          protocol.batch(0), protocol.batch(1, samples=0), protocol.batch(1, samples=2**32 - 1)],
            "too_large": [protocol.frame(protocol.BATCH, length=protocol.LARGEST_PAYLOAD + 1)],
            "unsupported_version": [protocol.frame(protocol.BATCH, version=7)],
            "out_of_order": [hello, protocol.batch(2), protocol.gap(5, 6), protocol.frame(protocol.WELCOME),
                             protocol.frame(protocol.ACK), protocol.frame(protocol.REFUSAL)],
            "unknown_inventory": [protocol.batch(1), protocol.inventory() + protocol.batch(1, inventory_hash=42)],
        }
        for reason, all_data in sayings.items():
            for data in all_data:
                with self.subTest(reason=reason, data=data[:40]):
                    received = protocol.converse(self.collector.address, hello + data)
                    # The refusal may be lost where bytes were left unread, but not be another frame.
                    self.assertIn(protocol.kinds(received),
                                  ([protocol.WELCOME, protocol.REFUSAL], [protocol.WELCOME], []))
                    self.check_counted(reason)

    def check_counted(self, reason):
        self.expected = getattr(self, "expected", {})
        self.expected[reason] = self.expected.get(reason, 0) + 1
        self.collector.wait_until(lambda metrics: refused(metrics, reason) == self.expected[reason],
                                  f"{self.expected[reason]} refused as {reason}", timeout=5)

    def test_a_frame_that_ends_in_the_middle_is_counted(self):
        sound = protocol.hello()
        for number, cut in enumerate((1, 7, 8, len(sound) - 1), start=1):
            with self.subTest(cut=cut):
                protocol.converse(self.collector.address, sound[:cut])
                self.collector.wait_until(lambda metrics: metrics.value("sobriety_door_truncated_total") == number,
                                          "it is counted", timeout=5)
        protocol.converse(self.collector.address, sound + protocol.batch(1)[:-1])
        self.collector.wait_until(lambda metrics: metrics.value("sobriety_door_truncated_total") == 5,
                                  "it is counted", timeout=5)

    def test_a_connection_that_says_nothing_or_too_slowly_is_ended(self):
        for number, data in enumerate((b"", b"S", protocol.hello()[:-1]), start=1):
            with self.subTest(data=data):
                started = time.monotonic()
                self.assertEqual(protocol.converse(self.collector.address, data, half_close=False), b"")
                self.assertLess(time.monotonic() - started, 5)
                self.assertEqual(self.collector.metrics().value("sobriety_door_timeouts_total"), number)

    def test_a_connection_that_comes_and_goes_is_nothing(self):
        before = self.collector.metrics()
        for _ in range(50):
            socket.create_connection(self.collector.address).close()
        after = self.collector.metrics()
        self.assertEqual(before.all("sobriety_door_refused_total"), after.all("sobriety_door_refused_total"))

    def test_random_bytes_and_damaged_conversations(self):
        chance = random.Random(1)
        sound = (protocol.hello() + protocol.inventory([(1, b"user"), (2, b"machine")]) + protocol.batch(1) +
                 protocol.gap(1, 3) + protocol.frame(protocol.GOODBYE, b"\x08\x01"))
        for _ in range(200):
            data = bytearray(sound)
            for _ in range(chance.randrange(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            protocol.converse(self.collector.address, bytes(data[:chance.randrange(1, len(data))]))
        for _ in range(50):
            protocol.converse(self.collector.address, chance.randbytes(chance.randrange(1, 2000)))
        self.collector.metrics()  # read strictly: no line was forged


class Places(harness.TestCase):
    def test_one_connection_too_many_is_refused_and_the_others_go_on(self):
        collector = self.bench.keep(harness.Collector(self.bench.path("collector"), config=harness.Collector.text(
            telemetry="  max_connections: 3\n"))).started()
        self.bench.agent(collector.telemetry, "good")
        collector.wait_for_host("good")
        held = [self.enterContext(socket.create_connection(collector.address)) for _ in range(2)]
        self.assertEqual(protocol.kinds(protocol.converse(collector.address, b"")), [protocol.REFUSAL])
        self.assertEqual(refused(collector.metrics(), "overloaded"), 1)
        held[0].close()
        collector.wait_until(
            lambda metrics: protocol.WELCOME in protocol.kinds(protocol.converse(collector.address, protocol.hello())),
            "a place that was given back is given again")


class BadAnswers(harness.TestCase):
    """The agent survives a collector that is none."""

    def test_an_agent_survives_a_server_that_says_nonsense(self):
        for answer in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", protocol.frame(protocol.ACK, protocol.field(1, 9)),
                       protocol.frame(protocol.WELCOME, protocol.field(1, 2**64 - 1)), protocol.hello(),
                       protocol.frame(protocol.WELCOME, length=2**24 - 1)):
            with self.subTest(answer=answer[:20]), socket.create_server(("127.0.0.1", 0)) as server:
                agent = self.bench.agent("127.0.0.1:%d" % server.getsockname()[1], "here")
                server.settimeout(harness.PATIENCE)
                connection, _ = server.accept()
                with connection:
                    connection.sendall(answer)
                    connection.shutdown(socket.SHUT_WR)
                    agent.wait_for_line("samples wait, trying again")
                server.accept()[0].close()  # it does try again
                agent.stop()


if __name__ == "__main__":
    harness.main()
