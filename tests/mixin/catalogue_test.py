"""Every metric of the mixin is one that the collector shows."""

import subprocess
import sys

import mixin
from mixin import harness

import enrol_test


class Catalogue(enrol_test.Base):
    def shown(self):
        """Names of the metrics of hosts, from the catalogue, and of those on /metrics while a host reports that the
        collector's own authority let in.
        """
        table = subprocess.run([harness.BIN / "sobriety-collector", "metrics"], capture_output=True, text=True,
                               timeout=harness.PATIENCE, check=True).stdout
        names = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
        self.assertIn("sobriety_host_up", names)
        self.agent("here", self.token(), config="sources:\n  simulated_watts: 100\n")
        page = self.collector.wait_for_host("here")
        for name, kind in page.types.items():
            names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
        return names

    def test_what_the_mixin_uses_is_shown(self):
        used = {name for _, expression in mixin.expressions() for name in mixin.base_metrics(expression)}
        self.assertEqual(used - self.shown() - mixin.OF_PROMETHEUS, set(),
                         "the mixin uses metrics that the collector does not have")


if __name__ == "__main__":
    if not mixin.JSONNET:
        print("skipped: jsonnet is not here; tests/run.sh installs it")
        sys.exit(harness.SKIPPED)
    harness.main()
