#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# volumes.t: what -v, --mount, --volumes-from and images' VOLUMEs do, seen from inside: mountinfo,
# rw and ro, propagation, what is copied, how long anonymous volumes live, what a crash leaves.
# timeout: 240
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

r() {
	proa run --rm --network none "$@"
}

# eff WANT DESC ARG...: what `run --rm ARG...` prints
eff() {
	eff_want=$1
	eff_desc=$2
	shift 2
	run r "$@"
	[ "$out" = "$eff_want" ] || out="$out (exit $status: $err)"
	is "$out" "$eff_want" "$eff_desc"
}

volumes() {
	proa volume ls -q | sort | tr '\n' ' '
}

# ---- copy-up: an image with all kinds of things below /seed
im=$T/seed
mkdir -p "$im/seed/dir/deep" "$im/seed/empty"
ln -s seed "$im/link"
ln -s / "$im/out"
echo one >"$im/seed/one"
ln "$im/seed/one" "$im/seed/dir/hard"
ln -s ../one "$im/seed/dir/sym"
ln -s /etc/passwd "$im/seed/abs"
mkfifo "$im/seed/fifo"
echo suid >"$im/seed/suid"
chown -h 1000:2000 "$im/seed/one" "$im/seed/dir" "$im/seed/abs"
chmod 4750 "$im/seed/suid"
chmod 1777 "$im/seed/empty"
chmod 750 "$im/seed"
chown 11:12 "$im/seed"
setfattr -n user.x -v y "$im/seed/one" 2>/dev/null || :
head -c 100000 /dev/zero >"$im/seed/big"
echo file >"$im/file"
(cd "$im" && tar -c --xattrs .) >"$T/seed.tar"
proa import "$T/seed.tar" only >/dev/null || bail "import"
mkdir "$T/bb" && tar -x -C "$T/bb" -f "$IMAGES/busybox.tar" 2>/dev/null
cid=$(proa create --network none busybox true)
proa rm "$cid" >/dev/null
# the same with busybox: a layer on top, so that the root is of two layers
tool=$PROA_TESTS/../tools/mkimage
[ -f "$T/rootfs.tar" ] || "$tool" rootfs "$T/rootfs.tar"
"$tool" wrap "$T/seeded.tar" "$T/rootfs.tar" "$T/seed.tar" --tag seeded >/dev/null || bail "mkimage wrap"
proa load -q -i "$T/seeded.tar" >/dev/null || bail "load"

# all DIR: everything about a tree
all() {
	(cd "$1" && find . ! -name . | sort | while read -r f; do
		stat -c '%n %F %a %u:%g %h %Y' "$f"
		readlink "$f"
		[ ! -f "$f" ] || cksum <"$f"
		[ ! -f "$f" ] || getfattr -d "$f" 2>/dev/null | grep -v '^#'
	done
	stat -c '%a %u:%g' .)
}
all "$im/seed" >"$T/want"
run_is 0 "a new volume at a place that has something" r -v data:/seed seeded true
all "$D/volumes/data/_data" >"$T/got"
ok "gets it, with owners, modes, links, xattrs and times" diff "$T/want" "$T/got"
is "$(stat -c %i "$D/volumes/data/_data/one")" "$(stat -c %i "$D/volumes/data/_data/dir/hard")" "hard links are one file"
eff "one" "a container sees it" -v data:/x seeded cat /x/one
rm -rf "$D/volumes/data/_data/"*
touch "$D/volumes/data/_data/mine"
eff "mine" "a volume that has something gets nothing" -v data:/seed seeded ls /seed
eff "" "nocopy" -v fresh:/seed:nocopy seeded ls /seed
eff "" "volume-nocopy" --mount type=volume,src=fresh,dst=/seed,volume-nocopy seeded ls /seed
run r -v viasym:/link seeded true
all "$D/volumes/viasym/_data" >"$T/got"
ok "a place that is a symlink in the image" diff "$T/want" "$T/got"
run r -v rooted:/out/seed seeded true
all "$D/volumes/rooted/_data" >"$T/got"
ok "and one through the root: the image's, not the host's" diff "$T/want" "$T/got"
cid=$(proa create --network none -v single:/seed only /none)
all "$D/volumes/single/_data" >"$T/got"
ok "an image of one layer" diff "$T/want" "$T/got"
proa rm "$cid" >/dev/null
is "$(proa --storage-driver vfs run --rm --network none -v vfs:/seed seeded ls /seed | wc -l)" 7 "driver vfs"
run_is 125 "an anonymous volume on a file" r -v /file seeded true
like "$err" 'cannot mount volume over existing file' "is refused"
is "$(ls "$D/tmp" "$D/pins" | grep -v :)" "" "no temporary is left"

