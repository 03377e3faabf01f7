#!/usr/bin/env bash
# Measures agent and collector beside collectd, node_exporter and bare loops, and prints one table.
#   tests/bench/run.sh [--quick] [--json FILE] [--sizes 1000,10000,50000] [--only agents|collectors|durable|tls]
# Installs what is missing, builds, and leaves no process behind. README.md says what each figure is.
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

build_loads() {
  local source=$SOBRIETY_ROOT/tests/bench build=$SOBRIETY_ROOT/build/bench log=$SOBRIETY_ROOT/build/logs/build-bench.log
  progress_run "building the benchmark's own programs" "$log" \
    bash -c 'cmake -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release && cmake --build "$2"' build "$source" "$build"
}

for word in "$@"; do
  case $word in --help | -h) exec python3 "$SOBRIETY_ROOT/tests/bench/bench.py" --help ;; esac
done

# Standard output is the table alone.
{
  ((EUID == 0)) || die "network namespaces and strace need root: run it as root or with sudo"
  ensure_bench_packages
  build_preset release sobriety-agent sobriety-collector sobriety-fleet store_year
  build_loads
} >&2

exec python3 "$SOBRIETY_ROOT/tests/bench/bench.py" "$@"
