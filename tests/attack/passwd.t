#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# weak: PASSWD
#
# /etc/passwd and /etc/group of an image, read before the container's process is confined: endless,
# a FIFO nobody writes to, a device, a symlink to the host's file. In the weakened build they are
# opened by their path and read to the end.
. "$(dirname "$0")/attack.inc"
weak_build PASSWD
load_busybox
canary_make

# try BIN TAG ARG...: what id says, or the error
try() {
	tr_bin=$1
	shift
	run as "$tr_bin" run --rm --network none "$@"
}

up=../../../../../../../../../../..
image abs <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "type": "symlink", "link": "$CANARY/passwd"}
	{"name": "etc/group", "type": "symlink", "link": "$CANARY/group"}
EOF
image rel <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "type": "symlink", "link": "$up$CANARY/passwd"}
	{"name": "etc/group", "type": "symlink", "link": "$up$CANARY/group"}
EOF
image dirlink <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc", "type": "symlink", "link": "$CANARY"}
EOF
for tag in abs rel; do
	try "$WEAK" -u evil "$tag" id -u
	is "$out" 4242 "weakened: a user of the host's file is found ($tag)"
done
try "$WEAK" -u 0:evil abs id -g
is "$out" 4242 "weakened: and a group"

before=$(canary_state)
for tag in abs rel dirlink; do
	for user in evil evil:evil 0:evil; do
		try "$PROA" -u "$user" "$tag" id -u
		isnt "$status" 0 "$tag: the host's $user is not found"
		one_line "$tag, $user: one line"
		unlike "$out" 4242 "$tag, $user: nor its number"
	done
done
is "$(canary_state)" "$before" "the host's files were left alone"

image fifo <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "type": "fifo", "mode": 438}
EOF
image groupfifo <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/group", "type": "fifo", "mode": 438}
EOF
image big <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "type": "sparse", "size": 8589934592, "pieces": [[0, "evil:x:1:1\n"]]}
EOF
image zero <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "type": "char", "dev": [1, 5], "mode": 438}
EOF
image zerolink <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "type": "symlink", "link": "/dev/zero"}
EOF
image procfd <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "type": "symlink", "link": "/proc/self/fd/0"}
EOF
image dir <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd/", "type": "dir"}
EOF

# A hang is only ended by the time, which is why the weakened build gets so little of it.
run timeout -s KILL 3 "$WEAK" --data-root "$D" --exec-root "$E" run --rm --network none fifo true
is "$status" 137 "weakened: a FIFO hangs it"
run sh -c "ulimit -v 400000; exec timeout -s KILL 30 '$WEAK' --data-root '$D' --exec-root '$E' \
	run --rm --network none big id -u"
isnt "$status" 0 "weakened: a file of 8 GiB is read into memory until there is none"
diag "weakened: $err"

for tag in fifo groupfifo big zero zerolink procfd dir; do
	run sh -c "ulimit -v 100000; exec timeout -s KILL 60 '$PROA' --data-root '$D' \
		--exec-root '$E' run --rm --network none '$tag' id -u"
	isnt "$status" 137 "$tag: no hang"
	isnt "$status" 0 "$tag: an error"
	one_line "$tag: one line"
	diag "$err"
done

long=$(head -c 900000 /dev/zero | tr "\0" :)
image long <<-EOF || bail "load: $(cat "$T/load.err")"
	{"name": "etc/passwd", "data": "$long\nu:x:77:88::/:/bin/sh\nbad:x:-1:0\nbad2:x:99999999999:0\n"}
EOF
try "$PROA" -u u long id -u
is "$out" 77 "a line of 900 KB is only a line"
for user in bad bad2 -1 4294967295 4294967296 99999999999999999999; do
	try "$PROA" -u "$user" long id -u
	isnt "$status" 0 "-u $user is an error"
done
done_testing
