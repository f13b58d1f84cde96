#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: cgroup2
# timeout: 180
#
# exec.t: what the kernel says of a process that exec puts into a container: namespaces, control
# groups, capabilities, filter, limits, descriptors; and what lives and dies with whom.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

# state_of NAME KEY: a number of the container's state file
state_of() {
	sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p" "$E/containers/$1/state"
}

# both WHAT FILE: an exec sees in FILE what the container's first process has in it
both() {
	is "$(proa exec c1 cat "/proc/self/$2")" "$(proa exec c1 cat "/proc/1/$2")" "$1"
}

id=$(proa run -d --name c1 --network none --ulimit nofile=777:888 --oom-score-adj 321 \
	--group-add 44 -e FROM=c -h myhost busybox sleep 100000)

for ns in cgroup ipc mnt net pid uts; do
	is "$(proa exec --privileged c1 readlink "/proc/self/ns/$ns")" \
		"$(proa exec --privileged c1 readlink "/proc/1/ns/$ns")" "its $ns namespace"
done
is "$(proa exec c1 hostname)" myhost "its host name"
both "its control groups" cgroup
both "its limits" limits
both "its oom_score_adj" oom_score_adj
keys='^(Cap|Seccomp|NoNewPrivs|Groups|Uid|Gid)'
is "$(proa exec c1 sh -c "exec grep -E '$keys' /proc/self/status")" \
	"$(proa exec c1 grep -E "$keys" /proc/1/status)" "its capabilities, filter, groups and user"
is "$(proa exec c1 sh -c 'ls /proc/$$/fd; true' | tr '\n' ' ')" "0 1 2 " "no descriptor but three"
is "$(proa exec c1 sh -c 'ps -o pid,ppid,sid | grep " *$$ "' | awk -v OFS=, '{ print $2, $1 == $3; exit }')" \
	0,1 "no parent in there, and a session of its own"
is "$(proa exec c1 readlink /proc/self/root)" / "its root"
is "$(proa exec c1 cat /proc/self/mountinfo)" "$(proa exec c1 cat /proc/1/mountinfo)" "its mounts"

caps() {
	proa exec "$@" c1 grep -E '^Cap(Eff|Bnd|Prm)' /proc/self/status | awk '{ print $2 }' | tr '\n' ' '
}
zero=0000000000000000
def=00000000a80425fb
is "$(caps -u 1000)" "$zero $zero $def " "a user has no capability and the container's bounding set"
is "$(caps)" "$def $def $def " "root has the container's"
isnt "$(caps --privileged | cut -d' ' -f1)" "$def" "--privileged has more"
is "$(proa exec --privileged c1 sed -n 's/^Seccomp:\t//p' /proc/self/status)" 0 "and no filter"
is "$(proa exec c1 sed -n 's/^Seccomp:\t//p' /proc/self/status)" 2 "others have one"
run_is 1 "which refuses what it must" proa exec c1 unshare -m true
is "$(proa exec -u nobody c1 sh -c 'echo $HOME $FROM')" "/home c" "HOME by the container's passwd"
proa exec c1 sh -c 'echo "me:x:1234:5678::/me:/bin/sh" >>/etc/passwd; echo "more:x:99:me" >>/etc/group'
is "$(proa exec -u me c1 sh -c 'echo $(id -u) $(id -g) $(id -G) $HOME')" "1234 5678 5678 44 99 /me" \
	"a user of the container's own passwd and groups"
is "$(proa exec -u me:99 c1 id -G)" "99 44" "user:group leaves the others out"

# Terminal.
is "$(proa exec -t -u 1000 c1 sh -c 'echo x >$(tty) && stat -c %u $(tty)' | tr -d '\r' | tr '\n' ' ')" \
	"x 1000 " "which is the user's"

# shims: those of execs
shims() {
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/environ" 2>/dev/null | tr -d '\0')" != EXEC=1 ] ||
			! ls -l "$p/fd" 2>/dev/null | grep -qF "$E/" || echo "${p#/proc/}"
	done
}

no_shims() {
	[ -z "$(shims)" ]
}

