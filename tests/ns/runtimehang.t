#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# runtimehang.t: an OCI runtime that hangs, before or after it has done what it was asked for: it is
# killed with its children, one line says so, nothing of the container is left, and the next start
# works. The stand-in hangs on the one command and is a real runtime for all others.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

ln -s "$(readlink -f "$PROA")" "$T/proa-runc"
cat >"$T/rt" <<-S
	#!/bin/sh
	read -r what when <"$T/what"
	case " \$* " in
	*" \$what "*)
		[ "\$when" != after ] || "$T/proa-runc" "\$@"
		echo \$PPID >"$T/shim"
		sleep 3000 &
		echo \$! >>"$T/sleeps"
		wait
		;;
	esac
	exec "$T/proa-runc" "\$@"
S
chmod 755 "$T/rt"

hang() {
	echo "$*" >"$T/what"
	: >"$T/sleeps"
}

limited() {
	PROA_RUNTIME_TIMEOUT=3 PROA_CGROUP_PARENT=$PROA_CGROUP_PARENT proa "$@"
}

no_sleeps() {
	[ -s "$T/sleeps" ] || return 1
	while read -r pid; do
		! grep -q '^State:.[^ZX]' "/proc/$pid/status" 2>/dev/null || return 1
	done <"$T/sleeps"
}

no_runtime() {
	! pgrep -f "^/bin/sh $T/rt "
}

state_is() {
	[ "$(proa inspect -f '{{.State.Status}}' "$1")" = "$2" ]
}

hang nothing
run_is 0 "it runs" limited run --rm --network none --runtime "$T/rt" busybox true
leaks_before
for how in "create before" "create after" "start after"; do
	hang "$how"
	run_is 125 "$how: run" limited run --rm --network none --runtime "$T/rt" busybox sleep 3000
	like "$err" "OCI runtime ${how% *} failed: $T/rt did not answer within 3 s and was killed" \
		"$how: why"
	ok "$how: what it started is gone" wait_for 20 no_sleeps
	leaks_none "$how: nothing is left"
done

hang delete before
run_is 7 "delete: run" limited run --rm --network none --runtime "$T/rt" busybox sh -c 'exit 7'
ok "delete: what it started is gone" wait_for 20 no_sleeps
leaks_none "delete: nothing is left"

hang start after
ok "create" limited create --name cc --network none --runtime "$T/rt" busybox sleep 3000
run limited start cc
isnt "$status" 0 "start fails"
like "$err" "OCI runtime start failed: $T/rt did not answer" "start says why"
ok "ps says that it does not run" wait_for 20 state_is cc created
hang nothing
ok "start works again" limited start cc
is "$(proa exec cc echo in)" in "it runs"

# a shim that is killed while it waits
proa kill cc
ok "it is killed" wait_for 20 state_is cc exited
hang create before
limited start cc >/dev/null 2>&1 &
ok "create hangs" wait_for 20 test -s "$T/sleeps"
kill -9 "$(cat "$T/shim")"
ok "its runtime dies with it" wait_for 20 no_runtime
state_done() {
	! state_is cc running
}
ok "ps knows" wait_for 20 state_done
kill $(cat "$T/sleeps") # what the runtime had started: nobody is left who knows of it
hang nothing
leak_nudge="proa ps -a"
ok "start works again" wait_for 20 limited start cc
is "$(proa exec cc echo in)" in "it runs once more"
ok "rm -f" proa rm -f cc
leaks_none "nothing is left"
done_testing
