"""The collector's own authority and how hosts come by their certificates, with the real programs."""

import os
import pathlib
import stat
import subprocess

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
            rest=f"identity:\n  directory: {self.authority.directory}\n"))
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


if __name__ == "__main__":
    harness.main()
