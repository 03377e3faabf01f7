"""How the peers are configured and started: Debian's own programs, unpacked below build/tools, never installed."""

import socket
import time

import children

COLLECTD_SAMPLE_VALUES = 20


def _collectd_head(tools, state, port_of_hostname):
    library = tools / "usr/lib/collectd"
    types = tools / "usr/share/collectd/types.db"
    return f"""\
Hostname "{port_of_hostname}"
FQDNLookup false
BaseDir "{state}"
PIDFile "{state}/collectd.pid"
PluginDir "{library}"
TypesDB "{types}"
LoadPlugin logfile
<Plugin logfile>
  LogLevel "info"
  File "{state}/collectd.log"
  Timestamp true
</Plugin>
"""


def _collectd(tools, state, configuration, log, namespace=None):
    path = state / "collectd.conf"
    path.write_text(configuration, encoding="utf-8")
    program = tools / "usr/sbin/collectd"
    child = children.start([program, "-f", "-C", path], log, namespace)
    time.sleep(1)
    children.alive_or_fail(child, "collectd", log)
    return child


def collectd_agent(tools, state, sink_port, log, namespace):
    """cpu (16 values on 2 processors), uptime (1), load (3), sensors; one reader and one writer thread, its cheapest.

    load makes it 20 values where no sensor is. The network plugin sends as soon as a datagram is full, as shipped.
    """
    configuration = _collectd_head(tools, state, "bench-host") + f"""\
Interval 1
ReadThreads 1
WriteThreads 1
LoadPlugin cpu
LoadPlugin uptime
LoadPlugin load
LoadPlugin sensors
LoadPlugin network
<Plugin network>
  Server "127.0.0.1" "{sink_port}"
</Plugin>
"""
    return _collectd(tools, state, configuration, log, namespace)


def collectd_collector(tools, state, udp_port, log, write_threads=1, web_port=None):
    """Receives over UDP into its cache; with web_port it also keeps and answers /metrics (write_prometheus).

    Without a writer the chain behind the cache ends at once: a write that finds no plugin costs it three times more.
    """
    configuration = _collectd_head(tools, state, "bench-collector") + f"""\
Interval 10
ReadThreads 1
WriteThreads {write_threads}
LoadPlugin unixsock
LoadPlugin network
<Plugin unixsock>
  SocketFile "{state}/socket"
  DeleteSocket true
</Plugin>
<Plugin network>
  Listen "127.0.0.1" "{udp_port}"
</Plugin>
"""
    if web_port is not None:
        configuration += f"""\
LoadPlugin write_prometheus
<Plugin write_prometheus>
  Port "{web_port}"
</Plugin>
"""
    else:
        configuration += """\
PostCacheChain "PostCache"
<Chain "PostCache">
  Target "stop"
</Chain>
"""
    return _collectd(tools, state, configuration, log)


def collectd_series_known(state):
    """How many value lists collectd has in its cache, by its own count (18 for a host of 20 values)."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(60)
        link.connect(str(state / "socket"))
        link.sendall(b"LISTVAL\n")
        answer = link.makefile("rb").readline().decode("ascii", "replace")
    return int(answer.split()[0])


def udp_dropped(port):
    """Datagrams that the kernel dropped at the socket bound to a port, since it was bound."""
    wanted = f":{port:04X}"
    with open("/proc/net/udp", encoding="ascii") as text:
        return sum(int(line.split()[-1]) for line in text if line.split()[1].endswith(wanted))


def node_exporter(tools, state, port, log, namespace):
    """The same readings: cpu, boot time, load average and hwmon; nothing about itself."""
    program = tools / "usr/bin/prometheus-node-exporter"
    child = children.start([
        program, f"--web.listen-address=127.0.0.1:{port}", "--web.disable-exporter-metrics",
        "--collector.disable-defaults", "--collector.cpu", "--collector.stat", "--collector.loadavg",
        "--collector.hwmon",
    ], log, namespace)
    time.sleep(1)
    children.alive_or_fail(child, "prometheus-node-exporter", log)
    return child
