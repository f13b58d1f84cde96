#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# userns.t: --userns: whose IDs a container's are, what its root may do outside, who owns the files
# that it sees and makes, and that everything else (exec, cp, commit, volumes, terminals, joining
# others) goes on as without.
# guest: no: their file system is a tmpfs of Linux 6.1, which cannot be mapped; see vm/userns.t
# timeout: 180
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
[ -e /proc/self/ns/user ] || skip_all "no user namespaces in this kernel"
[ "$(cat /proc/sys/user/max_user_namespaces)" != 0 ] || skip_all "user namespaces are switched off"
kernel=$(uname -r | awk -F'[.-]' '{ print $1 * 1000 + $2 }')
[ "$kernel" -ge 5019 ] || skip_all "overlay takes no idmapped layers before Linux 5.19"
load_busybox
first=1879048192

r() {
	case " $* " in
	*" --network "*) proa run --rm "$@" ;;
	*) proa run --rm --network none "$@" ;;
	esac
}
# eff WANT DESC FLAG... busybox COMMAND...: the command's output, lines joined, in a private one
eff() {
	eff_want=$1
	eff_desc=$2
	shift 2
	run r --userns private "$@"
	out=$(printf '%s\n' "$out" | tr -d '\r' | xargs)
	[ "$out" = "$eff_want" ] || out="$out (exit $status: $err)"
	is "$out" "$eff_want" "$eff_desc"
}
# refused WORDS DESC FLAG...
refused() {
	re_words=$1
	re_desc=$2
	shift 2
	run r "$@" busybox true
	like "$status $err" "^125 .*$re_words" "$re_desc"
}

# ---- whose IDs
mkdir "$T/etc"
cp -a /etc/. "$T/etc/" 2>/dev/null
# maps DESC WANT: of a private one, with the two files in $T/etc
maps() {
	run unshare -m sh -c "mount --bind '$T/etc' /etc; '$PROA' --data-root '$D' --exec-root '$E' run --rm \
		--network none --userns private busybox cat /proc/self/uid_map /proc/self/gid_map"
	is "$(echo $out)" "$2" "$1"
}
echo other:1:2 | tee "$T/etc/subgid" >"$T/etc/subuid"
maps "private: its root is nobody outside" "0 $first 65536 0 $first 65536"
printf 'root:5:5\ndockremap:0:9\ndockremap:300000:10\nother:1:2\ndockremap:400000:65526\n' >"$T/etc/subuid"
echo dockremap:500000:65536 >"$T/etc/subgid"
maps "or what /etc/subuid and /etc/subgid say, root's own ID left out" \
	"0 300000 10 10 400000 65526 0 500000 65536"
rm -rf "$T/etc"
isnt "$(r --userns private busybox readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)" \
	"it is a namespace of its own"
is "$(r --userns host busybox readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)" \
	"--userns host is none"
for i in 1 2; do
	proa run -d --name "auto$i" --network none --userns auto --restart always busybox \
		sleep 1000 >/dev/null
	proa exec "auto$i" cat /proc/self/uid_map >"$T/map$i"
	[ "$i" != 1 ] || cp "$T/map1" "$T/first"
done
is "$(awk '$1 == 0 && $2 % 65536 == 0 && $2 > f && $3 == 65536' f=$first "$T/map1" "$T/map2" | sort -u |
	grep -c .)" 2 "auto: each has a range of its own"
old=$(proa inspect -f '{{.State.Pid}}' auto1)
[ "$old" -gt 0 ] && kill -9 "$old"
again() {
	[ "$(proa inspect -f '{{.State.Pid}} {{.State.Running}}' auto1)" != "$old true" ] &&
		proa exec auto1 cat /proc/self/uid_map >"$T/map1"
}
wait_for 20 again
is "$(cat "$T/map1")" "$(cat "$T/first")" "and keeps it when its policy starts it again"
proa rm -f auto1 auto2 >/dev/null
proa volume create one >/dev/null && proa volume rm one >/dev/null
leaks_before

