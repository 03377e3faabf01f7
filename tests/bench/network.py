"""A network of its own for each program measured, so that its bytes on the wire are an interface's counters."""

import os
import re
import time
from dataclasses import dataclass

import children


@dataclass(frozen=True)
class Traffic:
    """IP packets and bytes, headers included, both directions of every conversation, as the interface counted them."""

    packets: int
    bytes: int

    def since(self, earlier):
        return Traffic(self.packets - earlier.packets, self.bytes - earlier.bytes)


class Namespace:
    """A network namespace with nothing but its loopback, held by a sleeping process.

    The loopback gets an Ethernet's MTU, so that packets are cut as on a real link. Each packet is counted once.
    """

    def __init__(self, log):
        self._holder = children.start(["unshare", "--net", "sleep", "infinity"], log)
        self.pid = self._holder.pid
        self._wait_until_apart(log)
        children.run(["ip", "link", "set", "lo", "mtu", "1500", "up"], namespace=self)

    def _wait_until_apart(self, log):
        own = os.readlink("/proc/self/ns/net")
        for _ in range(100):
            children.alive_or_fail(self._holder, "unshare --net", log)
            if os.readlink(f"/proc/{self.pid}/ns/net") != own:
                return
            time.sleep(0.02)
        raise RuntimeError("unshare --net made no network namespace within 2 s")

    def traffic(self):
        with open(f"/proc/{self.pid}/net/dev", encoding="ascii") as text:
            for line in text:
                name, _, counters = line.partition(":")
                if name.strip() == "lo":
                    numbers = counters.split()
                    return Traffic(packets=int(numbers[9]), bytes=int(numbers[8]))
        raise RuntimeError("a network namespace without a loopback")

    def tcp_payload_to(self, port):
        """Payload bytes sent so far by the clients of a port, on the connections open now, as TCP itself counts them."""
        return self._tcp_payload("dport", port)

    def tcp_payload_from(self, port):
        """Payload bytes sent so far by the server of a port, on the connections open now."""
        return self._tcp_payload("sport", port)

    def _tcp_payload(self, side, port):
        listing = children.run(["ss", "-Htin", "state", "established", side, "=", f":{port}"], namespace=self)
        return sum(int(number) for number in re.findall(r"bytes_sent:(\d+)", listing))