# Who lives and dies with whom.
proa exec c1 kill -9 -1
ok "those that were left run until they end" wait_for 10 no_shims
proa exec -d c1 sh -c 'echo $$ >/bg; exec sleep 100000'
ok "-d is there" wait_for 10 proa exec c1 test -s /bg
bg=$(proa exec c1 cat /bg)
ok "-d runs" proa exec c1 kill -0 "$bg"
shim=$(shims)
is "$(printf '%s\n' "$shim" | grep -c .)" 1 "with one shim"
is "$(awk '{ print $6 }' "/proc/$shim/stat")" "$shim" "in a session of its own"
is "$(tr -d '\0' <"/proc/$shim/environ")" EXEC=1 "without the caller's environment"
cat "/proc/$shim/cgroup" >"$T/cg"
is "$(awk -F: '$3 != "/" && $3 !~ /shims$/' "$T/cg")" "" \
	"and in no control group but the shims' (or the top, where its caller was)"
proa exec -i c1 sh -c 'echo $$ >/fg; exec sleep 100000' >/dev/null 2>&1 &
client=$!
ok "one in the foreground is there" wait_for 10 proa exec c1 test -s /fg
kill -9 "$client"
wait "$client" 2>/dev/null
ok "and runs on when its client is killed" proa exec c1 sh -c 'kill -0 $(cat /fg)'
proa exec c1 sh -c 'kill -9 $(cat /fg) $(cat /bg)'
ok "its shims end with them" wait_for 10 no_shims
before=$(proa exec c1 ps -o stat | grep -c Z) # orphans of the above, which a sleep does not reap
for i in 1 2 3 4 5 6 7 8; do
	proa exec c1 true
	proa exec c1 nosuch 2>/dev/null
done
is "$(proa exec c1 ps -o stat | grep -c Z)" "$before" "no zombies"

# A paused one; one that ends.
if proa pause c1 >/dev/null 2>&1; then
	run_is 1 "a paused container" proa exec c1 true
	like "$err" 'Container c1 is paused, unpause the container before exec' "is told so"
	proa unpause c1 >/dev/null
	run_is 0 "and then it is not" proa exec c1 true
else
	skip "a paused container" "this machine cannot freeze"
fi
proa exec c1 sh -c 'echo >/here; exec sleep 100000' >/dev/null 2>&1 &
client=$!
ok "one that sleeps" wait_for 10 proa exec c1 test -e /here
kill -9 "$(state_of "$id" Pid)"
code=0
wait "$client" || code=$?
is "$code" 137 "ends with its container"
proa rm -f c1 >/dev/null

# Namespaces that are the host's.
proa run -d --name c2 --network none --pid host --read-only busybox sleep 100000 >/dev/null
is "$(proa exec c2 sh -c 'echo $$ >/dev/null; readlink /proc/self/ns/pid')" \
	"$(readlink /proc/self/ns/pid)" "the host's pid namespace"
# runs WORDS: some process has this command line
runs() {
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/cmdline" 2>/dev/null | tr '\0' ' ')" != "$1 " ] || return 0
	done
	return 1
}
runs_not() {
	! runs "$1"
}
secs=1$$ # no other test's
proa exec -d c2 sleep $secs
ok "a process there" wait_for 10 runs "sleep $secs"
proa rm -f c2 >/dev/null
ok "goes with the container" wait_for 10 runs_not "sleep $secs"

proa run -d --name c3 --network none --privileged --security-opt no-new-privileges busybox \
	sleep 100000 >/dev/null
is "$(proa exec c3 grep -E "$keys" /proc/self/status)" "$(proa exec c3 grep -E "$keys" /proc/1/status)" \
	"a privileged container's exec is as its first process"
is "$(proa exec c3 sed -n 's/^NoNewPrivs:\t//p' /proc/self/status)" 1 "no_new_privs too"
# Who goes into a user namespace is not followed.
proa rm -f c3 >/dev/null
id=$(proa run -d --name c4 --network none --privileged busybox sh -c \
	'exec unshare -U -m sleep 100000')
ok "in a user namespace of its own" wait_for 10 sh -c \
	"! [ \"\$(readlink /proc/$(state_of "$id" Pid)/ns/user)\" = \"\$(readlink /proc/self/ns/user)\" ]"
run_is 128 "pid 1 is not followed" proa exec c4 true
like "$err" 'user namespace of its own' "and that is said"
proa rm -f c4 >/dev/null
done_testing
