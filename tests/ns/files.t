#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# files.t: every odd kind of file that there is (odd.c makes them) through cp both ways, commit,
# export and import, diff and the copies of the drivers: what comes out is what went in, but for
# sockets, which tar has none of. And files that go away while they are copied.
# timeout: 300
# guest: no (needs python3 and a C compiler)
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
need_tool python3
: "${CC_STATIC:=${VENDOR_BUILD:-${BUILD:-$PROA_TESTS/../build}/vendor}/bin/musl-cc}"
[ -x "$CC_STATIC" ] || bail "no $CC_STATIC: run make vendor"

# In a mount namespace of its own, so that nothing of it outlives the test; a shim would leave it.
if [ "${FILES_NS:-}" != "$$" ]; then
	trap - EXIT
	FILES_NS=$$ exec unshare -m --propagation private "$0"
fi
"$CC_STATIC" -Os -o "$T/odd" "$PROA_TESTS/ns/odd.c" || bail "odd.c does not compile"
export T
load_busybox
driver=overlay

p() {
	proa --storage-driver $driver "$@"
}

# box NAME IMAGE: a container that runs, with odd in it.
box() {
	p run -d --name "$1" --network none -v "$T/odd:/odd:ro" "$2" sleep 1000 >/dev/null ||
		bail "no container $1 on $driver"
}

# same FILE DESC [WANT]: the tree that FILE describes is the one that was made.
same() {
	if [ -s "$1" ] && diff "${3:-$T/want}" "$1" >"$T/diff"; then
		pass "$driver: $2"
	else
		fail "$driver: $2" "$(cut -c1-300 "$T/diff" | head -n 20)"
	fi
}

# image_same IMAGE DESC: a container of IMAGE has it.
image_same() {
	p run --rm --network none -v "$T/odd:/odd:ro" "$1" /odd look /srv/o >"$T/got" 2>"$T/got.err"
	same "$T/got" "$2"
}

# As it is on the host when root has copied it there: root's.
rootly() {
	sed -E 's/^([^ ]* [0-7]+) [0-9]+:[0-9]+ /\1 0:0 /'
}

"$T/odd" make "$T/made" || bail "odd make"
made=$("$T/odd" look "$T/made" | wc -l)

all_of_it() {
	box box1 busybox
	run_is 0 "$driver: all kinds of files" p exec box1 sh -c 'mkdir /srv; exec /odd make /srv/o'
	p exec box1 /odd look /srv/o >"$T/want"
	is "$(wc -l <"$T/want")" "$made" "$driver: are there"
	run_is 0 "$driver: commit" p commit box1 odd:commit
	image_same odd:commit "the image has it all"
	run_is 0 "$driver: export" p export -o "$T/export.tar" box1
	ok "$driver: holes take no room in it" test "$(stat -c %s "$T/export.tar")" -lt 20000000
	run_is 0 "$driver: import" p import "$T/export.tar" odd:import
	image_same odd:import "the imported image has it all"
	rm "$T/export.tar"
	p run --rm --network none -v "$T/odd:/odd:ro" -v vol1:/srv odd:commit /odd look /srv/o \
		>"$T/got"
	same "$T/got" "a new volume gets the same"
	p volume rm vol1 >/dev/null

	# A name that is no text is shown as Docker shows it: JSON has text alone.
	p exec box1 /odd names /srv/o | python3 -c 'import sys
names = sys.stdin.buffer.read().split(b"\0")[:-1] + [b"/srv", b"/srv/o"]
text = [n.decode("utf-8", "replace").encode() for n in names]
sys.stdout.buffer.write(b"".join(b"A " + n + b"\n" for n in sorted(text)))' >"$T/names"
	p diff box1 | grep -av '^[AC] /odd$' >"$T/got"
	ok "$driver: diff names each" cmp "$T/names" "$T/got"

	rm -rf "$T/out"
	run_is 0 "$driver: cp out" p cp box1:/srv/o "$T/out"
	"$T/odd" look "$T/out" >"$T/got"
	rootly <"$T/want" >"$T/want2"
	same "$T/got" "is what was in it, with root's owner" "$T/want2"
	run_is 0 "$driver: cp in" p cp "$T/made" box1:/srv/back
	"$T/odd" look "$T/made" >"$T/want"
	p exec box1 /odd look /srv/back >"$T/got"
	same "$T/got" "is what was here, with its owners"
	run_is 0 "$driver: cp -a in" p cp -a "$T/made" box1:/srv/back2
	p exec box1 /odd look /srv/back2 >"$T/got"
	same "$T/got" "the same for who has no user"
	p rm -f box1 >/dev/null

	# Changes of what the image has: what is copied up, in the driver's way.
	box box1 odd:commit
	p exec box1 sh -c 'cd /srv/o && chmod 4751 suid && chown 5:6 owned && touch -h -d @77 up &&
		mv crowd crowd2 && rm caps && mkdir caps && chmod 700 acldir && echo more >>sparse'
	p exec box1 /odd look /srv/o >"$T/want"
	run_is 0 "$driver: commit of changes" p commit box1 odd:second
	image_same odd:second "are in the second image"
	p rm -f box1 >/dev/null
	p rmi -f odd:second odd:import odd:commit >/dev/null
}

all_of_it
driver=vfs
all_of_it
grep -q btrfs /proc/filesystems || modprobe btrfs 2>/dev/null
if command -v mkfs.btrfs >/dev/null && grep -q btrfs /proc/filesystems; then
	truncate -s 2G "$T/disk"
	mkfs.btrfs -q "$T/disk" >/dev/null 2>&1 || bail "mkfs.btrfs"
	old=$D
	D=$T/b
	mkdir "$D"
	mount -o loop "$T/disk" "$D" || bail "mount of btrfs"
	driver=btrfs
	load_busybox
	all_of_it
	D=$old
