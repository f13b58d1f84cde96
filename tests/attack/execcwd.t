#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: EXECCWD
# timeout: 300
#
# exec -w /proc/self/fd/N leads out of the container if some descriptor of a host directory is still
# open when the directory is entered (CVE-2024-21626); so does the container's own working directory
# where it is a symlink to that. In the weakened build the path is entered as it stands, with the
# descriptors of the exec's shim still open.
. "$(dirname "$0")/attack.inc"
weak_build EXECCWD
load_busybox
canary_make
up=../../../../../../../../../../../..$CANARY/secret

proa run -d --name c1 --network none busybox sleep 100000 >/dev/null
proa exec c1 mkdir /w

# peek BIN ARG...: the secret, or what was said instead
peek() {
	pk_bin=$1
	shift
	as "$pk_bin" exec "$@" c1 cat "$up" 2>&1
}

out=none
for n in $(seq 3 60); do
	out=$(peek "$WEAK" -w "/proc/self/fd/$n")
	[ "$out" != "the host's secret" ] || break
done
is "$out" "the host's secret" "weakened: -w /proc/self/fd/$n reads the host's file"
hit=$n
diag "weakened: won with descriptor $hit"
proa exec c1 ln -s "/proc/self/fd/$hit" /w/x
is "$(peek "$WEAK" -w /w/x)" "the host's secret" "weakened: so does a symlink to it"

leaks=
quiet=
tries=0
for n in $(seq 0 60); do
	for form in /proc/self/fd/$n /proc/1/fd/$n /proc/thread-self/fd/$n/. /dev/fd/$n; do
		tries=$((tries + 1))
		run peek "$PROA" -w "$form"
		case $out in
		*secret*secret*|"the host's secret"*) leaks="$leaks $form" ;;
		esac
		[ "$status" -ne 0 ] || quiet="$quiet $form"
	done
done
is "$leaks" "" "-w: $tries forms of it read nothing"
is "$quiet" "" "and each is an error"
for form in /proc/self/cwd /proc/self/root/.. /proc/1/root/.. /proc/self/task/1/fd/3 /w/x; do
	unlike "$(peek "$PROA" -w "$form")" "^the host's secret" "nor does -w $form"
done
run as "$PROA" exec -w "/proc/self/fd/$hit" c1 true
one_line "one line of error"
like "$err" "possible container breakout detected" "in Docker's words"
proa rm -f c1 >/dev/null

# The container's own directory: replaced by the symlink while it runs.
proa run -d --name c2 --network none -w /wd busybox sleep 100000 >/dev/null
proa exec -w / c2 sh -c "rmdir /wd && ln -s /proc/self/fd/$hit /wd"
is "$(as "$WEAK" exec c2 cat "$up" 2>&1)" "the host's secret" "weakened: the container's own, made a symlink"
unlike "$(as "$PROA" exec c2 cat "$up" 2>&1)" "^the host's secret" "the real one reads nothing"
proa rm -f c2 >/dev/null
done_testing
