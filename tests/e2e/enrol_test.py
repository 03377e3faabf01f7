"""The collector's own authority and how hosts come by their certificates, with the real programs."""

import base64
import hashlib
import os
import pathlib
import random
import shutil
import signal
import stat
import subprocess
import sys
import time

import certificates
import harness


def run(program, *arguments, text=None):
    return subprocess.run([str(harness.BIN / program), *map(str, arguments)], input=text, capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)


class Authority:
    """A directory that `ca init` made, and the commands that work on it."""

    def __init__(self, directory, *names):
        self.directory = pathlib.Path(directory) / "identity"
        made = self.command("ca", "init", *(part for name in names or ("127.0.0.1",) for part in ("--name", name)))
        assert made.returncode == 0, made.stderr

    def command(self, *arguments):
        return run("sobriety-collector", *arguments[:2], "--directory", self.directory, *arguments[2:])

    def says(self, *arguments):
        done = self.command(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, endpoint="127.0.0.1:18550", **options):
        flags = (part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", value))
        return self.says("token", "create", "--endpoint", endpoint, *flags)

    def rows(self, what):
        """The rows of a list, by its titles."""
        lines = [line.split("  ") for line in self.says(what, "list").splitlines()]
        lines = [[cell.strip() for cell in line if cell.strip()] for line in lines]
        return [dict(zip(lines[0], line)) for line in lines[1:]]


class Commands(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.bench.path("collector"))

    def test_an_authority_is_made_once_and_is_its_owner_s_alone(self):
        directory = self.authority.directory
        self.assertEqual(stat.S_IMODE(directory.stat().st_mode), 0o700)
        for file in directory.iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)
        before = self.authority.says("ca", "show")
        again = self.authority.command("ca", "init", "--name", "other")
        self.assertEqual(again.returncode, 1)
        self.assertIn("has an authority already", again.stderr)
        self.assertEqual(self.authority.command("ca", "init", "--if-missing").returncode, 0)
        self.assertEqual(self.authority.says("ca", "show"), before)

    def test_openssl_believes_what_was_made(self):
        directory = self.authority.directory
        done = subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_ip", "127.0.0.1",
                               "-CAfile", directory / "root.pem", "-untrusted", directory / "server.pem",
                               directory / "server.pem"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_token_is_on_standard_output_alone_and_never_again(self):
        done = self.authority.command("token", "create", "--endpoint", "127.0.0.1:1", "--max-uses", "7", "--group", "lab")
        token = done.stdout.strip()
        self.assertRegex(token, r"^sbr1\.[\w-]+$")
        self.assertNotIn(token[5:40], done.stderr)
        (row,) = self.authority.rows("token")
        self.assertEqual((row["STATE"], row["USES"], row["GROUP"]), ("good", "0/7", "lab"))
        self.assertNotIn(token[30:60], self.authority.says("token", "list"))
        self.assertEqual(self.authority.command("token", "revoke", row["TOKEN"][:8]).returncode, 0)
        self.assertEqual(self.authority.rows("token")[0]["STATE"], "revoked")

    def test_mistakes_say_what_to_do(self):
        for arguments, words in ((("token", "revoke", "nonsense"), "there is no token 'nonsense'"),
                                 (("hosts", "approve", "nobody"), "there is no host 'nobody'"),
                                 (("token", "create", "--endpoint", "x"), "expected host:port"),
                                 (("token", "create", "--ttl", "soon"), "such as 24h")):
            with self.subTest(arguments):
                done = self.authority.command(*arguments)
                self.assertEqual(done.returncode, 1)
                self.assertIn(words, done.stderr)
        self.assertIn("identity.directory", run("sobriety-collector", "ca", "show").stderr)
        elsewhere = run("sobriety-collector", "token", "list", "--directory", self.bench.path("empty"))
        self.assertIn("ca init", elsewhere.stderr)

    def test_a_backup_has_the_register_and_no_key(self):
        collector = self.bench.collector(config=harness.Collector.text(
            plain=False, rest=f"identity:\n  directory: {self.authority.directory}\n"))
        self.authority.token()
        target = self.bench.path("backup") / "copy"
        done = run("sobriety-collector", "backup", "--config.file", collector.config, "--store", collector.store, target)
        self.assertEqual(done.returncode, 0, done.stderr)
        copy = target.with_name("copy.identity").read_bytes()
        self.assertTrue(copy.startswith(b"SQLite format 3"))
        self.assertNotIn(b"PRIVATE KEY", copy)
        self.assertIn("not in it", done.stderr)


