#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: UNTAR
# guest: no (needs mkimage)
#
# Layers that try to reach files outside of their directory while they are unpacked, or to leave marks
# in it that mean something to overlay. In the weakened build the untar child is neither confined nor
# strict about names, and each attack must succeed there, or this test proves nothing.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa
need_tool python3
: "${BUILD:=$PROA_TESTS/../build}"
WEAK=$BUILD/weak-UNTAR/proa
[ -x "$WEAK" ] || bail "no $WEAK: run make weak-UNTAR"
mkimage=$PROA_TESTS/../tools/mkimage
C=$T/canary
up=../../../../../../../../../../../..

canary() {
	rm -rf "$C"
	mkdir -p "$C/dir"
	echo secret >"$C/secret"
	echo keep >"$C/dir/keep"
}

canary_state() {
	(cd "$C" && find . | sort | while read -r f; do
		stat -c '%n %F %a %u:%g %h %s' "$f"
		[ ! -f "$f" ] || cat "$f"
	done)
}

# attack BIN: loads the layer of $T/lines into a fresh store; $status, $err.
attack() {
	canary
	before=$(canary_state)
	rm -rf "$D"
	run "$1" --data-root "$D" --exec-root "$E" load -i "$T/image.tar"
	after=$(canary_state)
}

# layer: JSON lines on stdin become $T/image.tar
layer() {
	"$mkimage" tar "$T/layer.tar" || bail "mkimage tar"
	"$mkimage" wrap "$T/image.tar" "$T/layer.tar" --tag evil || bail "mkimage wrap"
}

# outside DESC: the canary is touched by the weakened build and by it only.
outside() {
	attack "$WEAK"
	isnt "$after" "$before" "$1: reaches out of the weakened build"
	attack "$PROA"
	is "$after" "$before" "$1: touches nothing"
	if [ "$status" -ne 0 ]; then
		is "$(printf '%s\n' "$err" | grep -c .)" 1 "$1: is refused in one line"
		nothing_left "$1: nothing is left"
	else
		pass "$1: stayed inside of the layer"
	fi
}

