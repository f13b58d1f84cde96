#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh KIND SCRIPT...: runs test scripts in a qemu guest and prints their TAP as it comes.
#
# KIND is cgroup2, nocgroup or disk (tests/vm/init says what that means). The guest is Debian's cloud
# kernel, unpacked under build/vm and never installed, with an initramfs of busybox, proa, the
# busybox image, tests/ and nothing else, but for crun where it is installed. Pure emulation (-accel tcg): the same everywhere, also
# where /dev/kvm is missing or forbidden. Needs no root. The kernel's messages go to
# build/vm/KIND.log and are shown where the guest did not reach its end.
#
# PROA names the binary, BUILD the build directory, VM_SECONDS the limit (default 580), DISK the file
# that is the disk of a guest of kind disk, for as many boots as it is given to.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${BUILD:-$top/build}
vm=$build/vm
kind=$1
shift
seconds=${VM_SECONDS:-580}

die() {
	echo "Bail out! $*"
	exit 1
}

# What networks need of the kernel; the rules' expressions would be asked for by name, by a modprobe
# that is not in the guests.
network="bridge veth dummy nf_tables nft_chain_nat nft_nat nft_masq nft_ct nft_fib_inet nf_conntrack_netlink"

# The kernel: what linux-image-cloud-amd64 depends on today. apt checks the archive's signatures.
fetch_kernel() {
	package=$(apt-cache depends linux-image-cloud-amd64 |
		sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ -n "$package" ] || die "no linux-image-cloud-amd64 known: apt-get update first"
	mkdir -p "$vm/deb"
	(cd "$vm/deb" && apt-get -q -o APT::Sandbox::User=root download "$package" >&2) ||
		die "cannot download $package"
	rm -rf "$vm/kernel.new"
	dpkg-deb -x "$vm/deb/$package"_*.deb "$vm/kernel.new"
	depmod -b "$vm/kernel.new" "$(basename "$vm"/kernel.new/lib/modules/*)"
	rm -rf "$vm/deb"
	mv "$vm/kernel.new" "$vm/kernel"
}

# Program $1, if it is there, with its libraries, into $2.
copy_program() {
	program=$(command -v "$1") || return 0
	{
		echo "$program"
		ldd "$program" | grep -o '/[^ ]*'
	} | while read -r file; do
		mkdir -p "$2${file%/*}"
		cp -L "$file" "$2$file"
	done
}

# The initramfs, in $1. Modules are listed with what they need before them, as modprobe would load.
pack() {
	root=$1
	mkdir -p "$root/bin" "$root/etc"
	mkdir -p "$root/guest/modules" "$root/guest/images" "$root/guest/tests"
	cp "$here/init" "$root/init"
	cp "$(command -v busybox)" "$root/bin/busybox"
	cp "$PROA" "$root/guest/proa"
	cp "$build/images/busybox.tar" "$root/guest/images/"
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\ntty:x:5:\n' >"$root/etc/group"
	printf '127.0.0.1\tlocalhost\n' >"$root/etc/hosts"
	echo 'nameserver 192.0.2.53' >"$root/etc/resolv.conf"
	echo "$kind" >"$root/guest/kind"
	(cd "$top/tests" && find . -type f \( ! -path './vm/*' -o -path './vm/guest/*' \) \
		! -path './unit/*' ! -path './data/tar/*' \
		! -path './data/dockerfile*' | cpio -pdm --quiet "$root/guest/tests")
	[ "$kind" != cgroup2 ] || copy_program crun "$root"
	release=$(basename "$vm"/kernel/lib/modules/*)
	for module in overlay $network $([ "$kind" != disk ] || echo virtio_pci virtio_blk ext4); do
		modprobe -d "$vm/kernel" -S "$release" --show-depends "$module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$root/modules"
	while read -r path; do
		cp "$path" "$root/guest/modules/"
		basename "$path"
	done <"$root/modules" >"$root/guest/modules/order"
	rm "$root/modules"
}

disk=
case $kind in
cgroup2 | nocgroup) ;;
disk) disk="-drive file=${DISK:?},format=raw,if=virtio" ;;
*) die "unknown guest '$kind': cgroup2, nocgroup or disk" ;;
esac
[ "$(uname -m)" = x86_64 ] || die "the guests are built for x86_64 only"
PATH=$PATH:/sbin:/usr/sbin
for tool in qemu-system-x86_64 cpio modprobe depmod busybox apt-get; do
	command -v "$tool" >/dev/null || die "$tool is not installed: make deps"
done
: "${PROA:=$build/static/proa}"
[ -x "$PROA" ] || die "no proa binary: run make first, or set PROA"
[ -f "$build/images/busybox.tar" ] || "$top/tools/mkimage" busybox "$build/images/busybox.tar"

mkdir -p "$vm"
# The two guests' tests run at the same time.
exec 9>"$vm/lock"
flock 9
[ -d "$vm/kernel" ] || fetch_kernel
exec 9>&-

work=$(mktemp -d "$vm/$kind.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/root"
pack "$work/root"
for script; do
	# inside the guest the tree of tests/ lies under /guest
	case $script in
	/*) script=${script#"$top"/} ;;
	esac
	[ -f "$work/root/guest/$script" ] || die "$script is not in tests/"
	echo "$script"
done >"$work/root/guest/scripts"
(cd "$work/root" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$work/initramfs"

log=$vm/$kind.log
rc=0
{
	timeout -k 5 "$seconds" qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 768 -cpu max \
		-nodefaults -no-user-config -no-reboot -display none -nic none $disk \
		-serial "file:$log" -serial stdio -kernel "$vm"/kernel/boot/vmlinuz-* \
		-initrd "$work/initramfs" \
		-append "console=ttyS0 quiet panic=-1 security=apparmor apparmor=1" \
		</dev/null 2>"$log.qemu" ||
		echo "# qemu ended with $? (124: the limit of $seconds s)"
} | awk -f "$here/renumber.awk" || rc=$?
if [ "$rc" -ne 0 ] && ! grep -q 'Power down' "$log" 2>/dev/null; then
	cat "$log.qemu" "$log" 2>/dev/null | tr -d '\r' | tail -n 15 | sed 's/^/# kernel: /'
fi
exit "$rc"
