"""The table that a person reads: each figure beside its peers and what it is to reach."""

import collectors
import ours
from durable import SECONDS_A_REPORT
from durable_peers import VALUES

KIB = 1 << 10
MIB = 1 << 20


def _number(value, digits=2):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.{digits}f}"


def _table(head, rows):
    """Lines of a table whose first column is text and whose others are figures."""
    cells = [head, *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = []
    for row in cells:
        first, *rest = row
        lines.append("  ".join([first.ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(rest, widths[1:])]))
    lines.insert(1, "-" * len(lines[0]))
    return lines


def _verdict(value, limit, at_least=False):
    """The limit, and whether the figure reaches it."""
    sign = ">=" if at_least else "<="
    if value is None:
        return f"{sign} {limit}"
    reached = value >= limit if at_least else value <= limit
    return f"{sign} {limit} {'ok' if reached else 'NOT REACHED'}"


def _agent_lines(agents):
    named = {agent.name: agent for agent in agents}
    columns = [name for name in ("sobriety", "collectd", "node_exporter", "bare loop") if name in named]
    mine = named.get("sobriety")

    def row(title, pick, reach=""):
        return [title, *[_number(pick(named[name])) for name in columns], reach]

    def ratio(name):
        return mine.cpu_ms / named[name].cpu_ms if mine else None

    def figure(pick):
        return pick(mine) if mine else None

    rows = [
        row("CPU, ms a sample", lambda a: a.cpu_ms),
        row("system calls a sample", lambda a: a.calls),
        row("wake-ups a sample", lambda a: a.wakeups, _verdict(figure(lambda a: a.wakeups), 1.2)),
        row("preempted, times a sample", lambda a: a.involuntary),
        row("RSS, MiB", lambda a: a.rss / MIB, _verdict(figure(lambda a: a.rss / MIB), 10)),
        row("PSS, MiB", lambda a: a.pss / MIB),
        row("private, MiB", lambda a: a.private / MIB, _verdict(figure(lambda a: a.private / MIB), 4)),
        row("bytes a sample, payload sent", lambda a: a.payload, _verdict(figure(lambda a: a.payload), 60)),
        row("bytes a sample, IP, both directions", lambda a: a.wire),
        row("packets a sample, both directions", lambda a: a.packets),
        row("threads", lambda a: float(a.tasks)),
    ]
    lines = _table(["one sample a second", *columns, "reach"], rows)
    if mine:
        for name, limit in (("collectd", 0.65), ("node_exporter", 0.15)):
            lines.append(f"CPU: {ratio(name):.2f} x {name}  ({_verdict(ratio(name), limit)})")
    lines += [f"{agent.name}: {agent.note}" for agent in agents]
    return lines


def _collector_lines(run):
    sizes = sorted(run.sizes)
    head = ["collector", *[f"{size:,} hosts" for size in sizes], "reach"]

    def row(title, loads, pick, digits=2, limit=None, at_least=False):
        values = [pick(loads[size]) if size in loads else None for size in sizes]
        known = [value for value in values if value is not None]
        reach = ""
        if limit is not None:
            worst = (min if at_least else max)(known) if known else None
            reach = _verdict(worst, limit, at_least)
        return [title, *[_number(value, digits) for value in values], reach]

    def of_scrape(pick):
        return lambda load: pick(load.scrape) if load.scrape else None

    mine, theirs = run.ours, run.collectd
    rows = []
    if mine:
        rows += [
            row("sobriety: us a host-sample = CPU s a million", mine, lambda l: l.us_per_host_sample, limit=3),
            row(f"sobriety: us a batch of {ours.BATCH}", mine, lambda l: l.us_per_batch, limit=12),
            row("sobriety: wake-ups a batch", mine, lambda l: l.wakeups_per_batch),
            row("sobriety: KiB a host, beside its connection", mine, lambda l: l.bytes_per_host / KIB, limit=4),
            row("sobriety: KiB a host with its connection", mine, lambda l: l.bytes_per_host_connected / KIB),
        ]
    rows += [
        row("collectd: us a host-sample (1 write thread)", theirs, lambda l: l.us_per_host_sample),
        row("collectd: KiB a host (cache alone)", theirs, lambda l: l.bytes_per_host / KIB),
        row("bare epoll loop: us to receive a message", run.bare_receive, lambda b: b.silent),
        row("bare epoll loop: us to receive and answer one", run.bare_receive, lambda b: b.answered),
    ]
    if mine:
        ratio = {s: mine[s].us_per_host_sample / theirs[s].us_per_host_sample for s in sizes if s in mine}
        rows += [
            row("sobriety / collectd, CPU a host-sample", ratio, lambda r: r, digits=3),
            row("scrape: MB of text", mine, of_scrape(lambda s: s.bytes / 1e6)),
            row("scrape: lines a host", mine, of_scrape(lambda s: s.lines / s.hosts)),
            row("scrape: s", mine, of_scrape(lambda s: s.seconds), digits=4),
            row("scrape: CPU s", mine, of_scrape(lambda s: s.cpu_s), digits=4),
            row("scrape: CPU ns a line", mine, of_scrape(lambda s: s.cpu_ns_per_line), limit=100),
            row("scrape: MB a CPU second", mine, of_scrape(lambda s: s.mb_per_cpu_s), limit=500, at_least=True),
            row("scrape in gzip: MB sent", mine, of_scrape(lambda s: s.gzip_bytes / 1e6)),
            row("scrape in gzip: CPU s", mine, of_scrape(lambda s: s.gzip_cpu_s), digits=4),
            row("scrape in gzip: CPU ns a line", mine, of_scrape(lambda s: s.gzip_cpu_ns_per_line), limit=180),
            row("bare formatting of the same bytes / scrape, MB a CPU second", mine,
                of_scrape(lambda s: run.bare_format_mb_per_cpu_s / s.mb_per_cpu_s), limit=2),
        ]
    return _table(head, rows)


def _durable_lines(run):
    lines = []
    if run.durable:
        durable = run.durable
        lines += [
            f"durable (SQLite, synchronous), {durable.hosts:,} hosts every {SECONDS_A_REPORT} s: "
            f"{durable.us_per_batch:.1f} us a batch ({_verdict(durable.us_per_batch, 25)}), "
            f"{durable.us_per_batch - durable.us_per_batch_memory:.1f} of it more than with the memory store"]
        for acks, when in ((durable.acks, "at rest"), (durable.acks_scraped, "two scrapers pull every second"),
                           (durable.acks_scraped_without_rest, "two scrapers pull without rest")):
            lines.append(f"from sending to the ack, {when}: {acks.p50_ms:.0f} ms (median), {acks.p99_ms:.0f} ms (99 %) "
                         f"({_verdict(acks.p99_ms, 500)}), {acks.worst_ms:.0f} ms (worst of {acks.count:,})")
    lines += [f"{name}: {peer.us_per_host_batch:.0f} us a host's batch of {VALUES} values; durable: {peer.durable}"
              for name, peer in run.durable_peers.items()]
    if run.growth:
        lines.append(
            f"a store grows by {run.growth.bytes_per_host_year / KIB:.0f} KiB a host and year; one of "
            f"{run.growth.bytes / MIB:.1f} MiB opens in {run.growth.open_seconds:.2f} s and verifies in "
            f"{run.growth.verify_seconds:.2f} s")
    return lines


def _tls_lines(run):
    if not run.tls:
        return []
    return [f"TLS 1.3 with client certificates (P-256), {run.tls.hosts:,} connections: "
            f"{run.tls.ms_per_handshake:.2f} ms of CPU a handshake, {run.tls.handshakes_per_cpu_second:,.0f} a core and "
            f"second; {run.tls.bytes_per_connection / KIB:.1f} KiB a host with its connection, "
            f"{run.tls.bytes_per_connection_plain / KIB:.1f} KiB of it without TLS"]


def _peer_lines(run):
    lines = []
    prometheus = run.collectd_prometheus
    if prometheus:
        scrape = prometheus.scrape
        lines.append(
            f"collectd with write_prometheus, {prometheus.hosts} hosts: {prometheus.us_per_host_sample:.0f} us a host-sample, "
            f"{prometheus.bytes_per_host / KIB:.1f} KiB a host; a scrape is {scrape.bytes / 1e6:.2f} MB in "
            f"{scrape.seconds:.3f} s, {scrape.cpu_s:.4f} CPU s: {scrape.mb_per_cpu_s:.0f} MB a CPU second, "
            f"{scrape.cpu_us_per_host:.1f} us a host")
        lines.append("  (more hosts are out of its reach: each new series sorts its whole family, 48 s for 1,000 hosts)")
    if run.collectd_as_shipped:
        lines.append(f"collectd with 5 write threads, as shipped, {run.collectd_as_shipped.hosts} hosts: "
                     f"{run.collectd_as_shipped.us_per_host_sample:.0f} us a host-sample")
    if run.bare_format_mb_per_cpu_s:
        lines.append(f"bare formatting, cached prefix and to_chars: {run.bare_format_mb_per_cpu_s:,.0f} MB a CPU second")
    for name, loads in (("sobriety-collector", run.ours), ("collectd", run.collectd)):
        lines += [f"{name}, {size} hosts:{load.note}" for size, load in sorted(loads.items()) if load.note]
    return lines


def text(run):
    """The whole report, one string."""
    lines = []
    if run.agents:
        lines += [f"Agents, measured together for {run.agent_seconds} s", *_agent_lines(run.agents), ""]
    if run.collectd:
        lines += [f"Collectors, the same stream at each size: {collectors.BATCHES_PER_SECOND:,} batches a second to sobriety, "
                  f"{collectors.COLLECTD_SAMPLES_PER_SECOND:,} host-samples of 20 values a second to collectd",
                  *_collector_lines(run), *_durable_lines(run), *_tls_lines(run), *_peer_lines(run)]
    elif run.durable or run.durable_peers or run.tls:
        lines += _durable_lines(run) + _tls_lines(run)
    lines += run.failures
    if not (run.ours or run.durable or run.tls or run.failures or any(agent.name == "sobriety" for agent in run.agents)):
        lines.append("sobriety's own programs are not built: the peers alone are shown")
    return "\n".join(lines)
