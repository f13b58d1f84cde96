#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stop.t: a container is asked to end by its signal, and made to after its time; several at once.
# timeout: 90
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
mkfifo "$T/ready"

# trap NAME SIGNAL FLAG...: a container that leaves with 42 on that signal, once it can
trapped() {
	trapped_name=$1 trapped_signal=$2
	shift 2
	proa run -d --name "$trapped_name" -v "$T:/f" --network none "$@" busybox sh -c \
		"trap 'exit 42' $trapped_signal; echo >/f/ready; while :; do sleep 0.1; done" >/dev/null
	read -r line <"$T/ready"
}

run_is 1 "without a name" proa stop
like "$err" "'proa stop' requires at least 1 argument" "is told"
trapped aa TERM
trapped bb TERM
run_is 1 "one that is missing does not keep the others" proa stop aa nosuch bb
is "$out" "aa${nl}bb" "which are named"
is "$err" "proa: No such container: nosuch" "it is told"
is "$(proa wait aa bb)" "42${nl}42" "SIGTERM, and time to answer it"
run_is 0 "one that has ended" proa stop aa
is "$out" aa "is stopped already"
trapped cc USR1 --stop-signal USR1
proa stop cc >/dev/null
is "$(proa wait cc)" 42 "--stop-signal of the container"
trapped dd HUP
proa stop --signal HUP dd >/dev/null
is "$(proa wait dd)" 42 "--signal"
trapped ee USR2 # TERM does nothing to it
run_is 0 "-t" proa stop -t 1 ee
is "$(proa wait ee)" 137 "and then SIGKILL"
# within SECONDS NAME... -- CMD...: it takes less, once in three tries with these containers: a
# machine that is busy may be slow once
within() {
	within_s=$1 within_try=0 within_names=
	shift
	while [ "$1" != -- ]; do
		within_names="$within_names $1"
		shift
	done
	shift
	while [ $within_try -lt 3 ]; do
		within_t0=$(date +%s)
		"$@"
		[ $(($(date +%s) - within_t0)) -ge "$within_s" ] || return 0
		within_try=$((within_try + 1))
		for within_n in $within_names; do
			proa start "$within_n"
			read -r line <"$T/ready"
		done
	done
	return 1
}
trapped ff USR2 --stop-timeout 1
ok "--stop-timeout of the container: before Docker's ten seconds" within 9 ff -- proa stop ff
is "$(proa wait ff)" 137 "and then SIGKILL"
trapped fo USR2 --stop-timeout -1
is "$(proa inspect -f '{{.Config.StopTimeout}}' fo)" -1 "--stop-timeout -1"
timers() { # of its shim
	cat "/proc/$(sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$E/containers/$(id_of fo)/state")/fdinfo"/* | grep it_value
}
proa stop fo >"$T/stopped" 2>&1 &
proa stop -t 1000 fo >/dev/null 2>&1 & # after it, so its timer is the sign that both have arrived
ok "  another stop sets a time" wait_for 20 timers
is "$(timers | grep -c '(9[0-9][0-9], ')" 1 "  it has none itself"
proa kill fo >/dev/null
wait
is "$(cat "$T/stopped")" fo "  it waits for the end"
trapped gg USR2
trapped hh USR2
ok "two at once take the time of one" within 6 gg hh -- proa stop --timeout 3 gg hh
run_is 125 "a time that is none" proa stop -t x gg
run_is 1 "a signal that is none" proa stop -s NOSUCH gg
proa start gg >/dev/null
read -r line <"$T/ready"
run_is 1 "also for one that runs" proa stop -s NOSUCH gg
like "$err" 'NOSUCH' "is told"
proa run -d --rm --name ii --network none busybox sleep 1000 >/dev/null
run_is 0 "one with --rm" proa stop -t 0 ii
ok "is gone then" wait_for 20 sh -c "! '$PROA' --data-root '$D' --exec-root '$E' inspect ii"
proa rm -f aa bb cc dd ee ff fo gg hh >/dev/null
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