# ---- its root outside
mkdir -m 777 "$T/bind"
echo secret >"$T/bind/secret"
chmod 600 "$T/bind/secret"
eff "no 65534 new" "a bind is not mapped: a file of root's is nobody's, and closed" -v "$T/bind:/b" \
	busybox sh -c 'cat /b/secret 2>/dev/null || echo no; stat -c %u /b/secret; touch /b/new && echo new'
like "$(stat -c %u:%g "$T/bind/new")" '^[1-9][0-9]{4,}:[1-9][0-9]{4,}$' "what it makes there is of no user of the host's"
nok "chown to the host's root fails" r --userns private -v "$T/bind:/b" busybox chown 65536 /b/new
proa run -d --name victim --network none busybox sleep 1000 >/dev/null
proa run -d --name up --network none --userns private --pid container:victim busybox sleep 1000 >"$T/o" 2>&1
like "$(cat "$T/o")" 'has no user namespace' "it joins nobody's namespaces who has none"
proa rm -f victim up >/dev/null 2>&1
eff "denied" "host settings are closed to it" --security-opt systempaths=unconfined --cap-add ALL busybox sh -c \
	'{ echo x >/proc/sys/kernel/core_pattern; } 2>/dev/null || echo denied'
eff "denied denied" "no device nodes, no mount of a disk" --cap-add ALL busybox sh -c \
	'mknod /n b 8 0 2>/dev/null || echo denied; mount -t ext4 /dev/zero /mnt 2>/dev/null || echo denied'
eff "mounted" "but what its own namespaces allow" --cap-add SYS_ADMIN --security-opt seccomp=unconfined \
	--security-opt apparmor=unconfined busybox sh -c 'mount -t tmpfs t /tmp && echo mounted'

# ---- files
eff "0:0 0:0 0:0 0:0 1777" "the image's files, /dev, /proc/1 and /dev/shm are its root's" busybox sh -c \
	'stat -c %u:%g /bin/sh /dev/null /proc/1 /dev/shm; stat -c %a /dev/shm'
if [ "$kernel" -ge 6003 ]; then
	eff "mine 0" "and so are the engine's files" busybox sh -c \
		'echo mine >/etc/hosts && cat /etc/hosts; stat -c %u /etc/hosts'
else
	eff "localhost 65534" "the engine's files can be read only (a tmpfs before 6.3)" busybox sh -c \
		'grep -o "localhost$" /etc/hosts; stat -c %u /etc/hosts'
fi
proa run -d --name cc --network none --ipc shareable --userns private busybox sh -c \
	'touch /made /theirs; chown 5:6 /theirs; rm /etc/group; exec sleep 1000' >/dev/null
