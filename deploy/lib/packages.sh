# shellcheck shell=bash
# The Debian 12 packages that building, testing and benchmarking need, and how they are installed.
#
# This is the one place that names packages. Sourced after progress.sh; expects SOBRIETY_ROOT, the
# root of the source tree. Installs nothing that is there already.

# What the programs are built with.
SOBRIETY_BUILD_PACKAGES=(
  g++ cmake ninja-build ccache pkg-config
  libboost1.81-dev prometheus-cpp-dev libsensors-dev libsystemd-dev libyaml-cpp-dev
  protobuf-compiler libprotobuf-dev libssl-dev libcli11-dev libspdlog-dev libxxhash-dev libzstd-dev libsqlite3-dev
  libisal-dev libsnappy-dev libcrypt-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  ca-certificates git curl
)

# What the tests need besides: clang with its sanitizer runtimes and its linker for the asan preset, FUSE for the
# machines that are played, what injects faults, jsonnet for the mixin, a message bus, and tools.
SOBRIETY_TEST_PACKAGES=(
  clang clang-14 lld libclang-rt-14-dev python3 procps iproute2 strace libfuse3-dev fuse3
  nftables libfaketime jsonnet tzdata openssl dbus-daemon
  chromium fonts-dejavu-core poppler-utils
)

# What making and checking packages needs besides, and what booting a root of its own with them does.
SOBRIETY_PACKAGE_PACKAGES=(debhelper fakeroot rpm python3 git lintian rpmlint mandoc systemd bash-completion
  ansible-core python3-jsonschema python3-yaml)
SOBRIETY_BOOT_PACKAGES=(python3 debootstrap systemd-container dpkg-dev ansible-core)
# The accessibility checker that reads the HTML report in Chromium: one file of the npm registry, fetched and not shipped.
SOBRIETY_AXE_URL=https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz
SOBRIETY_AXE_SHA256=e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745

# What the benchmarks need besides: the libraries of the unpacked programs below, FUSE, and counters.
SOBRIETY_BENCH_PACKAGES=(
  python3 procps iproute2 strace curl openssl libfuse3-dev fuse3
  libcap2 libgcrypt20 libsensors5 libltdl7 libmicrohttpd12 libprotobuf-c1
  libicu72 libldap-2.5-0 libxml2 libxslt1.1 libgssapi-krb5-2 libpam0g libpq5 libreadline8
)

# Programs that would start a service if they were installed. People run these scripts on machines
# that are in use, so these are only unpacked, below build/tools.
SOBRIETY_TEST_TOOLS=(prometheus prometheus-alertmanager victoria-metrics cloud-init)
SOBRIETY_BENCH_TOOLS=(
  prometheus prometheus-node-exporter collectd-core victoria-metrics postgresql-15 postgresql-client-15
)

# What the real-kernel test needs besides (tests/vm): an emulator, and what makes a guest. The headers of the kernel are
# added by ensure_vm_packages. What goes into the guest is unpacked only.
SOBRIETY_VM_PACKAGES=(qemu-system-x86 acpica-tools cpio kmod make gcc binutils python3)
SOBRIETY_VM_TOOLS=(busybox-static lm-sensors i2c-tools libi2c0)

# Where the programs of an unpacked package are found.
sobriety_tools_dir() { printf '%s\n' "$SOBRIETY_ROOT/build/tools"; }
sobriety_tools_path() {
  local tools
  tools=$(sobriety_tools_dir)
  printf '%s\n' "$tools/usr/bin:$tools/usr/sbin"
}

sobriety_install_log() { printf '%s\n' "$SOBRIETY_ROOT/build/logs/install-$1.log"; }

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
  # dpkg-query fails where it does not know a name, which is what we ask it.
  { dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
    awk 'BEGIN {for (i = 1; i < ARGC; i++) name[i] = ARGV[i]; last = ARGC - 1; ARGC = 1}
         $2 == "installed" {installed[$1] = 1}
         END {for (i = 1; i <= last; i++) if (!(name[i] in installed)) print name[i]}' "$@"
}

require_debian() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null && return 0
  die "this machine has no apt-get, and the needed packages are named as Debian 12 names them.
  Install the equivalents of: $*
  then build with: cmake --preset release && cmake --build --preset release"
}

# as_root COMMAND...: runs it directly as root, through sudo otherwise.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo -- "$@"; fi
}

# Asks for the password, if one is needed, before output is hidden behind a spinner.
require_root() {
  ((EUID == 0)) && return 0
  command -v sudo >/dev/null ||
    die "installing packages needs root, and sudo is not there.
  Run this script as root, or run as root: apt-get install --no-install-recommends $*"
  say "sudo may ask for your password, to install: $*"
  sudo -v || die "sudo was refused. As root: apt-get install --no-install-recommends $*"
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
    apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -q "$@"
}

