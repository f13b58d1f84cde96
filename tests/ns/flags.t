#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# flags.t: the flags of run have an effect that is looked for inside the container: process, names,
# files, privileges, devices. Limits are in flags_limits.t; flagtable.t knows where each flag is tested.
# timeout: 300
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	proa run --rm --network none "$@"
}

# eff WANT DESC FLAG... busybox COMMAND...: the command's output
eff() {
	eff_want=$1
	eff_desc=$2
	shift 2
	run r "$@"
	[ "$out" = "$eff_want" ] || out="$out (exit $status: $err)"
	is "$out" "$eff_want" "$eff_desc"
}


cgroups=$(awk '$3 == "cgroup" { v1 = 1 } $3 == "cgroup2" { v2 = 1 }
	END { print v1 ? "v1" : v2 ? "v2" : "none" }' /proc/mounts)

# ---- process, user, environment
printf 'FILE=from file\n# no\nBOTH=file\n' >"$T/envs"
export FROM_HERE=here
eff "one two|here|from file|flag" "-e and --env-file" -e "A=one two" -e FROM_HERE -e BOTH=flag \
	--env-file "$T/envs" busybox sh -c 'echo "$A|$FROM_HERE|$FILE|$BOTH"'
eff "" "-e NAME of a variable that is not set here" -e NOT_SET busybox printenv NOT_SET
eff /made/now "--workdir is made" -w /made/now busybox pwd
eff "a b" "--entrypoint replaces" --entrypoint echo busybox a b
eff "1000 0 0" "--user UID: group root" -u 1000 busybox sh -c 'echo $(id -u) $(id -g) $(id -G)'
eff "1000 1001" "--user UID:GID" -u 1000:1001 busybox sh -c 'echo $(id -u) $(id -g)'
eff "nobody 65534" "--user NAME" -u nobody busybox sh -c 'echo $(id -un) $(id -u)'
eff "0 5 7 10" "--group-add by name and number" -u root:root --group-add 10 --group-add tty \
	--group-add 7 busybox sh -c 'echo $(id -G)'
sanitized && skip "--init" "not static" ||
	eff "proa-init" "--init is process 1" --init busybox sh -c 'tr "\0" "\n" </proc/1/cmdline | head -n 1 | sed s,.*/,,'
eff "/dev/pts/0" "--tty" -t busybox sh -c 'tty | tr -d "\r\n"'
is "$(echo in | r -i busybox cat)" in "--interactive"
is "$(echo in | r busybox cat)" "" "and nothing without it"
is "$(r -a stderr busybox sh -c 'echo out; echo err >&2' 2>&1)" err "--attach chooses"
eff 500 "--oom-score-adj" --oom-score-adj 500 busybox cat /proc/self/oom_score_adj
eff "100 200 0" "--ulimit" --ulimit nofile=100:200 --ulimit core=0 busybox \
	sh -c 'echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -Hc)'
run_is 125 "--ulimit with soft above hard" r --ulimit nofile=3:2 busybox true
run_is 125 "--ulimit of no kind" r --ulimit nosuch=3 busybox true
run_is 0 "--sig-proxy=false is taken (cli/run.t sends signals)" r --sig-proxy=false busybox true
eff "1 77" "--sysctl of its net and ipc namespaces" --sysctl net.ipv4.ip_forward=1 \
	--sysctl kernel.msgmni=77 busybox sh -c \
	'echo $(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmni)'
run_is 125 "--sysctl of the host" r --sysctl kernel.panic=1 busybox true
run_is 125 "--sysctl of net with the host's network" proa run --rm --network host \
	--sysctl net.ipv4.ip_forward=1 busybox true

# ---- names and namespaces
eff "h.name|dom" "--hostname and --domainname" -h h.name --domainname dom busybox \
	sh -c 'echo "$(hostname)|$(cat /proc/sys/kernel/domainname)"'
eff "h.name h.name" "in /etc/hostname and HOSTNAME too" -h h.name busybox \
	sh -c 'echo $(cat /etc/hostname) $HOSTNAME'
host_ns() {
	readlink "/proc/self/ns/$1"
}
eff "$(host_ns pid)" "--pid host" --pid host busybox readlink /proc/self/ns/pid
eff "$(host_ns ipc)" "--ipc host" --ipc host busybox readlink /proc/self/ns/ipc
eff "$(host_ns uts)" "--uts host" --uts host busybox readlink /proc/self/ns/uts
for mode in private shareable; do
	isnt "$(r --ipc $mode busybox readlink /proc/self/ns/ipc)" "$(host_ns ipc)" "--ipc $mode"
done
eff "no" "--ipc none has no /dev/shm mounted" --ipc none busybox \
	sh -c 'grep -q " /dev/shm " /proc/mounts && echo yes || echo no'
is "$(proa run --rm --network host busybox readlink /proc/self/ns/net)" "$(host_ns net)" "--network host"
isnt "$(r busybox readlink /proc/self/ns/net)" "$(host_ns net)" "--network none"
is "$(proa run --rm --net none busybox ls /sys/class/net)" lo "--net is the same"
eff "$(host_ns cgroup)" "--cgroupns host" --cgroupns host busybox readlink /proc/self/ns/cgroup
isnt "$(r --cgroupns private busybox readlink /proc/self/ns/cgroup)" "$(host_ns cgroup)" \
	"--cgroupns private"
for mode in "--pid" "--ipc" "--uts" "--cgroupns"; do
	run_is 125 "$mode nosuch is refused" r $mode nosuch busybox true
done
for mode in "--pid" "--ipc"; do
	run_is 125 "$mode container:x (nsjoin.t joins)" r $mode container:x busybox true
	like "$err" 'No such container: x' "is refused with its reason"
done
run_is 0 "--userns host" r --userns host busybox true
run_is 125 "--userns keep-id is refused (userns.t)" r --userns keep-id busybox true
eff "192.0.2.9	nine${nl}::1	six" "--add-host" --add-host nine:192.0.2.9 --add-host 'six=[::1]' \
	busybox tail -n 2 /etc/hosts
eff "nameserver 192.0.2.1${nl}search a b${nl}options ndots:2" "--dns, --dns-search, --dns-option" \
	--dns 192.0.2.1 --dns-search a --dns-search b --dns-option ndots:2 busybox grep '^[a-z]' /etc/resolv.conf
run_is 125 "--dns that is no address" r --dns nosuch busybox true
run_is 125 "--add-host without an address" r --add-host x:nosuch busybox true

# ---- files
mkdir -p "$T/v/sub"
echo data >"$T/v/file"
mount -t tmpfs sub "$T/v/sub"
eff data "--volume" -v "$T/v:/v" busybox cat /v/file
eff "no no" "--volume :ro, also what is mounted below" -v "$T/v:/v:ro" busybox \
	sh -c 'for d in /v /v/sub; do touch $d/x 2>/dev/null && echo yes || echo no; done | xargs'
r -v "$T/v:/v" busybox touch /v/made
ok "--volume is writable" test -f "$T/v/made"
r -v "$T/new/dir:/v" busybox true
ok "--volume makes a source that is not there" test -d "$T/new/dir"
eff data "--mount type=bind" --mount "type=bind,src=$T/v,dst=/v,readonly" busybox cat /v/file
run_is 125 "--mount does not make its source" r --mount "type=bind,src=$T/none,dst=/v" busybox true
eff "tmpfs size=1024k mode=700" "--mount type=tmpfs" --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=0700 \
	busybox awk '$2 == "/t" { print $3, gensub(/.*(size=[^,]*),(mode=[^,]*).*/, "\\1 \\2", 1, $4) }' /proc/mounts
eff "rw,nosuid,nodev,noexec,relatime,size=2048k" "--tmpfs with Docker's options" --tmpfs /t:size=2m busybox \
	sh -c 'awk "\$2 == \"/t\" { print \$4 }" /proc/mounts | sed s/,inode64//'
eff "no yes" "--read-only, and a tmpfs in it" --read-only --tmpfs /t busybox \
	sh -c 'for d in / /t; do touch $d/x 2>/dev/null && echo yes || echo no; done | xargs'
umount "$T/v/sub"
eff "size=4096k" "--shm-size" --shm-size 4m busybox \
	sh -c 'grep " /dev/shm " /proc/mounts | grep -o "size=[0-9a-z]*"'
eff kept "--volume of a name keeps" -v "name:/x" busybox sh -c 'echo kept >/x/f; cat /x/f'
proa run --name donor --network none -v name:/x -v /anon busybox touch /anon/a
eff "kept /anon/a" "--volumes-from" --volumes-from donor busybox sh -c 'echo $(cat /x/f) /anon/*'
eff "no" "--volumes-from :ro" --volumes-from donor:ro busybox sh -c 'touch /x/g 2>/dev/null || echo no'
run_is 125 "--volume-driver that is not there" r --volume-driver x -v other:/x busybox true
like "$err" 'plugin "x" not found' "says so"
proa rm -v donor >/dev/null
eff kept "--mount type=volume is the same volume" --mount type=volume,src=name,dst=/y busybox cat /y/f

# ---- privileges
bound=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
# device nodes that nothing keeps from being opened may not be made: see cgroup.h
enforced=-1
[ $cgroups != none ] || enforced=$((~(1 << 27)))
eff "$(printf %016x $((0x$bound & 0xa80435fa & enforced)))" "--cap-add and --cap-drop" --cap-add NET_ADMIN \
	--cap-drop chown busybox awk '/^CapEff/ { print $2 }' /proc/self/status
eff "$(printf %016x $((0x$bound & enforced)))" "--cap-add ALL" --cap-add ALL busybox awk '/^CapEff/ { print $2 }' /proc/self/status
eff "$bound 0" "--privileged" --privileged busybox \
	sh -c 'echo $(sed -n "s/^\(CapEff\|Seccomp\):.//p" /proc/self/status)'
eff 1 "--security-opt no-new-privileges" --security-opt no-new-privileges busybox \
	sed -n 's/^NoNewPrivs:.//p' /proc/self/status
eff 0 "--security-opt seccomp=unconfined" --security-opt seccomp=unconfined busybox \
	sed -n 's/^Seccomp:.//p' /proc/self/status
if [ -e /proc/sys/kernel/seccomp/actions_avail ]; then
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],
		"action":"SCMP_ACT_ERRNO","errnoRet":28}]}' >"$T/profile.json"
	run r --security-opt "seccomp=$T/profile.json" busybox mkdir /x
	like "$err" 'No space left' "--security-opt seccomp=FILE"
