#!/usr/bin/env bash
# Makes the packages of a commit: .deb, .rpm, checksums and an SPDX file, in one folder. The same commit makes the
# same bytes.
set -euo pipefail

SOBRIETY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=deploy/lib/progress.sh
. "$SOBRIETY_ROOT/deploy/lib/progress.sh"
# shellcheck source=deploy/lib/packages.sh
. "$SOBRIETY_ROOT/deploy/lib/packages.sh"
# shellcheck source=deploy/lib/build.sh
. "$SOBRIETY_ROOT/deploy/lib/build.sh"

OUTPUT=''
READY=''
INSTALL=yes
FORMATS='deb rpm'
WORK=$SOBRIETY_ROOT/build/package

usage() {
  cat <<TEXT
Usage: deploy/package.sh --output DIR [--build DIR] [--format deb|rpm] [--no-install]

Makes the packages of the commit that is checked out, in DIR: sobriety-agent, sobriety-collector and, where
deploy/mixin has them, sobriety-dashboards; SHA256SUMS; and an SPDX file that names what is in them.

  --output DIR   where to; made if it is not there. Packages of the same names are replaced
  --build DIR    takes what is built there as it is, with the files of the working tree, instead of
                 building the commit: for trying out
  --format F     deb or rpm only
  --no-install   installs nothing; what is missing makes it fail
TEXT
}

parse_arguments() {
  while (($#)); do
    case $1 in
      --output | --build | --format)
        (($# >= 2)) || die "$1 wants a value; see --help"
        case $1 in
          --output) OUTPUT=$2 ;;
          --build) READY=$2 ;;
          --format) FORMATS=$2 ;;
        esac
        shift
        ;;
      --no-install) INSTALL='' ;;
      -h | --help) usage; exit 0 ;;
      *) die "unknown argument '$1'; see deploy/package.sh --help" ;;
    esac
    shift
  done
  [[ $OUTPUT ]] || die "--output DIR says where the packages go; see deploy/package.sh --help"
  [[ $FORMATS == 'deb rpm' || $FORMATS == deb || $FORMATS == rpm ]] || die "--format is deb or rpm, not '$FORMATS'"
  if [[ $READY ]]; then
    [[ -x $READY/sobriety-agent && -x $READY/sobriety-collector ]] ||
      die "$READY has no sobriety-agent and sobriety-collector; build them: cmake --build $READY"
    READY=$(cd "$READY" && pwd)
  fi
}

git_here() { git -C "$SOBRIETY_ROOT" "$@"; }

# A release is a commit with the tag vVERSION; what lies between two is a step towards the next one, in the order of
# its time: 0.2.0~git20261130193000.0123abc.
read_version() {
  local number
  number=$(sed -n 's/^project(sobriety VERSION \([0-9.]*\).*/\1/p' "$SOBRIETY_ROOT/CMakeLists.txt")
  [[ $number ]] || die "CMakeLists.txt names no version"
  COMMIT=$(git_here rev-parse --short=12 HEAD)
  SOURCE_DATE_EPOCH=$(git_here log -1 --format=%ct)
  VERSION=$number
  git_here tag --points-at HEAD | grep -qx "v$number" ||
    VERSION=$number~git$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).${COMMIT:0:7}
  export SOURCE_DATE_EPOCH
}

