#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: CONSOLE
# timeout: 300
#
# A terminal is made through the container's /dev/pts/ptmx and bound on its /dev/console, while the
# host's files are still in sight. Who can write to that /dev (an image, a shared volume) may put
# symlinks to something of the host's there, at rest or in a race with run -t and exec -t: the
# container must not get a terminal of the host's, nor may a file of the host's be opened, made or
# mounted on (CVE-2019-16884 and CVE-2025-52565 are of this kind). In the weakened build ptmx is
# opened as it stands.
. "$(dirname "$0")/attack.inc"
weak_build CONSOLE
load_busybox
canary_make
host_pts=$(stat -c %d /dev/pts) && [ -c /dev/pts/ptmx ] || skip_all "the host has no devpts"

# a /dev for containers: evil holds links to the host's
mkdir -p "$T/dev/pts" "$T/dev/evil" "$T/dev/shm" "$T/dev/mqueue"
mknod -m 666 "$T/dev/null" c 1 3
ln -s /dev/pts/ptmx "$T/dev/evil/ptmx"
ln -s /dev/pts/ptmx "$T/dev/pts/ptmx"
look='[ "$(stat -L -c %d /proc/self/fd/0)" = '$host_pts' ] && exit 42; exit 0'
before=$(canary_state)

# ---- at rest
run as "$WEAK" run --rm -t --network none -v "$T/dev:/dev" busybox sh -c "$look"
is "$status" 42 "weakened: run -t gives a terminal of the host's"
run as "$PROA" run --rm -t --network none -v "$T/dev:/dev" busybox sh -c "$look"
isnt "$status" 42 "run -t does not"
isnt "$status" 0 "it is refused"
as "$PROA" run -d --name held --network none -v "$T/dev:/dev" busybox sleep 100000 >/dev/null
run as "$WEAK" exec -t held sh -c "$look"
is "$status" 42 "weakened: exec -t gives a terminal of the host's"
run as "$PROA" exec -t held sh -c "$look"
isnt "$status" 42 "exec -t does not"
for ptmx in /dev/ptmx /dev/null "$CANARY/secret" /proc/self/fd/0 ../../../../../../dev/ptmx; do
	ln -sfn "$ptmx" "$T/dev/pts/ptmx"
	for how in "run --rm -t --network none -v $T/dev:/dev busybox" "exec -t held"; do
		# shellcheck disable=SC2086
		run as "$PROA" $how sh -c "$look"
		isnt "$status $status" "0 42" "${how%% *} -t with ptmx a link to ${ptmx##*/}"
		nok "is an error" [ "$status" -eq 0 ]
	done
done
rm "$T/dev/pts/ptmx"
mkfifo "$T/dev/pts/ptmx"
run timeout 20 "$PROA" --data-root "$D" --exec-root "$E" exec -t held true
isnt "$status" 124 "a fifo is not waited on"
isnt "$status" 0 "but refused"
rm "$T/dev/pts/ptmx"
mknod "$T/dev/pts/ptmx" c 5 2
run as "$PROA" exec -t held true
isnt "$status" 0 "a node of ptmx outside of a devpts is refused"
rm -f "$T/dev/pts/ptmx"

# ---- /dev/console
for link in "$CANARY/secret" "$CANARY/made" ../../../../../../../../../..$CANARY/secret /proc/sys/kernel/core_pattern \
	/proc/self/fd/0 /proc/1/root$CANARY/secret /dev/pts/0; do
	rm -rf "$T/con"
	mkdir "$T/con"
	ln -s "$link" "$T/con/console"
	# --mount on each of /dev's parts, so that its pts is the container's own devpts
	run as "$PROA" run --rm -t --network none -v "$T/con:/dev" --tmpfs /dev/x busybox sh -c "$look"
	isnt "$status" 42 "/dev/console a link to ${link##*/}: no terminal of the host's"
	is "$(canary_state)" "$before" "and the host's files are untouched"
done

# ---- races: pts is exchanged for evil while terminals are made
mkdir "$T/dev/pts/x"
hostile -v "$T/dev:/d" busybox /attacker swap /d/pts /d/evil
# "pts" holds a good multiplexer of its own devpts every other moment
starts "$WEAK" 200 -t -v "$T/dev:/dev" busybox sh -c "$look"
is "$won" 1 "weakened: the race is won"
diag "weakened: won after $starts starts"
starts "$PROA" 150 -t -v "$T/dev:/dev" busybox sh -c "$look"
is "$starts $won" "150 0" "150 starts in the race: none has a terminal of the host's"
n=0
hit=0
while [ $n -lt 60 ]; do
	n=$((n + 1))
	as "$PROA" exec -t held sh -c "$look" >/dev/null 2>&1
	[ $? -ne 42 ] || hit=$((hit + 1))
done
is "$hit" 0 "nor has one of 60 execs"
hostile_end
is "$(canary_state)" "$before" "the host's files are as they were"
as "$PROA" rm -f held >/dev/null
done_testing
