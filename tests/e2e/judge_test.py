"""The judge over five weeks of ten machines whose truth is known: tests/year, as tests/bench/year.sh plays a year of it."""
import json
import pathlib
import signal
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "year"))

import harness  # noqa: E402
import compare  # noqa: E402


class Judge(harness.TestCase):
    def test_five_weeks_are_accounted_as_they_were(self):
        figures, worst = compare.measure(seed=2, count=10, days=36)
        self.assertTrue(compare.is_good(figures), json.dumps(figures, indent=1) + f"\n{worst}")
        for verdict in ("left_on", "underused", "comatose"):
            self.assertGreater(figures["verdicts"][verdict]["days"], 0, verdict)


class Groups(harness.TestCase):
    """A host is in the group that the policy says, from a reload on, and is there after a restart before its agent is."""

    # Where tests run, the one host may be a laptop, whose group would be too small to be shown.
    REST = "policy:\n  file: %s\nprivacy:\n  min_group_size: 1\n"
    RULES = "rules:\n  ours:\n    match: {chassis: ['*']}\n    set: {site: %s, department: it}\n"

    def test_a_reload_moves_a_host_and_a_restart_does_not(self):
        directory = self.bench.path("policy")
        policy, store = directory / "policy.yaml", directory / "sobriety.db"
        policy.write_text(self.RULES % "north")
        config = harness.Collector.text(rest=self.REST % policy)
        collector = self.bench.collector(config=config, store=store)
        agent = self.bench.agent(collector.telemetry, "here", config="sources:\n  simulated_watts: 100\n")

        def joules(site):
            return lambda metrics: (metrics.value("sobriety_group_energy_joules_total", site=site, quality="measured") or 0) > 0

        collector.wait_until(joules("north"), "its energy is the north's")
        policy.write_text(self.RULES % "north" + "nonsense: 1\n")
        collector.send(signal.SIGHUP)
        collector.wait_for_line(r"policy\.yaml:\d+.*nonsense")
        self.assertTrue(joules("north")(collector.metrics()))
        policy.write_text(self.RULES % "south")
        collector.send(signal.SIGHUP)
        collector.wait_until(joules("south"), "its energy is the south's")
        self.assertIsNone(collector.metrics().value("sobriety_group_hosts", site="north", state="lost"))
        agent.stop()
        collector.stop()
        again = self.bench.collector(config=config, store=store)
        self.assertTrue(joules("south")(again.metrics()))

    def test_emissions_are_energy_times_factor_of_the_host_and_of_its_group(self):
        policy = self.bench.path("policy") / "policy.yaml"
        policy.write_text("carbon:\n  FR:\n    annual: {source: OWID, scope: life cycle, years: {2020: 36}}\n"
                          "sites:\n  default: {carbon: FR}\n")
        collector = self.bench.collector(config=harness.Collector.text(rest=self.REST % policy))
        agent = self.bench.agent(collector.telemetry, "here", config="sources:\n  simulated_watts: 100\n")
        name = "sobriety_host_emissions_grams_total"
        collector.wait_until(lambda page: (page.value(name, host="here", factor_source="OWID") or 0) > 0, "it has emitted")
        agent.stop()
        collector.wait_for_host("here", up=0)
        metrics = collector.wait_until(
            lambda page: page.value("sobriety_group_emissions_grams_total", factor_source="OWID") ==
            page.value(name, host="here", factor_source="OWID"), "its group, of which it is all, has emitted the same")
        joules = metrics.value("sobriety_group_energy_joules_total", quality="measured")
        # 36 g a kWh are 10 ug a joule.
        self.assertAlmostEqual(metrics.value(name, host="here", factor_source="OWID"), joules * 36 / 3.6e6, delta=1e-4)


if __name__ == "__main__":
    harness.main()
