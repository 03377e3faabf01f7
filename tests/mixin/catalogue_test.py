"""Every metric of the mixin is one that the collector shows; those that it does not show yet are listed in not_yet.txt,
and are really not there.
"""

import subprocess
import sys

import mixin
from mixin import harness


class Catalogue(harness.TestCase):
    def shown(self):
        """Names of the metrics of hosts, from the catalogue, and of those on /metrics while a host reports."""
        table = subprocess.run([harness.BIN / "sobriety-collector", "metrics"], capture_output=True, text=True,
                               timeout=harness.PATIENCE, check=True).stdout
        names = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
        self.assertIn("sobriety_host_up", names)
        collector = self.bench.collector()
        self.bench.agent(collector.telemetry, "here", config="sources:\n  simulated_watts: 100\n")
        page = collector.wait_for_host("here")
        for name, kind in page.types.items():
            names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
        return names

    def test_what_the_mixin_uses_is_shown(self):
        used = {name for _, expression in mixin.expressions() for name in mixin.base_metrics(expression)}
        missing = used - self.shown() - mixin.OF_PROMETHEUS
        listed = mixin.not_yet()
        self.assertEqual(missing - listed, set(),
                         "the mixin uses metrics that the collector does not have")
        self.assertEqual(listed - missing, set(),
                         "the collector has them now (or the mixin does not use them): take them off "
                         "tests/mixin/not_yet.txt, and see tests/e2e/dashboards_test.py show their panels")


if __name__ == "__main__":
    if not mixin.JSONNET:
        print("skipped: jsonnet is not here; tests/run.sh installs it")
        sys.exit(harness.SKIPPED)
    harness.main()