class Image(harness.TestCase):
    def test_an_image_forgets_who_it_was(self):
        collector = self.bench.collector()
        state = self.bench.path("state")
        agent = self.bench.agent(collector.telemetry, "golden", state=state)
        collector.wait_for_host("golden")
        (state / "token").write_text("a token\n")
        config = next(argument for argument in agent.arguments if argument.endswith("agent.yaml"))
        busy = run("sobriety-agent", "prepare-image", "--config.file", config)
        self.assertEqual(busy.returncode, 1)
        self.assertRegex(busy.stderr, r"another|in use|end that|stop")
        self.assertTrue((state / "host-id").exists())
        agent.stop()
        done = run("sobriety-agent", "prepare-image", "--config.file", config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(state), [])


class Base(harness.TestCase):
    """A collector with its own authority, on a port that stays the same."""

    policy = ""  # further keys of the section `identity`

    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.endpoint = f"127.0.0.1:{self.port}"
        self.authority = Authority(self.bench.path("authority"))
        self.collector = self.start()

    def start(self):
        self.collector = self.bench.collector(config=harness.Collector.text(
            self.port, plain=False, rest=f"identity:\n  directory: {self.authority.directory}\n{self.policy}"))
        return self.collector

    def token(self, **options):
        return self.authority.token(self.endpoint, **options)

    def agent(self, host, token=None, state=None, **options):
        """An agent that knows nothing of its collector but by a token."""
        state = state or self.bench.path("state")
        if token:
            (state / "token").write_text(token)
        agent = self.bench.agent('""', host, state=state, plain=False, **options)
        agent.state = state
        agent.file = next(argument for argument in agent.arguments if argument.endswith("agent.yaml"))
        return agent

    def wait_for_result(self, result, number=1):
        return self.collector.wait_until(
            lambda metrics: (metrics.value("sobriety_identity_enrolments_total", result=result) or 0) >= number,
            f"{number} requests that are {result}")

    def results(self):
        return {result: int(value) for result, value in
                self.collector.metrics().by("result", "sobriety_identity_enrolments_total").items() if value}

    def wait_for_rows(self, number):
        deadline = time.monotonic() + harness.PATIENCE
        while len(rows := self.authority.rows("hosts")) < number and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(len(rows), number)
        return rows


class Enrolment(Base):
    def test_a_token_is_all_that_a_host_needs(self):
        agent = self.agent("web-1", self.token(group="lab"))
        self.collector.wait_for_host("web-1")
        self.assertFalse((agent.state / "token").exists())
        (row,) = self.authority.rows("hosts")
        self.assertEqual((row["NAME"], row["GROUP"], row["STATE"]), ("web-1", "lab", "approved"))
        self.assertEqual(row["HOST"], (agent.state / "host-id").read_text().strip())
        self.assertEqual(self.authority.rows("token")[0]["USES"], "1/1")
        own = agent.state / "identity" / "certificate.pem"
        self.assertEqual(stat.S_IMODE(own.stat().st_mode), 0o600)
        text = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName,extendedKeyUsage", "-in", own],
                              capture_output=True, text=True, check=True).stdout
        self.assertIn(f"URI:sobriety://host/{row['HOST']}", text)
        self.assertIn("TLS Web Client Authentication", text)
        self.assertNotIn("Server", text)

    def test_it_stays_enrolled_over_restarts_of_both(self):
        agent = self.agent("web-1", self.token())
        self.collector.wait_for_host("web-1")
        self.assertEqual(agent.stop(), 0)
        self.collector.stop()
        self.start()
        self.agent("web-1", state=agent.state)
        self.collector.wait_for_host("web-1")
        self.assertEqual(self.results(), {})

    def test_an_agent_without_a_token_waits_for_one(self):
        agent = self.agent("web-1")
        agent.wait_for_line(r"no certificate and no token.*token create")
        self.assertFalse((agent.state / "identity" / "certificate.pem").exists())
        (agent.state / "token").write_text(self.token())
        self.collector.wait_for_host("web-1")

    def test_the_command_takes_a_token_from_standard_input_or_a_file(self):
        for number, by_file in enumerate((False, True)):
            host = f"web-{number}"
            agent = self.agent(host)
            agent.wait_for_line("no certificate and no token")
            file = self.bench.path("given") / "token"
            file.write_text(self.token())
            given = ("--token-file", file) if by_file else ()
            done = run("sobriety-agent", "enrol", "--config.file", agent.file, *given,
                       text=None if by_file else file.read_text())
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(file.exists(), not by_file)
            self.assertFalse((agent.state / "token").exists())
            self.collector.wait_for_host(host)  # by the agent that ran already

    def test_what_is_no_token_is_said_and_never_repeated(self):
        config = self.agent("web-1").file
        for text in ("", "secret-words", self.token()[:-6]):
            done = run("sobriety-agent", "enrol", "--config.file", config, text=text)
            self.assertEqual(done.returncode, 1)
            self.assertIn("not an enrolment token", done.stderr)
            if text:
                self.assertNotIn(text[:12], done.stderr)

    def test_the_secret_is_in_no_file_and_no_log(self):
        token = self.token()
        agent = self.agent("web-1", token)
        self.collector.wait_for_host("web-1")
        agent.stop()
        secret = base64.urlsafe_b64decode(token.strip()[5:] + "==")[16:48]
        for file in [*self.authority.directory.iterdir(), *(agent.state / "identity").iterdir()]:
            self.assertNotIn(secret, file.read_bytes(), file)
        for log in (agent.log(), self.collector.log()):
            self.assertNotIn(token.strip()[20:40], log)


