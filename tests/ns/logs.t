#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# logs.t: a container that writes as fast as it can: disk use within the limits, no line torn or
# lost, also for who follows; full disks, killed shims.
# timeout: 120
# guest: no (time)
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
: "${CC_STATIC:=}"
[ -n "$CC_STATIC" ] || skip_all "no CC_STATIC"
load_busybox

# numbered lines without end, or so many of them; then "end"
cat >"$T/flood.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(int argc, char **argv)
{
	long n = atol(argv[1]), i = 0;
	time_t until = time(NULL) + (n < 0 ? -n : 3600);

	for (; n < 0 ? (i % 1000 || time(NULL) < until) : i < n; i++)
		printf("%ld the quick brown fox\n", i);
	printf("%ld end\n", i);
	return argc < 2;
}
C
$CC_STATIC -O2 -o "$T/flood" "$T/flood.c"

# sequence FILE: "FIRST LAST" where each line's number is one more than the one before's
sequence() {
	awk 'NR == 1 { first = $1 } NR > 1 && $1 != last + 1 { print "after " last ": " $0; bad = 1 }
		{ last = $1 } END { if (!bad) print first " " last, $2 }' "$1" | head -5
}

files_of() {
	find "$D/containers/$1" -name "*-json.log*"
}

# ---- rotation, compression, followers
mkfifo "$T/go"
id=$(proa run -d --network none --log-opt max-size=2m --log-opt max-file=3 --log-opt compress=true \
	-v "$T:/t" busybox sh -c 'echo -1 first; read x </t/go; /t/flood -3 && sleep 1')
proa logs -f "$id" >"$T/follow" &
wait_for 20 grep -q first "$T/follow" || bail "logs -f prints nothing" # it follows from the first on
echo >"$T/go"
proa wait "$id" >"$T/code" &
while [ ! -s "$T/code" ]; do
	for f in $(files_of "$id"); do
		size=$(stat -c %s "$f" 2>/dev/null || echo 0)
		[ "$size" -le 2000000 ] || echo "$f $size"
	done
	n=$(files_of "$id" | grep -vc tmp)
	# between a compressed file's appearance and the plain one's end there are both
	[ "$n" -le 4 ] || echo "$n files"
done >"$T/over"
wait
is "$(cat "$T/over")" "" "no file is over the limit, at no time"
like "$(sequence "$T/follow")" '^-1 [0-9]+ end$' "a follower through all rotations: nothing lost or twice"
last=$(tail -1 "$T/follow" | cut -d' ' -f1)
proa logs "$id" >"$T/rest"
like "$(sequence "$T/rest")" "^[0-9]+ $last end\$" "what is left is the end, whole"
is "$(proa logs -n 30000 "$id" | wc -l)" 30000 "--tail across files, also compressed ones"
is "$(proa logs -n 30000 "$id" | sequence /dev/stdin)" "$((last - 29999)) $last end" "the right ones"
names() { # the last file may still be compressed
	[ "$(files_of "$id" | sed 's/.*json/json/' | sort | xargs)" = "json.log json.log.1.gz json.log.2.gz" ]
}
ok "dockerd's names" wait_for 20 names
proa rm "$id" >/dev/null

# ---- a reader that stands still holds what it has not read
mkfifo "$T/pipe"
id=$(proa create --network none --log-opt max-size=1m --log-opt max-file=2 -v "$T/flood:/flood" \
	busybox /flood 150000)
proa start "$id" >/dev/null
proa logs -f "$id" >"$T/pipe" &
exec 7<"$T/pipe"
proa wait "$id" >/dev/null
cat <&7 >"$T/slow"
exec 7<&-
wait
like "$(sequence "$T/slow")" '^[0-9]+ 150000 end$' "a reader slower than the rotation misses nothing"
proa rm "$id" >/dev/null

# ---- non-blocking: the container never waits; what is lost is counted
id=$(proa run -d --network none --log-opt mode=non-blocking --log-opt max-size=-1 \
	-v "$T/flood:/flood" busybox /flood 2000000)
proa logs -f "$id" >"$T/out" 2>"$T/lost"
is "$(awk 'FILENAME ~ /lost$/ { n += $2; next } { n++ } END { print n }' "$T/lost" "$T/out")" 2000001 \
	"non-blocking: lines and those said to be lost are all"
proa rm "$id" >/dev/null

# ---- a shim that is killed in the middle
id=$(proa run -d --network none -v "$T/flood:/flood" busybox /flood -60)
wait_for 10 test -s "$D/containers/$id/$id-json.log"
kill -9 "$(sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$E/containers/$id/state")"
wait_for 20 sh -c "'$PROA' --data-root '$D' --exec-root '$E' wait $id | grep -q 137"
proa logs "$id" >"$T/out"
like "$(sequence "$T/out")" '^[0-9]+ [0-9]+ the$' "killed shim: the log has whole lines only"
proa rm -f "$id" >/dev/null

# ---- a full disk
mkdir "$T/small"
mount -t tmpfs -o size=8m,mode=711 small "$T/small"
D=$T/small
load_busybox
head -c 20000000 /dev/zero >"$D/ballast" 2>/dev/null
mkfifo "$T/more"
rm "$D/ballast"
id=$(proa create --network none -v "$T:/t" busybox sh -c '/t/flood 1000; read x </t/more;
	/t/flood 2000000; echo full >/t/said; read x </t/more; echo 2000001 after')
proa start "$id" >/dev/null
wait_for 10 sh -c "'$PROA' --data-root '$D' --exec-root '$E' logs $id | grep -q end"
head -c 20000000 /dev/zero >"$D/ballast" 2>/dev/null
echo >"$T/more"
wait_for 30 test -s "$T/said"
is "$(cat "$T/said" 2>&1)" full "full disk: the container goes on"
rm "$D/ballast"
echo >"$T/more"
is "$(proa wait "$id")" 0 "and ends well"
run proa logs "$id"
like "$err" '^proa: [0-9]+ log records were lost here: No space left on device$' "what is lost is said"
is "$(printf '%s\n' "$out" | tail -1)" "2000001 after" "it goes on with what comes after"
is "$(printf '%s\n' "$out" | grep -vcE '^[0-9]+ (the quick brown fox|end|after)$')" 0 "no line is torn"
lost=$(printf '%s\n' "$err" | awk '{ n += $2 } END { print n }')
is "$(($(printf '%s\n' "$out" | wc -l) + lost))" 2001003 "lines and those said to be lost are all"
proa rm "$id" >/dev/null
done_testing
