#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# debian.t: a real image end to end. The four-layer Debian image is loaded in each form it comes in,
# runs, shows the same tree as umoci makes of it, and what `save` writes is the same image to skopeo
# and umoci.
# guest: no (minutes under emulation, and umoci is not in it)
# timeout: 300
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
need_tool skopeo umoci python3

# tree DIR: everything below it, one line each: type, mode, owner, time, then size of files and
# target of links. What every container gets anew is left out. Directories have their time checked
# only below /opt: /etc and the like are touched by mounting over what is in them. No link counts:
# overlay shows those of the lower layer, where one of three names may since be gone.
cat >"$T/tree" <<'EOF'
cd "$1" && find . \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./.dockerenv \
	-o -path ./etc/hosts -o -path ./etc/hostname -o -path ./etc/resolv.conf \
	-o -path ./etc/mtab \) -prune -o \
	\( -type d -path './opt*' -printf '%p %y %m %U:%G %T@\n' \
	-o -type d -printf '%p %y %m %U:%G\n' \
	-o -type l -printf '%p %y %U:%G %T@ %l\n' \
	-o -printf '%p %y %m %U:%G %T@ %s\n' \) | LC_ALL=C sort
cd "$1" && find opt -type f -exec sha256sum {} + | LC_ALL=C sort
EOF

debian_image
docker=$image
debian_image --format oci --compress gzip
oci=$image
debian_image --compress zstd
zstd=$image

mkdir "$T/oci"
tar -C "$T/oci" -xf "$oci"
umoci unpack --image "$T/oci:latest" "$T/want" >/dev/null 2>&1 ||
	bail "umoci does not unpack what mkimage made"
sh "$T/tree" "$T/want/rootfs" >"$T/want.tree"

for form in "$docker" "$oci" "$zstd"; do
	name=${form##*/}
	run_is 0 "$name: loads" proa load -i "$form"
	like "$out" 'Loaded image: debian:latest' "$name: and is named"
	run_is 0 "$name: the tree is listed from inside" proa run --rm --network none \
		-v "$T/tree:/dev/shm/tree:ro" debian sh /dev/shm/tree /
	printf '%s\n' "$out" >"$T/got.tree"
	is "$(diff "$T/want.tree" "$T/got.tree" | head -n 20)" "" "$name: and is what umoci unpacks"
	[ "$form" = "$zstd" ] || proa rmi debian >/dev/null
done

run_is 0 "two names of one file are one file" proa run --rm --network none debian \
	sh -c 'test /opt/app/data.link -ef /opt/app/data.again'
run_is 0 "apt-get runs" proa run --rm --network none debian apt-get --version
like "$out" '^apt 2\.' "and says its version"
run proa run --rm --network none debian /opt/app/run.sh
is "$out" "app runs as 0, fourth layer" "a script of the upper layers runs"
run proa run --rm --network none -u 1000 debian \
	sh -c 'cat /opt/app/acl && test ! -w /opt/app/acl && echo read-only'
is "$out" "readable by user 1000${nl}read-only" "an ACL holds"

# No getfattr in minbase, but perl: the number of getxattr, as perl-base has no library for it.
case $(uname -m) in x86_64) nr=191 ;; *) nr=8 ;; esac
xattr() {
	proa run --rm --network none debian perl -e '$b = "\0" x 256;
		$n = syscall('$nr', $ARGV[0], $ARGV[1], $b, 256);
		print $n < 0 ? "error" : unpack("H*", substr($b, 0, $n)), "\n"' "$1" "$2"
}
is "$(xattr /opt/app/capable security.capability)" 0100000200200000000000000000000000000000 \
	"a file capability is there"
is "$(xattr /opt/app/note user.note)" 62797465732000ff0a "and a binary user xattr"

proa save -o "$T/saved.tar" debian
proa save -o "$T/again.tar" debian
ok "save twice gives the same bytes" cmp "$T/saved.tar" "$T/again.tar"
run_is 0 "skopeo reads it as docker-archive" skopeo inspect "docker-archive:$T/saved.tar"
mkdir "$T/saved"
tar -C "$T/saved" -xf "$T/saved.tar"
run_is 0 "and as OCI layout" skopeo inspect "oci:$T/saved:latest"
is "$(printf '%s\n' "$out" | grep -c '^ *"sha256:')" 4 "with four layers"
run_is 0 "umoci unpacks it" umoci unpack --image "$T/saved:latest" "$T/back"
sh "$T/tree" "$T/back/rootfs" >"$T/back.tree"
is "$(diff "$T/want.tree" "$T/back.tree" | head -n 20)" "" "to the same tree"
done_testing
