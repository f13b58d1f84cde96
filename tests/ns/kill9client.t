#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill9client.t: the client of each verb is killed at any moment, ROUNDS times (default 5; 30 in the
# release check). What it was at is there or not, never half, and runs on under control: the next
# stop, start and rm work. kill9.t has worker and shim.
# timeout: 200
# guest: no
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
load_busybox
: "${ROUNDS:=5}"
mkfifo "$T/ready"

# now: milliseconds
now() {
	echo $(($(date +%s%N) / 1000000))
}

# killed ARG...: proa ARG... killed in ROUNDS moments spread over the time it takes here; after each,
# `after` looks at what is left. before makes what it needs.
killed() {
	before
	t0=$(now)
	proa "$@" >/dev/null 2>&1 </dev/null
	whole=$(($(now) - t0 + 3))
	after "$1" >/dev/null
	i=0 hits=0
	while [ $i -lt "$ROUNDS" ]; do
		i=$((i + 1))
		before
		"$PROA" --data-root "$D" --exec-root "$E" "$@" >/dev/null 2>&1 </dev/null &
		client=$!
		sleep "$(awk -v w=$whole -v i=$i -v n="$ROUNDS" 'BEGIN { printf "%.3f", w * i / n / 1000 }')"
		! kill -9 $client 2>/dev/null || hits=$((hits + 1))
		wait $client 2>/dev/null
		after "$1" >"$T/after" || { cat "$T/after"; fail "proa $1: controllable"; }
	done
	diag "$1 killed in $hits of $ROUNDS rounds of up to $whole ms"
	pass "proa $*: killed at any moment"
	run_is 0 "the next run works" proa run --rm --network none busybox true
	leaks_none "and nothing is left"
}
# settled: what the killed client's worker was at is done
settled() {
	wait_for 20 sh -c "! cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q '[-]-data-root $D '"
}
word() {
	proa inspect -f '{{.State.Status}}' "$1" 2>/dev/null
}
# control: a container of that name, if there is one, starts, stops and goes
control() {
	settled
	case $(word "$1") in
	created | exited | running) ;;
	"") ! proa rm -f "$1" 2>&1 | grep -v 'No such container'; return ;;
	*) echo "$1 is $(word "$1")"; return 1 ;;
	esac
	proa start "$1" && [ "$(word "$1")" = running ] && proa stop -t 0 "$1" && proa rm "$1"
}

proa run --rm --network none busybox true
leak_nudge="proa run --rm --network none busybox true"
leaks_before
before() { :; }
after() { control vv; }
killed run -d --name vv --network none busybox sleep 1000
killed run -it -d --name vv --network none busybox sh
killed create --name vv --network none busybox sleep 1000
before() { proa create --name vv --network none busybox sleep 1000 >/dev/null; }
killed start vv
before() { proa run -d --name vv --network none busybox sleep 1000 >/dev/null; }
killed stop -t 0 vv
killed restart -t 0 vv
killed rm -f vv
after() { # it has one name of the two
	settled
	if [ -n "$(word ww)" ]; then control ww; else control vv; fi
}
killed rename vv ww

# ---- interactive ones: their container runs on, and takes the next client
before() { :; }
python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" \
	run -it --name vv --network none busybox sh >/dev/null <<'X'
expect # 
signal SIGKILL
X
is "$(word vv)" running "run -it killed: it runs on"
python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" attach vv >/dev/null <<'X'
send echo he''re\n
expect here
signal SIGKILL
X
is "$(word vv)" running "attach killed: it runs on"
run python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" attach vv <<'X'
send echo ag''ain\n
expect again
send exit 4\n
X
like "$out" '^status 4$' "and is still at hand"
proa start vv >/dev/null
python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" start -ai vv >/dev/null <<'X'
send echo th''ere\n
expect there
signal SIGKILL
X
is "$(word vv)" running "start -ai killed: it runs on"
proa rm -f vv >/dev/null
"$PROA" --data-root "$D" --exec-root "$E" run --name vv -v "$T:/f" --network none busybox \
	sh -c 'echo >/f/ready; while :; do echo x; done' | head -c 100000 >/dev/null &
read -r line <"$T/ready"
wait $!
is "$(word vv)" running "one whose reader is gone runs on"
run_is 0 "and can be killed" proa kill vv
proa rm -f vv >/dev/null
leaks_none "nothing is left"
done_testing
