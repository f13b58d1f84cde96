#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 120
# containers.t: the list of containers, inspect and every filter, and what ps, inspect and logs print,
# against what dockerd and its client answered about the same containers (tests/data/docker-28.5).
# What may differ, and why, is in compare.py.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
ask=$BUILD/static/tests/unit/lists
[ -x "$ask" ] || bail "no $ask: run make unit TESTS=lists"
data=$PROA_TESTS/data/docker-28.5
S=/tmp/proa-golden
mkdir -p "$S" "$T/s"
# one is bound with rshared, for which its directory has to be on a shared mount
mount --bind "$T/s" "$S" && mount --make-shared "$S" || bail "cannot mount $S"
trap 'status=$?; umount -l "$S"; rmdir "$S"; (exit "$status"); lib_cleanup' EXIT
d() { proa "$@" </dev/null; }
. "$data/containers.sh"
load_busybox

get() { # TARGET FILE: the answer's body; $code is its status
	"$ask" ask "$D" "$E" "$1" >"$T/.answer" || bail "GET $1"
	read -r code <"$T/.answer"
	tail -n +2 "$T/.answer" >"$2"
}

for n in $NAMES; do
	ok "$n is made" "make_$n"
done
healthy() { d inspect -f '{{.State.Health.Status}}' flags | grep -qx healthy; }
ok "and healthy" wait_for 20 healthy

mkdir -p "$T/o/inspect" "$T/o/filters"
for n in $NAMES; do
	get "/containers/$n/json" "$T/o/inspect/$n.json"
done
get '/containers/json?all=1' "$T/o/list.json"
get '/containers/json?all=1&size=1' "$T/o/list-size.json"
sleep_id=$(sed 's/^{"Id":"\([0-9a-f]*\).*/\1/' "$T/o/inspect/sleep.json")
image_id=$(sed 's/.*,"Image":"\(sha256:[0-9a-f]*\)".*/\1/' "$T/o/inspect/sleep.json")

# one line a filter: its query, percent-encoded
python3 - "$data/filters/index" "$sleep_id" "$image_id" >"$T/queries" <<'PY'
import sys
import urllib.parse

index, own, image = sys.argv[1:]
for line in open(index):
    n, query, filters = line.rstrip('\n').split('\t')
    for sign, text in ('@SLEEP@', own), ('@SHORT@', own[:12]), ('@TAIL@', own[52:]), \
            ('@IMAGE@', image):
        filters = filters.replace(sign, text)
    print(n, query + '&filters=' + urllib.parse.quote(filters))
PY
while read -r n query; do
	get "/containers/json?$query" "$T/.list"
	echo "$code" >"$T/o/filters/$n.status"
	: >"$T/o/filters/$n"
	[ "$code" != 200 ] || grep -o '"Names":\["/[^"]*' "$T/.list" | sed 's,.*/,,' >"$T/o/filters/$n"
done <"$T/queries"

mkdir "$T/o/text"
text() { # FILE COMMAND...: what it prints
	f=$1
	shift
	d "$@" >"$T/o/text/$f" 2>&1
}
text ps.txt ps
text ps-a.txt ps -a
text ps-a-no-trunc.txt ps -a --no-trunc
text ps-as.txt ps -a -s
text ps-q.txt ps -q
text ps-format.txt ps -a --format \
	'{{.ID}}|{{.Names}}|{{.Image}}|{{.Command}}|{{.RunningFor}}|{{.Status}}|{{.State}}|{{.Ports}}|{{.Labels}}|{{.Mounts}}|{{.LocalVolumes}}|{{.Networks}}|{{.Size}}|{{.Label "a"}}'
text inspect-none.txt inspect nosuch
text logs.txt logs logs
text logs-details.txt logs --details logs
text logs-t.txt logs -t logs
text logs-tail.txt logs --tail 1 logs

d run -d --name bridge -p 8080:80 --expose 81 busybox sleep 3600 >/dev/null
get /containers/bridge/json "$T/o/inspect/bridge.json"
get '/containers/json?limit=1' "$T/o/list-bridge.json"
text ps-bridge.txt ps -l
d rm -f bridge >/dev/null

"$PROA_TESTS/golden/compare.py" "$data" "$T/o" "$D" $NAMES >"$T/results"
relay "$T/results"
for n in $NAMES; do d rm -f "$n" >/dev/null; done
done_testing
