"""Agents and the telemetry port under TLS, with certificates of an authority of the test."""

import contextlib
import multiprocessing
import pathlib
import re
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import threading
import time

import certificates
import harness
import protocol

ONE, TWO = "11" * 16, "22" * 16
TELEMETRY = "sobriety/1"
REFUSAL_WRONG_IDENTITY, REFUSAL_QUARANTINED = 10, 12


class Client:
    """A client of the telemetry port that speaks TLS by Python."""

    def __init__(self, address, authority, issued=None, newest=ssl.TLSVersion.TLSv1_3, protocols=(TELEMETRY,)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority.bundle)
        context.minimum_version = min(newest, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = newest
        context.set_alpn_protocols(protocols)
        if issued:
            context.load_cert_chain(issued.certificate, issued.key)
        plain = socket.create_connection(address, timeout=harness.PATIENCE)
        self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def frame(self):
        """Kind and payload of the next frame; None at the end."""
        received = b""
        while len(received) < 8 or len(received) < 8 + int.from_bytes(received[5:8], "big"):
            size = 8 if len(received) < 8 else 8 + int.from_bytes(received[5:8], "big")
            piece = self.socket.recv(size - len(received))
            if not piece:
                return None
            received += piece
        return received[3], received[8:]

    def serial(self):
        return self.socket.getpeercert()["serialNumber"]


def machine(number):
    """The field of a hello that tells one machine from another."""
    return protocol.field(9, bytes([number]) * 16)


def hello(uuid, stream=b"s" * 16, extra=b""):
    plain = protocol.hello(host=bytes.fromhex(uuid), stream=stream, name=uuid[:4].encode())
    return protocol.frame(protocol.HELLO, plain[8:] + extra)


class Base(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.authority = certificates.Authority(self.bench.directory)
        self.files = self.bench.path("served")
        self.serve(self.authority.server())
        shutil.copy(self.authority.bundle, self.files / "clients.pem")

    def serve(self, issued):
        """Puts the collector's certificate and key where it reads them, each at once."""
        for file, name in ((issued.certificate, "server.pem"), (issued.key, "server.key")):
            shutil.copy(file, self.files / "new")
            (self.files / "new").rename(self.files / name)

    def collector(self, telemetry="", **options):
        self.running = self.bench.collector(config=harness.Collector.text(
            telemetry=f"  tls: {{certificate: {self.files}/server.pem, key: {self.files}/server.key, "
                      f"client_ca: {self.files}/clients.pem}}\n{telemetry}", plain=False, **options))
        return self.running

    def agent(self, host, uuid, issued, ca=None):
        """An agent with that certificate."""
        state = self.bench.path("state")
        (state / "identity").mkdir()
        (state / "host-id").write_text(uuid + "\n")
        for file, name in ((issued.certificate, "certificate.pem"), (issued.key, "key.pem"),
                           (ca or self.authority.bundle, "ca.pem")):
            shutil.copy(file, state / "identity" / name)
        self.state = state
        return self.bench.agent(self.running.telemetry, host, state=state, plain=False)

    def client(self, issued=None, **options):
        return Client(self.running.address, self.authority, issued, **options)

    def wait_for_handshakes(self, result, number=1):
        return self.running.wait_until(
            lambda metrics: metrics.value("sobriety_door_handshakes_total", result=result) >= number,
            f"{number} handshakes that are {result}")


class Tls(Base):
    """Each row of what can be wrong with certificates, and what works."""

    def test_an_agent_with_its_certificate_is_served(self):
        collector = self.collector()
        agent = self.agent("web-1", ONE, self.authority.agent(ONE))
        collector.wait_for_host("web-1")
        self.wait_for_handshakes("completed")
        self.assertEqual(agent.stop(), 0)
        collector.wait_for_host("web-1", up=0)

    def turned_away(self, result, issued, alert):
        collector = self.collector()
        agent = self.agent("web-1", ONE, issued)
        agent.wait_for_line(alert)
        metrics = self.wait_for_handshakes(result)
        self.assertIsNone(metrics.value("sobriety_host_up", host="web-1"))
        collector.wait_for_line(rf"no TLS with 127\.0\.0\.1: .*\({result}\)")

    def test_an_expired_certificate(self):
        self.turned_away("expired", self.authority.agent(ONE, starts=-9, days=-1), "alert certificate expired")

    def test_a_certificate_that_is_not_valid_yet(self):
        self.turned_away("not_yet_valid", self.authority.agent(ONE, starts=1, days=9), "alert bad certificate")

    def test_a_certificate_of_another_authority(self):
        foreign = certificates.Authority(self.bench.directory, "foreign")
        self.turned_away("untrusted", foreign.agent(ONE), "alert unknown ca")

    def test_no_certificate(self):
        self.collector()
        with self.client() as client:
            with self.assertRaisesRegex(ssl.SSLError, "(?i)certificate.required"):
                client.frame()
        self.wait_for_handshakes("no_certificate")

    def test_tls_1_2(self):
        self.collector()
        with self.assertRaisesRegex(ssl.SSLError, "(?i)protocol.version"):
            self.client(self.authority.agent(ONE), newest=ssl.TLSVersion.TLSv1_2)
        self.wait_for_handshakes("unfit")

    def test_plain_bytes_and_other_protocols(self):
        collector = self.collector()
        protocol.converse(collector.address, protocol.hello())
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            self.client(self.authority.agent(ONE), protocols=("h2",))
        self.wait_for_handshakes("unfit", 2)

    def test_the_certificate_of_another_host(self):
        self.collector()
        with self.client(self.authority.agent(ONE)) as client:
            client.send(hello(TWO))
            kind, payload = client.frame()
            self.assertEqual((kind, payload[:2]), (protocol.REFUSAL, protocol.field(1, REFUSAL_WRONG_IDENTITY)))
        metrics = self.running.metrics()
        self.assertEqual(metrics.value("sobriety_door_refused_total", reason="wrong_identity"), 1)
        self.assertEqual(metrics.all("sobriety_host_up"), {})

    def test_a_copy_of_a_machine(self):
        collector = self.collector()
        issued = self.authority.agent(ONE)
        with self.client(issued) as original, self.client(issued) as copy:
            original.send(hello(ONE, extra=machine(1)))
            self.assertEqual(original.frame()[0], protocol.WELCOME)
            copy.send(hello(ONE, stream=b"t" * 16, extra=machine(2)))
            kind, payload = copy.frame()
            self.assertEqual((kind, payload[:2]), (protocol.REFUSAL, protocol.field(1, REFUSAL_QUARANTINED)))
            original.send(protocol.gap(1, 5))
            self.assertEqual(original.frame()[0], protocol.ACK)
            # The same machine may come again.
            with self.client(issued) as again:
                again.send(hello(ONE, extra=machine(1)))
                self.assertEqual(again.frame()[0], protocol.WELCOME)
        self.assertEqual(collector.metrics().value("sobriety_door_refused_total", reason="quarantined"), 1)
        collector.wait_for_line("another machine comes with its identity")

    def test_certificates_are_exchanged_while_sessions_live(self):
        collector = self.collector()
        issued = self.authority.agent(ONE)
        with self.client(issued) as lasting:
            lasting.send(hello(ONE))
            self.assertEqual(lasting.frame()[0], protocol.WELCOME)
            self.serve(self.authority.server("second"))
            collector.send(signal.SIGHUP)
            collector.wait_for_line("configuration reloaded")
            with self.client(issued) as fresh:
                self.assertNotEqual(fresh.serial(), lasting.serial())
                second = fresh.serial()
            # Without a signal, too.
            self.serve(self.authority.server("third"))
            collector.wait_for_line("new certificate")
            with self.client(issued) as fresh:
                self.assertNotIn(fresh.serial(), (lasting.serial(), second))
                third = fresh.serial()
            # Files that do not fit leave the old ones in use.
            shutil.copy(self.authority.server("fourth").certificate, self.files / "server.pem")
            collector.send(signal.SIGHUP)
            collector.wait_for_line("not the private key")
            with self.client(issued) as fresh:
                self.assertEqual(fresh.serial(), third)
            self.assertEqual(collector.metrics().value("sobriety_config_last_reload_successful"), 0)
            lasting.send(protocol.gap(1, 5))
            self.assertEqual(lasting.frame()[0], protocol.ACK)

    def test_a_collector_that_an_agent_has_no_reason_to_believe(self):
        foreign = certificates.Authority(self.bench.directory, "foreign")
        self.serve(foreign.server())
        collector = self.collector()
        agent = self.agent("web-1", ONE, self.authority.agent(ONE))
        agent.wait_for_line("the other side's certificate is not believed")
        # The agent reads its files at each try.
        shutil.copy(foreign.bundle, self.state / "identity" / "ca.pem")
        collector.wait_for_host("web-1")

    def test_a_collector_of_another_name(self):
        self.serve(self.authority.issue("elsewhere", "serverAuth", "DNS:collector.example"))
        self.collector()
        self.agent("web-1", ONE, self.authority.agent(ONE)).wait_for_line("IP address mismatch")

    def test_an_authority_that_takes_over_from_another(self):
        new = certificates.Authority(self.bench.directory, "new")
        both = self.files / "clients.pem"
        both.write_text(self.authority.bundle.read_text() + new.bundle.read_text())
        collector = self.collector()
        self.agent("old", ONE, self.authority.agent(ONE), ca=both)
        self.agent("new", TWO, new.agent(TWO), ca=both)
        collector.wait_for_host("old")
        collector.wait_for_host("new")
        self.serve(new.server())
        collector.wait_for_line("new certificate")
        self.agent("late", "33" * 16, new.agent("33" * 16), ca=both)
        collector.wait_for_host("late")


class Stranger(Base):
    """What the collector's README says that somebody without a certificate can see, and nothing beside it."""

    def listening(self):
        """The ports on which the collector's process listens, over IPv4 and IPv6."""
        own = pathlib.Path(f"/proc/{self.running.process.pid}")
        sockets = {link.readlink().name for link in (own / "fd").iterdir()}
        rows = [line.split() for family in ("tcp", "tcp6", "udp", "udp6")
                for line in (own / "net" / family).read_text().splitlines()[1:]]
        return sorted(int(row[1].rsplit(":", 1)[1], 16) for row in rows if f"socket:[{row[9]}]" in sockets and
                      row[2].rsplit(":", 1)[1] == "0000")

    def s_client(self, *options):
        host, port = self.running.address
        done = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", "-showcerts", *options],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.PATIENCE)
        return done.stdout + done.stderr

    def test_a_scan_finds_two_ports(self):
        collector = self.collector()
        web = int(collector.web.rsplit(":", 1)[1])
        self.assertEqual(self.listening(), sorted([collector.address[1], web]))

    def test_an_alert_is_all_that_a_client_of_no_known_protocol_gets(self):
        self.collector()
        for options, alert in (((), "alert no application protocol"), (("-alpn", "h2"), "alert no application protocol"),
                               (("-tls1_2", "-alpn", TELEMETRY), "alert protocol version")):
            with self.subTest(options):
                seen = self.s_client(*options)
                self.assertIn(alert, seen)
                self.assertNotIn("BEGIN CERTIFICATE", seen)
                self.assertIn("no peer certificate available", seen)

    def test_a_client_of_our_protocol_sees_the_certificates_and_is_then_sent_away(self):
        self.collector()
        seen = self.s_client("-alpn", TELEMETRY)
        self.assertEqual(re.findall(r"^ \d+ s:(.*)", seen, re.MULTILINE), ["CN = server", "CN = authority"])
        self.assertIn("No client certificate CA names sent", seen)
        self.assertIn("alert certificate required", self.talk())

    def talk(self):
        """What a client without a certificate reads once it has shaken hands."""
        with self.client() as client:
            with self.assertRaises(ssl.SSLError) as refusal:
                client.frame()
        return str(refusal.exception).replace("_", " ").lower()

    def test_plain_bytes_are_answered_by_an_alert_at_most(self):
        self.collector()
        for said in (b"GET / HTTP/1.1\r\nHost: collector\r\n\r\n", b"SSH-2.0-scan\r\n", b"\0" * 64):
            with self.subTest(said), socket.create_connection(self.running.address, timeout=harness.PATIENCE) as plain:
                plain.sendall(said)
                answer = b""
                with contextlib.suppress(ConnectionResetError):
                    while piece := plain.recv(4096):
                        answer += piece
                # A record of kind 21: two bytes, its level and its description.
                self.assertIn(len(answer), (0, 7))
                self.assertEqual(answer[:1], b"\x15"[:len(answer)])


class Attack(Base):
    """Who behaves well does not suffer from who does not."""

    def latencies(self, client, first, count):
        """How long acknowledgements take, in seconds."""
        found = []
        for number in range(first, first + count):
            begun = time.monotonic()
            client.send(protocol.gap(number, number))
            kind, _ = client.frame()
            self.assertEqual(kind, protocol.ACK)
            found.append(time.monotonic() - begun)
        return found

    def knock(self, issued):
        while True:
            with contextlib.suppress(OSError):
                self.client(issued).__exit__()

    def dribble(self, issued):
        while True:
            with contextlib.suppress(OSError), self.client(issued) as client:
                client.send(hello(TWO))
                client.frame()
                for byte in protocol.frame(protocol.BATCH, length=100_000) + b"x" * 10_000:
                    client.send(bytes([byte]))
                    time.sleep(0.1)

    def attack(self, issued):
        """Until it is ended: 200 that say nothing, 100 that shake hands again and again, and one that dribbles."""
        lorises = [socket.create_connection(self.running.address) for _ in range(200)]
        for _ in range(100):
            threading.Thread(target=self.knock, args=(issued,), daemon=True).start()
        self.dribble(issued)
        del lorises

    def test_handshakes_slow_lorises_and_dribblers(self):
        self.collector(telemetry="  max_handshakes_per_address: 300\n")
        issued, other = self.authority.agent(ONE), self.authority.agent(TWO)
        # A process of its own, so that it does not wait for this one.
        attackers = multiprocessing.get_context("fork").Process(target=self.attack, args=(other,), daemon=True)
        with self.client(issued) as good:
            good.send(hello(ONE))
            self.assertEqual(good.frame()[0], protocol.WELCOME)
            before = self.latencies(good, 1, 20)
            attackers.start()
            try:
                self.wait_for_handshakes("completed", 100)
                during = self.latencies(good, 21, 40)
            finally:
                attackers.kill()
                attackers.join()
        for what, found in (("before", before), ("during", during)):
            print(f"acknowledged {what} the attack: median {statistics.median(found) * 1e3:.0f} ms, "
                  f"worst {max(found) * 1e3:.0f} ms", flush=True)


if __name__ == "__main__":
    harness.main()
