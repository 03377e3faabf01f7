#!/usr/bin/env bash
# Runs a command of this repository in a clean Debian 12, from a fresh clone: the proof that a script
# installs everything it needs. The root is made by debootstrap; the command runs in it by chroot,
# in namespaces of its own, so that mounts and processes end with it. The network is the machine's.
set -euo pipefail

SUITE=bookworm
CLONE=/home/tester/sobriety  # inside the root

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
COMMIT=HEAD
CACHE=''
WORK=${TMPDIR:-/tmp}
USER_NAME=root
KEEP=''
COMMAND=()
ROOT=''
CHILD=''  # what runs in the namespaces

usage() {
  cat <<TEXT
Usage: tests/clean-root.sh [options] [--] COMMAND...

Makes a clean Debian 12 root with debootstrap, clones the repository into it, and runs COMMAND in
the clone. Exits with the command's status. Needs root, debootstrap, and a machine whose apt sources
are Debian's. Examples:

  tests/clean-root.sh --cache /var/tmp/bookworm.tar -- deploy/quickstart.sh --check
  tests/clean-root.sh --user -- tests/run.sh

  --repository PATH   what to clone (default: this repository)
  --commit REV        what to check out (default: HEAD)
  --cache FILE        keeps the bare root as a tarball there, and starts from it when it exists
  --work DIR          where the root is made (default: $WORK)
  --user              runs it as an ordinary user who may use sudo, instead of as root
  --keep              leaves the root there afterwards
TEXT
}

die() { printf 'error: %s\n' "$*" >&2; exit 1; }
say() { printf '== %s\n' "$*"; }

parse_arguments() {
  while (($#)); do
    case $1 in
      --repository | --commit | --cache | --work)
        (($# >= 2)) || die "$1 wants a value; see --help"
        case $1 in
          --repository) REPOSITORY=$2 ;;
          --commit) COMMIT=$2 ;;
          --cache) CACHE=$2 ;;
          --work) WORK=$2 ;;
        esac
        shift
        ;;
      --user) USER_NAME=tester ;;
      --keep) KEEP=yes ;;
      -h | --help) usage; exit 0 ;;
      --) shift; COMMAND=("$@"); return ;;
      -*) die "unknown option '$1'; see tests/clean-root.sh --help" ;;
      *) COMMAND=("$@"); return ;;
    esac
    shift
  done
}

require_tools() {
  ((EUID == 0)) || die "this needs root: debootstrap and chroot do"
  local tool
  for tool in debootstrap git unshare tar; do
    command -v "$tool" >/dev/null || die "$tool is not there. Install it: apt-get install debootstrap git util-linux tar"
  done
}

# Nothing is ever removed through a mount: those of the command are in a namespace that is gone, and
# any other one below the root makes us leave everything as it is.
remove_root() {
  [[ $ROOT && -d $ROOT ]] || return 0
  if [[ $KEEP ]]; then say "the root is kept: $ROOT"; return 0; fi
  if awk -v root="$ROOT/" 'index($5, root) == 1 {found = 1} END {exit !found}' /proc/self/mountinfo; then
    printf 'error: something is mounted below %s; unmount it and remove the directory by hand\n' "$ROOT" >&2
    return 0
  fi
  rm -rf --one-file-system -- "$ROOT"
}

# The mirror that this machine itself uses for Debian's main archive.
find_mirror() {
  local mirror
  # shellcheck disable=SC2016  # apt's own placeholder
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' "Codename: $SUITE" |
    head -n 1)
  [[ $mirror ]] || die "no apt source of this machine is Debian's $SUITE; add one to /etc/apt/sources.list"
  printf '%s\n' "$mirror"
}

