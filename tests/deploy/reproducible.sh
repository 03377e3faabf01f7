#!/usr/bin/env bash
# Builds the packages of a commit twice, in clones whose paths, time zone, umask and use of ccache differ, and compares the bytes.
set -euo pipefail

SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"

COMMIT=HEAD
WORK=${TMPDIR:-/tmp}
ONCE=''
OPTIONS=()

usage() {
  cat <<TEXT
Usage: tests/deploy/reproducible.sh [--commit REV] [--work DIR] [--against DIR] [--no-install]

Makes the packages of a commit twice with deploy/package.sh and fails where one byte of them differs. Both times everything
is compiled, the second time without ccache: some minutes each.

  --commit REV   what to build (default: HEAD of this checkout)
  --work DIR     where the clones are made (default: $WORK)
  --against DIR  compares one build with the packages that lie in DIR, rather than with a second build
  --no-install   installs nothing; what is missing makes it fail
TEXT
}

while (($#)); do
  case $1 in
    --commit | --work | --against)
      (($# >= 2)) || die "$1 wants a value; see --help"
      case $1 in
        --commit) COMMIT=$2 ;;
        --work) WORK=$(realpath "$2") ;;
        --against) ONCE=$(realpath "$2") ;;
      esac
      shift
      ;;
    --no-install) OPTIONS+=(--no-install) ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1'; see tests/deploy/reproducible.sh --help" ;;
  esac
  shift
done
[[ ! $ONCE || -e $ONCE/SHA256SUMS ]] || die "$ONCE has no SHA256SUMS; deploy/package.sh writes it beside packages"
COMMIT=$(git -C "$SOBRIETY_ROOT" rev-parse --verify --quiet "$COMMIT^{commit}") || die "$SOBRIETY_ROOT has no commit of that name"

PLACE=$(mktemp -d "$WORK/sobriety-twice-XXXXXX")
trap 'rm -rf "$PLACE"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# build_in CLONE OUTPUT VARIABLE=VALUE...
build_in() {
  local clone=$1 output=$2
  shift 2
  git clone --quiet --no-checkout "$SOBRIETY_ROOT" "$clone"
  git -C "$clone" checkout --quiet --detach "$COMMIT"
  env "$@" "$clone/deploy/package.sh" --output "$output" "${OPTIONS[@]}"
}

umask 077
build_in "$PLACE/a/longer/path/than/the-other" "$PLACE/first" TZ=Asia/Kathmandu CCACHE_DISABLE=1
if [[ ! $ONCE ]]; then
  ONCE=$PLACE/second
  umask 002
  build_in "$PLACE/b" "$ONCE" TZ=UTC
fi
if ! diff "$PLACE/first/SHA256SUMS" "$ONCE/SHA256SUMS"; then
  trap - EXIT
  die "the same commit made other bytes; both builds are kept in $PLACE"
fi
say "$(wc -l <"$ONCE/SHA256SUMS") files of commit ${COMMIT:0:12} are the same, byte for byte"
