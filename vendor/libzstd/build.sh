# SPDX-License-Identifier: Apache-2.0
# Decoding only, no legacy formats, no threads. -O2 where the bytes flow (decompression reaches twice
# the speed of -Os for 30 KB), -Os for the rest. One Huffman decoder (X1 reads everything) and one
# sequence decoder of each pair: a few per cent of speed for 40 KB.
if ! native libzstd.a zstd.h zstd_errors.h; then
	unpack
	rm -f "$OUT/lib/libzstd.a"
	f="-DHUF_FORCE_DECOMPRESS_X1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT"
	f="$f -DZSTD_LEGACY_SUPPORT=0 -DZSTD_STRIP_ERROR_STRINGS=0 -DZSTDLIB_VISIBLE= -DXXH_NAMESPACE=ZSTD_"
	cd lib
	archive libzstd.a "-Os $f" common/debug.c common/entropy_common.c common/error_private.c \
		common/fse_decompress.c common/xxhash.c common/zstd_common.c decompress/zstd_ddict.c \
		decompress/zstd_decompress.c
	archive libzstd.a "-O2 $f" decompress/huf_decompress.c decompress/zstd_decompress_block.c
	case $("$CC" -dumpmachine) in
	x86_64-*) archive libzstd.a "$f" decompress/huf_decompress_amd64.S ;;
	esac
	cp zstd.h zstd_errors.h "$OUT/include/"
fi
