#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh LIB OUT musl|host: fetch one pinned library, build it, install it into OUT/{include,lib}.
#
# Each vendor/LIB/build.sh is sourced here and says only what is special about its library. It calls
# `archive` with the files it needs, rather than the library's own build system: that takes seconds
# instead of minutes of configure, wants no autotools, and lets us leave out what we never call.
# musl is the exception, its configure is part of it.
#
# On a system whose compiler makes musl programs by itself (Alpine), an installed static library is
# linked to instead of being built, and nothing is fetched for it.
#
# Variables for vendor/LIB/build.sh: SRC (unpacked, its working folder), OUT, kind, CC, CFLAGS, JOBS.
set -eu

lib=$1 out=$2 kind=$3
here=$(cd "$(dirname "$0")" && pwd)
CC=${VENDOR_CC:-gcc}
JOBS=${JOBS:-$(nproc)}

need() {
	command -v "$1" >/dev/null && return
	echo "proa: '$1' is missing (Debian package $2): run 'make deps' as root" >&2
	exit 1
}
need "$CC" gcc
need ar binutils
need make make
need tar tar
need xz xz-utils
need sha256sum coreutils
need flock util-linux

mkdir -p "$out/lib" "$out/include" "$out/bin" "$out/src"
OUT=$(cd "$out" && pwd)
exec 9>"$OUT/.lock"
flock 9

# The kernel's headers, and nothing else of the host: a folder of links. Never -I/usr/include, which
# would put glibc's headers before musl's.
kernel_headers() {
	arch=$("$CC" -print-multiarch 2>/dev/null || :)
	asm=/usr/include/asm
	[ -n "$arch" ] && [ -d "/usr/include/$arch/asm" ] && asm=/usr/include/$arch/asm
	if [ ! -d /usr/include/linux ] || [ ! -d "$asm" ]; then
		echo "proa: the kernel's headers are missing (Debian package linux-libc-dev): run 'make deps' as root" >&2
		exit 1
	fi
	mkdir -p "$OUT/kernel"
	for d in linux asm-generic mtd; do ln -sfn "/usr/include/$d" "$OUT/kernel/$d"; done
	ln -sfn "$asm" "$OUT/kernel/asm"
}

# archive NAME FLAGS FILE...: compile FILEs and add them to lib/NAME.
archive() {
	local a=$1 flags="$2" f
	shift 2
	printf '%s\n' "$@" | xargs -P "$JOBS" -I{} sh -c \
		'o=$(echo "{}" | tr / _).o; "$0" $1 $2 -w -c "{}" -o "$o" || exit 255' "$CC" "$CFLAGS" "$flags"
	for f in "$@"; do set -- "$@" "$(echo "$f" | tr / _).o"; shift; done
	ar rcs "$OUT/lib/$a" "$@"
}

# native FILE.a HEADER...: 0 if this is a musl system that has them already.
native() {
	local h
	[ "$kind" = musl ] || return 1
	case $("$CC" -dumpmachine) in *-musl*) ;; *) return 1 ;; esac
	[ -f "/usr/lib/$1" ] || return 1
	for h in "$@"; do
		case $h in *.h) [ -f "/usr/include/$h" ] || return 1 ;; esac
	done
	ln -sf "/usr/lib/$1" "$OUT/lib/$1"
	shift
	for h in "$@"; do ln -sf "/usr/include/$h" "$OUT/include/$h"; done
}

# unpack: fetch, check, unpack into src/LIB and go there.
unpack() {
	tarball=$("$here/fetch.sh" "$lib" "$OUT/dl")
	SRC=$OUT/src/$lib
	rm -rf "$SRC"
	mkdir -p "$SRC"
	case $tarball in
	*.deb) (cd "$SRC" && ar p "$tarball" data.tar.xz | tar xJf -) ;;
	*) tar xf "$tarball" -C "$SRC" --strip-components=1 --no-same-owner ;;
	esac
	cd "$SRC"
}

CFLAGS="-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables"
if [ "$kind" = musl ]; then
	if [ "$lib" = musl ]; then kernel_headers; else CC=$OUT/bin/musl-cc; fi
	CFLAGS="$CFLAGS -fno-pie -fstack-protector-strong"
else
	CFLAGS="$CFLAGS -g -fPIC"
fi
echo "  VENDOR  $kind $lib"
log=$OUT/src/$lib.log
if ! (set -e; unset MAKEFLAGS MFLAGS MAKELEVEL; . "$here/$lib/build.sh") >"$log" 2>&1; then
	tail -n 30 "$log" >&2
	echo "vendor: building $lib failed (log: $log)" >&2
	exit 1
fi
rm -rf "$OUT/src/$lib"