fi
run_is 0 "--security-opt apparmor=unconfined and label=disable" r --security-opt apparmor=unconfined \
	--security-opt label=disable busybox true
eff "" "--security-opt systempaths=unconfined" --security-opt systempaths=unconfined busybox \
	sh -c 'grep -o " /proc/[a-z/]* " /proc/mounts'
run_is 125 "--security-opt nosuch" r --security-opt nosuch=1 busybox true

# ---- devices
eff "character special file 1 3" "--device" --device /dev/null:/dev/other:rwm busybox \
	stat -c '%F %t %T' /dev/other
dev=/dev/kmsg
[ -e $dev ] || dev=/dev/loop-control
if [ $cgroups = none ] || [ ! -e $dev ] || { [ $cgroups = v1 ] && ! grep -q :devices: /proc/self/cgroup; }; then
	# nothing keeps a node from being opened here: so it cannot be made
	run_is 1 "without a device cgroup no node can be made" r busybox mknod /dev/d c 1 11
else
	n="$(($(printf 0x%s "$(stat -c %t $dev)"))) $(($(printf 0x%s "$(stat -c %T $dev)")))"
	open='{ true </dev/d; } 2>/dev/null && echo r; { true >/dev/d; } 2>/dev/null && echo w; true'
	eff "" "a node that was made may not be opened" busybox sh -c "mknod /dev/d c $n; $open"
	eff "r" "--device with r" --cap-add SYSLOG --device $dev:/dev/d:r busybox sh -c "$open"
	eff "r${nl}w" "--device-cgroup-rule" --cap-add SYSLOG \
		--device-cgroup-rule "c ${n% *}:${n#* } rw" busybox sh -c "mknod /dev/d c $n; $open"
