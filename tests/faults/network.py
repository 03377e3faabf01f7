"""Packets lost on the loopback of the namespace that run.sh made: nftables rules on a port."""

import contextlib
import subprocess

TABLE = "sobriety_faults"


def _nft(*commands):
    subprocess.run(["nft", "-f", "-"], input="\n".join(commands), text=True, check=True)


@contextlib.contextmanager
def dropping(*rules):
    """While it lasts, packets on their way in that match a rule are dropped, such as `tcp dport 18550`."""
    _nft(f"add table inet {TABLE}",
         f"add chain inet {TABLE} input {{ type filter hook input priority 0; policy accept; }}",
         *(f"add rule inet {TABLE} input {rule} counter drop" for rule in rules))
    try:
        yield
    finally:
        _nft(f"delete table inet {TABLE}")


def partition(port):
    """Nothing passes between agents and the collector, and nobody is told."""
    return dropping(f"tcp dport {port}", f"tcp sport {port}")


def half_open(port):
    """The collector hears its agents; they do not hear it."""
    return dropping(f"tcp sport {port}")


def loss(port, percent):
    return dropping(*(f"tcp {side} {port} numgen random mod 100 < {percent}" for side in ("dport", "sport")))
