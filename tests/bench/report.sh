#!/usr/bin/env bash
# What the monthly report of a large fleet costs: fills a store with a month of it, runs the real collector's `report` in
# each format and prints wall time, CPU and peak memory of each.
#   tests/bench/report.sh [--hosts N] [--json FILE] [--keep DIR]
# Installs what is missing, builds, and leaves nothing behind.
set -euo pipefail

SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/packages.sh
. "$SOBRIETY_ROOT/deploy/lib/packages.sh"
# shellcheck source=deploy/lib/build.sh
. "$SOBRIETY_ROOT/deploy/lib/build.sh"
trap progress_stop EXIT

for word in "$@"; do
  case $word in --help | -h) exec python3 "$SOBRIETY_ROOT/tests/bench/report_month.py" --help ;; esac
done

{
  ensure_bench_packages
  build_preset release sobriety-collector store_month
} >&2

exec python3 "$SOBRIETY_ROOT/tests/bench/report_month.py" "$@"
