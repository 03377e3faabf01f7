#!/usr/bin/env bash
# Runs the release before with the programs of today: enrolment, telemetry, upgrade and rollback.
set -euo pipefail

SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/build.sh
. "$SOBRIETY_ROOT/deploy/lib/build.sh"

usage() {
  cat <<TEXT
Usage: tests/deploy/compatibility.sh --previous DIR|--previous-commit REV [--build DIR]

Agents and collectors of two releases enrol, report and follow one another on loopback, in each combination.

  --previous DIR         the release before, as .deb packages
  --previous-commit REV  the release before, built of a commit (kept in build/previous)
  --build DIR            the programs of today (default: build/release)
TEXT
}

packages='' commit='' today=$SOBRIETY_ROOT/build/release
while (($#)); do
  case $1 in
    --previous | --previous-commit | --build)
      (($# >= 2)) || die "$1 wants a value; see --help"
      case $1 in
        --previous) packages=$(realpath "$2") ;;
        --previous-commit) commit=$2 ;;
        --build) today=$(realpath "$2") ;;
      esac
      shift
      ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1'; see tests/deploy/compatibility.sh --help" ;;
  esac
  shift
done
[[ $packages || $commit ]] || die "--previous DIR or --previous-commit REV says what to compare with; see --help"
[[ ! $packages || ! $commit ]] || die "--previous and --previous-commit are one too many; see --help"
[[ -x $today/sobriety-agent && -x $today/sobriety-collector ]] ||
  die "$today has no sobriety-agent and sobriety-collector; build them, or name --build"

previous=$SOBRIETY_ROOT/build/previous
trap progress_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

unpack() {
  local name found
  rm -rf "$previous/packages"
  for name in sobriety-agent sobriety-collector; do
    found=("$packages/$name"_*.deb)
    [[ ${#found[@]} == 1 && -e ${found[0]} ]] || die "$packages has not one $name package"
    dpkg-deb -x "${found[0]}" "$previous/packages"
  done
  previous=$previous/packages/usr/bin
}

build() {
  local source
  commit=$(git -C "$SOBRIETY_ROOT" rev-parse --verify --quiet "$commit^{commit}") || die "there is no such commit here"
  source=$previous/${commit:0:12}
  if [[ ! -d $source/.git ]]; then
    git clone --quiet --no-checkout "$SOBRIETY_ROOT" "$source"
    git -C "$source" checkout --quiet --detach "$commit"
  fi
  use_ccache_across_clones
  progress_run "configuring ${commit:0:12}" "$SOBRIETY_ROOT/build/logs/configure-previous.log" \
    cmake -S "$source" -B "$source/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSOBRIETY_TESTS=OFF
  progress_run "building ${commit:0:12}" "$SOBRIETY_ROOT/build/logs/build-previous.log" \
    cmake --build "$source/build" --parallel "$(build_jobs)" --target sobriety-agent sobriety-collector
  previous=$source/build
}

mkdir -p "$previous"
if [[ $packages ]]; then unpack; else build; fi
say "the release before: $("$previous/sobriety-agent" --version | head -n 1)${commit:+, commit ${commit:0:12}}"
SOBRIETY_BIN=$today SOBRIETY_PREVIOUS=$previous python3 -B "$SOBRIETY_ROOT/tests/deploy/compatibility.py"
