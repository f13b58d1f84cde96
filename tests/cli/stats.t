#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stats.t: what containers use: the answer has the fields of dockerd's for the same container, and the
# table its columns and its arithmetic.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
load_busybox
ask=$BUILD/static/tests/unit/lists
[ -x "$ask" ] || bail "no $ask: run make unit TESTS=lists"
data=$PROA_TESTS/data/docker-28.5/text
get() { # TARGET: the answer's body
	"$ask" ask "$D" "$E" "$1" | tail -n +2
}

run_is 1 "a container that is not there" proa stats --no-stream nosuch
like "$err" 'No such container: nosuch' "is told"
one_line "in one line"
is "$out" "" "and no table"
run_is 1 "and without --no-stream" timeout 60 "$PROA" --data-root "$D" --exec-root "$E" stats nosuch
like "$err" 'No such container: nosuch' "is told too, and ends"
is "$(proa stats --no-stream)" "$(head -n 1 "$data/stats.txt" | sed 's/NAME   */NAME      /')" \
	"no container: only the titles"

proa create --name created --network none busybox true >/dev/null
proa run -d --name limits --network none -m 64m --memory-swap 96m --pids-limit 50 --cpus 0.5 busybox \
	sleep 3600 >/dev/null
proa run -d --name busy --network none busybox sh -c 'while :; do :; done' >/dev/null
get "/containers/limits/stats?stream=false" >"$T/limits.json"
get "/containers/created/stats?stream=false" >"$T/created.json"
# shape FILE: the paths of all fields in their order, and the values that do not change
cat >"$T/shape.py" <<'PY'
import json
import sys

FIXED = ('name', 'num_procs', 'limit', 'hierarchical_memory_limit', 'hierarchical_memsw_limit', 'current')


def walk(v, path):
    if isinstance(v, dict):
        if not v:
            print(path, '{}')
        for k, x in v.items():
            walk(x, path + '.' + k)
    elif isinstance(v, list):
        print(path, '[]')
    else:
        print(path, v if path.rsplit('.', 1)[-1] in FIXED else type(v).__name__)


walk(json.load(open(sys.argv[1])), '')
PY
for n in created limits; do
	python3 "$T/shape.py" "$data/stats-$n.json" >"$T/want"
	python3 "$T/shape.py" "$T/$n.json" >"$T/got"
	if [ $n = limits ] && ! grep -q ' /sys/fs/cgroup/memory ' /proc/mounts; then
		# the record is of a machine with v1; v2 has its own names for what v1 counts
		is "$(grep -c limit "$T/got")" 2 "the limits of $n"
	else
		is "$(diff "$T/want" "$T/got")" "" "the answer for '$n' has dockerd's fields, their order and types"
	fi
done
python3 - "$T/limits.json" <<'PY' || fail "two looks, a second apart"
import json
import sys

v = json.load(open(sys.argv[1]))
assert v['read'] > v['preread'] > '2000', (v['read'], v['preread'])
assert v['cpu_stats']['system_cpu_usage'] > v['precpu_stats']['system_cpu_usage'] > 0
assert v['cpu_stats']['cpu_usage']['total_usage'] >= v['precpu_stats']['cpu_usage']['total_usage'] > 0
assert 0 < v['memory_stats']['usage'] < v['memory_stats']['limit'] == 64 << 20
PY
get "/containers/limits/stats?stream=false&one-shot=true" >"$T/once.json"
like "$(cat "$T/once.json")" '"preread":"0001-01-01T00:00:00Z"' "one-shot: one look, nothing before it"
like "$(get "/containers/limits/stats?stream=true&one-shot=true")" 'cannot have stream=true and one-shot=true' \
	"one-shot and stream contradict"

row='^[0-9a-f]{12}   limits +0\.[0-9]{2}% +[0-9.]+(B|KiB) / 64MiB +[0-9]\.[0-9]{2}% +0B / 0B +[0-9.]+k?M?B / [0-9.]+k?M?B +1 *$'
cpu='^[0-9a-f]{12}   busy +([1-9]|[1-9][0-9]|1[0-9][0-9])\.[0-9]{2}%'
both() { # the one has come to rest, the other gets its share
	both_out=$(proa stats --no-stream)
	printf '%s\n' "$both_out" | grep -qE "$row" && printf '%s\n' "$both_out" | grep -qE "$cpu"
}
wait_for 20 both
run_is 0 "--no-stream" proa stats --no-stream
is "$(printf '%s\n' "$out" | sed -n 1p | tr -s ' ')" "$(sed -n 1p "$data/stats.txt" | tr -s ' ')" "dockerd's titles"
like "$both_out" "$row" "a row"
unlike "$out" created "only those that run"
like "$both_out" "$cpu" "CPU of one that is busy"
like "$(proa stats --no-stream -a)" '^[0-9a-f]{12}   created +0\.00% +0B / 0B +0\.00% +0B / 0B +0B / 0B +0 *$' \
	"--all: those that do not run too"
like "$(proa stats --no-stream --no-trunc limits)" "^$(id_of limits)   limits " "--no-trunc"
run proa stats --no-stream limits nosuch created
is "$(printf '%s\n' "$out" | awk 'NR > 1 { print $2 }' | xargs)" "limits created" "in the order asked for"
is "$status $err" "1 proa: No such container: nosuch" "what is not there is told"
is "$(proa stats --no-stream --format json limits | sed 's/":"[^"]*"/"/g')" \
	"$(head -n 1 "$data/stats-json.txt" | sed 's/":"[^"]*"/"/g')" "--format json: dockerd's fields"
is "$(proa stats --no-stream --format '{{.Container}} {{.Name}} {{.PIDs}}' limits)" "limits limits 1" "--format"
like "$(proa stats --no-stream --format 'table {{.Name}}\t{{.MemUsage}}' limits)" '^NAME +MEM USAGE / LIMIT$' \
	"--format table"

# the live table: until nobody reads it
proa stats limits | {
	read -r one
	read -r two
	read -r three
	read -r four
	printf '%s\n' "$one" "$two" "$three" "$four"
} >"$T/live"
esc=$(printf '\033')
is "$(grep -c "^$esc\[\(J$esc\[\)\{0,1\}HCONTAINER ID" "$T/live")" 2 "the table is painted over and over"
is "$(grep -c ' limits ' "$T/live")" 2 "with its row"
like "$(sed -n 2p "$T/live")" ' -- ' "the first time nobody knows the CPU time yet"
proa pause limits >/dev/null
like "$(proa stats --no-stream limits)" ' limits +0\.00% ' "one that is paused"
proa rm -f limits busy created >/dev/null
done_testing