# ---- what stands in the record
id=$(proa create --network none -v data:/d -v "$T:/b:ro" -v /anon --mount type=tmpfs,dst=/t \
	--mount type=volume,dst=/m busybox true)
is "$(proa inspect -f '{{json .Mounts}}' "$id" | sed 's/[0-9a-f]\{64\}/ID/g')" '[{"Type":"volume","Name":"data","Source":"'"$D"'/volumes/data/_data","Destination":"/d","Driver":"local","Mode":"z","RW":true,"Propagation":""},{"Type":"bind","Source":"'"$T"'","Destination":"/b","Mode":"ro","RW":false,"Propagation":"rprivate"},{"Type":"tmpfs","Source":"","Destination":"/t","Mode":"","RW":true,"Propagation":""},{"Type":"volume","Name":"ID","Source":"'"$D"'/volumes/ID/_data","Destination":"/m","Driver":"local","Mode":"z","RW":true,"Propagation":""},{"Type":"volume","Name":"ID","Source":"'"$D"'/volumes/ID/_data","Destination":"/anon","Driver":"local","Mode":"","RW":true,"Propagation":""}]' \
	"inspect's Mounts"
is "$(volumes | tr ' ' '\n' | grep -c '^[0-9a-f]\{64\}$')" 2 "two anonymous volumes"
run_is 1 "a used one cannot be removed" proa volume rm data
like "$err" "volume is in use - \[$id\]" "says by whom"
proa rm "$id" >/dev/null
is "$(volumes | tr ' ' '\n' | grep -c '^[0-9a-f]\{64\}$')" 2 "rm leaves anonymous ones"
proa volume prune -f >/dev/null
id=$(proa create --network none -v data:/d -v /anon busybox true)
proa rm -v "$id" >/dev/null
is "$(volumes)" "data fresh rooted single vfs viasym " "rm -v takes them along, and no named one"

# ---- anonymous volumes and --rm
eff "/a" "an anonymous volume" -v /a busybox sh -c 'touch /a/x; awk "\$5 == \"/a\" { print \$5 }" /proc/self/mountinfo'
is "$(volumes)" "data fresh rooted single vfs viasym " "is gone when run --rm returns"
is "$(ls "$D/volumes/.rm")" "" "and its note"
wait_for 20 no_trash
is "$(ls "$D/trash")" "" "and its files"
proa run -d --rm --name keeper --network none -v /a busybox sleep 1000 >/dev/null
proa run --network none --name second --volumes-from keeper busybox touch /a/shared
proa rm -f keeper >/dev/null
vol=$(volumes | tr ' ' '\n' | grep '^[0-9a-f]\{64\}$')
ok "one that another container uses stays" test -f "$D/volumes/$vol/_data/shared"
proa rm -v second >/dev/null
is "$(volumes)" "data fresh rooted single vfs viasym " "until that is removed with its volumes"
run_is 127 "a start that fails" r -v /a busybox /no/such
is "$(volumes)" "data fresh rooted single vfs viasym " "leaves no volume"
run_is 1 "a create that fails" proa create --network none -v /a -v data:/b -v x/y:/z busybox true
is "$(volumes)" "data fresh rooted single vfs viasym " "neither"

