#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 240
# cp: both directions, the rules of names and their errors, streams, links, owners, running, stopped
# and paused. What is expected is what docker 28.5 did and said for the same commands (but for the
# tmpfs of a read-only container, which it does not see).
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

cd "$T" || exit 1
mkdir -p src/sub dd
echo a >src/f
echo b >src/sub/g
chown 1234:1235 src/f
ln -s f src/l
ln -s src sl
ln -s src/f fl
ln -s nowhere dang
echo file >plain
proa run --rm -v /x --network none busybox true # what the first one makes
leaks_before
proa run -d --name c2 --network none --user 1000:1001 -v "$T/dd:/ro:ro" busybox sleep 1000 >/dev/null
proa run -d --name c3 --network none --read-only --tmpfs /t busybox sleep 1000 >/dev/null

# good ARG...: succeeds and says nothing. bad TEXT ARG...: fails with just this.
good() {
	run_is 0 "cp $*" proa cp "$@"
	is "$out$err" "" "quietly"
}
bad() {
	want=$1
	shift
	run_is 1 "cp $*" proa cp "$@"
	is "$err" "proa: $want" "$want"
}
# there COMMAND WANT: what a command in the container prints
there() {
	is "$(proa exec c2 sh -c "$1" 2>&1)" "$2" "$1"
}

good src c2:/tmp/new
is "$(proa exec c2 sh -c 'cd /tmp/new; find . | sort; stat -c %u:%g f l; cat sub/g' | tr '\n' ' ')" \
	". ./f ./l ./sub ./sub/g 1234:1235 0:0 b " "a new directory"
good src c2:/tmp
there 'cat /tmp/src/sub/g' b
good src/. c2:/tmp/cont
there 'cat /tmp/cont/f' a
bad "Could not find the file /tmp/x in container c2" src/ c2:/tmp/x/y
bad "Could not find the file /tmp/x in container c2" plain c2:/tmp/x/y
bad "no such directory" plain c2:/tmp/nodir/
bad "No such container: nosuch" plain nosuch:/
bad "No such container: nosuch" plain nosuch:/tmp
good plain c2:/tmp/
bad "cannot copy directory" src c2:/tmp/plain
good -a src/f c2:/tmp/arch
there 'stat -c %u:%g /tmp/arch' 1000:1001
good src/f c2:/tmp/noarch
there 'stat -c %u:%g /tmp/noarch' 1234:1235
good src/l c2:/tmp/link
there 'readlink /tmp/link' f
good -L src/l c2:/tmp/link2
there 'cat /tmp/link2' a
good sl c2:/tmp/sl1
there 'readlink /tmp/sl1' src
good sl/ c2:/tmp/sl2
good sl/. c2:/tmp/sl3
good -L sl c2:/tmp/sl4
good -L sl c2:/tmp
there 'cat /tmp/sl2/f /tmp/sl3/f /tmp/sl4/f /tmp/sl/f | grep -c a' 4
run_is 1 "a missing source" proa cp nope c2:/tmp
run_is 1 "a file with a slash" proa cp plain/ c2:/tmp
like "$err" "[Nn]ot a directory" "is none"
bad "mounted volume is marked read-only" plain c2:/ro/x
bad "container rootfs is marked read-only" plain c3:/x
good plain c3:/t/x
bad 'destination "c2:/dev/null" must be a directory or a regular file: got a device' plain c2:/dev/null
bad "No such container: nope" plain nope:/x
bad "copying between containers is not supported" c2:/a c3:/b
bad "must specify at least one container source" plain src
bad 'destination "c2:/etc/passwd" must be a directory' - c2:/etc/passwd

good c2:/tmp/new out1
ok "a tree" diff -r src out1
good c2:/tmp/new dd
ok "into a directory" diff -r src dd/new
good c2:/tmp/new/f out2
is "$(stat -c %u:%g out2)" 0:0 "owned by who copies"
good -a c2:/tmp/new/f out2a
good c2:/tmp/new/. out3
ok "the content" diff -r src out3
bad "cannot copy directory" c2:/tmp/new plain
bad "no such directory" c2:/tmp/new/f nodir/
bad "invalid output path: directory \"$T/nodir\" does not exist" c2:/tmp/new/f nodir/x
good c2:/tmp/new/l outl
is "$(readlink outl)" f "a link is copied"
good -L c2:/tmp/new/l outl2
is "$(cat outl2)" a "or what it leads to"
bad "Could not find the file /nope in container c2" c2:/nope x
good c2:/tmp/new/f fl
is "$(readlink fl)" src/f "a link as destination stays"
good c2:/tmp/new/f dang
is "$(cat nowhere)" a "one to nothing makes that"
bad "invalid output path: \"/dev/null\" must be a directory or a regular file: got a device" \
	c2:/tmp/new/f /dev/null
