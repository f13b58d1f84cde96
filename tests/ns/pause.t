#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pause.t: a paused container does nothing and uses no CPU, can be killed, stopped and removed, and
# ends as if it had never been paused.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

proa run -d --name warm --network none busybox true >/dev/null
proa wait warm >/dev/null
proa rm warm >/dev/null
leaks_before

beat='while :; do echo >>/t/beats; usleep 1000; done'
proa run -d --name pa -v "$T:/t" --network none busybox sh -c "$beat" >/dev/null
beats() {
	wc -l <"$T/beats"
}
beats_more() {
	[ "$(beats)" -gt "$1" ]
}
ok "it runs" wait_for 20 beats_more 0

if ! awk '$3 == "cgroup" || $3 == "cgroup2" { n = 1 } END { exit !n }' /proc/mounts; then
	run_is 1 "without control groups" proa pause pa
	like "$err" 'no control groups that can freeze' "pause is refused with the reason"
	one_line "in one line"
	proa rm -f pa >/dev/null
	leaks_none "nothing is left"
	done_testing
fi

# state_of NAME: what the kernel's freezer says
state_of() {
	if [ -d /sys/fs/cgroup/freezer ]; then
		cat "/sys/fs/cgroup/freezer$PROA_CGROUP_PARENT/$(id_of "$1")/freezer.state"
	else
		sed -n 's/frozen //p' "/sys/fs/cgroup$PROA_CGROUP_PARENT/$(id_of "$1")/cgroup.events" |
			sed 's/1/FROZEN/;s/0/THAWED/'
	fi
}
run_is 0 "pause" proa pause pa
is "$out" pa "prints the name"
is "$(state_of pa)" FROZEN "the kernel has it frozen when pause returns"
before=$(beats)
proa run --rm --network none busybox true
is "$(beats)" "$before" "it does nothing while another one runs"
run_is 1 "pause of a paused one" proa pause pa
like "$err" 'Container [0-9a-f]{64} is already paused' "is told"
run_is 1 "exec in a paused one" proa exec pa true
run_is 0 "update of a paused one" proa update --pids-limit 100 pa
run_is 0 "unpause" proa unpause pa
is "$(state_of pa)" THAWED "the kernel has it running"
ok "it goes on" wait_for 20 beats_more "$before"
run_is 1 "unpause of one that is not paused" proa unpause pa
like "$err" 'Container [0-9a-f]{64} is not paused' "is told"

for how in kill "stop -t 20" "rm -f"; do
	name=p${how%% *}
	proa run -d --name $name --network none busybox sh -c 'trap "exit 5" TERM; while :; do usleep 10000; done' >/dev/null
	proa pause $name >/dev/null
	# shellcheck disable=SC2086
	run_is 0 "$how of a paused one" timeout 30 "$PROA" --data-root "$D" --exec-root "$E" $how $name
done
is "$(proa wait pkill)" 137 "kill: 137"
run_is 1 "pause of one that has ended" proa pause pkill
like "$err" 'container [0-9a-f]{64} is not running' "is told"
run_is 0 "it starts again" proa start pkill
ok "and is not paused" test "$(state_of pkill)" = THAWED
run_is 1 "several: one that is missing does not keep the others" proa pause nosuch pkill pa
is "$out" "pkill${nl}pa" "the others are paused"
is "$err" "proa: No such container: nosuch" "it is told"
proa rm -f pa pkill pstop >/dev/null
leaks_none "nothing is left"
done_testing
