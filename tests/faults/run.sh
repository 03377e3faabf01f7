#!/usr/bin/env bash
# Injects faults into agents and collector and asks an oracle whether anything was lost or counted twice.
# tests/faults/run.sh --help says more; tests/faults/README.md what each fault is.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export SOBRIETY_BIN=${SOBRIETY_BIN:-$root/build/release}
export SOBRIETY_POWER_CUT=${SOBRIETY_POWER_CUT:-$SOBRIETY_BIN/tests/libpower_cut.so}

# A network and mounts of its own: rules, and the small disks, end with it.
inside=(sh -c 'ip link set lo up && exec "$@"' sh python3 -B "$here" "$@")
case " $* " in
  *' --help '* | *' -h '* | *' --list '*) exec python3 -B "$here" "$@" ;;
esac
if ((EUID == 0)); then exec unshare --net --mount --propagation private -- "${inside[@]}"; fi
exec unshare --map-root-user --net --mount --propagation private -- "${inside[@]}"
