"""Configuration: what is wrong is said with file, line and key, and a reload keeps what worked."""

import shutil
import signal
import socket
import subprocess
import time

import harness


def run(*arguments):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)


class OccupiedPort(harness.TestCase):
    def test_the_collector_names_the_port_and_the_key(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for key, config in (("telemetry.listen", f"telemetry:\n  listen: 127.0.0.1:{port}\n  plain: true\nweb:\n  listen: 127.0.0.1:0\n"),
                                ("web.listen", f"telemetry:\n  listen: 127.0.0.1:0\n  plain: true\nweb:\n  listen: 127.0.0.1:{port}\n")):
                with self.subTest(key=key):
                    collector = self.bench.keep(harness.Collector(self.bench.path("collector"), config=config))
                    self.assertEqual(collector.wait(), 1)
                    self.assertIn(f"127.0.0.1:{port}", collector.log())
                    self.assertIn(key, collector.log())


class BrokenFile(harness.TestCase):
    SAYINGS = (  # text, line, what is said of it
        ("nonsense: 1\n", 1, "nonsense"),
        ("log:\n  level: loud\n", 2, "log.level"),
        ("log:\n  level: info\n  level: debug\n", 3, "level"),
        ("log: [1, 2]\n", 1, "log"),
        ("log:\n\tlevel: info\n", 2, ""),
    )

    def check(self, program, file):
        for text, line, word in self.SAYINGS:
            for command in ("check-config", "run"):
                with self.subTest(program=program, text=text, command=command):
                    file.write_text(text)
                    done = run(harness.BIN / program, command, "--config.file", file)
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertIn(f"{file}:{line}", done.stderr)
                    self.assertIn(word, done.stderr)
        file.unlink()
        done = run(harness.BIN / program, "run", "--config.file", file)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(file), done.stderr)

    def test_the_collector_says_file_line_and_key(self):
        self.check("sobriety-collector", self.bench.path("config") / "broken.yaml")

    def test_the_agent_says_file_line_and_key(self):
        self.check("sobriety-agent", self.bench.path("config") / "broken.yaml")

    def test_the_examples_that_are_shipped_are_sound(self):
        for program in ("agent", "collector"):
            done = run(harness.BIN / f"sobriety-{program}", "check-config", "--config.file",
                       harness.SOURCE_ROOT / "deploy" / "config" / f"{program}.yaml")
            self.assertEqual(done.returncode, 0, done.stderr)


class Policy(harness.TestCase):
    """check-config reads the policy that the configuration names, and tells what it means."""

    def check(self, *arguments):
        return run(harness.BIN / "sobriety-collector", "check-config", "--config.file", self.config, *arguments)

    def setUp(self):
        super().setUp()
        directory = self.bench.path("config")
        shutil.copytree(harness.SOURCE_ROOT / "deploy" / "config", directory, dirs_exist_ok=True)
        self.config = directory / "with-policy.yaml"
        self.config.write_text("policy:\n  file: policy.yaml\n")
        self.policy = directory / "policy.yaml"

    def test_the_example_says_of_each_rule_what_it_matches(self):
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("# rule 'public terminals': hostname med-* ->", done.stdout)
        # What is printed is a configuration again.
        again = self.config.with_name("again.yaml")
        again.write_text(done.stdout)
        self.assertEqual(run(harness.BIN / "sobriety-collector", "check-config", "--config.file", again).stdout, done.stdout)

    def test_a_host_is_explained(self):
        done = self.check("--explain", "srv-9,chassis=server,virtualization=none,address=10.1.2.3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("site: Salle machine (rule 'servers of the machine room')", done.stdout)
        self.assertIn("pue: 1.6", done.stdout)
        self.assertEqual(self.check("--explain", "srv-9,colour=red").returncode, 1)

    def test_a_mistake_in_a_table_is_said_with_the_line_of_the_table(self):
        inventory = self.policy.parent / "policy" / "inventory.csv"
        inventory.write_text(inventory.read_text().replace("15-03-2021", "31-02-2021", 1))
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"policy\.yaml:\d+: inventory\.file: .*inventory\.csv:2: Date d'achat")

    def test_a_policy_that_is_not_there_is_named(self):
        self.policy.unlink()
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(self.policy), done.stderr)


