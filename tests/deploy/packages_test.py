"""Packages of this build: what Debian's and RPM's own critics say, what is in them, and that they are made the same twice."""

import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from documents import documented  # noqa: E402
from harness import BIN, SKIPPED, SOURCE_ROOT  # noqa: E402
from rpm_root import install_and_erase  # noqa: E402

NEEDED = ("dpkg-buildpackage", "dh", "lintian", "rpmbuild", "rpmlint")


def make(output):
    """As deploy/README.md says, but of what is built here."""
    [(_, command)] = documented("Packages")
    words = [str(output) if word == "packages" else word for word in shlex.split(command)]
    made = subprocess.run([*words, "--build", BIN, "--no-install"], cwd=SOURCE_ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode != 0:
        raise AssertionError(f"deploy/package.sh failed:\n{made.stdout}")


def digests(directory):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())}


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="sobriety-packages-")
        cls.addClassCleanup(cls.place.cleanup)
        cls.output = pathlib.Path(cls.place.name) / "first"
        make(cls.output)

    def test_a_second_time_makes_the_same_bytes(self):
        again = pathlib.Path(self.place.name) / "again"
        make(again)
        self.assertEqual(digests(self.output), digests(again))

    def test_lintian_finds_no_error_and_no_warning(self):
        found = subprocess.run(["lintian", "--fail-on", "error,warning", *self.output.glob("*.deb")],
                               capture_output=True, text=True)
        self.assertEqual((found.returncode, found.stdout), (0, ""))

    def test_rpmlint_finds_no_error(self):
        found = subprocess.run(["rpmlint", "-c", SOURCE_ROOT / "deploy" / "rpm" / "rpmlint.toml", *self.output.glob("*.rpm")],
                               capture_output=True, text=True)
        self.assertIn(" 0 errors", found.stdout)
        self.assertEqual(found.returncode, 0, found.stdout)

    def test_both_formats_have_the_same_files(self):
        for part in ("agent", "collector", "dashboards"):
            deb = subprocess.run(["dpkg-deb", "-c", *self.output.glob(f"sobriety-{part}_*.deb")],
                                 capture_output=True, text=True, check=True).stdout.split("\n")
            rpm = subprocess.run(["rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES}\n]",
                                  *self.output.glob(f"sobriety-{part}-*.rpm")],
                                 capture_output=True, text=True, check=True).stdout.split("\n")
            # Debian 12 keeps some below /lib, compresses documents, and has its own ways to tell licence and changes.
            debs = {re.sub(r"^\./(usr/)?|\.gz$", "", line.split()[-1]) for line in deb if line.startswith("-")}
            rpms = {re.sub(r"^/(usr/)?|\.gz$", "", line.split()[-1]) for line in rpm if line.startswith("-")}
            apart = re.compile(r"share/doc/[^/]+/(changelog|copyright)$|share/licenses/")
            self.assertEqual({path for path in debs if not apart.match(path)}, {path for path in rpms if not apart.match(path)})

    def test_an_rpm_is_installed_upgraded_and_erased(self):
        if os.geteuid() != 0:
            self.skipTest("installing a package, even into a root of its own, needs root")
        told = install_and_erase(self.output.glob("*.rpm"), self.place.name)
        for line in told["installed"]:
            self.assertRegex(line, r"^\S+ (644|755|777) root root$")
        files = {line.split()[0] for line in told["installed"]}
        for part in ("agent", "collector"):
            self.assertIn(f"etc/systemd/system/multi-user.target.wants/sobriety-{part}.service", files)
            self.assertIn(f"/usr/bin/sobriety-{part}", told["listed"])
        self.assertLessEqual({path for path in files if "/systemd/system/multi" not in path},
                             {path.removeprefix("/") for path in told["listed"]})
        self.assertEqual(told["verified"], [])
        users = "\n".join(told["users"])
        for wanted in (r"sobriety-agent:x:\d+:\d+:.*nologin", r"sobriety-collector:x:\d+:\d+:.*nologin",
                       r"sobriety-rapl:x:\d+:sobriety-agent"):
            self.assertRegex(users, rf"(?m)^{wanted}$")
        self.assertRegex(told["version"][0], r"^sobriety-agent \d")
        self.assertEqual(told["upgraded"][:3], ["disabled", "enabled", "# mine"])
        self.assertEqual(told["erased"], ["etc/sobriety/agent.yaml.rpmsave"])  # because it was changed

    def test_digests_are_those_of_the_packages(self):
        checked = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=self.output,
                                 capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stdout), (0, ""))

    def test_the_spdx_file_names_each_package_and_what_it_is_linked_with(self):
        document = json.loads(next(self.output.glob("*.spdx.json")).read_text())
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        packages = {package["SPDXID"]: package for package in document["packages"]}
        self.assertEqual(len(packages), len(document["packages"]), "an identifier is used twice")
        told = {package["packageFileName"]: package["checksums"][0]["checksumValue"]
                for package in packages.values() if "packageFileName" in package}
        made = digests(self.output)
        self.assertEqual(told, {name: made[name] for name in made if name.endswith((".deb", ".rpm"))})
        for relation in document["relationships"]:
            self.assertIn(relation["relatedSpdxElement"], packages)
        self.assertIn("libc6", [package["name"] for package in packages.values()])

    def test_a_package_has_program_unit_configuration_manuals_and_completion(self):
        for part in ("agent", "collector"):
            package = next(self.output.glob(f"sobriety-{part}_*.deb"))
            listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
            for wanted in (f"usr/bin/sobriety-{part}", f"lib/systemd/system/sobriety-{part}.service",
                           f"etc/sobriety/{part}.yaml", f"usr/lib/sysusers.d/sobriety-{part}.conf",
                           f"man8/sobriety-{part}.8.gz", f"man5/sobriety-{part}.yaml.5.gz",
                           f"bash-completion/completions/sobriety-{part}", f"doc/sobriety-{part}/CHANGELOG.md"):
                self.assertIn(wanted, listed)
            self.assertEqual("sobriety-rapl.rules" in listed, part == "agent")


if __name__ == "__main__":
    if missing := [tool for tool in NEEDED if not shutil.which(tool)]:
        print(f"not there: {', '.join(missing)}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