# A shim that is killed: the next command takes what its container owned.
cid=$(proa run -d --rm --network none -v /a busybox sleep 1000)
for p in /proc/[0-9]*; do
	[ "$(cat "$p/cmdline" 2>/dev/null | tr -d '\0')" = proa-shim ] || continue
	! ls -l "$p/fd" 2>/dev/null | grep -qF "$D/containers/$cid/lock" || kill -9 "${p#/proc/}"
done
gone() {
	proa rm -f "$cid" >/dev/null 2>&1
	[ "$(volumes)" = "data fresh rooted single vfs viasym " ]
}
ok "a killed shim's volume goes with the container" wait_for 20 gone
wait_for 20 sh -c "! ls '$D/volumes/.rm' | grep -q ." || :
is "$(ls "$D/volumes/.rm")" "" "and its note"
# A create that was killed: its volume is there, its container not.
dead=$(printf %064d 7)
lost=$(printf %064d 8)
mkdir -p "$D/volumes/$lost/_data" "$D/volumes/.rm"
printf '{"Version":1,"Name":"%s","Driver":"local","CreatedAt":"2026-01-01T00:00:00Z","Labels":{"com.docker.volume.anonymous":""},"Options":{}}' \
	"$lost" >"$D/volumes/$lost/volume.json"
touch -d '1 hour ago' "$D/volumes/.rm/$dead.$lost"
reaped() {
	r busybox true
	[ ! -e "$D/volumes/$lost" ]
}
ok "a killed create's volume is reaped" wait_for 20 reaped
wait_for 20 sh -c "! ls '$D/volumes/.rm' | grep -q ." || :
is "$(ls "$D/volumes/.rm")" "" "with its note"

# ---- --volumes-from
mkdir "$T/src"
echo bound >"$T/src/file"
proa create --name donor --network none -v data:/d -v "$T/src:/s:ro" -v /a busybox true >/dev/null
eff "bound no yes" "--volumes-from keeps ro and rw" --volumes-from donor busybox sh -c \
	'echo $(cat /s/file) $(touch /s/x 2>/dev/null && echo yes || echo no) $(touch /d/x && echo yes)'
eff "no" "--volumes-from :ro" --volumes-from donor:ro busybox sh -c 'touch /d/y 2>/dev/null || echo no'
eff "mine" "a -v of its own wins" --volumes-from donor -v "$T/src:/d" -v data:/s busybox sh -c 'cd /s && ls mine'
run_is 125 "one that is not there" r --volumes-from nosuch busybox true
run_is 125 "a mode that is none" r --volumes-from donor:shared busybox true
like "$err" 'invalid mode' "is refused"
proa rm -v donor >/dev/null

# ---- --mount of a volume
eff "mine" "readonly" --mount type=volume,src=data,dst=/v,readonly busybox sh -c 'touch /v/q 2>/dev/null; ls /v/mine | sed "s|/v/||"'
mkdir -p "$D/volumes/data/_data/sub/deep"
echo deep >"$D/volumes/data/_data/sub/deep/f"
ln -s sub "$D/volumes/data/_data/insym"
ln -s "$T/src" "$D/volumes/data/_data/outsym"
ln -s ../../../.. "$D/volumes/data/_data/upsym"
eff "deep" "volume-subpath" --mount type=volume,src=data,dst=/v,volume-subpath=sub/deep busybox cat /v/f
eff "deep" "of a file" --mount type=volume,src=data,dst=/v,volume-subpath=sub/deep/f busybox cat /v
eff "deep" "through a symlink that stays inside" --mount type=volume,src=data,dst=/v,volume-subpath=insym/deep busybox cat /v/f
for sub in outsym upsym upsym/etc nosuch; do
	run r --mount type=volume,src=data,dst=/v,volume-subpath=$sub busybox ls /v
	isnt "$status" 0 "subpath $sub is refused"
