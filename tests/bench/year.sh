#!/usr/bin/env bash
# A year of a simulated fleet through the real collector, compared with what really was.
#   tests/bench/year.sh [--quick] [--json FILE] [--hosts N] [--days N] [--seed N]
# Fails where time on, idle or out of hours is more than 1 % off in any month of any host, energy more than 0.5 %, anything
# is not conserved exactly, or a verdict's precision or recall is below 0.99.
set -euo pipefail

# shellcheck source=tests/bench/prologue.sh
. "$(dirname "${BASH_SOURCE[0]}")/prologue.sh" year "$@"

{
  ensure_bench_packages
  build_preset release sobriety-collector sobriety-replay
} >&2

exec python3 "$MEASURE" "$@"
