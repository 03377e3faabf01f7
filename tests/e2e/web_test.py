"""The HTTP port behind Prometheus' web configuration: TLS, users, limits, and files that change while it runs."""

import base64
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time
import warnings

import harness
from certificates import Authority

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Python means to drop it, and Debian 12 has no other bcrypt
    import crypt

SEARCHED = os.pathsep.join(filter(None, (os.environ.get("SOBRIETY_TOOLS"), os.environ.get("PATH"))))
PROMTOOL = shutil.which("promtool", path=SEARCHED)
GAUGE = "sobriety_config_last_reload_successful"


def bcrypt(password, cost=4):
    return crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=1 << cost))


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class TestCase(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.directory = self.bench.path("web")
        self.file = self.directory / "web.yaml"
        self.authority = Authority(self.directory, "authority")

    def certificate(self, name="web"):
        return self.authority.issue(name, "serverAuth", "IP:127.0.0.1", "DNS:localhost")

    def tls(self, more="", name="web"):
        """The section that has this certificate."""
        issued = self.certificate(name)
        return f"tls_server_config:\n  cert_file: {issued.certificate}\n  key_file: {issued.key}\n{more}"

    def write(self, text):
        """As an editor does: whole or not at all."""
        fresh = self.directory / "fresh"
        fresh.write_text(text)
        os.replace(fresh, self.file)

    def collector(self, text):
        self.write(text)
        config = harness.Collector.text().replace("  listen: 127.0.0.1:0\nthreads",
                                                  f"  listen: 127.0.0.1:0\n  config_file: {self.file}\nthreads")
        collector = self.bench.keep(harness.Collector(self.bench.path("collector"), config=config))
        collector.telemetry = collector.wait_for_line(r"telemetry on (\S+)")[1]
        found = collector.wait_for_line(r"web on (https?)://127\.0\.0\.1:(\d+)/metrics")
        collector.scheme, collector.port = found[1], int(found[2])
        return collector

    def context(self, client=None, most=None):
        context = ssl.create_default_context(cafile=self.authority.bundle)
        if client:
            context.load_cert_chain(client.certificate, client.key)
        if most:
            context.maximum_version = most
        return context

    def ask(self, collector, path="/metrics", method="GET", user=None, client=None, most=None):
        """Status, header fields and text; ssl.SSLError or OSError where TLS comes to nothing."""
        if collector.scheme == "https":
            connection = http.client.HTTPSConnection("127.0.0.1", collector.port, timeout=harness.PATIENCE,
                                                     context=self.context(client, most))
        else:
            connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=harness.PATIENCE)
        try:
            connection.request(method, path, headers={"Authorization": basic(*user)} if user else {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def metrics(self, collector, **how):
        status, _, text = self.ask(collector, **how)
        self.assertEqual(status, 200, text)
        return harness.Metrics(text)

    def eventually(self, condition, what):
        deadline = time.monotonic() + harness.PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.1)

    def is_refused(self, collector, **how):
        """TLS comes to nothing. (With TLS 1.3 a client hears of it when it reads.)"""
        try:
            self.ask(collector, **how)
            return False
        except (OSError, http.client.HTTPException):
            return True


class Users(TestCase):
    def test_only_the_right_password_of_a_user_is_answered(self):
        collector = self.collector(f"basic_auth_users:\n  alice: {bcrypt('se:cret')}\n  bob: {bcrypt('other')}\n")
        for user, status in ((None, 401), (("alice", "se:cret"), 200), (("bob", "other"), 200), (("alice", "other"), 401),
                             (("carol", "other"), 401), (("alice", ""), 401), (("", ""), 401),
                             (("alice", "se:cret\0"), 401), (("alice", "se:cret"), 200)):
            with self.subTest(user=user):
                got, fields, text = self.ask(collector, user=user)
                self.assertEqual(got, status)
                if status == 401:
                    self.assertIn("Basic realm=", fields["WWW-Authenticate"])
                    self.assertEqual(text, "unauthorized\n")
        for path in ("/", "/-/healthy", "/-/ready", "/metrics/hosts", "/nowhere"):
            self.assertEqual(self.ask(collector, path)[0], 401, path)
        self.assertEqual(self.ask(collector, "/-/reload", "POST")[0], 401)
        self.assertEqual(self.ask(collector, "/-/reload", "POST", user=("bob", "other"))[0], 200)
        refused = self.metrics(collector, user=("bob", "other")).value("sobriety_web_refused_total", reason="credentials")
        self.assertEqual(refused, 12)

    def spent(self, collector, user, times):
        """CPU seconds of the collector while `user` asks `times` times."""
        def used():
            return self.metrics(collector, user=("alice", "secret")).value("process_cpu_seconds_total")
        before = used()
        for _ in range(times):
            self.ask(collector, user=user)
        return used() - before

    def test_a_password_costs_a_bcrypt_once_and_a_stranger_as_much_as_a_user(self):
        collector = self.collector(f"basic_auth_users:\n  alice: {bcrypt('secret', cost=10)}\n")
        self.ask(collector, user=("alice", "secret"))
        known = self.spent(collector, ("alice", "secret"), 20) / 20
        wrong = self.spent(collector, ("alice", "wrong"), 10) / 10
        stranger = self.spent(collector, ("mallory", "wrong"), 10) / 10
        self.assertLess(known, wrong / 3)
        self.assertLess(max(wrong, stranger) / min(wrong, stranger), 1.5)


class Tls(TestCase):
    def test_clients_come_by_tls_and_not_without(self):
        collector = self.collector(self.tls())
        self.assertEqual(collector.scheme, "https")
        self.assertEqual(self.ask(collector, "/-/healthy")[0], 200)
        self.assertEqual(self.ask(collector, "/-/healthy", most=ssl.TLSVersion.TLSv1_2)[0], 200)
        with socket.create_connection(("127.0.0.1", collector.port), timeout=harness.PATIENCE) as plain:
            plain.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertNotIn(b"HTTP/1.1 200", plain.recv(4096))
        self.assertEqual(self.metrics(collector).value("sobriety_web_refused_total", reason="handshake"), 1)

    def test_curl_reads_a_page_to_its_end(self):
        collector = self.collector(self.tls())
        for version in ("--http1.1", "--http1.0"):
            done = subprocess.run(["curl", "-sS", version, "--compressed", "--cacert", self.authority.bundle,
                                   f"https://127.0.0.1:{collector.port}/metrics"], capture_output=True, text=True,
                                  timeout=harness.PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(harness.Metrics(done.stdout).value(GAUGE), 1)

    def test_a_least_version_is_held_to(self):
        collector = self.collector(self.tls("  min_version: TLS13\n"))
        self.assertEqual(self.ask(collector)[0], 200)
        self.assertTrue(self.is_refused(collector, most=ssl.TLSVersion.TLSv1_2))

    def test_suites_of_tls_1_2_are_those_of_the_file(self):
        collector = self.collector(self.tls("  max_version: TLS12\n  cipher_suites:\n"
                                            "  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n"
                                            "  - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n"))
        with socket.create_connection(("127.0.0.1", collector.port), timeout=harness.PATIENCE) as plain:
            with self.context().wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                self.assertEqual(secure.version(), "TLSv1.2")
                self.assertRegex(secure.cipher()[0], "AES256-GCM-SHA384")

    def test_client_certificates_are_demanded_and_looked_at(self):
        stranger = Authority(self.directory, "stranger").issue("mallory", "clientAuth", "DNS:prometheus.example.org")
        known = self.authority.issue("prometheus", "clientAuth", "DNS:prometheus.example.org")
        other = self.authority.issue("other", "clientAuth", "DNS:other.example.org")
        collector = self.collector(self.tls("  client_auth_type: RequireAndVerifyClientCert\n"
                                            f"  client_ca_file: {self.authority.bundle}\n"
                                            "  client_allowed_sans: [prometheus.example.org]\n"))
        self.assertEqual(self.ask(collector, client=known)[0], 200)
        for client in (None, stranger, other):
            self.assertTrue(self.is_refused(collector, client=client), client)
        self.assertEqual(self.ask(collector, "/-/reload", "POST", client=known)[0], 200)

    def test_handshakes_that_do_not_come_to_an_end_keep_nobody_away(self):
        collector = self.collector(self.tls())
        silent = [socket.create_connection(("127.0.0.1", collector.port)) for _ in range(40)]
        self.addCleanup(lambda: [one.close() for one in silent])
        self.assertEqual(self.ask(collector, "/-/healthy")[0], 200)
        refused = self.metrics(collector).value("sobriety_web_refused_total", reason="handshakes")
        self.assertGreaterEqual(refused, 8)

        def all_ended():
            silent[-1].settimeout(harness.PATIENCE)
            return silent[-1].recv(1) == b""

        self.assertTrue(all_ended())  # the time for a handshake is bounded


class Changes(TestCase):
    def test_a_changed_file_is_taken_and_a_broken_one_is_not(self):
        collector = self.collector(f"basic_auth_users:\n  alice: {bcrypt('one')}\n")
        old, new = ("alice", "one"), ("alice", "two")
        self.assertEqual(self.ask(collector, user=old)[0], 200)
        self.write(f"basic_auth_users:\n  alice: {bcrypt('two')}\n")
        self.eventually(lambda: self.ask(collector, user=new)[0] == 200, "the new password is good")
        self.assertEqual(self.ask(collector, user=old)[0], 401)

        self.write("basic_auth_users:\n  alice: two\n")
        self.eventually(lambda: self.metrics(collector, user=new).value(GAUGE) == 0, "the file is seen to be broken")
        collector.wait_for_line(r"web\.yaml:2: basic_auth_users\.alice: expected a bcrypt hash")
        status, _, text = self.ask(collector, "/-/reload", "POST", user=new)
        self.assertEqual(status, 500)
        self.assertNotIn(str(self.directory), text)

        self.write(f"basic_auth_users:\n  alice: {bcrypt('two')}\n")
        self.eventually(lambda: self.metrics(collector, user=new).value(GAUGE) == 1, "the file is good again")

    def test_a_certificate_is_exchanged_under_way(self):
        collector = self.collector(self.tls(name="first"))

        def shown():
            plain = ssl.create_default_context()
            plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
            with socket.create_connection(("127.0.0.1", collector.port), timeout=harness.PATIENCE) as sock:
                with plain.wrap_socket(sock) as secure:
                    return secure.getpeercert(binary_form=True)

        first = shown()
        kept = http.client.HTTPSConnection("127.0.0.1", collector.port, timeout=harness.PATIENCE, context=self.context())
        kept.request("GET", "/-/healthy")
        kept.getresponse().read()
        fresh = self.certificate("second")
        os.replace(fresh.key, self.directory / "first.key")
        os.replace(fresh.certificate, self.directory / "first.pem")
        self.eventually(lambda: shown() != first, "the new certificate is shown")
        kept.request("GET", "/-/healthy")  # who is connected stays so
        self.assertEqual(kept.getresponse().status, 200)
        kept.close()

    def test_a_rate_limit_holds_until_it_is_lifted(self):
        collector = self.collector("rate_limit:\n  interval: 1h\n  burst: 3\n")
        answers = [self.ask(collector, "/-/healthy") for _ in range(5)]
        self.assertEqual([status for status, _, _ in answers], [200, 200, 200, 429, 429])
        self.assertEqual(answers[-1][1]["Retry-After"], "1")
        self.write("# no limit\n")
        self.eventually(lambda: self.ask(collector)[0] == 200, "the limit is lifted")
        self.assertGreaterEqual(self.metrics(collector).value("sobriety_web_refused_total", reason="rate"), 2)


class Headers(TestCase):
    def test_browsers_are_told_to_be_careful(self):
        collector = self.collector("http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n"
                                   "    Strict-Transport-Security: max-age=60\n")
        for path in ("/", "/metrics", "/nowhere"):
            fields = self.ask(collector, path)[1]
            self.assertEqual(fields["X-Content-Type-Options"], "nosniff")
            self.assertEqual(fields.get_all("X-Frame-Options"), ["sameorigin"])
            self.assertEqual(fields["Strict-Transport-Security"], "max-age=60")
            self.assertEqual(fields["Referrer-Policy"], "no-referrer")
            self.assertEqual(fields["Cache-Control"], "no-store")
            self.assertIn("default-src 'none'", fields["Content-Security-Policy"])
            self.assertEqual(fields["Server"], "sobriety")  # and no version
        self.assertEqual(self.ask(collector, "/metrics", "POST")[0], 405)
        self.assertEqual(self.ask(collector, "/metrics", "DELETE")[0], 405)


class Exposure(TestCase):
    def check(self, *arguments):
        done = subprocess.run([harness.BIN / "sobriety-collector", "check-config", *map(str, arguments)],
                              capture_output=True, text=True, timeout=harness.PATIENCE, check=False)
        return done.returncode, done.stderr

    def test_other_machines_are_let_in_by_protection_or_by_plain_words_only(self):
        everywhere = ("--web.listen-address", "0.0.0.0:18551")
        code, words = self.check(*everywhere)
        self.assertEqual(code, 1)
        self.assertIn("web.unprotected: true", words)

        self.write("rate_limit: {interval: 1s}\n")
        code, words = self.check(*everywhere, "--web.config.file", self.file)
        self.assertEqual(code, 1)
        self.assertIn("protects nothing", words)

        for text in (f"basic_auth_users:\n  alice: {bcrypt('one')}\n", self.tls()):
            self.write(text)
            self.assertEqual(self.check(*everywhere, "--web.config.file", self.file)[0], 0)

        config = self.directory / "collector.yaml"
        config.write_text("web:\n  listen: 0.0.0.0:18551\n  unprotected: true\n")
        self.assertEqual(self.check("--config.file", config)[0], 0)

    def test_what_is_wrong_is_named(self):
        key = self.certificate().key
        for text, words in (("tls_server_config:\n  cert_file: nowhere.crt\n  key_file: nowhere.key\n", "nowhere.crt"),
                            (f"tls_server_config:\n  cert_file: {key}\n  key_file: {key}\n", str(key)),
                            (self.tls("  cipher_suites: [TLS_NO_SUCH_SUITE]\n"), "TLS_NO_SUCH_SUITE"),
                            ("basic_auth_users:\n  alice: one\n", "web.yaml:2")):
            self.write(text)
            code, said = self.check("--web.config.file", self.file)
            self.assertEqual(code, 1, text)
            self.assertIn(words, said)
        code, said = self.check("--web.config.file", self.directory / "absent.yaml")
        self.assertEqual(code, 1)
        self.assertIn("absent.yaml", said)


class Example(TestCase):
    def test_promtool_and_we_take_the_example_that_is_shipped(self):
        if not PROMTOOL:
            self.skipTest("promtool is not here; tests/run.sh unpacks it below build/tools")
        issued = self.certificate("issued")
        shutil.copy(issued.certificate, self.directory / "web.crt")
        shutil.copy(issued.key, self.directory / "web.key")
        shutil.copy(harness.SOURCE_ROOT / "deploy/config/web.yaml", self.file)
        for command in ([PROMTOOL, "check", "web-config", self.file],
                        [harness.BIN / "sobriety-collector", "check-config", "--web.config.file", self.file]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=harness.PATIENCE, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
