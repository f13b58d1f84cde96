#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: cgroup2
# secopts.t: each --security-opt, --device and --device-cgroup-rule by what the kernel then lets the
# container do, also in exec; and what is not understood is refused.
# timeout: 120
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
r() {
	proa run --rm --network none "$@"
}
# says WANT DESC ARG...: the last line of what a run prints
says() {
	sy_want=$1
	sy_desc=$2
	shift 2
	run r "$@"
	[ -n "$out" ] || out=$err
	is "$(printf '%s' "$out" | tail -n 1)" "$sy_want" "$sy_desc"
}
refused() {
	rf_like=$1
	shift
	run_is 125 "$* is refused" r "$@" busybox true
	one_line "in one line"
	like "$err" "$rf_like" "with its reason"
}

# ---- seccomp
[ -e /proc/sys/kernel/seccomp/actions_avail ] || skip_all "this kernel has no seccomp filters"
# profile NAME MEMBERS: mkdir fails with ENOSPC where the rule with these members counts
profile() {
	cat >"$T/$1.json" <<-END
		{"defaultAction":"SCMP_ACT_ALLOW","archMap":[{"architecture":"SCMP_ARCH_X86_64",
		"subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},{"architecture":"SCMP_ARCH_AARCH64",
		"subArchitectures":["SCMP_ARCH_ARM"]}],
		"syscalls":[{"names":["mkdir","mkdirat","no_such_call"],"action":"SCMP_ACT_ERRNO","errnoRet":28$2}]}
	END
}
try='mkdir /x 2>/dev/null && echo made || echo denied'
arch=amd64
[ "$(uname -m)" = x86_64 ] || arch=arm64
# name, the rule's members, result, more flags
while IFS='|' read -r name members want flags; do
	profile "$name" "$members"
	# shellcheck disable=SC2086
	says "$want" "seccomp: $name" $flags --security-opt "seccomp=$T/$name.json" busybox sh -c "$try"
done <<END
plain||denied|
includes-cap-there|,"includes":{"caps":["CAP_CHOWN"]}|denied|
includes-cap-dropped|,"includes":{"caps":["CAP_CHOWN"]}|made|--cap-drop CHOWN
includes-cap-added|,"includes":{"caps":["CAP_NET_ADMIN"]}|denied|--cap-add NET_ADMIN
excludes-cap-there|,"excludes":{"caps":["CAP_CHOWN"]}|made|
excludes-cap-dropped|,"excludes":{"caps":["CAP_CHOWN"]}|denied|--cap-drop CHOWN
includes-arch|,"includes":{"arches":["$arch"]}|denied|
includes-other-arch|,"includes":{"arches":["s390x"]}|made|
excludes-arch|,"excludes":{"arches":["$arch"]}|made|
includes-old-kernel|,"includes":{"minKernel":"3.1"}|denied|
includes-kernel-to-come|,"includes":{"minKernel":"99.0"}|made|
excludes-old-kernel|,"excludes":{"minKernel":"3.1"}|made|
END
says denied "a profile counts for a privileged container too" --privileged --security-opt \
	"seccomp=$T/plain.json" busybox sh -c "$try"
says made "--security-opt seccomp=unconfined" --security-opt seccomp=unconfined busybox sh -c "$try"
proa run -d --name sec --network none --security-opt "seccomp=$T/plain.json" --security-opt no-new-privileges \
	busybox sleep 100000 >/dev/null
is "$(proa exec sec sh -c "$try")" denied "exec is under the profile"
is "$(proa exec sec sed -n 's/^NoNewPrivs:.//p' /proc/self/status)" 1 "and has no new privileges"
proa rm -f sec >/dev/null
filter='s/^Seccomp:.//p'
says 2 "--security-opt seccomp=builtin" --security-opt seccomp=builtin busybox sed -n "$filter" /proc/self/status
says 0 "seccomp=unconfined has no filter" --security-opt seccomp=unconfined busybox sed -n "$filter" /proc/self/status
says 2 "the separator may be a colon" --security-opt seccomp:builtin busybox sed -n "$filter" /proc/self/status
echo '{"defaultAction":' >"$T/bad.json"
echo '{"defaultAction":"SCMP_ACT_NOSUCH"}' >"$T/action.json"
echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO",
	"args":[{"index":9,"value":1,"op":"SCMP_CMP_EQ"}]}]}' >"$T/index.json"
echo '[]' >"$T/array.json"
: >"$T/empty.json"
for bad in bad action index array empty; do
	refused 'seccomp' --security-opt "seccomp=$T/$bad.json"
done
refused 'opening seccomp profile .*no such file' --security-opt "seccomp=$T/nosuch.json"

# ---- the rest of --security-opt
for v in "" =true =1 :true; do
	says 1 "no-new-privileges$v" --security-opt "no-new-privileges$v" busybox \
		sed -n 's/^NoNewPrivs:.//p' /proc/self/status
