#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill9.t: client, worker or shim are killed at any moment of a run, ROUNDS times each (default 12; 40
# in the release check); the next calls clean up what they left. The moments are spread over the time
# a run takes here, so the test does not depend on it.
# timeout: 300
# guest: no
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
# leaks are looked for by a child, which would be killed as a worker
! sanitized || export ASAN_OPTIONS=detect_leaks=0
: "${ROUNDS:=12}"

r() {
	proa run --rm --network none "$@"
}

# now: milliseconds
now() {
	echo $(($(date +%s%N) / 1000000))
}

# victim WHO CLIENT: its PID. The worker is the client's child, the shim the process that has a
# container's lock of ours open.
victim() {
	case $1 in
	client) echo "$2" ;;
	worker) cat "/proc/$2/task/$2/children" 2>/dev/null | cut -d' ' -f1 ;;
	shim)
		for p in $(grep -lzx proa-shim /proc/[0-9]*/cmdline 2>/dev/null); do
			p=${p%/cmdline}
			! ls -l "$p/fd" 2>/dev/null | grep -qF " -> $D/" || echo "${p#/proc/}"
		done | head -n 1
		;;
	esac
}

leak_nudge="r busybox true"
r busybox true
leaks_before
t0=$(now)
r busybox true
whole=$(($(now) - t0 + 5))

for who in client worker shim; do
	hits=0
	i=0
	while [ $i -lt "$ROUNDS" ]; do
		i=$((i + 1))
		flags=--rm
		[ $((i % 3)) -ne 0 ] || flags="--rm --name n$i"
		# shellcheck disable=SC2086
		"$PROA" --data-root "$D" --exec-root "$E" run $flags --network none busybox \
			sh -c 'echo x >/file; exec sleep 0.02' >/dev/null 2>&1 &
		client=$!
		sleep "$(awk -v w=$whole -v i=$i -v n="$ROUNDS" 'BEGIN { printf "%.3f", w * i / n / 1000 }')"
		pid=$(victim $who $client)
		[ -z "$pid" ] || ! kill -9 "$pid" 2>/dev/null || hits=$((hits + 1))
		wait $client 2>/dev/null
	done
	diag "$who killed in $hits of $ROUNDS rounds of up to $whole ms"
	run_is 0 "$who killed at any moment: the next run works" r busybox true
	# As with Docker, what was created and never started is kept: it may be meant to be.
	for id in $(ls "$D/containers"); do
		run proa rm "$id"
		[ "$status" = 0 ] || like "$err" 'No such container|container is running' \
			"rm of one that is going away"
	done
	leaks_none "$who: and nothing is left"
done

# what stays running when its client goes, and is stopped by nobody, is found by its name
mkfifo "$T/ready"
"$PROA" --data-root "$D" --exec-root "$E" run --name stays --network none -v "$T:/f" busybox \
	sh -c 'echo >/f/ready; exec sleep 1000' &
client=$!
read -r line <"$T/ready"
kill -9 $client
wait $client 2>/dev/null
run_is 1 "a container without client runs on" proa rm stays
like "$err" 'is running' "so it is not removed"
run_is 0 "but by rm -f" proa rm -f stays
leaks_none "and nothing is left"
done_testing
