#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# zombies.t: a container with --init makes 100000 processes whose parents die before them: its first
# process reaps every one, none is left, and neither it nor the shim has grown.
# timeout: 200
# guest: no
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
: "${ZOMBIES:=100000}"
[ -x "${CC_STATIC:-}" ] || bail "no CC_STATIC: it is musl-cc of the vendored build"

cat >"$T/z.c" <<'X'
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* N orphans from N / 100 parents: each parent has a hundred children, and none of it waits. */
int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;

	while (n > 0) {
		pid_t p = fork();

		if (p < 0)
			return 1;
		if (!p) {
			for (int i = 0; i < 100; i++)
				if (!vfork())
					_exit(0);
			_exit(0);
		}
		waitpid(p, NULL, 0);
		n -= 100;
	}
	puts("made");
	fflush(stdout);
	getchar();
	return 0;
}
X
"$CC_STATIC" -O1 -o "$T/z" "$T/z.c" || bail "the helper does not compile"
mkfifo "$T/in"

# anonymous KIB of a process
private() {
	awk '/^Anonymous:/ { print $2 }' "/proc/$1/smaps_rollup"
}

exec 3<>"$T/in"
proa run -i --init --name zz --network none --pids-limit 2000 -v "$T/z:/z" busybox /z "$ZOMBIES" \
	<&3 >"$T/log" 2>&1 &
client=$!
ok "$ZOMBIES orphans are made" wait_for 150 grep -q made "$T/log"
pid=$(proa inspect -f '{{.State.Pid}}' zz)
shim=$(sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$E/containers/$(id_of zz)/state")
like "$(cat "/proc/$pid/comm")" '^(proa|proa-init|docker-init)$' "its first process is our init"

# in_it: the processes of the container
in_it() {
	for p in $(cgroup_pids); do
		[ "$p" = "$shim" ] || sed -n 's/^State:[[:space:]]*//p' "/proc/$p/status"
	done 2>/dev/null
}
two_are_left() {
	[ "$(in_it | wc -l)" = 2 ]
}
ok "none of them is left" wait_for 20 two_are_left
unlike "$(in_it)" zombie "nor a zombie"
kib=$(private "$pid")
ok "init is small: $kib KiB" test "$kib" -le 128
kib=$(private "$shim")
ok "the shim is small: $kib KiB" test "$kib" -le 256
echo >&3
run wait $client
run_is 0 "it ends as it should" proa wait zz
is "$out" 0 "with its own status"
proa rm zz >/dev/null
done_testing
