#!/usr/bin/env bash
# Measures agent and collector beside collectd, node_exporter and bare loops, and prints one table.
#   tests/bench/run.sh [--quick] [--json FILE] [--sizes 1000,10000,50000] [--only agents|collectors|durable|tls]
# Installs what is missing, builds, and leaves no process behind. README.md says what each figure is.
set -euo pipefail

# shellcheck source=tests/bench/prologue.sh
. "$(dirname "${BASH_SOURCE[0]}")/prologue.sh" bench/bench.py "$@"

build_loads() {
  local source=$SOBRIETY_ROOT/tests/bench build=$SOBRIETY_ROOT/build/bench log=$SOBRIETY_ROOT/build/logs/build-bench.log
  progress_run "building the benchmark's own programs" "$log" \
    bash -c 'cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release && cmake --build "$2"' build "$source" "$build"
}

# Standard output is the table alone.
{
  ((EUID == 0)) || die "network namespaces and strace need root: run it as root or with sudo"
  ensure_bench_packages
  build_preset release sobriety-agent sobriety-collector sobriety-fleet store_year
  build_loads
} >&2

exec python3 "$MEASURE" "$@"
