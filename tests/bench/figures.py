"""The figures of a run as one flat object: what --json writes."""

import collectors

MIB = 1 << 20


def _rounded(value):
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _agent_figures(agents):
    named = {agent.name: agent for agent in agents}
    flat = {}
    for name, prefix in (("sobriety", "agent"), ("collectd", "collectd_agent"), ("node_exporter", "node_exporter"),
                         ("bare loop", "bare_loop")):
        agent = named.get(name)
        if agent is None:
            continue
        flat[f"{prefix}_cpu_ms_per_sample"] = agent.cpu_ms
        flat[f"{prefix}_wakeups_per_sample"] = agent.wakeups
        flat[f"{prefix}_rss_mib"] = agent.rss / MIB
        flat[f"{prefix}_pss_mib"] = agent.pss / MIB
        flat[f"{prefix}_private_mib"] = agent.private / MIB
        flat[f"{prefix}_wire_bytes_per_sample"] = agent.payload
        flat[f"{prefix}_wire_bytes_with_headers_per_sample"] = agent.wire
        flat[f"{prefix}_packets_per_sample"] = agent.packets
        flat[f"{prefix}_syscalls_per_sample"] = agent.calls
    if "sobriety" in named:
        for name in ("collectd", "node_exporter"):
            flat[f"agent_cpu_ratio_{name}"] = named["sobriety"].cpu_ms / named[name].cpu_ms
    return flat


def _size_figures(mine, theirs, bare, peer_scrape):
    """Figures of one size, without suffix."""
    flat = {}
    if theirs is not None:
        flat["collectd_us_per_host_sample"] = theirs.us_per_host_sample
        flat["collectd_bytes_per_host"] = theirs.bytes_per_host
    if bare is not None:
        flat["bare_receive_us_per_message"] = bare.silent
        flat["bare_receive_us_per_message_answered"] = bare.answered
    if mine is None:
        return flat
    flat["collector_us_per_host_sample"] = mine.us_per_host_sample
    flat["collector_us_per_batch"] = mine.us_per_batch
    flat["collector_wakeups_per_batch"] = mine.wakeups_per_batch
    flat["collector_bytes_per_host"] = mine.bytes_per_host
    flat["collector_bytes_per_host_with_connection"] = mine.bytes_per_host_connected
    flat["collector_connections"] = mine.connected
    if theirs is not None:
        flat["collector_ratio_collectd"] = mine.us_per_host_sample / theirs.us_per_host_sample
    if mine.scrape is not None:
        flat["scrape_bytes"] = mine.scrape.bytes
        flat["scrape_seconds"] = mine.scrape.seconds
        flat["scrape_cpu_s"] = mine.scrape.cpu_s
        flat["scrape_mb_per_cpu_s"] = mine.scrape.mb_per_cpu_s
        flat["scrape_us_per_host"] = mine.scrape.cpu_us_per_host
        flat["scrape_lines"] = mine.scrape.lines
        flat["scrape_cpu_ns_per_line"] = mine.scrape.cpu_ns_per_line
        flat["scrape_gzip_cpu_ns_per_line"] = mine.scrape.gzip_cpu_ns_per_line
        flat["scrape_gzip_bytes"] = mine.scrape.gzip_bytes
        flat["scrape_gzip_cpu_s"] = mine.scrape.gzip_cpu_s
        flat["scrape_gzip_mb_per_cpu_s"] = mine.scrape.gzip_mb_per_cpu_s
        if peer_scrape is not None:
            flat["scrape_ratio_collectd"] = mine.scrape.mb_per_cpu_s / peer_scrape.mb_per_cpu_s
    return flat


def flatten(run):
    """Every figure at every size with the size behind its name, and without it the one at the largest size."""
    flat = _agent_figures(run.agents)
    peer_scrape = run.collectd_prometheus.scrape if run.collectd_prometheus else None
    for size in sorted(run.sizes):
        figures = _size_figures(run.ours.get(size), run.collectd.get(size), run.bare_receive.get(size), peer_scrape)
        for name, value in figures.items():
            flat[f"{name}_{size}"] = value
        if size == max(run.sizes):
            flat.update(figures)
    if run.collectd_prometheus:
        flat["collectd_prometheus_hosts"] = collectors.COLLECTD_SCRAPE_HOSTS
        flat["collectd_prometheus_us_per_host_sample"] = run.collectd_prometheus.us_per_host_sample
        flat["collectd_prometheus_bytes_per_host"] = run.collectd_prometheus.bytes_per_host
        flat["collectd_scrape_mb_per_cpu_s"] = peer_scrape.mb_per_cpu_s
        flat["collectd_scrape_us_per_host"] = peer_scrape.cpu_us_per_host
    if run.collectd_as_shipped:
        flat["collectd_as_shipped_us_per_host_sample"] = run.collectd_as_shipped.us_per_host_sample
    if run.bare_format_mb_per_cpu_s:
        flat["bare_format_mb_per_cpu_s"] = run.bare_format_mb_per_cpu_s
    if run.durable:
        flat["collector_durable_hosts"] = run.durable.hosts
        flat["collector_durable_us_per_batch"] = run.durable.us_per_batch
        flat["collector_durable_us_per_batch_memory"] = run.durable.us_per_batch_memory
        for acks, suffix in ((run.durable.acks, ""), (run.durable.acks_scraped, "_scraped"),
                             (run.durable.acks_scraped_without_rest, "_scraped_without_rest")):
            flat["collector_durable_ack_p50_ms" + suffix] = acks.p50_ms
            flat["collector_durable_ack_p99_ms" + suffix] = acks.p99_ms
            flat["collector_durable_ack_worst_ms" + suffix] = acks.worst_ms
    if run.tls:
        flat["tls_ms_per_handshake"] = run.tls.ms_per_handshake
        flat["tls_handshakes_per_cpu_second"] = run.tls.handshakes_per_cpu_second
        flat["tls_bytes_per_connection"] = run.tls.bytes_per_connection
        flat["tls_bytes_per_connection_plain"] = run.tls.bytes_per_connection_plain
    for name, peer in run.durable_peers.items():
        flat["durable_peer_us_per_batch " + name] = peer.us_per_host_batch
    if run.growth:
        flat["store_bytes_per_host_year"] = run.growth.bytes_per_host_year
        flat["store_open_seconds"] = run.growth.open_seconds
        flat["store_verify_seconds"] = run.growth.verify_seconds
    flat["largest_size"] = max(run.sizes)
    return {name: _rounded(value) for name, value in flat.items() if value is not None}
