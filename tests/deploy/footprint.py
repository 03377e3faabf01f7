#!/usr/bin/env python3
"""What an installed agent costs beside its peers: disk with dependencies, memory and processor time of a booted service.

  sudo tests/deploy/footprint.py PACKAGES [--cache FILE] [--minutes 10]

Each is installed in a booted Debian 12 of its own as its package has it, beside a collector that takes what ours sends. Nobody
scrapes the peers. Prints a Markdown table.
"""

import argparse
import pathlib
import re
import shutil
import time

import machine

PEERS = {"prometheus-node-exporter": "prometheus-node-exporter", "collectd": "collectd"}


def disk_space(root, package):
    """What installing it adds to a bare Debian, in MB."""
    asked = f"apt-get install --no-install-recommends --assume-no {package} || true"
    said = machine.in_root(root, "sh", "-c", asked)
    number, unit = re.search(r"After this operation, ([\d.,]+) ([kM]?)B of additional", said).groups()
    return float(number.replace(",", "")) * {"": 1e-6, "k": 1e-3, "M": 1}[unit]


def cost(at, unit):
    """Resident MB and milliseconds of processor time of a unit's processes."""
    processes = at.run("cat", "/sys/fs/cgroup" + at.run("systemctl", "show", "-P", "ControlGroup", unit).strip()
                       + "/cgroup.procs").split()
    resident = sum(int(re.search(r"VmRSS:\s+(\d+) kB", at.run("cat", f"/proc/{process}/status"))[1])
                   for process in processes)
    used = int(at.run("systemctl", "show", "-P", "CPUUsageNSec", unit))
    return resident * 1024 / 1e6, used / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    ours = [next(options.packages.glob(f"{name}_*.deb")) for name in ("sobriety-agent", "sobriety-collector")]
    with machine.Place() as place:
        bare = place.directory / "bare"
        machine.bare_root(bare, options.cache)
        (bare / "packages").mkdir()
        for package in ours:
            shutil.copy(package, bare / "packages")
        agent_deb = f"/packages/{ours[0].name}"
        sizes = {"sobriety-agent": disk_space(bare, agent_deb), **{name: disk_space(bare, name) for name in PEERS}}

        root = place.directory / "root"
        machine.bootable_root(root, options.cache, ours)
        machine.in_root(root, "apt-get", "-qq", "install", "-y", "--no-install-recommends", "--download-only", *PEERS)
        at = place.machine("measured", root)
        (at.root / "etc" / "sobriety").mkdir()
        (at.root / "etc" / "sobriety" / "agent.yaml").write_text("collector:\n  plain: true\n")
        (at.root / "etc" / "sobriety" / "collector.yaml").write_text("telemetry:\n  plain: true\n")
        at.shell(f"echo 127.0.1.1 {at.name} >> /etc/hosts")  # collectd does not start where it cannot look itself up
        at.run("apt-get", "-q", "install", "-y", "--no-install-recommends", *(f"/packages/{deb.name}" for deb in ours), *PEERS)
        units = {"sobriety-agent": "sobriety-agent", **PEERS}
        before = {name: cost(at, unit)[1] for name, unit in units.items()}
        time.sleep(options.minutes * 60)
        print("| | installed, with dependencies | resident | processor time |\n|---|--:|--:|--:|")
        for name, unit in units.items():
            resident, used = cost(at, unit)
            print(f"| {name} | {sizes[name]:.1f} MB | {resident:.1f} MB | "
                  f"{(used - before[name]) / options.minutes:.0f} ms a minute |", flush=True)


if __name__ == "__main__":
    main()
