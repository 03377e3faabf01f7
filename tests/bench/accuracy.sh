#!/usr/bin/env bash
# How true the joules are that are shown, beside node_exporter and Prometheus, on machines whose energy is known.
#   tests/bench/accuracy.sh [--quick] [--json FILE] [--seconds N]
# Plays the scenarios of tests/e2e/scenarios.py, all at once and in real time: to agent and collector, and in the same run
# to Debian's node_exporter, which Prometheus scrapes. Fails where our figure is wrong. Of each scenario it tells
#   error_ratio         |counted - true| / true, of the time that was measured; the worst of its sockets and domains
#   invented_joules     counted, but used by nobody: beyond the truth of 50 ms more time on either side
#   unmeasured_seconds  time of the machine, its sleep included, in which energy was used and the counter on /metrics
#                       stood and did not catch up later: it is said to be unknown, not guessed
#   peers               |shown - true| / true of all time, as a user of theirs has no word for unmeasured; null where they
#                       show nothing. `increase` is PromQL's increase() of the whole time, `raw` last value - first value.
# Installs what is missing, builds, and leaves no process behind. collectd is not among the peers: Debian's 5.12 has no
# plugin that reads powercap (turbostat reads model-specific registers, sensors what hwmon shows).
set -euo pipefail

# shellcheck source=tests/bench/prologue.sh
. "$(dirname "${BASH_SOURCE[0]}")/prologue.sh" bench/accuracy.py "$@"

# Standard output is the table alone.
{
  ensure_bench_packages
  unpack_tools "${SOBRIETY_TEST_TOOLS[@]}"
  build_preset release sobriety-agent sobriety-collector sobriety-player
} >&2

exec python3 "$MEASURE" "$@"
