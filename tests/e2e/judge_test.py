"""The judge over five weeks of ten machines whose truth is known: tests/year, as tests/bench/year.sh plays a year of it."""
import json
import pathlib
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


if __name__ == "__main__":
    harness.main()
