#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# load: all forms of archives, and what is wrong with an archive.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa
busybox_parts

# ---- forms
run_is 0 "an archive from a file" proa load -i "$IMAGES/busybox.tar"
is "$out" "Loaded image: busybox:latest" "says what was loaded"
run_is 0 "from stdin" sh -c '"$PROA" --data-root "$1" --exec-root "$2" load <"$IMAGES/busybox.tar"' x "$D" "$E"
ok "from stdin, compressed" sh -c 'gzip -1 <"$IMAGES/busybox.tar" | "$PROA" --data-root "$1" --exec-root "$2" load' x "$D" "$E"
ok "from a directory" proa load -i "$T/bb"
is "$(proa images -q | wc -l)" 1 "it is one image after all of them"
is "$(ls "$D/layers" | grep -c ..)" 2 "of one layer"
is "$(ls "$D/tmp" "$D/pins" | grep -c .)" 2 "no temporaries and no pins stay"
is "$(proa images -q --no-trunc)" "sha256:$bb_id" "the image's ID is the digest of its config"
run_is 0 "-q" proa load -q -i "$T/bb"
is "$out" "Loaded image: busybox:latest" "-q still says what was loaded"

proa rmi -f "sha256:$bb_id" >/dev/null
gzip -9 <"$T/bb/$bb_layer" >"$T/l.gz"
layout "$T/oci" "$T/bb/$bb_config" "$T/l.gz" application/vnd.oci.image.layer.v1.tar+gzip test/oci:1
run_is 0 "an OCI layout with a gzip layer" proa load -i "$T/oci"
is "$out" "Loaded image: test/oci:1" "its name is the annotation's"
is "$(proa images -q --no-trunc)" "sha256:$bb_id" "the same config is the same image"
run_is 0 "an OCI layout as archive" sh -c 'cd "$3" && tar cf - . | "$PROA" --data-root "$1" --exec-root "$2" load' x "$D" "$E" "$T/oci"
is "$(ls "$D/layers" | grep -c ..)" 2 "a known compressed layer is not stored again"

layout "$T/bare" "$T/bb/$bb_config" "$T/bb/$bb_layer" application/vnd.oci.image.layer.v1.tar latest
run_is 0 "a bare tag as name" proa load -i "$T/bare"
is "$out" "Loaded image ID: sha256:$bb_id" "gives an image without a name"

sed 's/"RepoTags":\[[^]]*\]/"RepoTags":null/' "$T/bb/manifest.json" >"$T/m" && mkdir "$T/notag" &&
	cp -r "$T/bb/." "$T/notag" && cp "$T/m" "$T/notag/manifest.json"
run_is 0 "an archive without names" proa load -i "$T/notag"
is "$out" "Loaded image ID: sha256:$bb_id" "says the ID"

# Old archives share layers by symlinks.
mkdir -p "$T/link/x"
cp -r "$T/bb/." "$T/link"
mv "$T/link/$bb_layer" "$T/link/x/layer.tar"
ln -s ../x/layer.tar "$T/link/$bb_layer"
ok "a layer that is a symlink to another member" proa load -i "$T/link"

# ---- names
sed 's/ENV/ENV/; s/"architecture"/"comment":"other","architecture"/' "$T/bb/$bb_config" >"$T/c2"
mkdir "$T/second"
cp -r "$T/bb/." "$T/second"
rm "$T/second/$bb_config"
id2=$(sha "$T/c2")
cp "$T/c2" "$T/second/$id2.json"
sed "s/$bb_id/$id2/" "$T/bb/manifest.json" >"$T/second/manifest.json"
proa load -i "$T/bb" >/dev/null
run_is 0 "another image of the same name" proa load -i "$T/second"
like "$out" "^The image busybox:latest already exists, renaming the old one with ID sha256:$bb_id to empty string" \
	"says that the old one lost its name"

# ---- platforms
for p in arm64 s390x; do
	sed "s/\"architecture\":\"[a-z0-9]*\"/\"architecture\":\"$p\"/" "$T/bb/$bb_config" >"$T/c.$p"
	layout "$T/multi" "$T/c.$p" "$T/bb/$bb_layer" application/vnd.oci.image.layer.v1.tar multi:1 \
		"{\"os\":\"linux\",\"architecture\":\"$p\"}"
	multi="${multi:-}$layout_desc,"
