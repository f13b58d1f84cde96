# SPDX-License-Identifier: Apache-2.0
# lib.sh: what every shell test of proa starts with:   . "$(dirname "$0")/../lib.sh"
#
# POSIX sh and busybox tools only, because the same scripts run on the host (dash, coreutils) and in
# the qemu guests of tests/vm (busybox ash, nothing else). Output is TAP; the plan comes last, so
# `done_testing` must end each script: a script that dies half-way has no plan and counts as failed.
#
# From the environment, each with a default for a run by hand:
#   PROA    the binary under test       IMAGES  directory that holds busybox.tar (tools/mkimage)
#   TMP     where scratch space is made ALONE   1: nothing else runs on this machine (the guests)
#
# As root, and but for the guests, each script starts itself again in a network namespace of its own
# (TEST_NET is its parent's PID then, from which outside_net gets back): bridges, rules and ports of
# two tests never meet and nothing of them is left on the machine. PROA_SHIM_NAMESPACES=caller makes
# this namespace the host's one for shims.
#
# Given to the test:
#   $T      its own scratch directory, removed at exit with all that is still mounted below it
#   $D $E   data-root and exec-root below it; `proa ...` calls the binary with both
#
# Leaks are looked for by name: a mount, a file or a process with an open file of ours lies below
# $T, a cgroup below one of this test's own. So other proas on the machine are never mistaken for
# ours.

: "${PROA_TESTS:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${PROA:=$PROA_TESTS/../build/static/proa}"
: "${TMP:=${TMPDIR:-/tmp}}"
: "${IMAGES:=$PROA_TESTS/../build/images}"
: "${ALONE:=0}"
export PROA TMP IMAGES
unset PROA_DATA_ROOT PROA_EXEC_ROOT PROA_STORAGE_DRIVER DOCKER_HOST DOCKER_CONTEXT

if [ "$ALONE" != 1 ] && [ "$(id -u)" -eq 0 ]; then
	if [ "${TEST_NET:-}" != "$PPID" ]; then
		TEST_NET=$PPID exec unshare -n "$0" "$@"
	fi
	PROA_SHIM_NAMESPACES=caller
	export PROA_SHIM_NAMESPACES
	ip link set lo up 2>/dev/null || busybox ip link set lo up || echo "# no loopback: no ip, no busybox"
fi

tap_n=0
tap_failed=0
status=0
out=
err=
nl='
'

# Short names: the path of a socket below $E has 107 bytes, 65 of them a container's ID. tests/run's
# TMP is this test's alone and is used as it is.
case $TMP in
*/pt.??????) T=$TMP ;;
*) T=$(mktemp -d "$TMP/pt.XXXXXX") || exit 1 ;;
esac
T=$(cd "$T" && pwd -P)
D=$T/d
E=$T/e
PROA_CGROUP_PARENT=/proa-${T##*/}
export PROA_CGROUP_PARENT

# diag TEXT: lines of explanation under a result.
diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# pass DESC / fail DESC [DETAIL]: one result.
pass() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1"
}

fail() {
	tap_n=$((tap_n + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $1"
	[ -z "${2:-}" ] || diag "$2"
}

# skip DESC REASON: one result that could not be had on this machine, and why.
skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# skip_all REASON: the whole script has nothing to test here.
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# bail REASON: the script cannot go on; counts as failed.
bail() {
	echo "Bail out! $*"
	exit 1
}

# relay FILE: the results in another program's TAP, as ours.
relay() {
	while IFS= read -r tap_line; do
		case $tap_line in
		ok*) pass "${tap_line#ok - }" ;;
		not*) fail "${tap_line#not ok - }" ;;
		*) printf '%s\n' "$tap_line" ;;
		esac
	done <"$1"
}

# done_testing: prints the plan and ends the script.
done_testing() {
	echo "1..$tap_n"
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}

# ok DESC CMD ARG...: passes if the command succeeds. nok: if it fails.
ok() {
	tap_desc=$1
	shift
	if tap_out=$("$@" 2>&1); then
		pass "$tap_desc"
	else
		fail "$tap_desc" "exit $? from: $*$nl$tap_out"
	fi
}

nok() {
	tap_desc=$1
	shift
	if tap_out=$("$@" 2>&1); then
		fail "$tap_desc" "succeeded: $*$nl$tap_out"
	else
		pass "$tap_desc"
	fi
}

# is GOT WANT DESC / isnt: equality of strings.
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "     got: $1${nl}expected: $2"
	fi
}

isnt() {
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3" "got what it must not be: $1"
	fi
}

# like GOT ERE DESC / unlike: some line of GOT matches, or none does.
like() {
	if printf '%s\n' "$1" | grep -qE -e "$2"; then
		pass "$3"
	else
		fail "$3" "no line matches /$2/ in:$nl$1"
	fi
}

