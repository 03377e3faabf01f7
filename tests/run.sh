#!/usr/bin/env bash
# Installs what is needed, builds, and runs every test. The last line is ctest's own.
set -euo pipefail

SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/packages.sh
. "$SOBRIETY_ROOT/deploy/lib/packages.sh"
# shellcheck source=deploy/lib/build.sh
. "$SOBRIETY_ROOT/deploy/lib/build.sh"

# Each of these builds makes its targets and is one entry of the suite, which runs the tests with
# these labels.
CHECKED_BUILDS=(asan tsan)
declare -A TARGETS_OF=([asan]='unit_tests fuzz_tests' [tsan]=threaded_tests)
declare -A LABELS_OF=([asan]='unit|fuzz' [tsan]=threads)

SUITE=$SOBRIETY_ROOT/build/suite
QUICK=''
INSTALL=yes

usage() {
  cat <<TEXT
Usage: tests/run.sh [--quick] [--no-install]

Installs what is needed, builds and runs every test: those of the release build, the unit tests and
a short run of each fuzz target under AddressSanitizer, and the tests with threads under
ThreadSanitizer. Exits 0 only if all pass.

  --quick        the unit tests of the release build only
  --no-install   installs nothing; what is missing makes the build fail
  --help         this text
TEXT
}

parse_arguments() {
  while (($#)); do
    case $1 in
      --quick) QUICK=yes ;;
      --no-install) INSTALL='' ;;
      -h | --help) usage; exit 0 ;;
      *) die "unknown argument '$1'; see tests/run.sh --help" ;;
    esac
    shift
  done
}

# The whole suite seen as one by ctest, so that one summary counts everything: the tests of the
# release build as they are, and one entry for each other build.
write_suite() {
  local build ctest
  ctest=$(command -v ctest)
  mkdir -p "$SUITE"
  {
    for build in "${CHECKED_BUILDS[@]}"; do
      printf 'add_test([=[%s]=] [=[%s]=] --test-dir [=[%s]=] --label-regex [=[%s]=] --no-tests=error --output-on-failure --parallel %d)\n' \
        "$build" "$ctest" "$SOBRIETY_ROOT/build/$build" "${LABELS_OF[$build]}" "$(nproc)"
      printf 'set_tests_properties([=[%s]=] PROPERTIES TIMEOUT 1800 PROCESSORS %d LABELS %s)\n' \
        "$build" "$(nproc)" "$build"
    done
    printf 'subdirs([=[%s]=])\n' "$SOBRIETY_ROOT/build/release"
  } >"$SUITE/CTestTestfile.cmake"
}

build_or_die() { build_preset "$@" || die "the $1 build failed (the reason is above)"; }

# Most of what programs are tested for takes waiting rather than a processor: two tests for each.
run_ctest() {
  local directory=$1
  shift
  ctest --test-dir "$directory" --no-tests=error --output-on-failure --parallel $((2 * $(nproc))) "$@"
}

main() {
  local build
  parse_arguments "$@"
  trap progress_stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  cd "$SOBRIETY_ROOT"
  if [[ $INSTALL ]]; then
    ensure_test_packages
    if [[ ! $QUICK ]]; then
      # In a shell of its own, whose end is not ours: that test skips where its guest cannot be made.
      (ensure_vm_packages) || warn "the real-kernel test will be skipped (the reason is above)"
    fi
  fi

  # Tools unpacked below build/tools are found when CMake configures, and by the tests.
  PATH=$(sobriety_tools_path):$PATH
  export PATH

  if [[ $QUICK ]]; then
    build_or_die release unit_tests
    run_ctest "$SOBRIETY_ROOT/build/release" --label-regex unit
    return
  fi
  build_or_die release
  for build in "${CHECKED_BUILDS[@]}"; do
    # shellcheck disable=SC2086  # the targets are words
    build_or_die "$build" ${TARGETS_OF[$build]}
  done
  write_suite
  run_ctest "$SUITE"
}

main "$@"