done
printf '{"schemaVersion":2,"manifests":[%s]}' "${multi%,}" >"$T/multi/index.json"
run_is 0 "the platform asked for" proa load -i "$T/multi" --platform linux/s390x
is "$(proa image inspect multi:1 | grep -c '"Architecture": "s390x"')" 1 "is what was loaded"
run_is 1 "a platform that is not there" proa load -i "$T/multi" --platform linux/mips64le
one_line "is one line"
run_is 1 "a platform that an archive is not for" proa load -i "$T/bb" --platform linux/s390x
like "$err" "not for linux/s390x as asked" "says so"
run_is 1 "a platform that is none" proa load -i "$T/bb" --platform a/b/c/d

# ---- bad input: one line, exit 1, nothing left
rm -rf "$D"
bad() { # DESC ERE: what is in $T/in must be refused
	status=0
	err=$(proa load 2>&1 >/dev/null <"$T/in") || status=$?
	is "$status" 1 "$1: is refused"
	like "$err" "$2" "$1: the message fits"
	one_line "$1: one line"
	nothing_left "$1: nothing is left"
}


: >"$T/in"
bad "nothing at all" "."
echo hello >"$T/in"
bad "no archive" "."
head -c 100000 "$IMAGES/busybox.tar" >"$T/in"
bad "truncated in a layer" "."
gzip <"$IMAGES/busybox.tar" | head -c 50000 >"$T/in"
bad "truncated gzip" "."
{ head -c 300000 "$IMAGES/busybox.tar"; printf '\377\377'; tail -c +300003 "$IMAGES/busybox.tar"; } >"$T/in"
bad "a flipped byte" "diff ID|digest|damaged"
{ gzip -c "$IMAGES/busybox.tar" | head -c 200000; printf '\377\377\377'; } >"$T/in"
bad "a broken gzip stream" "."
tar cf - -C "$T" .config 2>/dev/null >"$T/in"
bad "no manifest" "neither manifest.json nor index.json"
printf BZh91AY >"$T/in"
bad "bzip2" "bzip2 or xz"

edit() { # SED-SCRIPT: the archive with another manifest.json
	rm -rf "$T/edit"
	cp -r "$T/bb" "$T/edit"
	sed "$1" "$T/bb/manifest.json" >"$T/edit/manifest.json"
	pack "$T/edit"
}
edit 's/"Config":"[^"]*"/"Config":"gone.json"/' >"$T/in"
bad "a config that is not there" "gone.json is not in the archive"
edit 's/layer.tar/none.tar/' >"$T/in"
bad "a layer that is not there" "none.tar is not in the archive"
edit 's/busybox:latest/NO_Caps:x/' >"$T/in"
bad "a name that is none" "invalid reference format|must be lowercase"
edit 's/.$//' >"$T/in"
bad "JSON that ends early" "manifest.json"
edit 's/^.*$/{}/' >"$T/in"
bad "JSON of another shape" "manifest.json"
edit 's/"Layers":\[/"Layers":[7,/' >"$T/in"
bad "a list with a number in it" "Layers"
edit "s|\"Layers\":\\[|\"Layers\":[\"$bb_layer\",|" >"$T/in"
bad "one layer too many" "2 layers, but 1 diff IDs"
edit "s|\"Layers\":\\[\"[^\"]*\"|\"Layers\":[\"$bb_config\"|" >"$T/in"
bad "a config as a layer" "is no layer"
rm -rf "$T/edit" && cp -r "$T/bb" "$T/edit" && sed "s/$bb_diff/$bb_id/" "$T/bb/$bb_config" >"$T/edit/$bb_config"
pack "$T/edit" >"$T/in"
bad "a config of another digest" "has digest"
sed "s/$bb_diff/$bb_id/" "$T/bb/$bb_config" >"$T/edit/c.json"
sed 's/"Config":"[^"]*"/"Config":"c.json"/' "$T/bb/manifest.json" >"$T/edit/manifest.json"
pack "$T/edit" >"$T/in"
bad "a layer of another diff ID" "its config says sha256:$bb_id"
(cd "$T/bb" && tar cf - manifest.json manifest.json *.json */layer.tar) >"$T/in"
bad "a member twice" "twice"

# A JSON of 100 MB is not read into memory.
rm -rf "$T/edit" && cp -r "$T/bb" "$T/edit"
{ printf '[{"x":"'; head -c 100000000 /dev/zero | tr '\0' a; printf '"}]'; } >"$T/edit/manifest.json"
pack "$T/edit" >"$T/in"
bad "a JSON of 100 MB" "larger than 8 MiB"
{ head -c 5000000 /dev/zero | tr '\0' '['; } >"$T/edit/manifest.json"
pack "$T/edit" >"$T/in"
bad "a JSON of five million brackets" "manifest.json"
rm -rf "$T/edit"

