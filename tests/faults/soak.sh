#!/usr/bin/env bash
# Lets a fleet run for a long time while its processes are killed every few seconds; tests/faults/soak.sh --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export SOBRIETY_BIN=${SOBRIETY_BIN:-$root/build/release}
[[ -e $SOBRIETY_BIN/sobriety-fleet || " $* " == *' --help '* ]] || {
  echo "tests/faults/soak.sh: $SOBRIETY_BIN has no programs; build them: cmake --preset release && cmake --build --preset release" >&2
  exit 2
}
exec python3 -B "$here/soak.py" "$@"
