#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# independent.t: a container does not depend on who started it: neither on its caller's pipes, session
# and control group, nor on its namespaces, signals and limits on descriptors.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool setsid unshare
load_busybox

state() {
	proa inspect -f "{{.State.$2}}" "$1" 2>&1
}

ran() {
	[ "$(proa logs "$1" | grep -c .)" -ge "$2" ]
}

proa run --rm --network none busybox true

# ---- pipes: cat ends only when nobody holds the other end any more
out=$(timeout 20 sh -c "'$PROA' --data-root '$D' --exec-root '$E' run -d --name pipe --network none busybox sleep 1000 2>&1 | cat")
is $? 0 "run -d lets its caller's pipe go"
like "$out" '^[0-9a-f]{64}$' "and prints the ID"
shim=$(shim_of pipe)
is "$(readlink /proc/$shim/fd/0 /proc/$shim/fd/1 /proc/$shim/fd/2 | sort -u)" /dev/null \
	"its shim has only the null device"
is "$(readlink /proc/$shim/cwd)" / "is at the root"
is "$(tr '\0' '\n' </proc/$shim/environ | grep -c .)" 0 "has no environment"
is "$(awk '{ print $6 }' /proc/$shim/stat)" "$shim" "leads a session of its own"

# ---- the caller's group, session and every process of both
cat >"$T/caller" <<-EOC
	trap '' HUP USR1
	umask 077
	for d in $T/cg.*; do read -r d <"\$d" && echo 0 >"\$d/cgroup.procs"; done
	"$PROA" --data-root "$D" --exec-root "$E" run -d --name lives --network none busybox \\
		sh -c 'trap "echo bye; exit 4" TERM; umask; echo hi; while :; do sleep 0.05; done' >/dev/null
	: >"$T/started"
	exec sleep 1000
EOC
n=0
for m in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/unified/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do
	d=${m%/cgroup.procs}$PROA_CGROUP_PARENT-caller
	[ -f "$m" ] && mkdir "$d" 2>/dev/null || continue
	# on v1 a cpuset must be given its processors first
	[ ! -f "$d/cpuset.mems" ] || cat "${d%/*}/cpuset.mems" >"$d/cpuset.mems" 2>/dev/null
	[ ! -f "$d/cpuset.cpus" ] || cat "${d%/*}/cpuset.cpus" >"$d/cpuset.cpus" 2>/dev/null
	n=$((n + 1))
	echo "$d" >"$T/cg.$n"
done
setsid sh "$T/caller" 2>/dev/null &
wait_for 20 test -e "$T/started"
wait_for 20 ran lives 2
# shellcheck disable=SC2046
for p in /proc/[0-9]*/stat; do
	set -- $(sed 's/.*) //' "$p" 2>/dev/null)
	[ "${4:-}" != "$!" ] || kill -9 "$(basename "${p%/stat}")"
done
for f in "$T"/cg.*; do
	[ -f "$f" ] || continue
	for p in $(cat "$(cat "$f")/cgroup.procs"); do
		kill -9 "$p" 2>/dev/null
	done
done
wait
if [ $n -gt 0 ]; then
	left=0
	for f in "$T"/cg.*; do
		d=$(cat "$f")
		wait_for 20 rmdir "$d" || left=$((left + 1))
	done
	is $left 0 "nothing of the container was in its caller's groups"
else
	skip "the caller's groups" "no group can be made here"
fi
is "$(state lives Status)" running "all processes of the caller's session and groups killed: it lives"
is "$(proa logs lives | head -n 2 | tr '\n' ' ')" "0022 hi " "with its log, and a umask of its own"
ok "it can be stopped" proa stop -t 30 lives
is "$(state lives ExitCode)" 4 "and how it ended is known"
like "$(proa logs lives)" bye "to its last line"

# ---- the caller's namespaces: in a PID namespace whose first process is ours
out=$(env -u PROA_SHIM_NAMESPACES unshare -pm --fork --mount-proc sh -c "unshare -n '$PROA' --data-root '$D' --exec-root '$E' \
	run --rm --network host busybox readlink /proc/self/ns/net" 2>&1)
is "$out" "$(readlink /proc/self/ns/net)" "the host's network is pid 1's, not the caller's"

# ---- a signal to the caller's process group
setsid "$PROA" --data-root "$D" --exec-root "$E" run -d --name grp --network none busybox sleep 1000 >/dev/null
is "$(awk '{ print $5 }' "/proc/$(state grp Pid)/stat")" "$(state grp Pid)" "a process group of its own"
proa rm -f pipe lives grp >/dev/null 2>&1
is "$(ls -A "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left"
done_testing
