#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: WORKDIR
#
# A working directory of /proc/self/fd/N leads out of the container if some descriptor of a host
# directory is still open when it is entered (CVE-2024-21626). Asked for by -w and by an image's
# config. In the weakened build the path is entered as it stands, before descriptors are closed.
. "$(dirname "$0")/attack.inc"
weak_build WORKDIR
load_busybox
canary_make
up=../../../../../../../../../../../..$CANARY/secret

# peek BIN IMAGE ARG...: the secret, or what was said instead
peek() {
	pk_bin=$1
	shift
	box "$pk_bin" "$@" cat "$up" 2>&1
}

out=none
for n in $(seq 3 30); do
	out=$(peek "$WEAK" -w "/proc/self/fd/$n" busybox)
	[ "$out" != "the host's secret" ] || break
done
is "$out" "the host's secret" "weakened: -w /proc/self/fd/$n reads the host's file"
diag "weakened: won with descriptor $n"
hit=$n

LOADER=$PROA image config --config "{\"WorkingDir\": \"/proc/self/fd/$hit\"}" </dev/null ||
	bail "load: $(cat "$T/load.err")"
is "$(peek "$WEAK" config)" "the host's secret" "weakened: so does an image's WORKDIR"

leaks=
quiet=
tries=0
for n in $(seq 0 40); do
	for form in /proc/self/fd/$n /proc/1/fd/$n /proc/thread-self/fd/$n/. /dev/fd/$n; do
		tries=$((tries + 1))
		run peek "$PROA" -w "$form" busybox
		case $out in
		*secret*secret*|"the host's secret"*) leaks="$leaks $form" ;;
		esac
		[ "$status" -ne 0 ] || quiet="$quiet $form"
	done
done
is "$leaks" "" "-w: $tries forms of it read nothing"
is "$quiet" "" "and each is an error"
run box "$PROA" -w "/proc/self/fd/$hit" busybox true
one_line "one line of error"
diag "$err"
for form in /proc/self/cwd /proc/self/root /proc/1/root/.. /proc/self/task/1/fd/3; do
	unlike "$(peek "$PROA" -w "$form" busybox)" "^the host's secret" "nor does -w $form"
done

unlike "$(peek "$PROA" config)" "^the host's secret" "an image's WORKDIR reads nothing either"
image link --config '{"WorkingDir": "/w/x"}' <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "w", "type": "symlink", "link": "/proc/self/fd/$hit"}
EOF
unlike "$(peek "$PROA" link)" "^the host's secret" "nor one that is reached by a symlink"
done_testing