# mark DESC TEST...: the layer's directory, as $1 of the test, gets the mark in the weakened build only.
mark() {
	mark_desc=$1
	shift
	attack "$WEAK"
	mark_dir=$(ls -d "$D"/layers/*/diff 2>/dev/null | grep -v '/l/' | head -n 1)
	ok "$mark_desc: is taken by the weakened build" "$@" "$mark_dir"
	attack "$PROA"
	is "$status" 1 "$mark_desc: is refused"
	is "$(printf '%s\n' "$err" | grep -c .)" 1 "$mark_desc: in one line"
	nothing_left "$mark_desc: nothing is left"
}

layer <<-END
	{"name": "$up$C/pwned", "raw_name": true, "data": "x"}
END
outside "a name with .."

layer <<-END
	{"name": "a/$up$C/secret", "raw_name": true, "data": "overwritten"}
END
outside "a name with .. behind a directory"

layer <<-END
	{"name": "h", "type": "hardlink", "link": "$up$C/secret"}
	{"name": "h2", "type": "hardlink", "link": "h"}
END
outside "a hard link with .."

layer <<-END
	{"name": "$up$C/dir", "raw_name": true, "type": "symlink", "link": "/"}
	{"name": "$up$C/link", "raw_name": true, "type": "symlink", "link": "/etc/passwd"}
END
outside "a symlink placed outside"

layer <<-END
	{"name": "$up$C/dev", "raw_name": true, "type": "char", "dev": [1, 3], "mode": 438}
END
outside "a device placed outside"

layer <<-END
	{"name": "$up$C/d", "raw_name": true, "type": "dir", "mode": 511}
END
outside "a directory placed outside"

# What must stay inside in any build: no symlink of the archive is ever followed out of it.
inside() {
	attack "$PROA"
	is "$after" "$before" "$1: touches nothing"
	if [ "$status" -ne 0 ]; then
		is "$(printf '%s\n' "$err" | grep -c .)" 1 "$1: is refused in one line"
		nothing_left "$1: nothing is left"
	fi
}

layer <<-END
	{"name": "out", "type": "symlink", "link": "$C"}
	{"name": "out/pwned", "data": "x"}
END
inside "through an absolute symlink"
layer <<-END
	{"name": "out", "type": "symlink", "link": "$up$C"}
	{"name": "out/secret", "data": "x"}
END
inside "through a relative symlink"
layer <<-END
	{"name": "a", "type": "symlink", "link": "b"}
	{"name": "b", "type": "symlink", "link": "c"}
	{"name": "c", "type": "symlink", "link": "$C"}
	{"name": "a/pwned", "data": "x"}
END
inside "through a chain of symlinks"
layer <<-END
	{"name": "out", "type": "symlink", "link": "$C"}
	{"name": "h", "type": "hardlink", "link": "out/secret"}
	{"name": "h", "data": "overwritten"}
END
inside "a hard link through a symlink"
layer <<-END
	{"name": "out", "type": "symlink", "link": "$C/secret"}
	{"name": "h", "type": "hardlink", "link": "out"}
	{"name": "h", "data": "overwritten"}
END
inside "a hard link to a symlink, then written"
layer <<-END
	{"name": "$up$C/dir/.wh.keep", "raw_name": true}
END
inside "a whiteout with .."
layer <<-END
	{"name": "out", "type": "symlink", "link": "$C/dir"}
	{"name": "out/.wh.keep"}
	{"name": "out/.wh..wh..opq"}
END
inside "whiteouts through a symlink"
layer <<-END
	{"name": "d", "type": "dir"}
	{"name": "d/f", "data": "x"}
	{"name": "d", "type": "symlink", "link": "$C"}
	{"name": "d/secret", "data": "overwritten"}
END
inside "a directory that becomes a symlink"
layer <<-END
	{"name": "out", "type": "symlink", "link": "$C", "xattrs": {"user.x": "61"}, "mode": 0}
END
inside "attributes of a symlink"
for name in .wh. .wh.. .wh... a/.wh.. .wh..wh.aufs .wh.a/b; do
	layer <<-END
		{"name": "a", "type": "dir"}
		{"name": "$name", "raw_name": true}
	END
	inside "the whiteout '$name'"
done

layer <<-END
	{"name": "d", "type": "dir", "xattrs": {"trusted.overlay.redirect": "2f657463"}}
END
mark "overlay's redirect" python3 -c \
	'import os,sys; os.getxattr(sys.argv[1] + "/d", "trusted.overlay.redirect")'
layer <<-END
	{"name": "f", "data": "x", "xattrs": {"trusted.overlay.metacopy": ""}}
END
mark "overlay's metacopy" python3 -c 'import os,sys; os.getxattr(sys.argv[1] + "/f", "trusted.overlay.metacopy")'
layer <<-END
	{"name": "d", "type": "dir", "xattrs": {"user.overlay.opaque": "79"}}
END
mark "overlay's mark of user namespaces" python3 -c 'import os,sys; os.getxattr(sys.argv[1] + "/d", "user.overlay.opaque")'
layer <<-END
	{"name": "gone", "type": "char", "dev": [0, 0]}
END
mark "a device 0:0" sh -c 'test -c "$0/gone"'

# Two layers: what the lower one left is not followed by the upper one.
"$mkimage" tar "$T/l1" <<-END
	{"name": "etc", "type": "symlink", "link": "$C"}
END
"$mkimage" tar "$T/l2" <<-END
	{"name": "etc/secret", "data": "overwritten"}
	{"name": "etc/.wh.dir"}
END
"$mkimage" wrap "$T/image.tar" "$T/l1" "$T/l2" --tag evil
inside "a symlink in the layer below"
if [ "$status" -eq 0 ]; then
	run_is 127 "a flat copy of it" proa --storage-driver vfs run --rm --network none evil /none
	is "$(canary_state)" "$before" "touches nothing either"
fi
done_testing
