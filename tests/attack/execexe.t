#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: SELFEXE
# timeout: 300
#
# Between its birth in a container and its command the process of an exec is our binary, and a
# hostile pid 1 that may trace others (SYS_PTRACE) can open its /proc/PID/exe (CVE-2019-5736). Here
# one waits for each newcomer of 500 execs, tries to write to its binary at once, and again when
# nobody runs that any more. In the weakened build it is the host's file, protected by ETXTBSY until
# then.
. "$(dirname "$0")/attack.inc"
weak_build SELFEXE
load_busybox

exe_copies

# attack BIN EXECS: sets $first, $last (what the watcher says of its tries), $good
attack() {
	s=$T/s-${1##*/}
	mkdir "$s"
	id=$(as "$1" run -d --network none --cap-add SYS_PTRACE -v "$A:/attacker:ro" -v "$s:/s" \
		busybox /attacker exe-watch /s) || bail "no watcher"
	wait_for 20 test -f "$s/first" || bail "the watcher does not watch"
	good=0
	n=0
	while [ "$n" -lt "$2" ]; do
		n=$((n + 1))
		! as "$1" exec "$id" true || good=$((good + 1))
	done
	first=$(cat "$s/first")
	kill -9 $(runners "$1") 2>/dev/null
	last_try "$1" "$s"
}

before=$(sha256sum <"$T/weak")
attack "$T/weak" 50
like "$first" "held=[1-9][0-9]* .*written=0 " "weakened: newcomers are seen; while they run the binary is only busy"
like "$last" " written=[1-9]" "weakened: afterwards it is written to"
isnt "$(sha256sum <"$T/weak")" "$before" "weakened: the host's file has changed"
diag "weakened: $last"
"$PROA" --data-root "$D" --exec-root "$E" rm -f "$id" >/dev/null

before=$(sha256sum <"$T/real")
attack "$T/real" 500
is "$good" 500 "500 execs"
like "$first" "held=[1-9][0-9]* .*written=0 changed=0" "newcomers are seen; nothing is written or changed"
like "$last" "written=0 changed=0" "nor when nobody runs it any more"
is "$(sha256sum <"$T/real")" "$before" "the host's file is the same"
diag "$last"
proa rm -f "$id" >/dev/null
done_testing