wrong() { # SED-SCRIPT: an OCI layout whose manifest was changed, digests made right again
	rm -rf "$T/edit"
	layout "$T/edit" "$T/bb/$bb_config" "$T/bb/$bb_layer" application/vnd.oci.image.layer.v1.tar x:1
	wrong_old=$(sed 's/.*"digest":"sha256:\([0-9a-f]*\)".*/\1/' "$T/edit/index.json")
	sed "$1" "$T/edit/blobs/sha256/$wrong_old" >"$T/.m"
	rm "$T/edit/blobs/sha256/$wrong_old"
	set -- $(blob "$T/edit" "$T/.m")
	sed "s/$wrong_old/$1/; s/\"size\":[0-9]*/\"size\":$2/" "$T/edit/index.json" >"$T/.i"
	mv "$T/.i" "$T/edit/index.json"
	(cd "$T/edit" && tar cf - .)
}
wrong 's/layer.v1.tar"/layer.v9.tar"/' >"$T/in"
bad "an unknown media type" "unknown media type"
wrong 's/image.config.v1/artifact.v1/' >"$T/in"
bad "an artifact, no image" "not a container image"
wrong 's/"schemaVersion":2/"schemaVersion":1/' >"$T/in"
bad "schema version 1" "schema version 1"
wrong 's/"layers":/"manifests":[],"layers":/' >"$T/in"
bad "manifest and index in one" "both manifests and layers"
wrong 's/"size":[0-9]*/"size":-5/' >"$T/in"
bad "a negative size" "negative"
wrong 's/"digest":"sha256:/"digest":"sha512:/' >"$T/in"
bad "another digest algorithm" "digest"
wrong 's/x/x/' >"$T/good.tar"
rm -rf "$T/edit" && mkdir "$T/edit" && tar xf "$T/good.tar" -C "$T/edit"
f=$(ls "$T/edit/blobs/sha256/"* | head -n 1)
printf x >>"$f"
(cd "$T/edit" && tar cf - .) >"$T/in"
bad "a blob that is not what its name says" "digest|damaged|bytes"

run_is 1 "a file that is not there" proa load -i "$T/nowhere"
one_line "is one line"

# ---- a full disk
if mkdir "$T/small" && mount -t tmpfs -o size=2m tmpfs "$T/small" 2>/dev/null; then
	full=$D
	D=$T/small
	run_is 1 "a full disk" proa load -i "$IMAGES/busybox.tar"
	one_line "is one line"
	nothing_left "and leaves nothing"
	D=$full
else
	skip "a full disk" "no tmpfs can be mounted here"
fi

# ---- bombs
if command -v python3 >/dev/null; then
	python3 - "$T/bomb.gz" <<-'END'
	import sys, zlib, hashlib
	name = b'zeros'
	size = 1 << 30
	h = bytearray(512)
	h[0:5] = name; h[100:108] = b'0000644\0'; h[108:116] = h[116:124] = b'0000000\0'
	h[124:136] = b'%011o\0' % size; h[136:148] = b'00000000000\0'; h[156:157] = b'0'
	h[257:265] = b'ustar\00000'; h[148:156] = b' ' * 8
	h[148:156] = b'%06o\0 ' % sum(h)
	z = zlib.compressobj(9, zlib.DEFLATED, 31)
	with open(sys.argv[1], 'wb') as f:
	    f.write(z.compress(bytes(h)))
	    for i in range(size >> 20):
	        f.write(z.compress(bytes(1 << 20)))
	    f.write(z.compress(bytes(1024)) + z.flush())
	END
	rm -rf "$T/edit" && cp -r "$T/bb" "$T/edit" && mv "$T/bomb.gz" "$T/edit/$bb_layer"
	pack "$T/edit" >"$T/in"
bad "a bomb of 1 GiB" "bomb|ratio|times|compress|larger|limit"
else
	skip "a bomb of 1 GiB" "python3 is not installed"
fi

if command -v setpriv >/dev/null; then
	chmod 711 "$T"
	run_is 1 "without root" setpriv --reuid 65534 --clear-groups "$PROA" --data-root "$D" --exec-root "$E" load -i "$IMAGES/busybox.tar"
	one_line "is one line"
	like "$err" "root" "that says what to do"
else
	skip "without root" "setpriv is not installed"
fi
done_testing
