#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rootcaps.t: root that lacks capabilities itself (as in another container, or on a locked-down host)
# gives what it has: sets are cut to its bounding set, and what cannot be done for want of one is
# said, never a start that fails without need.
# guest: no
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
command -v setpriv >/dev/null || skip_all "no setpriv here"

# less CAPS COMMAND...: without these capabilities
less() {
	less_caps=$1
	shift
	setpriv --bounding-set "$less_caps" --inh-caps "$less_caps" "$PROA" --data-root "$D" \
		--exec-root "$E" run --rm --network none "$@"
}
bound=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
mask() {
	printf '%016x' $((0x$bound & ~$1 & ${2:--1}))
}
eff='/^CapEff/ { print $2 }'

# 24: CAP_SYS_RESOURCE
want=$(mask $((1 << 24)))
run less -sys_resource busybox id -u
is "$status $out" "0 0" "without CAP_SYS_RESOURCE a default container runs"
is "$(less -sys_resource busybox awk "$eff" /proc/self/status)" "$(mask $((1 << 24)) $((0xa80425fb)))" \
	"with all its capabilities"
is "$(less -sys_resource --privileged busybox awk "$eff" /proc/self/status)" "$want" \
	"--privileged gives what there is"
is "$(less -sys_resource --cap-add ALL busybox awk "$eff" /proc/self/status)" "$want" \
	"and so does --cap-add ALL"
run less -sys_resource --cap-add SYS_RESOURCE busybox true
is "$status" 125 "--cap-add of what there is not is refused"
like "$err" 'CAP_SYS_RESOURCE' "with the reason"
one_line "in one line"
is "$(less -sys_resource --ulimit nofile=64:64 busybox sh -c 'ulimit -Hn')" 64 "limits can be lowered"
few() { # as less, with a hard limit of 500 files
	(ulimit -n 500 && less "$@")
}
run few -sys_resource --ulimit nofile=64:600 busybox true
is "$status" 125 "a limit above the engine's own is refused"
like "$err" 'nofile' "with the reason"
one_line "in one line"
run less -sys_resource --oom-score-adj -500 busybox true
if [ "$status" != 0 ]; then
	is "$status" 125 "an oom score below the engine's own: refused"
	like "$err" 'oom' "with the reason"
	one_line "in one line"
else
	pass "an oom score below the engine's own: taken"
fi

# a default capability that root has not: 27, CAP_MKNOD, is needed to make the devices
run less -net_raw,-audit_write busybox awk "$eff" /proc/self/status
is "$status $out" "0 $(mask $((1 << 13 | 1 << 29)) $((0xa80425fb)))" \
	"without CAP_NET_RAW and CAP_AUDIT_WRITE the container has twelve"
is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left of any"
done_testing