bootstrap() {
  local mirror log=$WORK/clean-root-debootstrap.log
  if [[ $CACHE && -s $CACHE ]]; then
    say "unpacking the bare root from $CACHE"
    tar -xpf "$CACHE" -C "$ROOT" --numeric-owner
    return
  fi
  mirror=$(find_mirror)
  say "debootstrap $SUITE from $mirror (about a minute; log: $log)"
  debootstrap --variant=minbase "$SUITE" "$ROOT" "$mirror" >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "debootstrap failed; full log: $log"; }
  if [[ $CACHE ]]; then
    tar -cpf "$CACHE.part" -C "$ROOT" --numeric-owner --one-file-system .
    mv "$CACHE.part" "$CACHE"
  fi
}

# What a machine on this network has and a bare root lacks: name resolution, and apt's proxies and
# leniency about dates. Nothing else, or the root would not be clean.
connect_root() {
  cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$(uname -n)" >"$ROOT/etc/hosts"
  # The root is thrown away: nothing in it needs to survive a power cut.
  echo force-unsafe-io >"$ROOT/etc/dpkg/dpkg.cfg.d/throw-away"
  apt-config dump | grep -E '^Acquire::(.*Proxy|Check-Valid-Until|Check-Date)' >"$ROOT/etc/apt/apt.conf.d/90machine" || true
}

clone_repository() {
  local commit
  commit=$(git -C "$REPOSITORY" rev-parse --verify --quiet "$COMMIT^{commit}") ||
    die "$REPOSITORY has no commit '$COMMIT'"
  say "cloning $(git -C "$REPOSITORY" log -1 --format='%h %s' "$commit")"
  mkdir -p "$ROOT$(dirname "$CLONE")"
  git clone --quiet --no-local --no-checkout "$REPOSITORY" "$ROOT$CLONE"
  git -C "$ROOT$CLONE" checkout --quiet --detach "$commit"
  git -C "$ROOT$CLONE" remote remove origin
}

# An ordinary user who may use sudo without a password, as nobody is there to type one.
add_user() {
  [[ $USER_NAME != root ]] || return 0
  say "adding the user $USER_NAME with sudo"
  chroot "$ROOT" useradd --no-create-home --home-dir "$(dirname "$CLONE")" --shell /bin/bash "$USER_NAME"
  chroot "$ROOT" sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends sudo' \
    >/dev/null 2>&1 || die "sudo could not be installed in the root"
  printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$USER_NAME" >"$ROOT/etc/sudoers.d/$USER_NAME"
  chroot "$ROOT" chown -R "$USER_NAME:" "$(dirname "$CLONE")"
}

# Inside the namespaces: /proc of its own, /sys read-only, terminals and shared memory.
# shellcheck disable=SC2016  # expanded by the inner shell
INSIDE='
set -e
root=$1 user=$2 clone=$3
shift 3
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -o remount,bind,ro "$root/sys"
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
exec chroot "$root" setpriv --reuid "$user" --regid "$user" --init-groups \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$(dirname "$clone")" \
  USER="$user" TERM="${TERM:-dumb}" CI="${CI:-}" sh -c "cd \"\$0\" && exec \"\$@\"" "$clone" "$@"
'

run_inside() {
  local status=0 start=$SECONDS
  say "running as $USER_NAME in the clean root: ${COMMAND[*]}"
  unshare --mount --pid --fork --kill-child -- \
    bash -c "$INSIDE" clean-root "$ROOT" "$USER_NAME" "$CLONE" "${COMMAND[@]}" </dev/null &
  CHILD=$!
  wait "$CHILD" || status=$?
  CHILD=''
  say "exit status $status after $((SECONDS - start)) s"
  return "$status"
}

clean_up() {
  # unshare leaves SIGTERM to its child; its own death ends everything in the namespaces.
  if [[ $CHILD ]]; then
    kill -KILL "$CHILD" 2>/dev/null || true
    wait "$CHILD" 2>/dev/null || true
  fi
  remove_root
}

main() {
  parse_arguments "$@"
  ((${#COMMAND[@]})) || { usage >&2; exit 2; }
  require_tools
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  ROOT=$(mktemp -d "$(cd "$WORK" && pwd -P)/clean-root.XXXXXX")
  chmod 755 "$ROOT"
  bootstrap
  connect_root
  clone_repository
  add_user
  run_inside
}

main "$@"