class Calibrate(harness.TestCase):
    def files(self, wall):
        """RAPL of 10 to 39 W, a minute each, and what the meter shows of it every 10 s."""
        directory = self.bench.path("calibrate")
        joules = 0
        rapl = ["timestamp,joules", "2026-11-30T08:00:00Z,0"]
        meter = ["timestamp,watts"]
        for minute in range(30):
            watts = 10 + minute
            joules += watts * 60
            rapl.append(f"2026-11-30T08:{minute + 1:02}:00Z,{joules}")
            meter += [f"2026-11-30T08:{minute:02}:{second}Z,{wall(watts)}" for second in (15, 25, 35, 45)]
        (directory / "rapl.csv").write_text("\n".join(rapl) + "\n")
        (directory / "meter.csv").write_text("\n".join(meter) + "\n")
        return directory

    def calibrate(self, directory):
        return run(harness.BIN / "sobriety-collector", "calibrate", "pc-1", "--meter", directory / "meter.csv",
                   "--rapl", directory / "rapl.csv")

    def test_what_is_printed_is_a_policy_with_the_line_that_was_measured(self):
        directory = self.files(lambda rapl: 12.5 + 1.31 * rapl)
        done = self.calibrate(directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rapl_calibrated: {a: 12.5, b: 1.31}", done.stdout)
        (directory / "policy.yaml").write_text(done.stdout)
        (directory / "collector.yaml").write_text("policy:\n  file: policy.yaml\n")
        told = run(harness.BIN / "sobriety-collector", "check-config", "--config.file", directory / "collector.yaml",
                   "--explain", "pc-1")
        self.assertIn("RAPL to wall, calibrated: 12.5 W + 1.31 x RAPL", told.stdout)

    def test_a_bad_fit_is_refused_with_the_reason(self):
        done = self.calibrate(self.files(lambda rapl: 200 - rapl))
        self.assertEqual(done.returncode, 1)
        self.assertIn("is the meter that of this machine?", done.stderr)


class Reload(harness.TestCase):
    GAUGE = "sobriety_config_last_reload_successful"

    def setUp(self):
        super().setUp()
        self.collector = self.bench.collector()
        self.bench.agent(self.collector.telemetry, "here")
        self.collector.wait_for_host("here")
        self.good = self.collector.config.read_text()

    def test_hangup_keeps_the_old_configuration_where_the_new_one_is_broken(self):
        started = self.collector.metrics().value("sobriety_config_last_reload_success_timestamp_seconds")
        self.collector.config.write_text(self.good + "nonsense: 1\n")
        self.collector.send(signal.SIGHUP)
        metrics = self.collector.wait_until(lambda metrics: metrics.value(self.GAUGE) == 0, "the reload failed")
        self.assertEqual(metrics.value("sobriety_config_last_reload_success_timestamp_seconds"), started)
        self.assertEqual(metrics.value("sobriety_host_up", host="here"), 1)
        self.collector.wait_for_line(r"configuration refused, the old one stays")
        self.collector.wait_for_line(r"collector\.yaml:\d+.*nonsense")

        self.collector.config.write_text(self.good + "expose:\n  hosts: false\n")
        self.collector.send(signal.SIGHUP)
        metrics = self.collector.wait_until(lambda metrics: metrics.value(self.GAUGE) == 1, "the reload succeeded")
        self.assertGreater(metrics.value("sobriety_config_last_reload_success_timestamp_seconds"), started)
        self.assertEqual(metrics.all("sobriety_host_up"), {})  # as the new configuration says

    def test_post_reload_answers_how_it_went(self):
        self.assertEqual(self.collector.get("/-/reload", "POST")[0], 200)
        self.collector.config.write_text("telemetry: 1\n")
        status, text = self.collector.get("/-/reload", "POST")
        self.assertEqual(status, 500)
        self.assertNotIn(str(self.collector.config), text)
        self.assertEqual(self.collector.metrics().value(self.GAUGE), 0)
        self.collector.config.write_text(self.good)
        self.assertEqual(self.collector.get("/-/reload", "POST")[0], 200)
        self.assertEqual(self.collector.metrics().value(self.GAUGE), 1)
        self.assertEqual(self.collector.get("/-/reload")[0], 405)

    def test_what_needs_a_restart_is_said(self):
        self.collector.config.write_text(self.good.replace("threads: 2", "threads: 1"))
        self.collector.send(signal.SIGHUP)
        self.collector.wait_for_line("before a restart")
        self.assertEqual(self.collector.metrics().value(self.GAUGE), 1)

    def test_connections_survive_a_reload(self):
        for _ in range(20):
            self.collector.send(signal.SIGHUP)
            time.sleep(0.01)
        self.assertEqual(self.collector.metrics().value("sobriety_door_connections"), 1)


class Web(harness.TestCase):
    def test_every_path_answers_as_it_should(self):
        collector = self.bench.collector()
        for path, status in (("/", 200), ("/metrics", 200), ("/-/healthy", 200), ("/-/ready", 200), ("/nowhere", 404)):
            with self.subTest(path=path):
                self.assertEqual(collector.get(path)[0], status)
        self.assertEqual(collector.get("/metrics", "POST")[0], 405)


if __name__ == "__main__":
    harness.main()
