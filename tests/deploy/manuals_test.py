"""Manual pages and completions tell all that the programs take, and nothing that they do not."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import BIN, SKIPPED  # noqa: E402

PROGRAMS = ("sobriety-agent", "sobriety-collector")
MANUALS = BIN / "deploy"


def help_of(program, *path):
    return subprocess.run([BIN / program, *path, "--help"], capture_output=True, text=True, check=True).stdout


def commands_of(help_text):
    _, _, behind = help_text.partition("Subcommands:\n")
    return re.findall(r"^  ([\w-]+)", behind, re.MULTILINE)


def options_of(help_text):
    return sorted(set(re.findall(r"(?<![\w-])--[a-z][\w.-]*", help_text)))


def walk(program, path=()):
    """(path, its options, its commands) of the program and of each command."""
    text = help_of(program, *path)
    commands = commands_of(text)
    first_columns = "\n".join(re.findall(r"^  (-\S+)", text, re.MULTILINE))
    yield path, options_of(first_columns), commands
    for command in commands:
        yield from walk(program, (*path, command))


def keys_of(yaml):
    """Paths of the keys of what check-config prints, with the values that are one line."""
    path = []
    for line in yaml.splitlines():
        if found := re.match(r"( *)([\w.]+):\s*(.*)$", line):
            path = [*path[:len(found[1]) // 2], found[2]]
            if found[3]:
                yield ".".join(path)


def words_of(page):
    return pathlib.Path(page).read_text().replace("\\-", "-").replace("\\&", "")


class Manuals(unittest.TestCase):
    def test_a_program_s_page_names_each_command_and_option(self):
        for program in PROGRAMS:
            page = words_of(MANUALS / f"{program}.8")
            seen = 0
            for path, options, commands in walk(program):
                for command in commands:
                    self.assertIn(" ".join((program, *path, command)), page)
                for option in options:
                    self.assertIn(f"\\fB{option}\\fR", page, path)
                    seen += 1
            self.assertGreater(seen, 5)

    def test_a_configuration_s_page_names_each_key(self):
        for program in PROGRAMS:
            page = words_of(MANUALS / f"{program}.yaml.5")
            shown = subprocess.run([BIN / program, "check-config"], capture_output=True, text=True, check=True).stdout
            keys = list(keys_of(shown))
            self.assertGreater(len(keys), 5)
            for key in keys:
                self.assertIn(f"\\fB{key}\\fR", page)

    def test_pages_are_sound(self):
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc")
        for page in sorted(MANUALS.glob("*.[58]")):
            found = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
            # A page is of a version, not of a day: two builds of a commit are the same.
            complaints = [line for line in found.stdout.splitlines() if "missing date" not in line]
            self.assertEqual(complaints, [])


class Completion(unittest.TestCase):
    def complete(self, program, *words):
        script = (f"source {MANUALS / program}.bash; COMP_WORDS=({program} \"$@\"); COMP_CWORD=$#; "
                  f"_{program.replace('-', '_')}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        found = subprocess.run(["bash", "-euc", script, "bash", *words], capture_output=True, text=True, cwd="/")
        self.assertEqual((found.returncode, found.stderr), (0, ""))
        return found.stdout.split()

    def test_offers_each_command_and_option_where_it_is_taken(self):
        for program in PROGRAMS:
            for path, options, commands in walk(program):
                self.assertLessEqual(set(options), set(self.complete(program, *path, "--")), path)
                if commands:
                    self.assertLessEqual(set(commands), set(self.complete(program, *path, "")), path)

    def test_offers_nothing_that_is_not_taken(self):
        for program in PROGRAMS:
            for path, options, _ in walk(program):
                self.assertLessEqual(set(self.complete(program, *path, "--")), set(options), path)

    def test_offers_values_of_a_choice_and_files(self):
        self.assertEqual(self.complete("sobriety-agent", "probe", "--format", ""), ["text", "json"])
        self.assertIn("etc", self.complete("sobriety-agent", "run", "--config.file", "et"))


if __name__ == "__main__":
    if not MANUALS.is_dir() or os.environ.get("SOBRIETY_NO_MANUALS"):
        print(f"{MANUALS} has no manuals: this build writes none")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
