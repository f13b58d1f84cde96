#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fetch.sh LIB DL: put the pinned source archive of one library into the folder DL and print its path.
#
# No address of a distribution mirror stands in this tree: the machine's own apt configuration knows
# one that is near, reachable and, behind a proxy, the only one that works. Source archives stay in a
# mirror's pool longer than packaging revisions do, so the pin names the archive and not the revision,
# and apt's own downloader asks for exactly that file: no package index has to be fetched first. What
# counts is the SHA-256 of the pin, checked every time, wherever the bytes came from.
#
#   VENDOR_SRC=dir   take the archives from this folder, touch no network
set -eu

lib=$1 dl=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/$lib/pin"

good() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$sha256" ]; }

# The address of every Debian-like archive that apt is set up with, in its order.
archives() {
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -f "$f" ] && sed -n 's/^deb\(-src\)\{0,1\}[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\).*/\3/p' "$f"
	done
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] && sed -n 's/^URIs:[[:space:]]*//p' "$f" | tr -s ' ' '\n'
	done
}

download() {
	if [ -x /usr/lib/apt/apt-helper ]; then
		/usr/lib/apt/apt-helper -q download-file "$1" "$2" >"$2.log" 2>&1
	elif command -v curl >/dev/null; then
		curl -fsSL -o "$2" "$1" >"$2.log" 2>&1
	else
		wget -q -O "$2" "$1" >"$2.log" 2>&1
	fi
}

if [ -n "${VENDOR_SRC:-}" ]; then
	good "$VENDOR_SRC/$tarball" && { echo "$VENDOR_SRC/$tarball"; exit 0; }
	echo "vendor: $VENDOR_SRC/$tarball is missing or its SHA-256 is not $sha256" >&2
	exit 1
fi

mkdir -p "$dl"
good "$dl/$tarball" && { echo "$dl/$tarball"; exit 0; }
tried=
for base in $(archives | awk '!seen[$0]++') upstream; do
	url=${base%/}/$pool/$tarball
	if [ "$base" = upstream ]; then
		case $upstream in *.tar.*) url=$upstream ;; *) continue ;; esac
	fi
	tried="$tried
  $url"
	rm -f "$dl/$tarball.part"
	download "$url" "$dl/$tarball.part" || continue
	if good "$dl/$tarball.part"; then
		mv "$dl/$tarball.part" "$dl/$tarball"
		rm -f "$dl/$tarball.part.log"
		echo "$dl/$tarball"
		exit 0
	fi
	echo "vendor: $url has a SHA-256 other than the pinned $sha256" >&2
done
cat "$dl/$tarball.part.log" >&2 2>/dev/null || :
cat >&2 <<EOF
vendor: cannot fetch $name $version. Tried:$tried
Put $tarball (Debian $suite; the project itself: $upstream) into a folder and run
  make VENDOR_SRC=folder
EOF
exit 1