wait_for 20 proa exec cc sh -c '[ ! -e /etc/group ]'
upper=$(echo "$D"/containers/*/upper)
if [ -d "$upper" ]; then
	is "$(stat -c %u:%g "$upper/made" "$upper/theirs" | xargs)" "0:0 5:6" "on disk files have the container's IDs"
else
	skip "on disk files have the container's IDs" "no overlay on this file system"
fi
is "$(proa diff cc | sort | xargs)" "A /made A /theirs C /etc D /etc/group" "diff"
proa commit cc later >/dev/null
is "$(r later stat -c %u:%g /made /theirs | xargs)" "0:0 5:6" "commit"
is "$(proa export cc | tar tvf - --numeric-owner theirs | awk '{ print $2 }')" 5/6 "export"
echo in >"$T/in"
chown 7:8 "$T/in"
proa cp -a "$T/in" cc:/root/running
is "$(proa exec cc stat -c %u:%g /root/running)" 7:8 "cp into it"
is "$(proa cp cc:/theirs - | tar tvf - --numeric-owner | awk '{ print $2 }')" 5/6 "cp out of it"
proa stop -t 0 cc >/dev/null
proa cp -a "$T/in" cc:/root/stopped
proa start cc >/dev/null
is "$(proa exec cc stat -c %u:%g /root/stopped)" 7:8 "cp while it does not run"
is "$(proa inspect -f '{{.HostConfig.UsernsMode}}' cc)" private "inspect"
for mode in private auto host; do
	r --userns $mode -v shared:/v busybox sh -c "touch /v/$mode; chown 9:$mode /v/$mode 2>/dev/null || chown 9:9 /v/$mode"
done
is "$(r --userns auto -v shared:/v busybox sh -c 'stat -c %u:%g /v/*' | xargs)" "9:9 9:9 9:9" \
	"a volume has one set of owners for all"
is "$(r --userns auto --mount type=image,source=later,target=/i busybox stat -c %u:%g /i/theirs)" 5:6 \
	"and so has an image that is mounted"
is "$(r --userns private --mount type=volume,source=copied,target=/bin busybox stat -c %u /bin/sh)" 0 \
	"what a volume gets of the image too"
is "$(proa --storage-driver vfs run --rm --network none --userns private busybox sh -c \
	'touch /x; stat -c %u /x /bin/sh' | xargs)" "0 0" "--storage-driver vfs"
for type in tmpfs ramfs; do
	proa volume create -o type=$type -o device=$type $type >/dev/null
done
proa volume create -o type=none -o o=bind -o device="$T/bind" bound >/dev/null
if [ "$kernel" -ge 6003 ]; then
	eff 0 "a volume with a file system of its own" -v tmpfs:/v busybox stat -c %u /v
fi
eff 65534 "a volume that is a directory of the host is a bind" -v bound:/v busybox stat -c %u /v
refused 'cannot map the owners of ramfs for a user namespace' "a file system that cannot be mapped" \
	--userns private -v ramfs:/v
mkdir "$T/shared"
mount -t tmpfs shared "$T/shared" && mount --make-shared "$T/shared"
refused 'shared mount propagation' "a bind that would mount on the host" --userns private \
	-v "$T/shared:/b:rshared"
umount "$T/shared"

# ---- processes
is "$(proa exec cc sh -c 'id -u; readlink /proc/self/ns/user; echo >/dev/stderr' 2>/dev/null | xargs)" \
	"0 $(readlink "/proc/$(proa inspect -f '{{.State.Pid}}' cc)/ns/user")" "exec lands in it, as its root"
is "$(proa exec -u 1000:1001 cc sh -c 'id -u; id -g; { ls /root || echo closed; } 2>/dev/null; echo >/dev/stdout' |
	xargs)" "1000 1001 closed" "exec --user"
is "$(proa exec -t cc sh -c 'tty; stat -c %u $(tty)' | tr -d '\r' | xargs)" "/dev/pts/0 0" "exec -t"
is "$(proa exec -u 33 -t cc sh -c 'stat -c %u $(tty)' | tr -d '\r')" 33 "exec -t --user"
eff "1000 1001 0" "--user" -u 1000:1001 busybox sh -c 'id -u; id -g; echo >/dev/stderr; echo $?'
eff "/dev/pts/0 0 0" "--tty" -t busybox sh -c 'tty; stat -c %u /dev/pts/0 /dev/console'
sanitized && skip "--init" "not static" ||
	eff "proa-init 0" "--init" --init busybox sh -c 'tr "\0" "\n" </proc/1/cmdline | head -n 1 | sed s,.*/,,; stat -c %u /proc/1'
eff "100 200 77 1 box ro 500" "limits, settings, names" --ulimit nofile=100:200 --sysctl kernel.msgmni=77 \
	--sysctl net.ipv4.ip_forward=1 --hostname box --read-only --oom-score-adj 500 busybox sh -c \
	'ulimit -Sn; ulimit -Hn; cat /proc/sys/kernel/msgmni /proc/sys/net/ipv4/ip_forward; hostname
	touch /x 2>/dev/null || echo ro; cat /proc/self/oom_score_adj'
eff "1:5 0 3" "--device under another name" --device /dev/zero:/dev/other busybox sh -c \
	'stat -c %t:%T /dev/other; stat -c %u /dev/other; head -c 3 /dev/other | wc -c'
fewer() (
	ulimit -n 500
	r --userns private --ulimit nofile=600 busybox sh -c 'ulimit -Hn'
)
run fewer
if [ $((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 24 & 1)) = 1 ]; then
	is "$out" 600 "a hard limit is raised by who may"
else
	like "$status $err" '^125 .*CAP_SYS_RESOURCE' "a hard limit that may not be raised is refused"
fi
eff "0 lo" "--network none is its own: sysfs shows it" busybox sh -c 'id -u; ls /sys/class/net | grep lo'
eff "1" "ping of itself, with no rights outside" busybox sh -c 'ping -c 1 -q 127.0.0.1 | grep -c "1 packets received"'
run_is 7 "exit codes" r --userns private busybox sh -c 'exit 7'
run_is 127 "a command that is not there" r --userns private busybox nosuch
run_is 126 "one that may not be run" r --userns private busybox /etc/passwd
proa run -d --name probed --network none --userns private --health-cmd 'test $(id -u) = 0 && test -w /root' \
	--health-interval 100ms busybox sleep 1000 >/dev/null
healthy() {
	[ "$(proa inspect -f '{{.State.Health.Status}}' probed)" = healthy ]
}
ok "a health probe is run in it" wait_for 20 healthy

# ---- others
mine=$(proa exec cc readlink /proc/self/ns/user)
is "$(r --userns container:cc busybox readlink /proc/self/ns/user)" "$mine" "--userns container:NAME"
is "$(r --userns auto --network container:cc --pid container:cc --ipc container:cc busybox sh -c \
	'readlink /proc/self/ns/user; tr "\0" " " </proc/1/cmdline; touch /dev/shm/x; stat -c %u /dev/shm/x' | xargs)" \
	"$mine sleep 1000 0" "who joins another one's namespaces gets its user namespace"
is "$(proa exec cc stat -c %u /dev/shm/x)" 0 "and shares its files"
proa run -d --name other --network none --userns auto busybox sleep 1000 >/dev/null
refused 'another user namespace' "two different ones" --userns private --network container:cc --pid container:other
proa stop -t 0 other >/dev/null
refused 'failed to join user namespace: container [0-9a-f]+ is not running' "one that does not run" \
	--userns container:other
refused 'No such container: nosuch' "one that there is not" --userns container:nosuch
refused 'privileged mode is incompatible with user namespaces' "--privileged" --userns private --privileged
for ns in network PID IPC; do
	flag=--$(echo $ns | tr PIDC pidc)
	refused "cannot share the host('s)? $ns namespace" "$flag host" --userns auto $flag host
done
for mode in keep-id container: nosuch; do
	refused "invalid USER mode: $mode: use host, private, auto or container:NAME" "--userns $mode" --userns $mode
done
refused '--userns cannot be had with --runtime' "--runtime" --userns private --runtime /bin/true
nok "a namespace that the container's first process made is not followed" sh -c "
	'$PROA' --data-root '$D' --exec-root '$E' run -d --name nested --network none --userns private \
		--security-opt seccomp=unconfined busybox unshare -U sleep 1000 >/dev/null &&
	for i in \$(seq 100); do
		'$PROA' --data-root '$D' --exec-root '$E' exec nested true || exit 1
		sleep 0.1
	done"

proa rm -f cc probed other nested >/dev/null
proa volume rm shared copied tmpfs ramfs bound >/dev/null
proa rmi later >/dev/null
leaks_none "nothing stays behind"
done_testing
