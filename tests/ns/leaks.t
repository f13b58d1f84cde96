#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# leaks.t: LOOPS runs (1,000; 100 in a guest, which is an emulated machine) leave no mount, cgroup,
# process, file or lease behind, however they end.
# timeout: 600
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
: "${LOOPS:=$([ -n "${GUEST:-}" ] && echo 100 || echo 1000)}"

r() {
	proa run --rm --network none "$@"
}

r busybox true
leaks_before
i=0
while [ $i -lt "$LOOPS" ]; do
	r busybox true || break
	i=$((i + 1))
done
is "$i" "$LOOPS" "$LOOPS runs succeed"
leaks_none "and leave nothing behind"

run_is 3 "a failure" r busybox sh -c 'echo x >/file; exit 3'
run_is 127 "no command" r busybox nosuch
run_is 126 "no executable" r busybox /etc/hosts
run_is 125 "no user" r -u nosuch busybox true
run_is 125 "no image" r nosuch true
run_is 125 "a bad flag" r --cap-add NOSUCH busybox true
run_is 0 "with a tmpfs, binds and deep trees" r --tmpfs /t -v "$T:/b:ro" busybox \
	sh -c 'd=/x; for i in 1 2 3 4 5 6 7 8 9; do d=$d/$i; done; mkdir -p $d; mknod $d/n c 1 3 || mkfifo $d/n'
leaks_none "leave nothing either"

# children that outlive pid 1, sub-groups
run_is 0 "background processes die with pid 1" r busybox sh -c 'sleep 1000 & sleep 1000 & exit 0'
leaks_none "and leave nothing"

# the client is killed: the container goes on, and goes away when it ends
mkfifo "$T/ready" "$T/go"
"$PROA" --data-root "$D" --exec-root "$E" run --rm --network none -v "$T:/f" busybox \
	sh -c 'echo >/f/ready; read x </f/go' &
client=$!
read -r line <"$T/ready"
kill -9 $client
wait $client 2>/dev/null
ok "the container lives on without its client" sh -c "ls $E/containers | grep -q ."
echo >"$T/go"
leaks_none "and is removed at its end"

# the shim is killed: the next call kills what runs and removes it
"$PROA" --data-root "$D" --exec-root "$E" run --rm --network none -v "$T:/f" busybox \
	sh -c 'echo >/f/ready; sleep 1000' &
client=$!
read -r line <"$T/ready"
id=$(ls "$E/containers")
for p in /proc/[0-9]*; do
	[ "$(cat "$p/cmdline" 2>/dev/null | tr -d '\0')" = proa-shim ] || continue
	! ls -l "$p/fd" 2>/dev/null | grep -qF "$D/containers/$id/lock" || shim=${p#/proc/}
done
kill -9 "$shim"
wait $client
is "$?" 137 "a client whose shim was killed ends with 137"
r busybox true
leaks_none "and what it left is cleaned up"
done_testing
