"""Each command in deploy/README.md is run by a test."""

import ast
import pathlib
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from documents import blocks, documented  # noqa: E402
from harness import BIN, SOURCE_ROOT, main  # noqa: E402

FOLDER = pathlib.Path(__file__).parent
# What asks for the commands below a heading, in which files.
ASKS = {"follow": ("booted.py",), "documented": ("packages_test.py", "readme_test.py")}


def asked_for():
    """Headings that tests ask for."""
    for called, names in ASKS.items():
        for name in names:
            for node in ast.walk(ast.parse((FOLDER / name).read_text())):
                if isinstance(node, ast.Call) and called in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                    yield from (word.value for word in node.args[:1] if isinstance(word, ast.Constant))


class Readme(unittest.TestCase):
    def test_each_block_says_where_it_is_for_and_a_test_runs_it(self):
        tested = set(asked_for())
        for heading, where, commands in blocks():
            self.assertIn(where, ("clone", "collector", "host"), f"below '{heading}', without a word where to run it: {commands}")
            self.assertIn(heading, tested, f"no test runs: {commands}")
        self.assertEqual(tested - {heading for heading, _, _ in blocks()}, set(), "asked for, and not in the README")

    def test_what_is_for_installed_machines_is_shell(self):
        for _, _, commands in blocks():
            read = subprocess.run(["sh", "-n"], input=commands, capture_output=True, text=True)
            self.assertEqual(read.returncode, 0, read.stderr)

    def test_the_quickstart_shows_this_machine(self):
        if BIN != SOURCE_ROOT / "build" / "release":
            self.skipTest(f"{BIN} is not what the quickstart builds")
        for _, command in documented("Quickstart"):
            words = [*shlex.split(command), "--check", "--no-install"]
            shown = subprocess.run(words, cwd=SOURCE_ROOT, capture_output=True, text=True)
            self.assertEqual(shown.returncode, 0, shown.stdout + shown.stderr)


if __name__ == "__main__":
    main()
