# SPDX-License-Identifier: Apache-2.0
# The C library, unpatched. The wrapper made here, bin/musl-cc, is how every other library, and any
# helper program of a test, is compiled and linked: the distribution's musl-gcc would bring its own
# older libc and, with -static-pie, silently make a dynamic program. MUSL_CC picks another compiler.
if ! native libc.a stdio.h; then
	unpack
	./configure --prefix="$OUT" --syslibdir="$OUT/lib" --disable-shared --disable-wrapper CC="$CC"
	make -j"$JOBS" lib/libc.a lib/crt1.o lib/crti.o lib/crtn.o obj/include/bits/alltypes.h \
		obj/include/bits/syscall.h
	make install-headers
	cp lib/*.a lib/crt1.o lib/crti.o lib/crtn.o "$OUT/lib/"
	printf '%s\n' '#!/bin/sh' \
		'# Made by vendor/musl/build.sh: compile and link a static program with musl.' \
		"v='$OUT'" \
		'cc=${MUSL_CC:-gcc}' \
		'inc="-nostdinc -isystem $v/include -isystem $v/kernel -isystem $($cc -print-file-name=include)"' \
		'case " $* " in *" -c "*|*" -S "*|*" -E "*|*" -M "*) exec $cc $inc -fno-pie "$@" ;; esac' \
		'gcclib=$(gcc -print-libgcc-file-name)' \
		'exec $cc $inc -fno-pie -static -no-pie -nostdlib "$v/lib/crt1.o" "$v/lib/crti.o" "$@" \' \
		'	-L"$v/lib" "$gcclib" -lc "$gcclib" "$v/lib/crtn.o"' >"$OUT/bin/musl-cc"
else
	printf '%s\n' '#!/bin/sh' 'exec ${MUSL_CC:-gcc} -static -no-pie "$@"' >"$OUT/bin/musl-cc"
	for f in crt1.o crti.o crtn.o; do ln -sf "/usr/lib/$f" "$OUT/lib/$f"; done
	rm -rf "$OUT/include"
	ln -sfn /usr/include "$OUT/include"
fi
chmod +x "$OUT/bin/musl-cc"
