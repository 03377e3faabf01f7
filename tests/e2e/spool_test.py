"""Samples outlive the death of the agent and the absence of the collector: each arrives, once."""

import pathlib
import signal
import struct
import time

import harness

WATTS = 250.0


def spooled_samples(state):
    """How many samples lie in the spool, read from agent/spool/FORMAT.md a second time."""
    batches, rows = {}, {}
    for path in sorted(pathlib.Path(state, "spool").glob("*.seg")):
        content = path.read_bytes()
        assert content[:8] == b"SBSPOOL\0", path
        at = 64
        while True:
            _, length, kind, samples, seq, _ = struct.unpack_from("<IIIIQQ", content, at)
            if kind == 0:
                break
            if kind == 3:
                rows[seq] = rows.get(seq, 0) + samples
            if kind == 4:
                batches[seq] = samples
            at += 32 + length
    return sum({**rows, **batches}.values())


class Spool(harness.TestCase):
    def agent(self, endpoint, state, interval="1s", batch=3):
        return self.bench.agent(endpoint, "here", interval=interval, batch=batch, state=state,
                                config=f"sources:\n  simulated_watts: {WATTS}\n")

    def test_every_sample_of_an_agent_that_is_killed_arrives_once_the_collector_is_there(self):
        port = harness.free_port()
        endpoint = f"127.0.0.1:{port}"
        state = self.bench.path("state")
        for seconds in (5.5, 4.5):
            agent = self.agent(endpoint, state)
            agent.wait_for_line("samples wait")
            time.sleep(seconds)
            agent.stop(signal.SIGKILL)
        samples = spooled_samples(state)
        self.assertGreaterEqual(samples, 9)

        collector = self.bench.collector(port=port)
        # One more sample, and then none for a minute.
        agent = self.agent(endpoint, state, interval="60s", batch=1)
        agent.wait_for_line(r"up to [1-9]\d* batches wait for the collector")
        collector.wait_until(lambda metrics: metrics.value("sobriety_ingest_samples_total") >= samples + 1,
                             "every sample came")
        self.stays(lambda: collector.metrics().value("sobriety_ingest_samples_total") == samples + 1,
                   "none came twice", 1)
        metrics = collector.metrics()
        self.assertEqual(metrics.value("sobriety_ingest_gaps_total"), 0)
        # Counters went on over the death: what was used between two samples of one run, and no more.
        energy = metrics.value("sobriety_host_component_energy_joules_total", host="here", component="simulated")
        self.assertAlmostEqual(energy, WATTS * (samples - 2), delta=WATTS / 2)

    def test_a_stopped_agent_keeps_what_it_could_not_deliver(self):
        port = harness.free_port()
        endpoint = f"127.0.0.1:{port}"
        state = self.bench.path("state")
        agent = self.agent(endpoint, state)
        agent.wait_for_line("samples wait")
        time.sleep(2.5)
        self.assertEqual(agent.stop(), 0)
        agent.wait_for_line("not acknowledged: the next start delivers them")
        samples = spooled_samples(state)
        self.assertGreaterEqual(samples, 2)
        collector = self.bench.collector(port=port)
        self.agent(endpoint, state, interval="60s", batch=1)
        collector.wait_until(lambda metrics: metrics.value("sobriety_ingest_samples_total") == samples + 1,
                             "every sample came")
        self.assertEqual(collector.metrics().value("sobriety_ingest_gaps_total"), 0)

    def test_a_collector_that_knows_more_than_the_spool_gets_a_new_stream(self):
        collector = self.bench.collector()
        state = self.bench.path("state")
        agent = self.agent(collector.telemetry, state, batch=1)
        collector.wait_until(lambda metrics: metrics.value("sobriety_ingest_samples_total") >= 2, "samples came")
        backup = {path: path.read_bytes() for path in (state / "spool").glob("*.seg")}
        seen = collector.metrics().value("sobriety_ingest_samples_total")
        collector.wait_until(lambda metrics: metrics.value("sobriety_ingest_samples_total") >= seen + 2, "more came")
        agent.stop(signal.SIGKILL)
        for path, content in backup.items():
            path.write_bytes(content)
        seen = collector.metrics().value("sobriety_ingest_samples_total")
        agent = self.agent(collector.telemetry, state, batch=1)
        agent.wait_for_line("which this spool never held")
        agent.wait_for_line("connected to collector")
        collector.wait_until(lambda metrics: metrics.value("sobriety_ingest_samples_total") >= seen + 2, "it goes on")
        self.assertEqual(len(list((state / "spool").glob("*.bad"))), 1)
        self.assertIsNone(agent.process.poll())


if __name__ == "__main__":
    harness.main()
