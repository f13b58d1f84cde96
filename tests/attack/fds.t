#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: FDS
#
# A container's processes have the descriptors 0, 1 and 2, whatever its caller left open: the caller
# here has 200 that are not close-on-exec, directories of the host among them. In the weakened
# build nobody closes what was inherited. The shim lives as long as the container and must not
# hold them either.
. "$(dirname "$0")/attack.inc"
weak_build FDS
load_busybox

flooded() {
	fl_bin=$1
	shift
	"$A" flood 200 "$fl_bin" --data-root "$D" --exec-root "$E" run --rm --network none \
		-v "$A:/attacker:ro" "$@" 2>&1
}

# extra TEXT: the listed descriptors above 2
extra() {
	printf '%s\n' "$1" | grep '^pid' | grep -v '^pid [0-9]* fd [012] '
}

out=$(flooded "$WEAK" busybox /attacker fds </dev/null)
isnt "$(extra "$out")" "" "weakened: the caller's descriptors are seen inside"
diag "weakened: $(extra "$out" | grep -c .) descriptors, such as $(extra "$out" | head -n 1)"

for how in "" -i --init "-i --init" --privileged "-a stdout" "-u 1000" "--read-only -w /tmp"; do
	out=$(echo | flooded "$PROA" $how busybox /attacker fds)
	is "$(extra "$out")" "" "run $how: only 0, 1 and 2"
	like "$out" '^pid 1 fd 1 ' "run $how: and those were seen"
done
for how in -t -it "-t --init"; do
	out=$("$A" pty "$A" flood 200 "$PROA" --data-root "$D" --exec-root "$E" run --rm \
		--network none -v "$A:/attacker:ro" $how busybox /attacker fds 2>&1 | tr -d '\r')
	is "$(extra "$out")" "" "run $how on a terminal: only 0, 1 and 2"
	like "$out" '^pid 1 fd 0 /dev/(pts/0|console)' "run $how: a terminal of its own"
done

# What shims of ours hold while a container runs
mkfifo "$T/gate"
flooded "$PROA" -v "$T:/t" busybox sh -c 'echo up >/t/up; read x </t/gate' >/dev/null &
client=$!
wait_for 20 test -s "$T/up" || bail "the container did not start"
shims=0
held=
for p in /proc/[0-9]*; do
	[ "$({ tr '\0' ' ' <"$p/cmdline"; } 2>/dev/null)" = "proa-shim " ] || continue
	ls -l "$p/fd" 2>/dev/null | grep -qF " -> $T/" || continue
	shims=$((shims + 1))
	for fd in "$p"/fd/*; do
		for path in / /etc/passwd /proc; do
			[ ! "$fd" -ef "$path" ] || held="$held ${fd##*/}:$path"
		done
	done
done
is "$shims" 1 "the shim of a running container is found"
is "$held" "" "and holds nothing of its caller's"
echo >"$T/gate"
wait "$client"
done_testing
