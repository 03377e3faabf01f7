#!/usr/bin/env python3
"""Records what an agent and a collector say to one another, for tests/fixtures/wire: one file a release, never rewritten.

  SOBRIETY_BIN=build/release tests/e2e/wire_record.py tests/fixtures/wire/vVERSION.json

A captured machine, whose RAPL zones are made to go on and to wrap, is reported over two runs of the agent. The file has the
frames of both sides, connection by connection, and what the collector showed of the machine before it left.
"""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading

import harness
import protocol

HOST = "recorded"
TREE = harness.SOURCE_ROOT / "tests/fixtures/qemu-real-kernel/skylake-2s-t0"
RANGE = 262143328850  # of its RAPL zones, in microjoules
# What says where the energy and the time of a machine went, whenever it is told.
ACCOUNT = ("sobriety_host_energy_joules_total", "sobriety_host_component_energy_joules_total",
           "sobriety_host_scope_energy_joules_total", "sobriety_host_cpu_seconds_total")
NAMES = {kind: name for name, kind in vars(protocol).items() if name.isupper() and isinstance(kind, int) and kind < 16}


def account(metrics, host=HOST):
    """The account of a host, as {"metric{label=value,…}": value}."""
    return {f"{name}{{{','.join(f'{key}={value}' for key, value in sorted(labels) if key != 'host')}}}": value
            for name in ACCOUNT
            for labels, value in sorted(metrics.all(name, host=host).items(), key=lambda row: sorted(row[0]))}


class Relay:
    """Stands between agent and collector, and keeps each frame."""

    def __init__(self, collector):
        self.collector, self.connections = collector, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                agent, _ = self.listening.accept()
            except OSError:
                return  # closed
            collector = socket.create_connection(self.collector)
            frames = []
            self.connections.append(frames)
            for source, target, name in ((agent, collector, "agent"), (collector, agent, "collector")):
                threading.Thread(target=self.carry, args=(source, target, name, frames), daemon=True).start()

    @staticmethod
    def carry(source, target, name, frames):
        received = b""
        while piece := source.recv(65536):
            received += piece
            for kind, frame in protocol.frames(received):
                frames.append({"from": name, "type": NAMES[kind].lower(), "bytes": frame.hex()})
                received = received[len(frame):]
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


class Counted:
    """The machine, whose time and counters are set by hand."""

    def __init__(self, root):
        shutil.copytree(TREE, root, symlinks=True)
        self.root, self.zones = root, root / "sys/devices/virtual/powercap/intel-rapl"

    def set(self, seconds):
        (self.root / "proc/uptime").write_text(f"{seconds:.2f} 1.00\n")
        for zone, watts in (("intel-rapl:0", 30), ("intel-rapl:0/intel-rapl:0:0", 10), ("intel-rapl:1", 60)):
            counted = (seconds - 103) * watts * 1_000_000  # over a wrap in the first run
            (self.zones / zone / "energy_uj").write_text(f"{counted % RANGE}\n")
        _, _, others = (self.root / "proc/stat").read_text().partition("\n")
        (self.root / "proc/stat").write_text(f"cpu  {seconds * 50} 3 {seconds * 7} {seconds * 140} 11 0 2 0 0 0\n{others}")


def record(bench):
    collector = bench.collector()
    relay = Relay(collector.address)
    bench.callback(relay.listening.close)
    machine = Counted(bench.directory / "machine")
    state = bench.path("state")
    for times in (range(100, 112, 2), range(150, 162, 2)):
        machine.set(times[0])
        agent = bench.agent(relay.endpoint, HOST, state=state, config="sources:\n  rapl_in_guest: true\n",
                            arguments=("--proc-root", machine.root / "proc", "--sys-root", machine.root / "sys"))
        for seconds in times:
            agent.send(signal.SIGSTOP)  # so that it never reads half of it
            machine.set(seconds)
            agent.send(signal.SIGCONT)
            shown = collector.wait_until(lambda metrics: metrics.value("sobriety_host_uptime_seconds", host=HOST) == seconds,
                                         f"an uptime of {seconds} s")
        agent.stop()
        collector.wait_for_host(HOST, up=0)
    version = subprocess.run([harness.BIN / "sobriety-agent", "--version"], capture_output=True, text=True, check=True)
    return {"recorded": version.stdout.splitlines()[0], "connections": relay.connections, "account": account(shown)}


if __name__ == "__main__":
    if len(sys.argv) != 2 or pathlib.Path(sys.argv[1]).exists():
        raise SystemExit(f"{__doc__}\nFILE must not be there yet.")
    with harness.Bench() as place:
        pathlib.Path(sys.argv[1]).write_text(json.dumps(record(place), indent=1) + "\n")
