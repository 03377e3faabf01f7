# shellcheck shell=bash
# Configures and builds a CMake preset, doing nothing where there is nothing to do.
#
# Sourced after progress.sh; expects SOBRIETY_ROOT.

# A translation unit with Asio or protobuf takes about this much memory to compile.
BUILD_MIB_PER_JOB=1200

# As many jobs as there are processors, fewer where memory is short.
build_jobs() {
  local cpus mib jobs
  cpus=$(nproc)
  mib=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  jobs=$(((${mib:-0} + BUILD_MIB_PER_JOB / 2) / BUILD_MIB_PER_JOB))
  ((jobs >= 1)) || jobs=1
  ((jobs <= cpus)) || jobs=$cpus
  printf '%s\n' "$jobs"
}

# Lets ccache recognise the same file in another clone of this repository.
use_ccache_across_clones() {
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$SOBRIETY_ROOT} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
}

# Ninja runs CMake again by itself when a CMakeLists.txt changes, but does not see the presets.
configure_preset() {
  local preset=$1 stamp=$SOBRIETY_ROOT/build/$1/.configured
  if [[ -e $stamp && ! $SOBRIETY_ROOT/CMakePresets.json -nt $stamp ]]; then return 0; fi
  progress_run "configuring $preset" "$SOBRIETY_ROOT/build/logs/configure-$preset.log" \
    cmake -S "$SOBRIETY_ROOT" --preset "$preset" || return
  touch "$stamp"
}

# build_preset PRESET [TARGET...]: everything when no target is named.
build_preset() {
  local preset=$1 targets=()
  shift
  (($# == 0)) || targets=(--target "$@")
  use_ccache_across_clones
  configure_preset "$preset" || return
  progress_run "building $preset" "$SOBRIETY_ROOT/build/logs/build-$preset.log" \
    cmake --build "$SOBRIETY_ROOT/build/$preset" --parallel "$(build_jobs)" "${targets[@]}"
}
