"""Reads and forgets the datagrams sent to a UDP port of the loopback: udp_sink.py PORT"""

import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
    sink.bind(("127.0.0.1", int(sys.argv[1])))
    while True:
        sink.recv(65536)