class Refused(Base):
    def refused(self, token):
        """What `enrol` says of it."""
        agent = self.agent("web-1")
        done = run("sobriety-agent", "enrol", "--config.file", agent.file, text=token)
        self.assertEqual(done.returncode, 1, done.stderr)
        agent.stop()
        return done.stderr

    def test_a_token_that_is_not_accepted_is_refused_in_one_wording(self):
        used, revoked, short = self.token(), self.token(), self.token(ttl="1s")
        self.agent("first", used)
        self.collector.wait_for_host("first")
        self.authority.says("token", "revoke", self.authority.rows("token")[1]["TOKEN"])
        raw = bytearray(base64.urlsafe_b64decode(self.token().strip()[5:] + "=="))
        raw[20] ^= 1  # of the secret
        raw[-4:] = hashlib.sha256(raw[:-4]).digest()[:4]
        guessed = "sbr1." + base64.urlsafe_b64encode(raw).decode().rstrip("=")
        time.sleep(1.1)
        said = {self.refused(token).splitlines()[-1] for token in (used, revoked, short, guessed)}
        self.assertEqual(said, {"sobriety-agent: refused: token not accepted"})
        results = self.results()
        for result in ("token_used_up", "token_revoked", "token_expired", "token_unknown"):
            self.assertGreaterEqual(results.pop(result), 1)
        self.assertEqual(results, {"issued": 1})
        self.assertEqual(len(self.authority.rows("hosts")), 1)

    def test_another_collector_than_the_pinned_one_is_not_asked(self):
        other = Authority(self.bench.path("other"))
        agent = self.agent("web-1", other.token(self.endpoint))
        agent.wait_for_line("its authority is not the one whose key is pinned")
        self.assertTrue((agent.state / "token").exists())
        self.assertEqual(self.results(), {})

    def test_a_collector_of_another_name_is_not_asked(self):
        agent = self.agent("web-1", self.authority.token(f"localhost:{self.port}"))
        agent.wait_for_line("localhost.*(name|host)")
        self.assertEqual(self.results(), {})

    def test_a_revoked_host_loses_its_session_and_comes_back_as_another(self):
        agent = self.agent("web-1", self.token())
        self.collector.wait_for_host("web-1")
        first = (agent.state / "host-id").read_text()
        self.authority.says("hosts", "revoke", "web-1")
        self.collector.wait_until(lambda metrics: metrics.value("sobriety_door_connections") == 0, "the session ends",
                                  timeout=5)
        self.stays(lambda: self.collector.metrics().value("sobriety_door_connections") == 0, "it stays out", 2)
        self.assertEqual(self.authority.command("hosts", "approve", "web-1").returncode, 1)
        agent.stop()
        self.agent("web-1", self.token(), state=agent.state)
        self.collector.wait_until(lambda metrics: metrics.value("sobriety_door_connections") == 1, "it comes back")
        self.assertNotEqual((agent.state / "host-id").read_text(), first)
        self.assertEqual(sorted(row["STATE"] for row in self.authority.rows("hosts")), ["approved", "revoked"])

    def test_the_issuing_key_alone_lets_nobody_in(self):
        self.agent("web-1", self.token())
        self.collector.wait_for_host("web-1")
        forged = certificates.Authority(self.bench.path("forged"))
        shutil.copy(self.authority.directory / "issuing.pem", forged.bundle)
        shutil.copy(self.authority.directory / "issuing.pem", forged.key)
        issued = forged.agent("11" * 16)
        state = self.bench.path("state")
        (state / "identity").mkdir()
        (state / "host-id").write_text("11" * 16)
        for file, name in ((issued.certificate, "certificate.pem"), (issued.key, "key.pem"),
                           (self.authority.directory / "root.pem", "ca.pem")):
            shutil.copy(file, state / "identity" / name)
        self.bench.agent(self.endpoint, "forged", state=state, plain=False)
        self.collector.wait_until(
            lambda metrics: metrics.value("sobriety_door_refused_total", reason="not_admitted"), "it is refused")
        self.assertIsNone(self.collector.metrics().value("sobriety_host_up", host="forged"))