done
for sub in ../data /etc sub/../../..; do
	run_is 125 "subpath $sub" r --mount "type=volume,src=data,dst=/v,volume-subpath=$sub" busybox true
	like "$err" 'must be a relative path within the volume' "is refused at create"
done
eff "k=v" "volume-label, volume-opt" --mount type=volume,src=labelled,dst=/v,volume-label=k=v,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=2m \
	busybox sh -c 'grep -q " /v tmpfs .*size=2048k" /proc/mounts && echo k=v'
like "$(proa volume inspect labelled)" '"k": "v"' "are the volume's"

# ---- options of the local driver
proa volume create -o type=none -o o=bind -o device="$T/src" bound >/dev/null
eff "bound" "a volume that is a bind" -v bound:/v busybox cat /v/file
proa volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,nosuid,uid=5 mem >/dev/null
eff "5" "a tmpfs" -v mem:/v busybox sh -c 'grep -q "^tmpfs /v tmpfs rw,nosuid,.*size=1024k" /proc/mounts && stat -c %u /v'
eff "no" "read-only" -v mem:/v:ro busybox sh -c 'touch /v/x 2>/dev/null || echo no'
if mkfs.ext4 -q "$T/fs.img" 4M >/dev/null 2>&1 && loop=$(losetup -f --show "$T/fs.img" 2>/dev/null); then
	proa volume create -o type=ext4 -o device="$loop" disk >/dev/null
	eff "ext4" "a block device" -v disk:/v busybox sh -c 'mkdir /v/sub; echo kept >/v/sub/f; awk "\$2 == \"/v\" { print \$3 }" /proc/mounts'
	eff "kept" "keeps, and has subpaths" --mount type=volume,src=disk,dst=/v,volume-subpath=sub busybox cat /v/f
	proa volume create -o type=ext4 -o device="$loop" disk2 >/dev/null
	rm -rf "$D/volumes/disk2/_data/x"
	eff "no" "read-only here, writable there" -v disk:/a -v disk2:/b:ro busybox sh -c 'touch /a/x && { touch /b/y 2>/dev/null || echo no; }'
	losetup -d "$loop"
else
	skip "a block device" "no loop device"
fi
proa volume create -o type=none -o o=bind -o device="$T/nosuch" broken >/dev/null
run r -v broken:/v busybox true
isnt "$status" 0 "a device that is not there"
like "$err" 'nosuch' "is named"
unlike "$(cat /proc/self/mountinfo)" "$D/volumes" "nothing is mounted on the host"

# ---- images
eff "one" "an image as a mount" --mount type=image,src=seeded,dst=/i busybox cat /i/seed/one
eff "no" "is read-only" --mount type=image,src=seeded,dst=/i busybox sh -c 'touch /i/x 2>/dev/null || echo no'
eff "one" "image-subpath" --mount type=image,src=seeded,dst=/i,image-subpath=seed busybox cat /i/one
eff "file" "an image of one layer" --mount type=image,src=only,dst=/i busybox cat /i/file
run r --mount type=image,src=seeded,dst=/i,image-subpath=out busybox true
isnt "$status" 0 "a subpath that leads out"
run_is 125 "one that is not there" r --mount type=image,src=nosuch,dst=/i busybox true
id=$(proa create --network none --mount type=image,src=only,dst=/i busybox cat /i/file)
proa rmi -f only >/dev/null
is "$(proa start -a "$id" 2>&1)" file "its layers stay as long as the container"
proa rm "$id" >/dev/null

