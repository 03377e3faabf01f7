"""Installs .rpm for real: in a copy of this machine's root that is thrown away, with its own systemd-sysusers and systemctl.

What is written lies in memory above the root (an overlay), and ends with the namespace that it was mounted in.
"""

import json
import os
import pathlib
import subprocess

SCRIPT = r"""
set -eu
above=$1; shift
mount -t tmpfs tmpfs "$above"
mkdir "$above/up" "$above/work" "$above/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$above/up,workdir=$above/work" "$above/root"
mount -t proc proc "$above/root/proc"
mkdir -p "$above/root/packages"
cp "$@" "$above/root/packages"
rm -rf "$above/root/var/lib/rpm"
rpm() { command rpm --root "$above/root" --dbpath /var/lib/rpm "$@"; }
inside() { chroot "$above/root" "$@"; }
names='sobriety-agent sobriety-collector sobriety-dashboards'
of_the_packages() {
  (cd "$above/up" && find . \( -path './*sobriety*' -o -path './usr/*' \) ! -type d ! -path './packages/*' -printf "$1")
}
tell() { printf '%s\n' "@ $1"; cat; }

rpm -i --nodeps "$above"/root/packages/*.rpm
of_the_packages '%P %m %u %g\n' | tell installed
rpm -ql $names | tell listed
{ rpm -V --nodeps $names || echo "rpm -V: exit status $?"; } | tell verified
grep -h sobriety "$above/root/etc/passwd" "$above/root/etc/group" | tell users
inside sobriety-agent --version | tell version

# As an administrator left it: off, and configured. The same packages come as an upgrade.
inside systemctl disable sobriety-agent
echo '# mine' >>"$above/root/etc/sobriety/agent.yaml"
rpm -U --nodeps --force "$above"/root/packages/*.rpm
{ inside systemctl is-enabled sobriety-agent sobriety-collector || true; tail -n 1 "$above/root/etc/sobriety/agent.yaml"; } | tell upgraded

rpm -e $names
of_the_packages '%P\n' | tell erased
"""


def install_and_erase(packages, directory):
    """What each step told, by its name, as lines."""
    above = pathlib.Path(directory) / "root-of-rpm"
    above.mkdir()
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, "sh", above, *packages],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "SYSTEMD_OFFLINE": "1"})
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode}\n{done.stdout}")
    steps, lines = {}, []
    for line in done.stdout.splitlines():
        if line.startswith("@ "):
            steps[line.removeprefix("@ ")] = lines = []
        else:
            lines.append(line)
    return steps


if __name__ == "__main__":  # by hand: sudo rpm_root.py DIRECTORY PACKAGE...
    import sys
    print(json.dumps(install_and_erase(sys.argv[2:], sys.argv[1]), indent=1))
