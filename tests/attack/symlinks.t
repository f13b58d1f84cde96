#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: MOUNT
# timeout: 300
#
# Images in which /dev, /proc, /sys, /dev/pts or /etc is a symlink, so that what is mounted or made
# there for the container might come to lie elsewhere: on the host (absolute, relative) or over
# another part of the container. The host's directory must not change, whatever the answer is:
# a container that works or one line of error. The weakened build opens mount points by path.
. "$(dirname "$0")/attack.inc"
weak_build MOUNT
load_busybox
canary_make
mkdir "$CANARY/pts"

# try BIN DIR TARGET [ARG...]: an image where DIR is a symlink to TARGET; runs it
made=
try() {
	tr_bin=$1
	tr_tag=$(printf '%s' "$2-$3" | sha256sum | cut -c1-16)
	case $made in
	*"$tr_tag"*) ;;
	*)
		image "$tr_tag" <<-EOF || bail "load: $(cat "$T/load.err")"
			{"name": "$2", "type": "symlink", "link": "$3"}
		EOF
		made="$made $tr_tag"
		;;
	esac
	shift 3
	run as "$tr_bin" run --rm --network none "$@" "$tr_tag" sh -c 'echo started; ls /dev/ /proc/self'
}

before=$(canary_state)
try "$WEAK" etc "$CANARY"
isnt "$(canary_state)" "$before" "weakened: /etc as a symlink makes files in the host's directory"
diag "weakened: $(ls "$CANARY" | tr '\n' ' ')"
rm -rf "$CANARY"
canary_make
mkdir "$CANARY/pts"

before=$(canary_state)
unclear=
started=
refused=
n=0
for dir in dev proc sys etc dev/pts dev/shm; do
	for target in "$CANARY" "../../../../../../../..$CANARY" / /proc/self/fd "/$dir" /nowhere; do
		n=$((n + 1))
		try "$PROA" "$dir" "$target"
		if [ "$status" -eq 0 ]; then
			started="$started $dir->${target##*/}"
		else
			refused="$refused$nl$dir->$target: $err"
			[ "$(printf '%s\n' "$err" | grep -c .)" -eq 1 ] || unclear="$unclear$nl$err"
		fi
	done
done
is "$(canary_state)" "$before" "$n images with symlinks: the host's directory is untouched"
is "$unclear" "" "what does not start says so in one line"
diag "started:$started"
diag "refused:$refused"

# A /dev of the user's, with a symlink for pts
mkdir -p "$T/dev/shm" "$T/dev/mqueue"
ln -s "$CANARY/pts" "$T/dev/pts"
for arg in -t -i; do
	run as "$PROA" run --rm --network none $arg -v "$T/dev:/dev" busybox true
done
is "$(canary_state)" "$before" "nor does a bound /dev with pts as a symlink reach it"
done_testing