done
says 0 "no-new-privileges=false" --security-opt no-new-privileges=false busybox \
	sed -n 's/^NoNewPrivs:.//p' /proc/self/status
refused "true or false is needed" --security-opt no-new-privileges=maybe
masks='grep -c " /proc/[a-z]" /proc/mounts'
isnt "$(r busybox sh -c "$masks")" 0 "parts of /proc are covered"
says 0 "systempaths=unconfined: none is" --security-opt systempaths=unconfined busybox sh -c "$masks"
says yes "and /proc/sys is writable" --security-opt systempaths=unconfined --security-opt apparmor=unconfined busybox \
	sh -c 'echo x 2>/dev/null >/proc/sys/kernel/domainname && echo yes'
if grep -q ' cgroup' /proc/mounts; then
	group='cd /sys/fs/cgroup; for d in . memory pids; do mkdir $d/sub 2>/dev/null && { rmdir $d/sub; echo yes; break; }; done; true'
	says "" "no group can be made" busybox sh -c "$group"
	says yes "writable-cgroups: it can" --security-opt writable-cgroups=true --cgroupns private busybox sh -c "$group"
	says "" "writable-cgroups=false" --security-opt writable-cgroups=false busybox sh -c "$group"
fi
run_is 0 "apparmor=unconfined" r --security-opt apparmor=unconfined busybox true
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ]; then
	refused 'AppArmor is not enabled' --security-opt apparmor=nosuch
else
	run r --security-opt apparmor=nosuch busybox true
	isnt "$status" 0 "apparmor=NAME that is not loaded"
fi
run_is 0 "label=disable" r --security-opt label=disable busybox true
for bad in nosuch nosuch=1 seccomp apparmor label; do
	refused "invalid --security-opt|Invalid --security-opt" --security-opt "$bad"
done

# ---- user namespaces
says "$(readlink /proc/self/ns/user)" "--userns host" --userns host busybox readlink /proc/self/ns/user
isnt "$(readlink /proc/self/ns/user)" "$(proa run --rm --network none --userns private busybox readlink /proc/self/ns/user)" \
	"--userns private"
for mode in keep-id container:; do
	refused "invalid USER mode: $mode" --userns $mode
done

# ---- groups and devices
says "5 77" "--group-add by name of the image, and by number" --group-add tty --group-add 77 \
	-u 1000:77 busybox sh -c 'id -G | tr " " "\n" | sort -n | xargs'
run r --group-add nosuch busybox true
isnt "$status" 0 "--group-add of a name that is not in the image"
refused 'gpu|GPU|not here' --gpus all
mkdir "$T/devs" "$T/devs/sub"
mknod -m 640 "$T/devs/z" c 1 5
mknod "$T/devs/sub/n" c 1 3
ln -s z "$T/devs/link"
says "c 1:5 640 c 1:3" "--device of a directory: its nodes, at any depth, no links" --device "$T/devs:/dev/d" busybox \
	sh -c 'cd /dev/d; [ ! -e link ] && stat -c "c %t:%T" z >/dev/null && echo c $(stat -c "%t:%T %a" z) c $(stat -c %t:%T sub/n)'
refused 'bad mode specified|device permissions|invalid' --device /dev/null:/dev/x:q
refused 'device cgroup format' --device-cgroup-rule 'x 1:3 rwm'
refused 'device cgroup format|device permissions' --device-cgroup-rule 'c 1:3 x'
cgroups=$(awk '$3 == "cgroup" { v1 = 1 } $3 == "cgroup2" { v2 = 1 }
	END { print v1 ? "v1" : v2 ? "v2" : "none" }' /proc/mounts)
dev=/dev/kmsg
[ -e $dev ] || dev=/dev/loop-control
if [ $cgroups = none ] || [ ! -e $dev ] || { [ $cgroups = v1 ] && ! grep -q :devices: /proc/self/cgroup; }; then
	# nothing keeps a node from being opened here: so it cannot be made
	run_is 1 "without a device cgroup no node can be made" r busybox mknod /dev/d c 1 11
else
	n="$(($(printf 0x%s "$(stat -c %t $dev)"))) $(($(printf 0x%s "$(stat -c %T $dev)")))"
	open='{ true </dev/d; } 2>/dev/null && echo r; { true >/dev/d; } 2>/dev/null && echo w; true'
	for how in "r|r" "w|w" "rw|r w" "rwm|r w" "m|"; do
		is "$(r --cap-add SYSLOG --device "$dev:/dev/d:${how%%|*}" busybox sh -c "$open" | xargs)" "${how#*|}" \
			"--device with ${how%%|*}"
	done
	for rule in "c ${n% *}:* r|r" "a *:* rwm|r w" "c *:${n#* } w|w" "b ${n% *}:${n#* } rwm|"; do
		is "$(r --cap-add SYSLOG --device-cgroup-rule "${rule%%|*}" busybox sh -c "mknod /dev/d c $n; $open" | xargs)" "${rule#*|}" \
			"--device-cgroup-rule '${rule%%|*}'"
	done
fi
done_testing
