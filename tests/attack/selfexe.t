#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: SELFEXE
# timeout: 300
#
# Our binary runs in a container's namespaces as its pid 1 (--init) and beside it as the shim. Who
# gets a descriptor of /proc/PID/exe can reopen it for writing as soon as nobody executes the file
# any more (CVE-2019-5736). Here a container that may look at its shim collects descriptors of the
# shim's binary and of pid 1's of 500 others, and tries each at once and again after shim and client
# were killed. In the weakened build both are started from the file itself: ETXTBSY protects it
# until then, and no longer.
. "$(dirname "$0")/attack.inc"
weak_build SELFEXE
load_busybox

exe_copies

# attack BIN STARTS: sets $first, $last (what the holder says of its tries), $starts, $ok
attack() {
	s=$T/s-${1##*/}
	mkdir "$s"
	as "$1" run --rm --network none --pid host --cap-add SYS_PTRACE -v "$A:/attacker:ro" \
		-v "$s:/s" busybox /attacker exe-hold /s >"$T/hold.log" 2>&1 &
	wait_for 20 test -f "$s/first" || bail "no holder: $(cat "$T/hold.log")"
	starts "$1" "$2" --init -v "$s:/s" busybox /attacker exe-give /s/sock
	first=$(cat "$s/first")
	# The shim last: whoever sees it die would end its container.
	shim=$(cat "$s/parent")
	kill -9 $(runners "$1" | grep -vx "$shim") 2>/dev/null
	kill -9 "$shim"
	last_try "$1" "$s"
}

before=$(sha256sum <"$T/weak")
attack "$T/weak" 3
like "$first" "held=4 tried=4 written=0 " "weakened: while the binary runs it is only busy"
like "$last" " written=[1-9]" "weakened: after the shim was killed it is written to"
isnt "$(sha256sum <"$T/weak")" "$before" "weakened: the host's file has changed"
diag "weakened: $last"

before=$(sha256sum <"$T/real")
attack "$T/real" 500
is "$starts $won $ok" "500 0 500" "500 starts with --init handed their pid 1's binary over"
is "$first" "held=501 tried=501 written=0 changed=0" "nothing was written or changed meanwhile"
is "$last" "held=501 tried=1002 written=0 changed=0" "nor after the shim was killed"
is "$(sha256sum <"$T/real")" "$before" "the host's file is the same"
done_testing
