#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: UNTAR
# timeout: 300
#
# Layers that try to reach what is not theirs while they are unpacked: by "..", symlinks, hard
# links, whiteouts; or what lies below them in the stack: by overlay's own attributes and marks;
# or the machine: by device nodes. The host's directory stays as it is, and a layer is refused in
# one line or harmless. In the weakened build the unpacking process is not confined (no chroot, no
# dropped capabilities, no filter) and does not refuse such names, attributes and marks.
. "$(dirname "$0")/attack.inc"
weak_build UNTAR
canary_make
up=../../../../../../../../../../../../../../..

# tricks NAME: the layers of that trick
tricks() {
	case $1 in
	dotdot) echo '{"name": "'$up$CANARY'/evil", "data": "x"}' ;;
	dotdot-middle) echo '{"name": "a/'$up$CANARY'/evil", "data": "x"}' ;;
	dotdot-directory) echo '{"name": "'$up$CANARY'/evil/", "type": "dir"}' ;;
	dotdot-symlink) echo '{"name": "'$up$CANARY'/evil", "type": "symlink", "link": "x"}' ;;
	dotdot-device) echo '{"name": "'$up$CANARY'/evil", "type": "fifo"}' ;;
	dotdot-whiteout) echo '{"name": "'$up$CANARY'/.wh.evil", "data": ""}' ;;
	symlink)
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo '{"name": "x/evil", "data": "x"}'
		;;
	symlink-relative)
		echo '{"name": "x", "type": "symlink", "link": "'$up$CANARY'"}'
		echo '{"name": "x/evil", "data": "x"}'
		;;
	symlink-chain)
		echo '{"name": "b", "type": "symlink", "link": "'$CANARY'"}'
		echo '{"name": "d/c", "type": "symlink", "link": "../b"}'
		echo '{"name": "x", "type": "symlink", "link": "d/c/dir"}'
		echo '{"name": "x/../evil", "data": "x"}'
		echo '{"name": "x/evil", "data": "x"}'
		;;
	symlink-replaces)
		echo '{"name": "x/", "type": "dir"}'
		echo '{"name": "x/first", "data": "x"}'
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo '{"name": "x/keep", "data": "x"}'
		;;
	hardlink)
		echo '{"name": "h", "type": "hardlink", "link": "'$up$CANARY'/secret"}'
		;;
	hardlink-symlink)
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo '{"name": "h", "type": "hardlink", "link": "x/secret"}'
		;;
	whiteout)
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo '{"name": "x/.wh.evil", "data": ""}'
		echo '{"name": "x/.wh.secret", "data": ""}'
		;;
	# From here on nothing that the weakened build would do on the host.
	absolute) echo '{"name": "'$CANARY'/evil", "data": "x"}' ;;
	opaque)
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo '{"name": "x/.wh..wh..opq", "data": ""}'
		;;
	whiteout-parent) echo '{"name": "bin/.wh...", "data": ""}' ;;
	whiteout-self) echo '{"name": "bin/.wh..", "data": ""}' ;;
	whiteout-nothing) echo '{"name": "bin/.wh.", "data": ""}' ;;
	hardlink-absolute) echo '{"name": "h", "type": "hardlink", "link": "'$CANARY'/secret"}' ;;
	hardlink-directory) echo '{"name": "h", "type": "hardlink", "link": "."}' ;;
	write-through)
		echo '{"name": "s", "type": "symlink", "link": "'$CANARY'/secret"}'
		echo '{"name": "h", "type": "hardlink", "link": "s"}'
		echo '{"name": "h", "data": "overwritten"}'
		echo '{"name": "s", "data": "overwritten"}'
		;;
	times)
		echo '{"name": "x/", "type": "dir", "mtime_ns": 1000000000}'
		echo '{"name": "x/f", "data": "x"}'
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		;;
	directory-over)
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo '{"name": "x/", "type": "dir", "mode": 448, "uid": 7}'
		;;
	two-layers)
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo --
		echo '{"name": "x/evil", "data": "x"}'
		echo '{"name": "x/.wh.secret", "data": ""}'
		;;
	two-layers-opaque)
		echo '{"name": "x", "type": "symlink", "link": "'$CANARY'"}'
		echo --
		echo '{"name": "x/.wh..wh..opq", "data": ""}'
		;;
	root-symlink) echo '{"name": "./", "type": "symlink", "link": "'$CANARY'"}' ;;
	esac
}

# In the container: the secret by each name that a trick may have given it.
look='cat /h /s /x/secret /x/keep 2>/dev/null; true'

mine="dotdot dotdot-middle dotdot-directory dotdot-symlink dotdot-device dotdot-whiteout symlink
	symlink-relative symlink-chain symlink-replaces hardlink hardlink-symlink whiteout"
for trick in $mine; do
	before=$(canary_state)
	LOADER=$WEAK
	tricks "$trick" | image "weak-$trick"
	isnt "$(canary_state)" "$before" "weakened: $trick reaches the host's directory"
	rm -rf "$CANARY"
	canary_make
done