class Interrupted(Base):
    def test_whoever_is_killed_in_between_gets_one_certificate(self):
        random.seed(seed := os.environ.get("SOBRIETY_SEED") or random.randrange(1 << 32))
        print(f"seed {seed}", file=sys.stderr)
        token, state = self.token(), self.bench.path("state")
        (state / "token").write_text(token)
        for _ in range(12):
            agent = self.agent("web-1", state=state)
            time.sleep(random.uniform(0.0, 0.15))
            agent.stop(signal.SIGKILL)
        self.agent("web-1", state=state)
        self.collector.wait_for_host("web-1")
        self.assertEqual(len(self.wait_for_rows(1)), 1)
        self.assertEqual(self.authority.rows("token")[0]["USES"], "1/1")

    def test_an_agent_that_comes_before_its_collector_is_enrolled_when_it_is_there(self):
        self.collector.stop()
        token = self.token()
        agent = self.agent("web-1", token)
        agent.wait_for_line("cannot connect")
        self.start()
        self.collector.wait_for_host("web-1")


class Approval(Base):
    policy = "  approval: manual\n"

    def test_a_host_waits_until_it_is_approved(self):
        agent = self.agent("web-1", self.token())
        agent.wait_for_line("has to approve host")
        (row,) = self.authority.rows("hosts")
        self.assertEqual(row["STATE"], "pending")
        self.stays(lambda: self.collector.metrics().value("sobriety_door_connections") == 0, "it is not let in", 1)
        agent.stop()
        self.authority.says("hosts", "approve", row["HOST"][:8])
        self.agent("web-1", state=agent.state)  # which asks at once, and not half a minute later
        self.collector.wait_for_host("web-1")
        self.assertEqual(self.authority.rows("token")[0]["USES"], "1/1")


class Renewal(Base):
    policy = "  certificate_lifetime: 12s\n"

    @staticmethod
    def serial(state):
        return subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", state / "identity" / "certificate.pem"],
                              capture_output=True, text=True, check=True).stdout

    def test_certificates_are_renewed_while_the_session_goes_on(self):
        agent = self.agent("web-1", self.token())
        self.collector.wait_for_host("web-1")
        first = self.serial(agent.state)
        key = (agent.state / "identity" / "key.pem").read_bytes()
        self.wait_for_result("renewed", 2)
        self.assertNotEqual(self.serial(agent.state), first)
        self.assertNotEqual((agent.state / "identity" / "key.pem").read_bytes(), key)
        self.assertEqual(len(self.authority.rows("hosts")), 1)
        self.assertEqual(self.collector.metrics().value("sobriety_host_up", host="web-1"), 1)

    def test_a_host_that_was_away_renews_late(self):
        agent = self.agent("web-1", self.token())
        self.collector.wait_for_host("web-1")
        agent.stop()
        time.sleep(12)  # its certificate has expired
        before = self.serial(agent.state)
        self.agent("web-1", state=agent.state)
        self.wait_for_result("renewed")
        self.collector.wait_until(lambda metrics: metrics.value("sobriety_door_connections") == 1, "it is back")
        self.assertNotEqual(self.serial(agent.state), before)


class RollOver(Base):
    policy = "  certificate_lifetime: 12s\n"

    def test_a_new_issuing_authority_takes_over_without_a_pause(self):
        agent = self.agent("web-1", self.token())
        token = self.token()  # of before, used after
        self.collector.wait_for_host("web-1")
        self.authority.says("ca", "roll-over")
        self.collector.wait_for_line("issued by .* from now on")
        self.agent("web-2", token)
        self.collector.wait_for_host("web-2")
        self.wait_for_result("renewed")
        issuer = subprocess.run(["openssl", "x509", "-noout", "-issuer", "-in",
                                 agent.state / "identity" / "certificate.pem"],
                                capture_output=True, text=True, check=True).stdout.split("CN = ")[1].strip()
        self.assertIn(issuer, self.authority.says("ca", "show"))
        metrics = self.collector.metrics()
        self.assertEqual(metrics.value("sobriety_host_up", host="web-1"), 1)
        self.assertEqual(self.results().get("certificate_unknown"), None)


if __name__ == "__main__":
    harness.main()
