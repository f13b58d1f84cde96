#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: USERNS
# timeout: 300
#
# A process on its way into another container's pid and user namespace can be looked at by that
# one's root, who has all rights there, while it still has the host's tree as its root and files of
# the host open. The kernel keeps others out of who is not dumpable, but makes a process dumpable
# again, as the machine is set up, when its IDs change. In the weakened build that is left so, and
# the host's files are seen through /proc/PID/root.
. "$(dirname "$0")/attack.inc"
[ "$(cat /proc/sys/user/max_user_namespaces 2>/dev/null || echo 0)" != 0 ] || skip_all "no user namespaces here"
weak_build USERNS
load_busybox

chmod 755 "$T" # as /etc is: what the host lets anybody read
echo host >"$T/flag"
mkdir -m 777 "$T/w"
hostile --userns private --cap-add SYS_PTRACE -v "$T/w:/w" busybox /attacker root-watch /w "$T/flag"
STOP_AT=$T/w/won

starts "$WEAK" 300 --userns private --pid container:hostile busybox true
is "$won" 1 "weakened: the host's tree is seen through a process on its way"
diag "weakened: won after $starts starts"
[ "$won" = 1 ] || why_failed
rm -f "$T/w/won"

n=$(rounds 200)
starts "$PROA" "$n" --userns private --pid container:hostile busybox true
is "$starts $won $ok" "$n 0 $n" "$n starts: nothing is seen, and each of them goes through"
[ "$ok" -eq "$n" ] || why_failed

# others than starts: a command that is brought in
hostile_execs() {
	for i in $(seq "$n"); do
		as "$PROA" exec hostile /attacker open /none >/dev/null 2>&1
	done
}
hostile_execs
nok "$n execs: nor then" test -e "$T/w/won"
hostile_end
done_testing
