# SPDX-License-Identifier: Apache-2.0
# The strict HTTP/1.1 parser of Node.js: generated C, which Debian ships in an architecture-independent
# package (its source package holds only the TypeScript that generates it).
unpack
rm -f "$OUT/lib/libllhttp.a"
cp usr/share/include/llhttp/llhttp.h usr/share/llhttp/
cd usr/share/llhttp
archive libllhttp.a "-Os -I." llhttp.c api.c http.c
cp llhttp.h "$OUT/include/"
