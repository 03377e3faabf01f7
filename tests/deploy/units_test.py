"""The units as systemd judges them, and what they say fits what else is shipped."""

import configparser
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import SKIPPED, SOURCE_ROOT  # noqa: E402

DEPLOY = SOURCE_ROOT / "deploy"
MOST_EXPOSED = {"sobriety-collector": 1.2, "sobriety-agent": 1.7}  # of 10: the tenths that systemd shows


def unit_path(name):
    return DEPLOY / "systemd" / f"{name}.service"


def unit(name):
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(unit_path(name))
    return parser


class Units(unittest.TestCase):
    def test_exposure_is_below_the_bound(self):
        for name, most in MOST_EXPOSED.items():
            found = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit_path(name)],
                                   capture_output=True, text=True, check=True)
            exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)[1])
            print(f"{name}: exposure {exposure}")
            self.assertLessEqual(exposure, most, found.stdout)

    def test_programs_are_watched_and_come_back(self):
        for name in MOST_EXPOSED:
            service = unit(name)["Service"]
            self.assertEqual((service["Type"], service["Restart"]), ("notify", "always"))
            self.assertIn("WatchdogSec", service)
            self.assertIn("-HUP", service["ExecReload"])

    def test_users_and_groups_are_those_that_sysusers_makes(self):
        for name in MOST_EXPOSED:
            made = (DEPLOY / "sysusers" / f"{name}.conf").read_text()
            service = unit(name)["Service"]
            self.assertRegex(made, rf"(?m)^u {service['User']} ")
            for group in service.get("SupplementaryGroups", "").split():
                self.assertRegex(made, rf"(?m)^g {group} ")

    def test_the_rule_of_udev_and_that_of_tmpfiles_name_the_group_of_the_unit(self):
        group = unit("sobriety-agent")["Service"]["SupplementaryGroups"]
        self.assertIn(f"chgrp {group} ", (DEPLOY / "udev" / "60-sobriety-rapl.rules").read_text())
        self.assertRegex((DEPLOY / "tmpfiles" / "sobriety-agent.conf").read_text(), rf"(?m)^z \S+ 0440 root {group}$")


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("no systemd-analyze")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
