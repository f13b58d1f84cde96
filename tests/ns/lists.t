#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# timeout: 60
# lists.t: lists and inspect tell the truth while containers come and go, after a shim was killed, and
# beside a record that cannot be read; and they wait for nobody.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
load_busybox
names() { proa ps -a --format '{{.Names}}' 2>"$T/warn" | sort | tr '\n' ' '; }
is_json() { proa ps -a --format json | python3 -c 'import json, sys; [json.loads(l) for l in sys.stdin]'; }

# ---- a killed shim
proa run -d --network none --name dead busybox sleep 1000 >/dev/null
pid=$(proa inspect -f '{{.State.Pid}}' dead)
shim=$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status")
kill -9 "$shim"
gone() { [ ! -d "/proc/$shim" ] || grep -q '^State:.Z' "/proc/$shim/status"; }
ok 'its shim is killed' wait_for 10 gone
is "$(proa ps -a --format '{{.State}} {{.Names}}')" 'exited dead' 'ps: exited'
like "$(proa ps -a --format '{{.Status}}')" '^Exited \(137\) ' 'with 137'
is "$(proa inspect -f '{{.State.Running}} {{.State.ExitCode}} {{.State.Pid}}' dead)" 'false 137 0' \
	'inspect: the same'
is "$(proa ps -q)" '' 'ps without -a has it not'
proa rm -f dead >/dev/null

# ---- a shim that does not answer
proa run -d --network none --name held busybox sleep 1000 >/dev/null
pid=$(proa inspect -f '{{.State.Pid}}' held)
shim=$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status")
kill -STOP "$shim"
is "$(timeout 10 "$PROA" --data-root "$D" --exec-root "$E" ps --format '{{.Names}} {{.State}}')" \
	'held running' 'ps does not wait for a shim that is stopped'
is "$(timeout 10 "$PROA" --data-root "$D" --exec-root "$E" inspect -f '{{.State.Status}}' held)" \
	running 'nor does inspect'
kill -CONT "$shim"

# ---- a record that cannot be read
id=$(proa create --network none --name broken busybox true)
cp "$D/containers/$id/config.json" "$T/keep"
for text in '' '{' '{"Version":1}' '{"Version":9}' '{"Version":1,"Created":"x"}'; do
	printf '%s' "$text" >"$D/containers/$id/config.json"
	is "$(names)" 'held ' "the record \"$text\": the others are listed"
	like "$(cat "$T/warn")" "$(printf %.12s "$id")" 'and a line says which was passed over'
done
cp "$T/keep" "$D/containers/$id/config.json"
is "$(names)" 'broken held ' 'repaired it is back'
mkdir "$D/containers/0123" "$D/containers/$(printf %064d 7)"
is "$(names)" 'broken held ' 'a directory without a record is none'
rmdir "$D/containers/0123" "$D/containers/$(printf %064d 7)"
proa rm -f broken held >/dev/null

# ---- while others come and go
(
	for i in 1 2 3 4 5 6 7 8; do
		proa run -d --network none --name "r$i" busybox sleep 1000
		proa run --rm --network none busybox true
		proa rm -f "r$i"
	done
	: >"$T/over"
) >/dev/null 2>&1 &
bad=0
looks=0
while [ ! -e "$T/over" ]; do
	is_json || bad=$((bad + 1))
	looks=$((looks + 1))
done
wait
is "$bad" 0 "$looks looks while containers come and go: each is whole and without an error"
is "$(names)" '' 'and none is left'
done_testing
