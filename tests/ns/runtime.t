#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# runtime.t: --runtime: containers that another OCI runtime runs are as any other, with proa-runc
# and, where it is there, runc.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

until_ok() {
	i=0
	until "$@" >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 400 ] || return 1
		sleep 0.05
	done
}

is_state() {
	[ "$(proa inspect -f '{{.State.Status}}' "$1" 2>&1)" = "$2" ]
}

ext() {
	cmd=$1
	shift
	proa "$cmd" --runtime "$rt" --network none "$@"
}

# of_runtime PATH NAME: all of it with one.
of_runtime() {
	rt=$1
	n=$2
	run_is 0 "$n: success" ext run --rm busybox true
	run_is 7 "$n: an exit code" ext run --rm busybox sh -c 'exit 7'
	run_is 137 "$n: a signal" ext run --rm busybox sh -c 'sh -c "kill -KILL \$\$"; exit $?'
	run_is 127 "$n: a command that is not there" ext run --rm busybox nosuch
	like "$err" 'executable file not found in \$PATH' "$n: as Docker says it"
	run_is 126 "$n: one that cannot be run" ext run --rm busybox /etc/hosts
	run ext run --rm busybox sh -c 'echo out; echo err >&2'
	is "$out/$err" "out/err" "$n: stdout and stderr"
	is "$(echo hello | ext run --rm -i busybox cat)" hello "$n: stdin"
	is "$(ext run --rm -t busybox sh -c 'test -t 0 && echo tty' | tr -d '\r')" tty "$n: -t"
	is "$(ext run --rm -u 7:8 --group-add 9 -e A=b -w /new/dir -h box busybox sh -c \
		'echo $(id -u) $(id -G) $A $(pwd) $(hostname)')" \
		"7 8 9 b /new/dir box" "$n: user, environment, directory, host name"
	is "$(ext run --rm busybox grep Seccomp: /proc/self/status | tr -s '\t' ' ')" \
		"Seccomp: 2" "$n: the default seccomp policy"
	run ext run --rm busybox unshare -m true
	isnt "$status" 0 "$n: which works"
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],
		"action":"SCMP_ACT_ERRNO","errnoRet":13}]}' >"$T/profile"
	run ext run --rm --security-opt "seccomp=$T/profile" busybox mkdir /x
	like "$err" 'Permission denied' "$n: a seccomp profile of one's own"
	is "$(ext run --rm --security-opt seccomp=unconfined busybox \
		grep Seccomp: /proc/self/status | tr -s '\t' ' ')" "Seccomp: 0" "$n: none"
	mkdir -p "$T/v"
	ok "$n: a bind" ext run --rm -v "$T/v:/v" -v "$T/v:/r:ro" busybox \
		sh -c 'echo y >/v/f && test -f /r/f && ! touch /r/g 2>/dev/null'
	is "$(ext run --rm --read-only -v "$n-vol:/d" busybox \
		sh -c 'touch /x 2>/dev/null || touch /d/x && ls /d')" x "$n: --read-only and a volume"
	is "$(ext run --rm --sysctl net.ipv4.ip_forward=1 busybox \
		cat /proc/sys/net/ipv4/ip_forward)" 1 "$n: a sysctl of its network"

	ok "$n: run -d" ext run -d --name "$n" busybox sh -c \
		'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done'
	ok "$n: it says so" until_ok sh -c "'$PROA' --data-root '$D' --exec-root '$E' logs $n | grep up"
	is "$(proa exec "$n" sh -c 'echo $(hostname | wc -c)')" 13 "$n: exec"
	run_is 5 "$n: its exit code" proa exec "$n" sh -c 'exit 5'
	like "$(proa top "$n")" 'sleep|trap' "$n: top"
	ok "$n: pause" proa pause "$n"
	ok "$n: unpause" proa unpause "$n"
	ok "$n: stop" proa stop "$n"
	is "$(proa inspect -f '{{.State.ExitCode}} {{.HostConfig.Runtime}}' "$n")" "3 $rt" \
		"$n: it ended by itself"
	is "$(proa logs "$n" | tr '\n' ' ')" "up bye " "$n: logs"
	ok "$n: start again" proa start "$n"
	ok "$n: kill" proa kill "$n"
	ok "$n: it is gone" until_ok is_state "$n" exited
	is "$(proa inspect -f '{{.State.ExitCode}}' "$n")" 137 "$n: by the signal"
	ok "$n: rm" proa rm "$n"
	ok "$n: a policy" ext run -d --name "$n" --restart on-failure:2 busybox \
		sh -c 'echo run; exit 7'
	ok "$n: gives up" until_ok is_state "$n" exited
	is "$(proa logs "$n" | grep -c run)" 3 "$n: after three runs"
	ok "$n: rm -f" proa rm -f "$n"
	ok "$n: volume rm" proa volume rm "$n-vol"
}

proa run --rm --network none busybox true
ln -s "$(readlink -f "$PROA")" "$T/proa-runc"
ok "a volume" proa volume create first
ok "goes" proa volume rm first
# what stays: the parent group, also in hierarchies that only another runtime uses
runc=$(command -v runc)
[ -z "$runc" ] || run_is 0 "runc" proa run --rm --network none --runtime "$runc" busybox true
leaks_before

echo x >"$T/plain"
chmod 644 "$T/plain"
for bad in nosuch ./x /no/such "$T/plain"; do
	run_is 125 "--runtime $bad" proa run --rm --network none --runtime "$bad" busybox true
	like "$err" "unknown or invalid runtime name: $bad" "is told"
done
cp /bin/true "$T/loose" && chmod 777 "$T/loose"
run_is 125 "one that anybody may write" proa run --rm --runtime "$T/loose" busybox true
run_is 125 "--init" proa run --rm --init --runtime "$T/proa-runc" busybox true
is "$(proa run --rm --network none --runtime runc busybox echo ours)" ours "runc means ours"

of_runtime "$T/proa-runc" proa-runc
if [ -n "$runc" ]; then
	of_runtime "$runc" runc
else
	skip "runc" "there is no runc here"
fi
leaks_none "nothing is left of any"
done_testing
