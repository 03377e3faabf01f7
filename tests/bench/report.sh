#!/usr/bin/env bash
# What the monthly report of a large fleet costs: fills a store with a month of it, runs the real collector's `report` in
# each format and prints wall time, CPU and peak memory of each.
#   tests/bench/report.sh [--hosts N] [--json FILE] [--keep DIR]
# Installs what is missing, builds, and leaves nothing behind.
set -euo pipefail

# shellcheck source=tests/bench/prologue.sh
. "$(dirname "${BASH_SOURCE[0]}")/prologue.sh" bench/report_month.py "$@"

{
  ensure_bench_packages
  build_preset release sobriety-collector store_month
} >&2

exec python3 "$MEASURE" "$@"