# The commit without what is not of it, or the working tree's files where a ready build is taken.
lay_out_source() {
  SOURCE=$WORK/source
  rm -rf "$SOURCE" "$WORK"/*.deb "$WORK"/*.buildinfo "$WORK"/*.changes
  mkdir -p "$SOURCE"
  if [[ $READY ]]; then
    git_here ls-files -z --cached --others --exclude-standard -- deploy CHANGELOG.md LICENSE CMakeLists.txt |
      tar -C "$SOBRIETY_ROOT" --null --files-from=- -cf - | tar -xf - -C "$SOURCE"
  else
    git_here archive HEAD | tar -xf - -C "$SOURCE"
  fi
  cp -R "$SOURCE/deploy/debian" "$SOURCE/debian"
  # lib/packages.sh is the one place that names packages.
  sed -i "s/@BUILD_PACKAGES@/$(printf '%s, ' "${SOBRIETY_BUILD_PACKAGES[@]}" | sed 's/, $//')/" "$SOURCE/debian/control"
  cat >"$SOURCE/debian/changelog" <<TEXT
sobriety ($VERSION) bookworm; urgency=medium

  * Commit $COMMIT. CHANGELOG.md beside this file tells what is new.

 -- The sobriety authors <sobriety@sobriety.invalid>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
}

# The build folder stays between runs, and its place is the same for each: ccache and Ninja know it again.
make_debs() {
  local environment=(SOBRIETY_COMMIT="$COMMIT" SOBRIETY_BUILD="${READY:-$WORK/obj}")
  [[ ! $READY ]] || environment+=(SOBRIETY_READY=yes DEB_BUILD_OPTIONS=noautodbgsym)
  progress_run "making the .deb of sobriety $VERSION" "$SOBRIETY_ROOT/build/logs/package-deb.log" \
    env --chdir="$SOURCE" "${environment[@]}" \
    dpkg-buildpackage --build=binary --no-sign --no-check-builddeps ||
    die "the .deb could not be made (the reason is above)"
  cp -f -- "$WORK"/*.deb "$OUTPUT"
}

# Of the same build and the same files as the .deb. Names of the machine and of the moment stay out of them.
make_rpms() {
  local top=$WORK/rpm build=${READY:-$WORK/obj}
  [[ -x $build/sobriety-agent ]] || die "the .rpm are made of what the .deb are built of: leave --format rpm out, or name --build"
  rm -rf "$top"
  sed -i '/^%changelog/q' "$SOURCE/deploy/rpm/sobriety.spec"
  printf '* %s The sobriety authors <sobriety@sobriety.invalid> - %s-1\n- Commit %s.\n' \
    "$(date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')" "$VERSION" "$COMMIT" >>"$SOURCE/deploy/rpm/sobriety.spec"
  progress_run "making the .rpm of sobriety $VERSION" "$SOBRIETY_ROOT/build/logs/package-rpm.log" \
    rpmbuild -bb --nodeps --define "_topdir $top" --define "sobriety_version $VERSION" --define "sobriety_build $build" \
    --define "sobriety_source $SOURCE" --define '_buildhost sobriety' --define 'use_source_date_epoch_as_buildtime 1' \
    --define 'clamp_mtime_to_source_date_epoch 1' --define 'source_date_epoch_from_changelog 0' \
    --define '_build_id_links none' "$SOURCE/deploy/rpm/sobriety.spec" ||
    die "the .rpm could not be made (the reason is above)"
  find "$top/RPMS" -name '*.rpm' -exec cp -f -t "$OUTPUT" {} +
}

# What is in the folder, by digest and by origin.
describe_output() {
  local spdx=sobriety-$VERSION.spdx.json packages=()
  cd "$OUTPUT"
  mapfile -t packages < <(find . -maxdepth 1 \( -name "*$VERSION*.deb" -o -name "*$VERSION*.rpm" \) -printf '%f\n' | sort)
  python3 -B "$SOBRIETY_ROOT/deploy/lib/spdx.py" sobriety "$VERSION" "$COMMIT" "$SOURCE_DATE_EPOCH" "${packages[@]}" >"$spdx"
  sha256sum -- "${packages[@]}" "$spdx" >SHA256SUMS
}

main() {
  umask 022
  export LC_ALL=C.UTF-8 TZ=UTC
  parse_arguments "$@"
  trap progress_stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  [[ ! $INSTALL ]] || ensure_package_packages
  read_version
  lay_out_source
  mkdir -p "$OUTPUT"
  OUTPUT=$(cd "$OUTPUT" && pwd)
  if [[ $FORMATS == *deb* ]]; then make_debs; fi
  if [[ $FORMATS == *rpm* ]]; then make_rpms; fi
  describe_output
  say "packages of sobriety $VERSION are in $OUTPUT"
}

main "$@"