# Overlay's own attributes and marks: a directory that shows another one of the layers below, a
# file that is gone.
redirect='{"name": "r/", "type": "dir", "xattrs": {"trusted.overlay.redirect": "2f657463"}}'
mark='{"name": "etc/group", "type": "char", "dev": [0, 0]}'
echo "$redirect" | image weak-redirect
like "$(as "$WEAK" run --rm --network none weak-redirect ls /r)" '^passwd$' \
	"weakened: a redirect shows /etc of the layer below"
echo "$mark" | image weak-mark
unlike "$(as "$WEAK" run --rm --network none weak-mark ls /etc)" '^group$' \
	"weakened: a device 0:0 hides a file of the layer below"
LOADER=

# Another store from here on: what is in one already is not unpacked again.
D=$T/d2 E=$T/e2
before=$(canary_state)
for trick in $mine absolute opaque whiteout-parent whiteout-self whiteout-nothing \
	hardlink-absolute hardlink-directory write-through times directory-over \
	two-layers two-layers-opaque root-symlink; do
	if tricks "$trick" | image "$trick"; then
		run box "$PROA" "$trick" sh -c "$look"
		said="loads, exit $status"
		unlike "$out" "the host's secret|^keep" "$trick: $said; the host's files are not in it"
	else
		is "$(grep -c . "$T/load.err")" 1 "$trick: refused in one line"
		diag "$(cat "$T/load.err")"
		run as "$PROA" image inspect "$trick"
		isnt "$status" 0 "$trick: and no image is left"
	fi
	is "$(canary_state)" "$before" "$trick: the host's directory is as before"
done

n=0
for line in "$redirect" "$mark" \
	'{"name": "r/", "type": "dir", "xattrs": {"trusted.overlay.opaque": "79"}}' \
	'{"name": "r", "data": "", "xattrs": {"trusted.overlay.metacopy": ""}}' \
	'{"name": "r/", "type": "dir", "xattrs": {"user.overlay.redirect": "2f657463"}}' \
	'{"name": "r", "data": "", "xattrs": {"user.overlay.whiteout": "79"}}' \
	'{"name": "./", "type": "dir", "xattrs": {"trusted.overlay.opaque": "79"}}'; do
	n=$((n + 1))
	if echo "$line" | image "mark$n"; then
		fail "$line" "was loaded"
	else
		is "$(grep -c . "$T/load.err")" 1 "refused in one line: $line"
	fi
done
echo '{"name": "r/", "type": "dir", "xattrs": {"trusted.other": "79", "security.evil": "79"}}' |
	image other
is $? 0 "attributes that nobody may give are left out: $(cat "$T/load.err")"

# Device nodes are part of images and are made; the container may not open them.
image nodes <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "n/kmsg", "type": "char", "dev": [1, 11], "mode": 438}
	{"name": "n/mem", "type": "char", "dev": [1, 1], "mode": 438}
	{"name": "n/port", "type": "char", "dev": [1, 4], "mode": 438}
	{"name": "n/disk", "type": "block", "dev": [$(mountpoint -d / | tr : ,)], "mode": 438}
EOF
run box "$PROA" --privileged nodes /attacker open /n/kmsg
is "$status" $WON "with --privileged a device node of the image can be opened"
run box "$PROA" nodes /attacker open /n/kmsg /n/mem /n/port /n/disk
is "$status" 0 "without it none can: $(echo $out)"

# The archive around the layers
outer() {
	"$PROA_TESTS/../tools/mkimage" tar "$T/outer.tar" <"$T/lines" || bail "mkimage tar"
	run as "$PROA" load -q -i "$T/outer.tar"
	isnt "$status" 0 "$1 is refused"
	one_line "$1: in one line"
	unlike "$out$err" "the host's secret" "$1: and nothing is read"
	diag "$err"
}

manifest() {
	printf '{"name": "manifest.json", "data": "[{\\"Config\\": \\"%s\\", ' "$1"
	printf '\\"RepoTags\\": [\\"%s\\"], \\"Layers\\": [\\"%s\\"]}]"}\n' "$2" "$3"
}

config='{"name": "c.json", "data": "{\"architecture\": \"amd64\", \"os\": \"linux\", \"rootfs\": '
config=$config'{\"type\": \"layers\", \"diff_ids\": [\"sha256:'
config=$config$(sha256sum <"$CANARY/secret" | cut -c1-64)'\"]}}"}'
{ manifest c.json a:1 l.tar
	echo '{"name": "c.json", "type": "symlink", "link": "'$CANARY'/secret"}'; } >"$T/lines"
outer "a config that is a symlink to the host"
{ manifest c.json a:1 "$up$CANARY/secret"; echo "$config"; } >"$T/lines"
outer "a layer outside of the archive"
{ manifest c.json a:1 l.tar; echo "$config"
	echo '{"name": "l.tar", "type": "symlink", "link": "'$up$CANARY'/secret"}'; } >"$T/lines"
outer "a layer that is a symlink to the host"
{ manifest c.json a:1 l.tar; echo "$config"
	echo '{"name": "l.tar", "type": "hardlink", "link": "'$CANARY'/secret"}'; } >"$T/lines"
outer "a layer that is a hard link to the host"
is "$(canary_state)" "$before" "the host's directory is as before"
done_testing
