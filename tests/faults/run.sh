#!/usr/bin/env bash
# Injects faults into agents and collector and asks an oracle whether anything was lost or counted twice.
# tests/faults/run.sh --help says more; tests/faults/README.md what each fault is.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export SOBRIETY_BIN=${SOBRIETY_BIN:-$root/build/release}
export SOBRIETY_POWER_CUT=${SOBRIETY_POWER_CUT:-$SOBRIETY_BIN/tests/libpower_cut.so}

case " $* " in
  *' --help '* | *' -h '* | *' --list '*) exec python3 -B "$here" "$@" ;;
esac

for needed in "$SOBRIETY_BIN/sobriety-fleet" "$SOBRIETY_BIN/sobriety-collector" "$SOBRIETY_BIN/sobriety-agent" \
  "$SOBRIETY_POWER_CUT"; do
  [[ -e $needed ]] || {
    echo "tests/faults/run.sh: $needed is not there; build it: cmake --preset release && cmake --build --preset release" >&2
    exit 2
  }
done
for tool in strace nft unshare ip; do
  command -v "$tool" >/dev/null || {
    echo "tests/faults/run.sh: $tool is not installed; tests/run.sh installs what the tests need" >&2
    exit 2
  }
done

# A network and mounts of its own: rules, and the small disks, end with it. In a chroot the root is no mount whose
# propagation could be changed.
namespaces=()
for kind in '--propagation private' '--propagation unchanged'; do
  # shellcheck disable=SC2206  # two words
  tried=(--net --mount $kind)
  ((EUID == 0)) || tried=(--map-root-user "${tried[@]}")
  if unshare "${tried[@]}" true 2>/dev/null; then
    namespaces=("${tried[@]}")
    break
  fi
done
if ((${#namespaces[@]} == 0)); then
  echo "tests/faults/run.sh: skipped: namespaces of network and mounts cannot be made here; run it as root" >&2
  exit 77
fi
exec unshare "${namespaces[@]}" -- sh -c 'ip link set lo up && exec "$@"' sh python3 -B "$here" "$@"
