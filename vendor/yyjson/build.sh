# SPDX-License-Identifier: Apache-2.0
# Strict JSON only: without the reader of non-standard input, the JSON Pointer/Patch utilities and the
# lookup tables of the fast floating-point conversion (sizes and times are all the floats we meet).
# The macros are written into the header we install, so that user and library agree.
unpack
rm -f "$OUT/lib/libyyjson.a"
{
	echo '#define YYJSON_DISABLE_NON_STANDARD 1'
	echo '#define YYJSON_DISABLE_UTILS 1'
	echo '#define YYJSON_DISABLE_FAST_FP_CONV 1'
	cat src/yyjson.h
} >yyjson.h
cp src/yyjson.c yyjson.c
archive libyyjson.a "-Os -I." yyjson.c
cp yyjson.h "$OUT/include/"
