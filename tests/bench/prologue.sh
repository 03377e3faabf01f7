# shellcheck shell=bash
# What each benchmark's script begins with. Sourced with the Python program that measures, as tests/PROGRAM, and the
# script's own arguments: --help is the program's.
SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
MEASURE=$SOBRIETY_ROOT/tests/$1
export LC_ALL=C

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/packages.sh
. "$SOBRIETY_ROOT/deploy/lib/packages.sh"
# shellcheck source=deploy/lib/build.sh
. "$SOBRIETY_ROOT/deploy/lib/build.sh"
trap progress_stop EXIT

for word in "${@:2}"; do
  case $word in --help | -h) exec python3 "$MEASURE" --help ;; esac
done
