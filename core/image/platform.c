/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's variant comes from uname for arm (armv7l) and is v8 on arm64, which is written
 * without variant, as in image indexes. amd64 levels: images for v1 run on each machine; the level
 * of this one is read from CPUID once, because an index may offer v3 next to v1 and running v3 code
 * on a v1 machine ends in SIGILL.
 */
#include "image/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const struct {
	const char *machine, *arch, *variant;
} names[] = {
	{"x86_64", "amd64", ""},
	{"x86-64", "amd64", ""},
	{"amd64", "amd64", ""},
	{"aarch64", "arm64", ""},
	{"arm64", "arm64", ""},
	{"armhf", "arm", "v7"},
	{"armel", "arm", "v6"},
	{"armv8l", "arm", "v8"},
	{"armv7l", "arm", "v7"},
	{"armv6l", "arm", "v6"},
	{"armv5tel", "arm", "v5"},
	{"i386", "386", ""},
	{"i686", "386", ""},
	{"i586", "386", ""},
	{"riscv64", "riscv64", ""},
	{"ppc64le", "ppc64le", ""},
	{"s390x", "s390x", ""},
	{"mips64", "mips64le", ""},
	{"loongarch64", "loong64", ""},
};

static void lower(char *ret, size_t size, const char *text)
{
	size_t n = 0;

	for (; text && *text && n + 1 < size; text++)
		ret[n++] = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
	if (text && *text)
		n = 0; /* overlong: matches nothing, as an empty architecture */
	ret[n] = 0;
}

void platform_from(const char *os, const char *arch, const char *variant, struct platform *ret)
{
	struct platform p;

	lower(p.os, sizeof(p.os), os);
	lower(p.arch, sizeof(p.arch), arch);
	lower(p.variant, sizeof(p.variant), variant);
	if (!strcmp(p.os, "macos"))
		snprintf(p.os, sizeof(p.os), "darwin");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(p.arch, names[i].machine))
			continue;
		if (!*p.variant)
			snprintf(p.variant, sizeof(p.variant), "%s", names[i].variant);
		snprintf(p.arch, sizeof(p.arch), "%s", names[i].arch);
		break;
	}
	if (!strcmp(p.arch, "arm") && p.variant[0] >= '5' && p.variant[0] <= '8') {
		p.variant[1] = p.variant[0];
		p.variant[0] = 'v';
		p.variant[2] = 0;
	}
	if (!strcmp(p.arch, "arm") && !*p.variant)
		snprintf(p.variant, sizeof(p.variant), "v7");
	if (!strcmp(p.arch, "arm64") && (!strcmp(p.variant, "v8") || !strcmp(p.variant, "8")))
		p.variant[0] = 0;
	if (!strcmp(p.arch, "amd64") && !strcmp(p.variant, "v1"))
		p.variant[0] = 0;
	*ret = p;
}

static const char *amd64_level(void)
{
#if defined(__x86_64__)
	const unsigned v2 = bit_SSE4_2 | bit_POPCNT, fma = bit_FMA | bit_OSXSAVE;
	const unsigned v3 = bit_AVX2 | bit_BMI | bit_BMI2;
	const unsigned v4 = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
	unsigned a, b = 0, c, d, more, saved = 0, high;

	/* the compiler's own __builtin_cpu_supports asks two dozen times at every start of the
	 * program, and each is a trap in a virtual machine */
	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & v2) != v2)
		return "";
	if ((c & fma) != fma || !__get_cpuid_count(7, 0, &a, &more, &high, &d))
		return "v2";
	__asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0)); /* what the kernel saves */
	if ((saved & 0x06) != 0x06 || (more & v3) != v3)
		return "v2";
	return (saved & 0xe6) == 0xe6 && (more & v4) == v4 ? "v4" : "v3";
#else
	return "";
#endif
}

void platform_host(struct platform *ret)
{
	struct utsname u;

	if (uname(&u))
		snprintf(u.machine, sizeof(u.machine), "unknown");
	platform_from("linux", u.machine, "", ret);
	if (!strcmp(ret->arch, "amd64"))
		snprintf(ret->variant, sizeof(ret->variant), "%s", amd64_level());
}

static int word_ok(const char *w)
{
	return *w &&
	       strspn(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
		       strlen(w);
}

static int known_os(const char *w)
{
	static const char *const os[] = {"linux", "windows", "darwin", "macos", "freebsd", "wasi"};

	for (size_t i = 0; i < sizeof(os) / sizeof(*os); i++)
		if (!strcmp(w, os[i]))
			return 1;
	return 0;
}

int platform_parse(const char *text, struct platform *ret, struct err *e)
{
	char copy[96], *part[3] = {copy, NULL, NULL}, *p;
	struct platform host;
	int n = 1, bad = 0;

	if (strlen(text) >= sizeof(copy))
		return err_set(e, ERR_INVALID,
			       "platform is too long: want os/architecture[/variant]");
	memcpy(copy, text, strlen(text) + 1);
	for (p = copy; (p = strchr(p, '/')); n++) {
		*p++ = 0;
		if (n == 3) {
			bad = 1;
			break;
		}
		part[n] = p;
	}
	for (int i = 0; i < n; i++)
		bad |= !word_ok(part[i]);
	if (bad)
		return err_set(e, ERR_INVALID, "platform \"%s\": want os/architecture[/variant]",
			       text);
	platform_host(&host);
	if (n > 1)
		platform_from(part[0], part[1], part[2], ret);
	else if (known_os(copy))
		platform_from(copy, host.arch, host.variant, ret);
	else
		platform_from("linux", copy, "", ret);
	return 0;
}

void platform_text(const struct platform *p, char *ret, int size)
{
	snprintf(ret, (size_t)size, "%s/%s%s%s", p->os, p->arch, *p->variant ? "/" : "",
		 p->variant);
}

/* "" is the least level of its architecture. */
static int level(const struct platform *p)
{
	if (p->variant[0] == 'v' && p->variant[1] >= '1' && p->variant[1] <= '9')
		return p->variant[1] - '0';
	if (*p->variant)
		return -1;
	return !strcmp(p->arch, "arm64") ? 8 : !strcmp(p->arch, "arm") ? 7 : 1;
}

int platform_fit(const struct platform *want, const struct platform *have, int strict)
{
	int w = level(want), h = level(have);

	if (strcmp(want->os, have->os))
		return 0;
	if (!strcmp(want->arch, have->arch)) {
		if (!strcmp(want->variant, have->variant))
			return 100;
		if (strict || w < 0 || h < 0 || h > w)
			return 0;
		return 50 + h;
	}
	/* 32-bit code that 64-bit kernels run */
	if (!strict && !strcmp(want->arch, "amd64") && !strcmp(have->arch, "386"))
		return 10;
	if (!strict && !strcmp(want->arch, "arm64") && !strcmp(have->arch, "arm"))
		return h > 0 ? 10 + h : 0;
	return 0;
}
