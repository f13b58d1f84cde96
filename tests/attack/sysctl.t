#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: SYSCTL
#
# --sysctl may only set what belongs to the container's own namespaces. Names that begin like such a
# one and lead elsewhere ("net/../kernel/x"), or bring a second setting or option along, must not
# reach a setting of the host's. In the weakened build the text of a name is not looked at.
. "$(dirname "$0")/attack.inc"
weak_build SYSCTL
load_busybox
knob=/proc/sys/kernel/printk_ratelimit
was=$(cat "$knob") || skip_all "no $knob here"
echo "$was" 2>/dev/null >"$knob" || skip_all "$knob cannot be written here"
back() {
	echo "$was" >"$knob"
}
other=$((was + 1))

for name in net/../kernel/printk_ratelimit fs/mqueue/../../kernel/printk_ratelimit; do
	as "$WEAK" run --rm --network none --sysctl "$name=$other" busybox true 2>"$T/err"
	is "$(cat "$knob")" "$other" "weakened: $name sets the host's"
	[ "$(cat "$knob")" = "$other" ] || diag "$(cat "$T/err")"
	back
done

long=$(printf '%5000s' '' | tr ' ' x)
# refused ARG DESC
refused() {
	run as "$PROA" run --rm --network none --sysctl "$1" busybox true
	is "$status" 125 "$2 is refused"
	one_line "in one line"
	is "$(cat "$knob")" "$was" "and nothing was set"
	back
}
for name in kernel.printk_ratelimit kernel/printk_ratelimit /kernel/printk_ratelimit \
	net/../kernel/printk_ratelimit net.../kernel/printk_ratelimit net/./../kernel/printk_ratelimit \
	fs/mqueue/../../kernel/printk_ratelimit net/ipv4/conf/lo/../../../../kernel/printk_ratelimit \
	net.ipv4.conf.lo.x/../../../../../kernel/printk_ratelimit net//../kernel/printk_ratelimit \
	../sys/kernel/printk_ratelimit ./kernel/printk_ratelimit net/ipv4/../../kernel.printk_ratelimit \
	kernel.shm_rmid_forced/../printk_ratelimit kernel/msgmax/../printk_ratelimit \
	proc/sys/kernel/printk_ratelimit net/../../self/oom_score_adj net net/ net. ""; do
	refused "$name=$other" "'$name'"
done
refused "net.ipv4.ip_forward=1${nl}kernel.printk_ratelimit=$other" "a second line"
refused "net.ipv4.ip_forward=1+kernel.printk_ratelimit=$other" "a second one behind a plus"
refused "net.$long=1" "a name of 5,000 bytes"
refused "net.ipv4.ip_forward" "a name without a value"
for net in host; do
	run as "$PROA" run --rm --network $net --sysctl net.ipv4.ip_forward=1 busybox true
	is "$status" 125 "net.* with --network $net is refused"
done
run as "$PROA" run --rm --network none --ipc host --sysctl kernel.shmmni=77 busybox true
is "$status" 125 "kernel.shm* with --ipc host is refused"

# what is meant to work, in each name space that has such settings
as "$PROA" run --rm --network none --sysctl net.ipv4.conf.lo.forwarding=1 --sysctl net/ipv4/ip_default_ttl=77 \
	--sysctl kernel.msgmax=8000 --sysctl "kernel.sem=250 32000 32 99" --sysctl kernel.shmmni=88 \
	--sysctl fs.mqueue.msg_max=9 busybox sh -c 'cd /proc/sys; echo $(cat net/ipv4/conf/lo/forwarding \
	net/ipv4/ip_default_ttl kernel/msgmax kernel/sem kernel/shmmni fs/mqueue/msg_max)' >"$T/out" 2>&1
is "$(cat "$T/out")" "1 77 8000 250 32000 32 99 88 9" "the settings of the container's own namespaces are set"
done_testing