good -L c2:/tmp/sl1 osl2
ok "a link to a directory" test -f osl2/sub/g
mkdir -p o4/new/f
run_is 1 "a file over a directory" proa cp c2:/tmp/new o4
like "$err" 'cannot overwrite directory "new/f" with non-directory' "in Docker's words"
good c2:/etc/ etcd
is "$(cat etcd/mtab >/dev/null 2>&1; readlink etcd/mtab)" /proc/mounts "with links"

# streams
is "$(proa cp c2:/tmp/new - | tar t | tr '\n' ' ')" "new/ new/f new/l new/sub/ new/sub/g " "to stdout"
tar cf src.tar src
run_is 0 "from stdin" proa cp - c2:/tmp <src.tar
gzip src.tar
run_is 0 "compressed" proa cp - c2:/tmp/new <src.tar.gz
there 'cat /tmp/new/src/f' a
echo garbage | (proa cp - c2:/tmp 2>&1 && echo fine) >garbage
like "$(cat garbage)" "^proa: " "garbage is refused"
like "$(script -qec "'$PROA' --data-root '$D' --exec-root '$E' cp c2:/tmp/new/f s1" /dev/null)" \
	"^Successfully copied [0-9.]+kB to $T/s1" "a person is told"
is "$(script -qec "'$PROA' --data-root '$D' --exec-root '$E' cp -q c2:/tmp/new/f s1" /dev/null)" "" \
	"but with -q"

# stopped, paused, never started; volumes are seen
proa stop -t 0 c2 >/dev/null
good plain c2:/tmp/st
good c2:/tmp/st st
good c2:/ro/new rov
ok "a volume of a stopped one" diff -r src rov
bad "mounted volume is marked read-only" plain c2:/ro/x
proa start c2 >/dev/null
there 'cat /tmp/st' file
proa pause c2 >/dev/null
good c2:/tmp/st st2
good plain c2:/tmp/st3
proa unpause c2 >/dev/null
there 'cat /tmp/st3' file
proa create --name c9 -v /vol --network none busybox cat /vol/x >/dev/null
good plain c9:/vol/x
good c9:/vol/x vv
is "$(proa start -a c9)" file "before its first start"
proa rm -f -v c9 c2 c3 >/dev/null
leaks_none "nothing stays mounted or behind"

# A hostile archive in the engine's place: only what was asked for, never through a symlink.
cat >"$T/evil.py" <<'PY'
import base64, io, json, socket, sys, tarfile
sock, kind = sys.argv[1:]
out = io.BytesIO()
t = tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT)
def add(name, type=tarfile.REGTYPE, link="", data=b"evil\n"):
    i = tarfile.TarInfo(name); i.type = type; i.linkname = link; i.mode = 0o755
    i.size = len(data) if type == tarfile.REGTYPE else 0
    t.addfile(i, io.BytesIO(data))
d = kind not in ("other", "abs")
if d: add("x", tarfile.DIRTYPE)
if kind == "dots": add("x/../../../canary")
if kind == "abs": add("/x"); add("/canary")
if kind == "other": add("canary")
if kind == "link": add("x/up", tarfile.SYMTYPE, ".."); add("x/up/canary")
if kind == "far": add("x/up", tarfile.SYMTYPE, sys.argv[1].rsplit("/", 1)[0]); add("x/up/canary")
if kind == "hard": add("x/h", tarfile.LNKTYPE, "../canary")
t.close()
st = {"name": "x", "size": 0, "mode": 0o755 | (1 << 31 if d else 0), "mtime": "2025-01-01T00:00:00Z", "linkTarget": ""}
s = socket.socket(socket.AF_UNIX); s.bind(sock); s.listen(1); print("ready", flush=True)
c, _ = s.accept(); c.recv(65536)
b = out.getvalue()
c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nX-Docker-Container-Path-Stat: " +
    base64.b64encode(json.dumps(st).encode()) + b"\r\nContent-Length: %d\r\n\r\n" % len(b) + b)
c.recv(1)
PY
if command -v python3 >/dev/null; then
	for kind in dots abs other link far hard; do
		rm -rf "$T/in" "$T/canary" "$T/s.sock" "$T/evil.out"
		mkdir "$T/in"
		python3 "$T/evil.py" "$T/s.sock" $kind >"$T/evil.out" &
		server=$!
		wait_for 10 grep -q ready "$T/evil.out"
		run_is 1 "$kind: refused" "$PROA" -H "unix://$T/s.sock" cp c:/x "$T/in/y"
		kill $server 2>/dev/null
		wait $server 2>/dev/null
		nok "$kind: nothing but below the destination" sh -c "find '$T/in' '$T/canary' '$T/in/canary' \
			2>/dev/null | grep canary"
	done
else
	skip "hostile archives" "no python3"
fi
done_testing
