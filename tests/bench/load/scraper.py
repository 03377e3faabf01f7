"""Scrapes http://127.0.0.1:PORT/metrics over one kept connection, as Prometheus does: scraper.py PORT [SECONDS]

It begins a scrape every SECONDS (1 where not given), or as soon as the last one is over where that takes longer.
"""

import http.client
import sys
import time

HEADERS = {
    "User-Agent": "Prometheus/2.42.0",
    "Accept": "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "Accept-Encoding": "gzip",
    "X-Prometheus-Scrape-Timeout-Seconds": "1",
}

interval = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
buffer = bytearray(1 << 20)
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
due = time.monotonic()
while True:
    connection.request("GET", "/metrics", headers=HEADERS)
    answer = connection.getresponse()
    while answer.readinto(buffer):
        pass
    if answer.status != 200:
        sys.exit(f"/metrics answered {answer.status}")
    due = max(due + interval, time.monotonic())
    time.sleep(max(0.0, due - time.monotonic()))