unlike() {
	if printf '%s\n' "$1" | grep -qE -e "$2"; then
		fail "$3" "a line matches /$2/ in:$nl$1"
	else
		pass "$3"
	fi
}

# run CMD ARG...: keeps $status, $out (stdout) and $err (stderr), and never fails itself.
run() {
	status=0
	"$@" >"$T/.out" 2>"$T/.err" || status=$?
	out=$(cat "$T/.out")
	err=$(cat "$T/.err")
}

# run_is WANT DESC CMD ARG...: run, then compare the exit status.
run_is() {
	tap_want=$1
	tap_desc=$2
	shift 2
	run "$@"
	if [ "$status" -eq "$tap_want" ]; then
		pass "$tap_desc"
	else
		fail "$tap_desc" "exit $status, not $tap_want, from: $*$nl$out$nl$err"
	fi
}

# one_line DESC: the last `run` said exactly one line on stderr, as each error of proa must.
one_line() {
	is "$(printf '%s\n' "$err" | grep -c .)" 1 "$1"
}

# proa ARG...: the binary under test on this test's own roots.
proa() {
	"$PROA" --data-root "$D" --exec-root "$E" "$@"
}

# outside_net CMD ARG...: in the machine's own network namespace, for what needs a registry.
outside_net() {
	if [ -n "${TEST_NET:-}" ]; then
		nsenter --net="/proc/$TEST_NET/ns/net" "$@"
	else
		"$@"
	fi
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
}

need_proa() {
	[ -x "$PROA" ] || bail "no proa binary: run make first, or set PROA"
}

# sanitized: the binary is the one of make check-asan. It needs libraries of the host's, so it cannot be
# a container's first process (--init); and leaks are looked for by a child of whoever ends.
sanitized() {
	case $PROA in
	*/asan/proa) return 0 ;;
	esac
	return 1
}

# need_tool NAME...: skips the whole script where a tool of the host is missing.
need_tool() {
	for tap_tool; do
		command -v "$tap_tool" >/dev/null || skip_all "$tap_tool is missing (make deps)"
	done
}

# load_busybox: the image busybox:latest is in this test's store afterwards.
load_busybox() {
	[ -f "$IMAGES/busybox.tar" ] || bail "no $IMAGES/busybox.tar: run tools/mkimage busybox"
	tap_out=$(proa load -i "$IMAGES/busybox.tar" 2>&1) || bail "load of busybox.tar: $tap_out"
}

# busybox_rootfs DIR: its files, without an engine.
busybox_rootfs() {
	mkdir -p "$1" "$T/.image"
	tar -C "$T/.image" -xf "$IMAGES/busybox.tar"
	for tap_layer in "$T"/.image/*/layer.tar "$T"/.image/blobs/sha256/*; do
		[ ! -f "$tap_layer" ] || tar -C "$1" -xf "$tap_layer" 2>/dev/null || :
	done
}

# id_of NAME: the ID of a container, from the link that has its name.
id_of() {
	(cd "$D/containers" && echo "$(readlink "$D/names/$1")"*)
}

# debian_image [OPTION...]: $image is the path of the four-layer Debian image, made if need be (half
# a minute the first time). Options are mkimage's; each combination is a file of its own.
debian_image() {
	image=$IMAGES/debian$(printf '%s' "$*" | tr -d ' ').tar
	[ -e "$image" ] || tap_out=$(outside_net "$PROA_TESTS/../tools/mkimage" debian "$image" "$@" 2>&1) ||
		bail "tools/mkimage debian: $tap_out"
}

# wait_for SECONDS CMD ARG...: until the command succeeds; fails after the time, which is only there
# so that a broken build ends: it is four times as long as it says, for machines that are slow. The
# command is run again each time: `wait_for 20 test -z "$(ls x)"` would look only once.
wait_for() {
	tap_end=$(($(date +%s) + 4 * $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$tap_end" ] || return 1
		sleep 0.05
	done
}

# dead PID: has died, also where nobody has reaped it yet. Who was killed is only dying at first, and
# still holds its locks and sockets: `wait_for 20 dead PID` comes before any look at what it left.
dead() {
	! grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

# shim_of NAME: the PID of a container's shim, by the record. kill_shim NAME: until it is dead.
shim_of() {
	sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$E/containers/$(id_of "$1")/state"
}

kill_shim() {
	tap_pid=$(shim_of "$1")
	kill -9 "$tap_pid"
	wait_for 20 dead "$tap_pid"
}

# is_state NAME WORD: its status is that, by inspect.
is_state() {
	[ "$(proa inspect -f '{{.State.Status}}' "$1")" = "$2" ]
}

# no_trash: what is deleted after the answer is gone.
no_trash() {
	! ls "$D/trash" "$E/trash" 2>/dev/null | grep -v : | grep -q .
}

# cgroup_list: every cgroup of this test, in every hierarchy, deepest first.
cgroup_list() {
	awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts | sort -u |
	while read -r leak_root; do
		find "$leak_root$PROA_CGROUP_PARENT" -depth -type d 2>/dev/null
	done
}

# cgroup_pids: the processes in them.
cgroup_pids() {
	cgroup_list | while read -r leak_cg; do
		cat "$leak_cg/cgroup.procs" 2>/dev/null
	done | sort -u
}

# leak_procs: the names of the processes that are ours: those in our cgroups, proas with an open
# file below $T, and where nothing else runs all of user space but the test itself.
leak_procs() {
	cgroup_pids >"$T/.pids"
	for leak_p in /proc/[0-9]*; do
		leak_exe=$(readlink "$leak_p/exe" 2>/dev/null) || continue
		read -r leak_comm <"$leak_p/comm" 2>/dev/null || continue
		if grep -qx "${leak_p#/proc/}" "$T/.pids"; then
			echo "$leak_comm"
		elif [ "$ALONE" = 1 ]; then
			case $leak_exe in
			*/busybox) [ "$(readlink "$leak_p/ns/pid")" != "$leak_ns" ] || continue ;;
			esac
			echo "$leak_comm"
		else
			case $leak_exe in
			*proa*) ;;
			*) continue ;;
			esac
			! ls -l "$leak_p/fd" "$leak_p/cwd" 2>/dev/null | grep -qF " -> $T/" ||
				echo "$leak_comm"
		fi
	done
}

