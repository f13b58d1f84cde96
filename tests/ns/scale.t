#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scale.t: twenty containers of the Debian image at once, and two hundred that sleep: what each shim
# keeps for itself is at most 128 KiB, and all processes of proa's together are under 60 MB.
# `ps -a` of the two hundred is timed by tests/bench/scale.sh.
# timeout: 300
# guest: no
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
debian_image
ok "the Debian image is loaded" proa load -i "$image"
proa run --rm --network none busybox true
leaks_before

# ---- twenty of Debian
deb=$(proa images --format '{{.Repository}}:{{.Tag}}' | grep -v busybox | head -n 1)
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	proa run -d --name "d$i" --network none "$deb" \
		sh -c 'dpkg -l | wc -l; : >/tmp/done; exec sleep 1000' >"$T/d$i" 2>&1 &
done
wait
is "$(proa ps -q | wc -l)" 20 "twenty containers of Debian run at once"
counted() {
	for n in $(seq 20); do
		[ -n "$(proa logs "d$n")" ] || return 1
	done
}
ok "each has run its dpkg" wait_for 120 counted
is "$(for n in $(seq 20); do proa logs "d$n"; done | sort -u | wc -l)" 1 "all count the same packages"
isnt "$(proa logs d1)" 0 "and there are some"
# shellcheck disable=SC2046
run_is 0 "and all can be removed" proa rm -f $(proa ps -aq)

# ---- two hundred that sleep
i=0
while [ $i -lt 200 ]; do
	i=$((i + 1))
	proa run -d --name "s$i" --network none busybox sleep 100000 >/dev/null 2>>"$T/failed" ||
		echo "s$i" >>"$T/failed"
done
is "$(cat "$T/failed")" "" "two hundred are started"
is "$(proa ps -q | wc -l)" 200 "and run"
for state in "$E"/containers/*/state; do
	echo "$(sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$state")"
done >"$T/shims"
is "$(grep -c . "$T/shims")" 200 "each has its shim"

# private of a shim: its private pages, and shared memory that it has alone.
worst=$(while read -r pid; do
	awk '/^(Private_Clean|Private_Dirty):/ { n += $2 } END { print n + 0 }' "/proc/$pid/smaps_rollup"
done <"$T/shims" | sort -n | tail -n 1)
diag "the largest of $(wc -l <"$T/shims") shims has $worst KiB to itself"
ok "a shim's private memory is at most 128 KiB" test "$worst" -le 128
sum=$(while read -r pid; do
	awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"
done <"$T/shims" | awk '{ n += $1 } END { print n + 0 }')
all=$(cgroup_pids | while read -r pid; do
	awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"
done | awk '{ n += $1 } END { print n + 0 }')
diag "all shims: $sum KiB; with what runs in the containers: $all KiB"
ok "all together are under 60 MB" test "$all" -le 60000
# shellcheck disable=SC2046
run_is 0 "all can be removed at once" proa rm -f $(proa ps -aq)
leaks_none "and nothing is left"
done_testing
