#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# logs.sh [SECONDS]: lines a second through the json-file log, rotation at 20 MB, 5 files: a container
# that writes short lines as fast as it can, alone and with a follower, here and, where DOCKER_BENCH_HOST
# names one, on dockerd. Rounds alternate; the median of three counts.
. "$(dirname "$0")/common.inc"

seconds=${1:-10}
image busybox
cat >"$scratch/flood.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(int argc, char **argv)
{
	static char buf[65536];
	struct timespec now;
	long i = 0;
	double end;

	(void)argc;
	setvbuf(stdout, buf, _IOFBF, sizeof(buf));
	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + now.tv_nsec / 1e9 + atof(argv[1]);
	do {
		for (int k = 0; k < 1000; k++)
			printf("%ld the quick brown fox\n", i++);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec + now.tv_nsec / 1e9 < end);
	printf("total %ld\n", i);
	return 0;
}
C
cc -static -O2 -o "$scratch/flood" "$scratch/flood.c"

options="-v $scratch/flood:/flood:ro --log-opt max-size=20m --log-opt max-file=5"
# once COMMAND FOLLOW: lines a second
once() {
	# shellcheck disable=SC2086 # words
	id=$($1 run -d --network none $options busybox /flood "$seconds")
	[ "$2" = alone ] || $1 logs -f "$id" >/dev/null 2>&1 &
	$1 wait "$id" >/dev/null
	wait
	$1 logs -n 1 "$id" | awk -v s="$seconds" '$1 == "total" { printf "%d\n", $2 / s }'
	$1 rm "$id" >/dev/null
}

proa load -i "$IMAGES/busybox.tar" >/dev/null
rivals="proa"
if [ -n "${DOCKER_BENCH_HOST:-}" ]; then
	docker() {
		command docker -H "$DOCKER_BENCH_HOST" "$@"
	}
	docker load -i "$IMAGES/busybox.tar" >/dev/null
	rivals="proa docker"
else
	echo "bench: no DOCKER_BENCH_HOST: only proa is measured" >&2
fi
for round in 1 2 3; do
	for how in alone followed; do
		for who in $rivals; do
			echo "$who $how $round $(once "$who" "$how")"
		done
	done
done | tee "$build/bench/logs.txt"
sort -k1,2 -k4n "$build/bench/logs.txt" | awk '
	{ key = $1 " " $2; n[key]++; if (n[key] == 2) median[key] = $4 }
	END {
		for (key in median)
			printf "%-18s %10d lines/s\n", key, median[key]
		if (median["docker alone"]) {
			r = median["proa alone"] / median["docker alone"]
			printf "target: at least 3 times dockerd: %.1f: %s\n", r, (r >= 3 ? "met" : "NOT MET")
		}
	}'
