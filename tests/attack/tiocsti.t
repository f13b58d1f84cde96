#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: TIOCSTI
#
# TIOCSTI pushes characters into a terminal's input: a container that shares its caller's terminal
# types commands into the caller's shell. Each kind of `run` is started on a terminal whose input is
# read afterwards, as that shell would. In the weakened build the container stays in its caller's
# session and holds its terminal. From Linux 6.2 a sysctl forbids the call to all but
# CAP_SYS_ADMIN; where it does, it is allowed for the time of this test.
. "$(dirname "$0")/attack.inc"
weak_build TIOCSTI
load_busybox

knob=/proc/sys/dev/tty/legacy_tiocsti
old=
if [ -e "$knob" ] && [ "$(cat "$knob")" = 0 ]; then
	old=0
	echo 1 >"$knob" 2>/dev/null || skip_all "TIOCSTI is off here (dev.tty.legacy_tiocsti) for good"
fi
diag "legacy_tiocsti: $(cat "$knob" 2>/dev/null || echo 'not there') (was ${old:-the same})"

on_pty() {
	op_bin=$1
	shift
	"$A" pty "$op_bin" --data-root "$D" --exec-root "$E" run --rm --network none \
		-v "$A:/attacker:ro" "$@" 2>&1
}

out=$(on_pty "$WEAK" busybox /attacker sti EVIL)
like "$out" '^left in the input: .*EVIL;' "weakened: text arrives in the caller's terminal"
diag "weakened: $(echo "$out" | grep 'left in')"

for how in "" -i -t -it "-t --init" "-t --privileged" "-a stdout -a stderr" "-t -u 1000"; do
	out=$(on_pty "$PROA" $how busybox /attacker sti EVIL)
	like "$out" '^left in the input: \[\]' "run $how: nothing arrives"
	like "$out" '^sti [0-9]: ' "run $how: and it was tried"
done
[ -z "$old" ] || echo "$old" >"$knob"
done_testing