else
	skip "btrfs" "no btrfs in this kernel, or no mkfs.btrfs"
fi
driver=overlay

# What goes away while it is copied is in it or not; the archive is whole, and a hard link in it is
# one to a file in it. "rounds" archives of a directory that a process changes all the time.
archives_good() {
	python3 - "$T/churn.tar" <<-'END'
		import sys, tarfile
		seen = set()
		for m in tarfile.open(sys.argv[1]):
		    if m.islnk() and m.linkname not in seen:
		        sys.exit("%s is a link to %s, which is not there" % (m.name, m.linkname))
		    seen.add(m.name)
		sys.exit(0 if seen else "nothing in it")
	END
}
n=0 bad=
p run -d --name churn --network none -v "$T/odd:/odd:ro" busybox /odd churn /churn >/dev/null
wait_for 20 sh -c '"$0" "$@" | grep -q ready' "$PROA" --data-root "$D" --exec-root "$E" logs churn ||
	bail "no churn"
while [ $n -lt 15 ] && [ -z "$bad" ]; do
	n=$((n + 1))
	case $((n % 3)) in
	0) run p export -o "$T/churn.tar" churn ;;
	*) run p cp churn:/churn "-" && cp "$T/.out" "$T/churn.tar" ;;
	esac
	[ $status = 0 ] && tap_out=$(archives_good 2>&1) || bad="round $n: $status $err $tap_out"
done
is "$bad" "" "15 archives of what changes are whole"
n=0 bad=
while [ $n -lt 5 ] && [ -z "$bad" ]; do
	n=$((n + 1))
	rm -rf "$T/out"
	run p cp churn:/churn "$T/out"
	[ $status = 0 ] || bad="round $n: $err"
done
is "$bad" "" "5 copies of it out"
run_is 0 "commit pauses it" p commit churn odd:churn
run_is 0 "or not" p commit --pause=false churn odd:churn
p rm -f churn >/dev/null
"$T/odd" churn "$T/churn" >"$T/churn.log" &
churn=$!
wait_for 20 grep -q ready "$T/churn.log" || bail "no churn"
box box1 busybox
n=0 bad=
while [ $n -lt 5 ] && [ -z "$bad" ]; do
	n=$((n + 1))
	run p cp "$T/churn" box1:/churn$n
	[ $status = 0 ] || bad="round $n: $err"
done
is "$bad" "" "5 copies of it in"
kill $churn
wait $churn 2>/dev/null

# A name of a file goes away right before it is opened: another one is the file.
if command -v strace >/dev/null; then
	mkdir "$T/links"
	echo x >"$T/links/first"
	ln "$T/links/first" "$T/links/second"
	run_is 0 "cp of a hard link whose first name is gone" strace -o /dev/null -f -P first \
		-e inject=openat:error=ENOENT "$PROA" --data-root "$D" --exec-root "$E" cp \
		"$T/links" box1:/links
	is "$(p exec box1 sh -c 'ls /links; cat /links/second')" "second${nl}x" "brings the second"
else
	skip "a hard link whose first name is gone" "no strace"
fi

# Archives of others, with sizes past 8 GiB in each spelling, and ours for others.
the_sparse() {
	grep '^/sparse' | sed 's/ [0-9.]* size/ size/'
}
"$T/odd" look "$T/made" | the_sparse >"$T/sparse"
for format in gnu posix; do
	tar -C "$T/made" --format=$format -S -cf "$T/sparse.tar" sparse
	p exec box1 mkdir /$format
	run_is 0 "cp of GNU tar's $format archive" sh -c '"$0" "$@" <"$T/sparse.tar"' "$PROA" \
		--data-root "$D" --exec-root "$E" cp - box1:/$format
	p exec box1 /odd look /$format | the_sparse >"$T/got"
	ok "has the file of 9 GiB" cmp "$T/sparse" "$T/got"
done
mkdir "$T/untar"
p cp box1:/gnu - | tar -C "$T/untar" -xf - || :
"$T/odd" look "$T/untar/gnu" | the_sparse >"$T/got"
ok "GNU tar unpacks ours" cmp "$T/sparse" "$T/got"
python3 -c 'import sys, tarfile
t = tarfile.TarInfo("big"); t.size = 9 << 30
sys.stdout.buffer.write(t.tobuf(tarfile.GNU_FORMAT) + bytes(100000))' >"$T/cut.tar"
run_is 1 "an archive that is cut" sh -c '"$0" "$@" <"$T/cut.tar"' "$PROA" --data-root "$D" \
	--exec-root "$E" cp - box1:/gnu
one_line "is refused: $err"

# What no archive can say is refused by a line that names it.
run_is 0 "5,000 bytes of path" p exec box1 /odd deeper /deep 25
run_is 1 "cp" p cp box1:/deep "$T/out"
like "$err" "^proa: .*more than 4095 bytes: .*ddd" "is refused"
run_is 1 "export" p export -o "$T/deep.tar" box1
one_line "is refused"
run_is 1 "commit" p commit box1 odd:deep
like "$err" "more than 4095 bytes" "is refused"
nok "no file is left" test -e "$T/deep.tar"
p exec box1 touch /.wh.me
run_is 1 "a name that is a mark" p commit box1 odd:wh
like "$err" "\.wh\.me" "is refused"
run_is 0 "rm" p rm -f box1
ok "removes all of it" wait_for 20 sh -c "! ls '$D/trash' | grep -q ."
done_testing
