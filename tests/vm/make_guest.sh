#!/usr/bin/env bash
# Makes the guest of the real-kernel test from what deploy/lib/packages.sh (ensure_vm_packages) fetched: kernel, module,
# ACPI table and initial RAM disk with our programs. Needs no root. Prints the kernel's path.
#   make_guest.sh BIN TOOLS WORK      directories: our programs, the unpacked packages, where the guest goes
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BIN=$1 TOOLS=$2 WORK=$3
MODULES=(i2c-stub i2c-dev ltc4215 ltc4245 acpi_power_meter battery ac intel_rapl_common intel_rapl_msr)
PATH=$PATH:/usr/sbin:/sbin

die() { printf '%s\n' "$*" >&2; exit 1; }

# The newest unpacked kernel whose headers are installed.
find_kernel() {
  local kernel
  for kernel in $(cd "$TOOLS/boot" 2>/dev/null && printf '%s\n' vmlinuz-* | sort -rV); do
    [[ -d /usr/src/linux-headers-${kernel#vmlinuz-} ]] || continue
    printf '%s\n' "${kernel#vmlinuz-}"
    return
  done
  return 1
}

build_module() {
  mkdir -p "$WORK/module"
  cp "$HERE/fakerapl.c" "$WORK/module/"
  echo 'obj-m := fakerapl.o' >"$WORK/module/Makefile"
  make -s -C "/usr/src/linux-headers-$KERNEL" M="$WORK/module" modules
  strip --strip-debug -o "$ROOT/lib/fakerapl.ko" "$WORK/module/fakerapl.ko"
}

add_kernel_modules() {
  local module file
  [[ -e $TOOLS/lib/modules/$KERNEL/modules.dep ]] || depmod -b "$TOOLS" "$KERNEL"
  for module in "${MODULES[@]}"; do
    modprobe -d "$TOOLS" -S "$KERNEL" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
  done | sort -u | while read -r file; do
    install -D "$file" "$ROOT/lib/modules/$KERNEL/${file#*"/lib/modules/$KERNEL/"}"
  done
  cp "$TOOLS/lib/modules/$KERNEL"/modules.{order,builtin,builtin.modinfo} "$ROOT/lib/modules/$KERNEL/"
  depmod -b "$ROOT" "$KERNEL"
}

# A program with the libraries that it is linked with, those of the unpacked packages among them.
add_program() {
  local library
  strip -o "$ROOT/bin/$(basename "$1")" "$1"
  LD_LIBRARY_PATH=$TOOLS/usr/lib/x86_64-linux-gnu ldd "$1" | grep -o '/[^ ]*' | while read -r library; do
    # Where the loader looks, and the loader itself where programs look for it.
    case $library in
      /lib64/*) cp "$library" "$ROOT/lib64/" ;;
      *) cp "$library" "$ROOT/lib/" ;;
    esac
  done
}

KERNEL=$(find_kernel) || die "no kernel image with its headers: run tests/run.sh once, which fetches them"
ROOT=$WORK/root
rm -rf "$ROOT"
mkdir -p "$ROOT"/{bin,dev,proc,sys,tmp,etc,lib,lib64}
build_module
add_kernel_modules
cp "$TOOLS/bin/busybox" "$ROOT/bin/"
for program in "$TOOLS/usr/bin/sensors" "$TOOLS/usr/sbin/i2cset" "$BIN/sobriety-agent" "$BIN/sobriety-collector"; do
  add_program "$program"
done
install "$HERE/init" "$ROOT/init"
install "$HERE/measure.sh" "$ROOT/measure.sh"
printf '%s\n' root:x:0:0::/:/bin/sh sobriety-agent:x:900:900::/:/bin/sh stranger:x:901:901::/:/bin/sh >"$ROOT/etc/passwd"
printf '%s\n' root:x:0: sobriety-agent:x:900: stranger:x:901: sobriety-rapl:x:902:sobriety-agent >"$ROOT/etc/group"
iasl -p "$WORK/power" "$HERE/power.dsl" >"$WORK/iasl.log" 2>&1 || die "iasl failed: see $WORK/iasl.log"
(cd "$ROOT" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1) >"$WORK/initrd.gz"
cp "$TOOLS/boot/vmlinuz-$KERNEL" "$WORK/vmlinuz"
