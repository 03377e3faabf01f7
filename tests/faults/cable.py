"""A cable between agents and a collector that can be cut, stretched, or made to carry one way only.

A relay of TCP connections. What netem does to packets is done here to the bytes of the conversation, which is what
both programs see of it, and which works on kernels without netem; packet loss and partition proper are nftables rules
(network.py).
"""

import selectors
import socket
import threading
import time


class Cable:
    """Relays every connection to its own port to `target`, a (host, port), on a thread of its own."""

    CHUNK = 65536

    def __init__(self, target):
        self.target = target
        self.lose_answers = False   # what the collector says is swallowed, from now on
        self.silent = False         # half-open: nothing is relayed either way, nothing is closed
        self.cut_after = None       # each connection is cut after so many bytes from the agent
        self.cut_answers_after = None  # or after so many bytes from the collector
        self.delay = 0.0            # seconds, each way
        self.cuts = 0
        self.swallowed = 0
        self._pairs = {}            # socket -> (its peer, from the agent?)
        self._carried = {}          # socket -> bytes received from it
        self._late = []             # (due, socket, bytes)
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def endpoint(self):
        return "127.0.0.1:%d" % self._listener.getsockname()[1]

    def cut_all(self):
        """Both ends of every connection find it reset."""
        for one in list(self._pairs):
            try:
                # A linger of zero seconds makes close() a reset.
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self._ended = True
        self._thread.join()
        for one in list(self._pairs):
            one.close()
        self._listener.close()
        self._selector.close()

    def _run(self):
        while not self._ended:
            for key, _ in self._selector.select(0.005 if self._late else 0.05):
                if key.fileobj is self._listener:
                    self._accept()
                elif not self.silent:
                    self._relay(key.fileobj)
            if self.silent:
                time.sleep(0.01)
            self._deliver()

    def _accept(self):
        try:
            agent, _ = self._listener.accept()
        except OSError:
            return
        try:
            collector = socket.create_connection(self.target, timeout=5)
        except OSError:
            agent.close()
            return
        for one, peer, from_agent in ((agent, collector, True), (collector, agent, False)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs[one] = (peer, from_agent)
            self._carried[one] = 0
            self._selector.register(one, selectors.EVENT_READ)

    def _relay(self, one):
        if one not in self._pairs:
            return
        peer, from_agent = self._pairs[one]
        try:
            data = one.recv(self.CHUNK)
        except OSError:
            data = b""
        if not data:
            return self._end(one)
        limit = self.cut_after if from_agent else self.cut_answers_after
        if limit is not None and self._carried[one] + len(data) >= limit:
            data = data[:max(0, limit - self._carried[one])]
            self._send(peer, data)
            self.cuts += 1
            return self._end(one)
        self._carried[one] += len(data)
        if self.lose_answers and not from_agent:
            self.swallowed += len(data)
            return None
        if self.delay:
            self._late.append((time.monotonic() + self.delay, peer, data))
        else:
            self._send(peer, data)
        return None

    def _deliver(self):
        now = time.monotonic()
        while self._late and self._late[0][0] <= now:
            _, peer, data = self._late.pop(0)
            self._send(peer, data)

    def _send(self, one, data):
        if one not in self._pairs:
            return
        try:
            one.settimeout(5)
            one.sendall(data)
        except OSError:
            self._end(one)

    def _end(self, one):
        for side in (one, self._pairs.get(one, (None,))[0]):
            if side in self._pairs:
                del self._pairs[side]
                self._selector.unregister(side)
                side.close()