fi
run_is 127 "--device that is not there" r --device /dev/nosuch busybox true
run_is 125 "--device-cgroup-rule that is none" r --device-cgroup-rule nosuch busybox true

if [ $cgroups = none ]; then
	run_is 0 "--cgroup-parent without cgroups" r --cgroup-parent "$PROA_CGROUP_PARENT/sub" busybox true
else
	eff yes "--cgroup-parent" --cgroup-parent "$PROA_CGROUP_PARENT/sub" --cgroupns host busybox \
		sh -c "grep -q ':$PROA_CGROUP_PARENT/sub/' /proc/self/cgroup && echo yes"
fi

# ---- what is about the container and not inside it
echo 'from=file' >"$T/labels"
run_is 0 "-d, --name and the like are taken" proa run -d --name kept --cidfile "$T/cid" \
	--network none --label a=b --label-file "$T/labels" --annotation c=d --expose 80/tcp \
	--stop-signal USR1 --stop-timeout 3 --no-healthcheck --disable-content-trust --pull never \
	--platform linux --quiet busybox true
is "$out" "$(cat "$T/cid")" "--detach prints the ID, --cidfile keeps it"
is "$(ls "$D/names")" kept "--name"
kept=$(cat "$D/containers/$out/config.json")
for want in '"Name":"kept"' '"a":"b"' '"from":"file"' '"Annotations":{"c":"d"}' '"80/tcp":[{]' \
	'"StopSignal":"USR1"' '"StopTimeout":3'; do
	like "$kept" "$want" "$want is kept"
done
run_is 125 "a second container of that name" r --name kept busybox true
wait_for 20 proa rm kept
is "$(ls "$D/names")" "" "and without --rm it stays until rm"
run_is 125 "--platform that the image is not" r --platform linux/nosuch busybox true
run_is 125 "--stop-signal that is none" r --stop-signal NOSUCH busybox true
run r --quiet nosuch true
unlike "$err" 'Unable to find' "--quiet"
like "$(proa run --help)" '^  -v, --volume ' "--help"

done_testing
