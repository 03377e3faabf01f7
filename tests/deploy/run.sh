#!/usr/bin/env bash
# Boots Debian 12 and installs the packages in it, as an administrator does: install, energy counters, reboot, shutdown,
# sleep, upgrade, purge.
set -euo pipefail

SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/packages.sh
. "$SOBRIETY_ROOT/deploy/lib/packages.sh"

usage() {
  cat <<TEXT
Usage: tests/deploy/run.sh --packages DIR [--cache FILE] [--work DIR] [--no-install] [TEST...]

Tests the packages in DIR, which deploy/package.sh made, in machines that it boots (systemd-nspawn), with a network of
their own. Needs root and about 2 GB of disk; takes some three minutes.

  --cache FILE   keeps the bare Debian there, and starts from it when it exists
  --work DIR     where the machines are made (default: ${TMPDIR:-/tmp})
  --no-install   installs nothing on this machine
  TEST           runs these only, such as Booted.test_11_install
TEXT
}

install=yes
tests=()
export SOBRIETY_PACKAGES='' SOBRIETY_CACHE='' SOBRIETY_WORK=''
while (($#)); do
  case $1 in
    --packages | --cache | --work)
      (($# >= 2)) || die "$1 wants a value; see --help"
      case $1 in
        --packages) SOBRIETY_PACKAGES=$(realpath "$2") ;;
        --cache) SOBRIETY_CACHE=$(realpath -m "$2") ;;
        --work) SOBRIETY_WORK=$(realpath "$2") ;;
      esac
      shift
      ;;
    --no-install) install='' ;;
    -h | --help) usage; exit 0 ;;
    -*) die "unknown argument '$1'; see tests/deploy/run.sh --help" ;;
    *) tests+=("$1") ;;
  esac
  shift
done
[[ $SOBRIETY_PACKAGES ]] || die "--packages DIR says where the packages are; see --help"
((EUID == 0)) || die "this needs root: booting a system does"
[[ ! $install ]] || ensure_boot_packages
exec python3 -B "$SOBRIETY_ROOT/tests/deploy/booted.py" "${tests[@]}"
