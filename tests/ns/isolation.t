#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# isolation.t: what a container with Docker's defaults sees and may do, and how flags change it.
# The lists are those of tests/data/defaults, written out because a guest has no JSON reader; the
# unit test of defaults.c holds the tables against the data.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	proa run --rm --network none "$@"
}

# root may lack capabilities itself: what is expected is cut to what there is to give
bound=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
cut_caps() {
	printf '%016x' $((0x$1 & 0x$bound))
}
caps() {
	awk '/^Cap/ { print $2 }' | tr '\n' ' '
}

zero=0000000000000000
# nothing could hold a device node back without a device cgroup, so making one is not given then
mknod=8
grep -q ' cgroup' /proc/mounts || mknod=0
d=$(cut_caps "00000000a${mknod}0425fb")
is "$(r busybox cat /proc/self/status | caps)" "$zero $d $d $d $zero " "capabilities: the fourteen"
is "$(r -u 1000 busybox cat /proc/self/status | caps)" "$zero $zero $zero $d $zero " \
	"another user has none, and none to gain beyond them"
is "$(r --privileged busybox cat /proc/self/status | caps)" "$zero $bound $bound $bound $zero " \
	"--privileged: all there are"
is "$(r --cap-drop ALL busybox cat /proc/self/status | caps)" "$zero $zero $zero $zero $zero " \
	"--cap-drop ALL: none"
n=$(cut_caps "00000000a${mknod}0435fb")
is "$(r --cap-add net_admin busybox cat /proc/self/status | caps)" "$zero $n $n $n $zero " \
	"--cap-add"
if [ -e /proc/sys/kernel/seccomp/actions_avail ]; then
	is "$(r busybox sed -n 's/^Seccomp:.//p' /proc/self/status)" 2 "a seccomp filter"
	is "$(r --privileged busybox sed -n 's/^Seccomp:.//p' /proc/self/status)" 0 "none if privileged"
else
	skip "a seccomp filter" "this kernel has none"
fi
is "$(r busybox sed -n 's/^NoNewPrivs:.//p' /proc/self/status)" 0 "no_new_privs is not set by default"

# ---- namespaces
for ns in pid net ipc mnt uts; do
	isnt "$(r busybox readlink /proc/self/ns/$ns)" "$(readlink /proc/self/ns/$ns)" \
		"its own $ns namespace"
done
is "$(r --pid host busybox readlink /proc/self/ns/pid)" "$(readlink /proc/self/ns/pid)" "--pid host"
is "$(r --ipc host busybox readlink /proc/self/ns/ipc)" "$(readlink /proc/self/ns/ipc)" "--ipc host"
is "$(r --uts host busybox readlink /proc/self/ns/uts)" "$(readlink /proc/self/ns/uts)" "--uts host"
is "$(proa run --rm --network host busybox readlink /proc/self/ns/net)" \
	"$(readlink /proc/self/ns/net)" "--network host"
isnt "$(r --cgroupns private busybox readlink /proc/self/ns/cgroup)" \
	"$(readlink /proc/self/ns/cgroup)" "--cgroupns private"
is "$(r busybox sh -c 'echo $$; set -- /proc/[0-9]*; echo $#')" "1${nl}1" "alone in its pid namespace"
is "$(r busybox sh -c 'ls /sys/class/net; ip -o addr show lo | grep -c 127.0.0.1')" "lo${nl}1" \
	"only loopback, and it is up"

# ---- files
is "$(r busybox sh -c 'ls /proc/self/fd' | tr '\n' ' ')" "0 1 2 3 " \
	"only stdin, stdout and stderr are open (3 is ls reading)"
mounts='/ /dev /dev/mqueue /dev/pts /dev/shm /etc/hostname /etc/hosts /etc/resolv.conf /proc /sys'
is "$(r busybox awk '$2 !~ /^\/(proc|sys)\// { print $2 }' /proc/mounts | sort | tr '\n' ' ')" \
	"$mounts " "the mounts of Docker"
like "$(r busybox cat /proc/mounts)" '^proc /proc proc rw,nosuid,nodev,noexec,relatime ' "/proc"
like "$(r busybox cat /proc/mounts)" '^sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime ' "/sys read-only"
like "$(r busybox cat /proc/mounts)" '^tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755' "/dev"
like "$(r busybox cat /proc/mounts)" \
	'^devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666' "/dev/pts"
like "$(r busybox cat /proc/mounts)" '^shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k' \
	"/dev/shm"
like "$(r busybox cat /proc/mounts)" '^mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec,relatime ' \
	"/dev/mqueue"
like "$(r --privileged busybox cat /proc/mounts)" '^sysfs /sys sysfs rw' "/sys is writable if privileged"
core=
[ ! -e /proc/kcore ] || core='core '
is "$(r busybox ls /dev | tr '\n' ' ')" \
	"${core}fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero " \
	"the devices of Docker"
like "$(r busybox ls -l /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty)" \
	'^crw-rw-rw- .* 1, +3 .*/dev/null$' "with their numbers and modes"

# ---- hidden and read-only
for p in /proc/kcore /proc/keys /proc/timer_list /proc/latency_stats /proc/sched_debug /proc/interrupts; do
	[ -e $p ] || continue
	is "$(r busybox sh -c "cat $p 2>/dev/null | wc -c; ls -l $p | cut -c1")" "0${nl}c" "masked: $p"
done
for p in /proc/acpi /proc/asound /proc/scsi /sys/firmware /sys/devices/virtual/powercap; do
	[ -d $p ] || continue
	is "$(r busybox ls -A $p)" "" "masked: $p"
done
for p in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger; do
	[ -e $p ] || continue
	like "$(r busybox grep " $p " /proc/mounts)" ' ro,' "read-only: $p"
done
run_is 1 "the host's settings cannot be changed" r busybox \
	sh -c 'echo x 2>/dev/null >/proc/sys/kernel/hostname'
run_is 0 "but by a privileged container, in its own namespace" r --privileged busybox \
	sh -c 'echo x >/proc/sys/kernel/hostname'
run_is 0 "systempaths=unconfined" r --security-opt systempaths=unconfined busybox \
	sh -c '! grep -q " /proc/sys " /proc/mounts'

# ---- what may be written by root and by another user
is "$(r --read-only busybox sh -c 'for d in / /etc /bin /dev /dev/shm /tmp /proc /sys; do
	! touch $d/x 2>/dev/null || echo $d; done' | tr '\n' ' ')" "/dev /dev/shm " "--read-only: only /dev and /dev/shm"

# ---- what a container may not do
run_is 1 "mount is denied" r busybox mount -t tmpfs x /mnt
run_is 1 "a mknod works but opening a disk does not" r busybox \
	sh -c 'mknod /tmp/d b 7 0 && dd if=/tmp/d of=/dev/null bs=1 count=1 2>/dev/null'
like "$(r busybox date -s 2000-01-01 2>&1)" 'not permitted' "the clock is not its own"

# ---- a user of the image
is "$(r -u 65534:65534 busybox id -u)" 65534 "--user"
is "$(r -u 1000 busybox sh -c 'echo $HOME')" / "HOME of a user without an entry"
is "$(r busybox sh -c 'echo $HOME')" /root "HOME of root"
is "$(r busybox sh -c 'umask')" 0022 "umask"
done_testing