# Once a run is enough. A repository of somebody else that does not answer must not stop us: whether
# the lists are good enough is what the installation that follows finds out.
APT_LISTS_FRESH=
apt_update() {
  [[ ! $APT_LISTS_FRESH ]] || return 0
  progress_run --gentle "refreshing the package lists" "$(sobriety_install_log update)" apt_get update ||
    warn "the package lists could not be refreshed; going on with those that are there"
  APT_LISTS_FRESH=yes
}

explain_apt_failure() {
  local release=
  # shellcheck source=/dev/null
  release=$(. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-}") || true
  die "apt-get could not install what is needed (the reason is above).
  This machine runs: ${release:-an unknown system}; the names are those of Debian 12 (bookworm).
  Check the network and /etc/apt/sources.list, then by hand:
    apt-get update && apt-get install --no-install-recommends $*"
}

# install_packages WHAT NAME...: installs those that are missing.
install_packages() {
  local what=$1 missing
  shift
  require_debian "$@"
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return 0; fi
  require_root "${missing[@]}"
  apt_update
  progress_run --gentle "installing ${#missing[@]} packages to $what" "$(sobriety_install_log "$what")" \
    apt_get install -y --no-install-recommends "${missing[@]}" ||
    explain_apt_failure "${missing[@]}"
}

# Downloads NAME and unpacks it below TOOLS, beside the others. Runs none of its scripts.
fetch_tool() {
  local name=$1 tools=$2 download=$2/.download/$1
  rm -rf "$download" && mkdir -p "$download" &&
    (cd "$download" && apt-get -o Acquire::Retries=3 -q download "$name") &&
    dpkg-deb -x "$download/$name"_*.deb "$tools" && rm -rf "$download"
}

# unpack_tools NAME...: unpacks those that are not unpacked yet.
unpack_tools() {
  local name tools
  tools=$(sobriety_tools_dir)
  for name in "$@"; do
    [[ ! -e $tools/.unpacked/$name ]] || continue
    require_debian "$name"
    if [[ ! $APT_LISTS_FRESH ]]; then
      require_root "$name"
      apt_update
    fi
    progress_run --gentle "unpacking $name below build/tools (not installed, not started)" \
      "$(sobriety_install_log "$name")" fetch_tool "$name" "$tools" ||
      die "$name could not be fetched (the reason is above). Check the network and /etc/apt/sources.list."
    mkdir -p "$tools/.unpacked"
    touch "$tools/.unpacked/$name"
  done
}

# Without it one test skips, so a registry that does not answer stops nothing.
fetch_axe() {
  local directory archive
  directory=$(sobriety_tools_dir)/axe-core
  archive=$directory/axe-core.tgz
  mkdir -p "$directory" &&
    curl -fsSL --retry 3 --max-time 120 -o "$archive" "$SOBRIETY_AXE_URL" &&
    printf '%s  %s\n' "$SOBRIETY_AXE_SHA256" "$archive" | sha256sum --check --quiet &&
    tar -xzf "$archive" -C "$directory" --strip-components=1 package/axe.min.js package/LICENSE &&
    rm "$archive"
}
ensure_axe() {
  [[ ! -e $(sobriety_tools_dir)/axe-core/axe.min.js ]] || return 0
  progress_run --gentle "fetching axe-core below build/tools" "$(sobriety_install_log axe-core)" fetch_axe ||
    warn "axe-core could not be fetched (the reason is above): the accessibility test will be skipped"
}

ensure_build_packages() { install_packages build "${SOBRIETY_BUILD_PACKAGES[@]}"; }

ensure_test_packages() {
  install_packages test "${SOBRIETY_BUILD_PACKAGES[@]}" "${SOBRIETY_TEST_PACKAGES[@]}" "${SOBRIETY_PACKAGE_PACKAGES[@]}"
  unpack_tools "${SOBRIETY_TEST_TOOLS[@]}"
  ensure_axe
}

ensure_package_packages() {
  install_packages package "${SOBRIETY_BUILD_PACKAGES[@]}" "${SOBRIETY_PACKAGE_PACKAGES[@]}"
}

ensure_boot_packages() { install_packages boot "${SOBRIETY_BOOT_PACKAGES[@]}"; }

ensure_bench_packages() {
  install_packages bench "${SOBRIETY_BUILD_PACKAGES[@]}" "${SOBRIETY_BENCH_PACKAGES[@]}"
  unpack_tools "${SOBRIETY_BENCH_TOOLS[@]}"
}

# The release of Debian's newest kernel, such as 6.1.0-56-amd64; nothing where apt does not know it.
debian_kernel() {
  LC_ALL=C apt-cache depends linux-image-amd64 2>/dev/null |
    awk '/Depends: linux-image-/ {sub("linux-image-", "", $2); print $2; exit}'
}

ensure_vm_packages() {
  local kernel
  install_packages vm "${SOBRIETY_VM_PACKAGES[@]}"
  kernel=$(debian_kernel)
  [[ $kernel ]] || die "apt knows no linux-image-amd64: the real-kernel test needs Debian's kernel on amd64"
  install_packages vm-headers "linux-headers-$kernel"
  unpack_tools "${SOBRIETY_VM_TOOLS[@]}" "linux-image-$kernel"
}
