# SPDX-License-Identifier: Apache-2.0
# Names, numbers and architectures are what we want of it. Its configure only finds linux/seccomp.h,
# and the release archive carries the gperf output, so neither configure nor gperf is needed.
if ! native libseccomp.a seccomp.h seccomp-syscalls.h; then
	unpack
	rm -f "$OUT/lib/libseccomp.a"
	echo '#define HAVE_LINUX_SECCOMP_H 1' >configure.h
	cd src
	archive libseccomp.a "-Os -I.. -I../include" api.c system.c helper.c gen_pfc.c gen_bpf.c hash.c \
		db.c arch.c arch-x86.c arch-x86_64.c arch-x32.c arch-arm.c arch-aarch64.c arch-mips.c \
		arch-mips64.c arch-mips64n32.c arch-parisc.c arch-parisc64.c arch-ppc.c arch-ppc64.c \
		arch-riscv64.c arch-s390.c arch-s390x.c syscalls.c syscalls.perf.c
	cp ../include/seccomp.h ../include/seccomp-syscalls.h "$OUT/include/"
fi
