# SPDX-License-Identifier: Apache-2.0
# images.sh: what tests of images share. Source it after lib.sh.

# busybox_parts: $T/bb holds the unpacked busybox archive; $bb_config and $bb_layer name its members,
# $bb_id and $bb_diff their digests.
busybox_parts() {
	[ -f "$IMAGES/busybox.tar" ] || bail "no $IMAGES/busybox.tar: run tools/mkimage busybox"
	rm -rf "$T/bb"
	mkdir -p "$T/bb"
	tar xf "$IMAGES/busybox.tar" -C "$T/bb"
	bb_config=$(cd "$T/bb" && ls *.json | grep -v '^manifest')
	bb_layer=$(cd "$T/bb" && ls -d */layer.tar)
	bb_id=${bb_config%.json}
	bb_diff=${bb_layer%/layer.tar}
}

# pack DIR: the archive of a directory, on stdout.
pack() {
	(cd "$1" && tar cf - *)
}

sha() {
	sha256sum "$1" | cut -c1-64
}

# store_files: what the store holds, without empty directories and the lock.
store_files() {
	(cd "$D" && find images layers tmp pins trash -mindepth 1 ! -type d ! -path images/lock \
		! -path 'layers/*/diff/*' | sort)
}

# nothing_left DESC: no image, no layer, no temporary, no pin.
nothing_left() {
	is "$(store_files)" "" "$1"
}

# blob DIR FILE: moves the file into blobs/sha256 of DIR, prints "HEX SIZE".
blob() {
	blob_hex=$(sha "$2")
	mkdir -p "$1/blobs/sha256"
	echo "$blob_hex $(wc -c <"$2")"
	mv "$2" "$1/blobs/sha256/$blob_hex"
}

# layout DIR CONFIG LAYER TYPE NAME [PLATFORM-JSON]: an OCI layout of one image from a config and a
# layer file; with a seventh argument the descriptor is added to an index that is there already.
layout() {
	cp "$2" "$T/.config"
	cp "$3" "$T/.layer"
	set -- "$1" "$(blob "$1" "$T/.config")" "$(blob "$1" "$T/.layer")" "$4" "$5" "${6:-}"
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"%s","digest":"sha256:%s","size":%s}]}' \
		${2% *} ${2#* } "$4" ${3% *} ${3#* } >"$T/.manifest"
	set -- "$1" "$(blob "$1" "$T/.manifest")" "$5" "$6"
	layout_desc=$(printf '{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}' \
		${2% *} ${2#* } "${4:+,\"platform\":$4}" "$3")
	echo '{"imageLayoutVersion":"1.0.0"}' >"$1/oci-layout"
	printf '{"schemaVersion":2,"manifests":[%s]}' "$layout_desc" >"$1/index.json"
}