# ---- binds
mkdir -p "$T/b/sub"
mount -t tmpfs sub "$T/b/sub"
w='for d in /v /v/sub; do touch $d/w 2>/dev/null && echo -n "w " || echo -n "r "; done'
eff "w w " "a bind is recursive" -v "$T/b:/v" busybox sh -c "$w"
eff "r r " "ro reaches what is mounted below" -v "$T/b:/v:ro" busybox sh -c "$w"
eff "r w " "bind-recursive=writable" --mount "type=bind,src=$T/b,dst=/v,readonly,bind-recursive=writable" busybox sh -c "$w"
eff "r r " "bind-recursive=readonly" --mount "type=bind,src=$T/b,dst=/v,readonly,bind-propagation=rprivate,bind-recursive=readonly" busybox sh -c "$w"
eff "no" "bind-recursive=disabled" --mount "type=bind,src=$T/b,dst=/v,bind-recursive=disabled" busybox sh -c 'grep -q " /v/sub " /proc/mounts || echo no'
umount "$T/b/sub"
run_is 125 "readonly recursion needs readonly" r --mount "type=bind,src=$T/b,dst=/v,bind-recursive=readonly" busybox true
prop() { # WANT MODE
	prop_want=$1
	shift
	eff "$prop_want" "propagation $*" "$@" busybox awk '$5 == "/v" { print ($7 ~ /shared/ ? "shared" : $7 ~ /master/ ? "slave" : "private") }' /proc/self/mountinfo
}
mkdir "$T/shared"
mount --bind "$T/shared" "$T/shared"
mount --make-private "$T/shared"
mount --make-shared "$T/shared"
prop private -v "$T/shared:/v"
prop slave -v "$T/shared:/v:rslave"
prop shared -v "$T/shared:/v:rshared"
prop slave --mount "type=bind,src=$T/shared,dst=/v,bind-propagation=slave"
cid=$(proa run -d --network none -v "$T/shared:/v:rslave" busybox sleep 1000)
mkdir "$T/shared/later"
mount -t tmpfs later "$T/shared/later"
touch "$T/shared/later/seen"
pid=$(proa inspect -f '{{.State.Pid}}' "$cid" 2>/dev/null)
ok "a later mount arrives by rslave" test -f "/proc/$pid/root/v/later/seen"
umount "$T/shared/later"
proa rm -f "$cid" >/dev/null
umount "$T/shared"
mkdir "$T/private"
mount --bind "$T/private" "$T/private"
mount --make-private "$T/private"
for mode in rshared shared; do
	run_is 125 "$mode of a private mount" r -v "$T/private:/v:$mode" busybox true
	like "$err" "path $T/private is mounted on $T/private but it is not a shared mount" "is refused"
done
run_is 125 "rslave of it" r -v "$T/private:/v:rslave" busybox true
like "$err" 'is not a shared or slave mount' "is refused"
umount "$T/private"
eff "x" "words without a meaning here" -v "$T/src:/v:z,cached" busybox sh -c '[ -f /v/file ] && echo x'
for mode in rw,ro nosuch z,Z shared,slave; do
	run_is 125 "mode $mode" r -v "$T/src:/v:$mode" busybox true
	like "$err" 'invalid mode' "is refused"
done
run_is 125 "propagation of a volume" r -v data:/v:rshared busybox true
like "$err" 'field BindOptions must not be specified' "is refused"
run_is 125 "the same place twice" r -v data:/v -v "$T/src:/v/" busybox true
like "$err" 'Duplicate mount point: /v' "is refused"
run_is 125 "by --tmpfs too" r -v data:/v --tmpfs /v busybox true
run_is 125 "the root" r -v data:/ busybox true
like "$err" "destination can't be '/'" "is refused"

# ---- a container that stays has its volumes again
id=$(proa create --network none -v data:/d -v /a busybox sh -c 'cat /a/n 2>/dev/null; echo x >>/a/n')
proa start -a "$id" >/dev/null 2>&1
is "$(proa start -a "$id" 2>&1)" x "an anonymous volume outlives a run"
proa rm -v "$id" >/dev/null
wait_for 20 no_trash
proa volume prune -a -f >/dev/null
is "$(volumes)" "bound broken disk disk2 labelled mem " "prune -a leaves those with options"
proa volume rm $(volumes) >/dev/null
is "$(ls -A "$D/volumes" | tr '\n' ' ')" ".lock .rm " "nothing is left"
unlike "$(cat /proc/self/mountinfo)" "$T/d" "no mount is left"
done_testing
