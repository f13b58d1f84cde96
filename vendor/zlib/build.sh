# SPDX-License-Identifier: Apache-2.0
# The memory interface only (no gz* files). Inflate and the checksum are what a pull waits for: -O2.
# The CRC's tables are made at the first use (some 20 us of an inflate child) instead of being 17 KB of
# every binary.
if ! native libz.a zlib.h zconf.h; then
	unpack
	rm -f "$OUT/lib/libz.a"
	archive libz.a "-O2 -DHAVE_UNISTD_H -DHAVE_HIDDEN -DDYNAMIC_CRC_TABLE" adler32.c crc32.c inflate.c inftrees.c inffast.c
	archive libz.a "-Os -DHAVE_UNISTD_H -DHAVE_HIDDEN" deflate.c trees.c zutil.c
	cp zlib.h zconf.h "$OUT/include/"
fi