# leak_state: mounts, processes, cgroups and files of ours. IDs and numbers become signs, so that a
# pool may hold other members of the same number; namespaces that are kept are no leak (ns/netkept.t).
leak_state() {
	leak_ns=$(readlink /proc/self/ns/pid)
	{
		cat /proc/self/mountinfo /proc/1/mountinfo 2>/dev/null | awk -v t="$T/" \
			'index($0, t) && !/\/kept\// { print "mount " $5 }'
		leak_procs | sed 's/^/process /'
		cgroup_list | sed 's/^/cgroup /'
		find "$D" "$E" -type f -o -type d -o -type p -o -type s 2>/dev/null |
			grep -vE '/trash$|/kept(/|$)|/d/networks(/\.[a-z]+|/(bridge|host|none)\.json)?$' |
			sed 's/^/file /'
	} | sed -e 's/[0-9a-f]\{12,64\}/ID/g' -e 's/[0-9][0-9]*/N/g' | sort
}

# veths: the near ends of containers' pairs of interfaces, but for those that are kept for the next
# ones, of which a network has two.
veths() {
	ip -o link | sed -n 's/^[0-9]*: \(veth[0-9a-f]*\).*/\1/p' | while read -r leak_veth; do
		set -- "$E"/networks/*/kept/"${leak_veth#veth}"*
		[ -e "$1" ] || echo "$leak_veth"
	done
	for leak_kept in "$E"/networks/*/kept; do
		[ "$(ls -A "$leak_kept" 2>/dev/null | wc -l)" -le 2 ] || echo "too many in $leak_kept"
	done
}

# leak_settled: who works for proa is a running container's shim.
leak_settled() {
	[ "$(leak_procs | grep -c '^proa')" -le "$("$PROA" --data-root "$D" --exec-root "$E" ps -q | wc -l)" ]
}

# leaks_before: remember. Call it after one run has made what stays (pools, exec-root's tmpfs).
leaks_before() {
	wait_for 20 leak_settled
	leak_state >"$T/.leak0"
}

leak_compare() {
	[ -z "${leak_nudge:-}" ] || $leak_nudge >/dev/null 2>&1 </dev/null
	leak_state >"$T/.leak1"
	diff "$T/.leak0" "$T/.leak1" >"$T/.leak" 2>&1
}

# leaks_none DESC: passes once mounts, cgroups, processes and files are as they were. What proa
# removes after it has answered is given time; what only a later call finds, because who was killed
# may take a while to die, gets such calls where the test sets $leak_nudge to one.
leaks_none() {
	if wait_for 20 leak_compare; then
		pass "$1"
	else
		fail "$1" "$(head -n 30 "$T/.leak")"
	fi
}

# lib_cleanup: what runs in our cgroups is killed, everything below $T unmounted and removed.
lib_cleanup() {
	tap_status=$?
	trap - EXIT
	cd /
	cgroup_list | while read -r tap_m; do # who is paused cannot die on v1
		[ ! -e "$tap_m/freezer.state" ] || echo THAWED >"$tap_m/freezer.state"
	done
	cgroup_pids | while read -r tap_pid; do
		kill -9 "$tap_pid" 2>/dev/null
	done
	cgroup_list | while read -r tap_m; do
		wait_for 2 rmdir "$tap_m"
	done
	awk -v t="$T/" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
	while read -r tap_m; do
		umount -l "$tap_m" 2>/dev/null
	done
	rm -rf "$T"
	exit "$tap_status"
}
trap lib_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
