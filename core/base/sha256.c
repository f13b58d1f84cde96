/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every byte of every image passes here twice, as the layer's blob and as its tar stream, so this
 * decides how fast load and pull can be: the processor's own instructions give 4 to 5 times what
 * portable C does. The three versions share one shape, "these n blocks into that state", and one
 * pointer that is set by the first call.
 *
 * The rounds are spelled out by macros rather than left to the compiler's unrolling, so that the
 * speed does not hang on -O2 against -Os, and so that the names of the eight variables rotate
 * instead of their contents.
 */
#include "base/sha256.h"

#include <string.h>

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* ---- portable */

static inline uint32_t ror(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static inline uint32_t load_be(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Round i adds into d and h; w[] holds the last 16 words of the schedule. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		h += (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + (g ^ (e & (f ^ g))) + k[i] + w[i];    \
		d += h;                                                                            \
		h += (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & b) | (c & (a | b)));            \
	} while (0)

#define EIGHT(i)                                                                                   \
	do {                                                                                       \
		ROUND(a, b, c, d, e, f, g, h, i);                                                  \
		ROUND(h, a, b, c, d, e, f, g, i + 1);                                              \
		ROUND(g, h, a, b, c, d, e, f, i + 2);                                              \
		ROUND(f, g, h, a, b, c, d, e, i + 3);                                              \
		ROUND(e, f, g, h, a, b, c, d, i + 4);                                              \
		ROUND(d, e, f, g, h, a, b, c, i + 5);                                              \
		ROUND(c, d, e, f, g, h, a, b, i + 6);                                              \
		ROUND(b, c, d, e, f, g, h, a, i + 7);                                              \
	} while (0)

static void expand(uint32_t w[16])
{
	for (int i = 0; i < 16; i++) {
		uint32_t x = w[(i + 1) & 15], y = w[(i + 14) & 15];

		w[i] += (ror(x, 7) ^ ror(x, 18) ^ x >> 3) + w[(i + 9) & 15] +
			(ror(y, 17) ^ ror(y, 19) ^ y >> 10);
	}
}

static void blocks_portable(uint32_t s[8], const unsigned char *p, size_t n)
{
	uint32_t w[16];

	for (; n; n--, p += 64) {
		uint32_t a = s[0], b = s[1], c = s[2], d = s[3];
		uint32_t e = s[4], f = s[5], g = s[6], h = s[7];

		for (int i = 0; i < 16; i++)
			w[i] = load_be(p + 4 * i);
		for (const uint32_t *k = K;; k += 16) {
			EIGHT(0);
			EIGHT(8);
			if (k == K + 48)
				break;
			expand(w);
		}
		s[0] += a;
		s[1] += b;
		s[2] += c;
		s[3] += d;
		s[4] += e;
		s[5] += f;
		s[6] += g;
		s[7] += h;
	}
}

/* ---- x86-64: the SHA extensions (Goldmont, Zen, Ice Lake and later) */

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static int have_native(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
		return 0;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}

#define NI_AT(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
/* Four rounds with the words in m; the state is kept as (a b e f) and (c d g h). */
#define NI_ROUNDS(m, i)                                                                            \
	do {                                                                                       \
		wk = _mm_add_epi32(m, NI_AT(K + 4 * (i)));                                         \
		cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);                                      \
		abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));             \
	} while (0)
/* m0 holds the words 16 back, m3 the last four: makes the next four in m0. */
#define NI_NEXT(m0, m1, m2, m3)                                                                    \
	(m0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(m0, m1),                     \
						 _mm_alignr_epi8(m3, m2, 4)),                      \
				   m3))
#define NI_LOAD(p) _mm_shuffle_epi8(NI_AT(p), swap)
#define NI_SIXTEEN(i)                                                                              \
	do {                                                                                       \
		NI_NEXT(m0, m1, m2, m3);                                                           \
		NI_ROUNDS(m0, i);                                                                  \
		NI_NEXT(m1, m2, m3, m0);                                                           \
		NI_ROUNDS(m1, i + 1);                                                              \
		NI_NEXT(m2, m3, m0, m1);                                                           \
		NI_ROUNDS(m2, i + 2);                                                              \
		NI_NEXT(m3, m0, m1, m2);                                                           \
		NI_ROUNDS(m3, i + 3);                                                              \
	} while (0)

__attribute__((target("sha,ssse3,sse4.1"))) static void blocks_native(uint32_t s[8],
								      const unsigned char *p,
								      size_t n)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i lo = NI_AT(s), hi = NI_AT(s + 4);
	__m128i abef, cdgh, m0, m1, m2, m3, wk;

	/* from memory order to the two halves that sha256rnds2 wants */
	lo = _mm_shuffle_epi32(lo, 0xb1);
	hi = _mm_shuffle_epi32(hi, 0x1b);
	abef = _mm_alignr_epi8(lo, hi, 8);
	cdgh = _mm_blend_epi16(hi, lo, 0xf0);
	for (; n; n--, p += 64) {
		const __m128i abef0 = abef, cdgh0 = cdgh;

		m0 = NI_LOAD(p);
		NI_ROUNDS(m0, 0);
		m1 = NI_LOAD(p + 16);
		NI_ROUNDS(m1, 1);
		m2 = NI_LOAD(p + 32);
		NI_ROUNDS(m2, 2);
		m3 = NI_LOAD(p + 48);
		NI_ROUNDS(m3, 3);
		NI_SIXTEEN(4);
		NI_SIXTEEN(8);
		NI_SIXTEEN(12);
		abef = _mm_add_epi32(abef, abef0);
		cdgh = _mm_add_epi32(cdgh, cdgh0);
	}
	lo = _mm_shuffle_epi32(abef, 0x1b);
	hi = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)s, _mm_blend_epi16(lo, hi, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(s + 4), _mm_alignr_epi8(hi, lo, 8));
}

/* ---- ARMv8 with the SHA2 extension (clang before 16 hides the intrinsics without -march) */

#elif defined(__AARCH64EL__) && (!defined(__clang__) || defined(__ARM_FEATURE_SHA2))
#include <arm_neon.h>
#include <sys/auxv.h>

static int have_native(void)
{
	return getauxval(AT_HWCAP) >> 6 & 1; /* HWCAP_SHA2 */
}

#if defined(__clang__)
#define TARGET_SHA2
#else
#define TARGET_SHA2 __attribute__((target("+crypto")))
#endif

TARGET_SHA2 static void blocks_native(uint32_t s[8], const unsigned char *p, size_t n)
{
	uint32x4_t abcd = vld1q_u32(s), efgh = vld1q_u32(s + 4);

	for (; n; n--, p += 64) {
		const uint32x4_t abcd0 = abcd, efgh0 = efgh;
		uint32x4_t m[4];

		for (int i = 0; i < 4; i++)
			m[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p + 16 * i)));
		for (int i = 0; i < 16; i++) {
			uint32x4_t wk = vaddq_u32(m[0], vld1q_u32(K + 4 * i)), old = abcd, next;

			abcd = vsha256hq_u32(abcd, efgh, wk);
			efgh = vsha256h2q_u32(efgh, old, wk);
			next = vsha256su1q_u32(vsha256su0q_u32(m[0], m[1]), m[2], m[3]);
			m[0] = m[1];
			m[1] = m[2];
			m[2] = m[3];
			m[3] = next;
		}
		abcd = vaddq_u32(abcd, abcd0);
		efgh = vaddq_u32(efgh, efgh0);
	}
	vst1q_u32(s, abcd);
	vst1q_u32(s + 4, efgh);
}

#else
#define have_native() 0
#define blocks_native blocks_portable
#endif

/* ---- streaming */

static void blocks_probe(uint32_t s[8], const unsigned char *p, size_t n);
static void (*blocks)(uint32_t s[8], const unsigned char *p, size_t n) = blocks_probe;

static void blocks_probe(uint32_t s[8], const unsigned char *p, size_t n)
{
	blocks = have_native() ? blocks_native : blocks_portable;
	blocks(s, p, n);
}

void sha256_force_portable(int on)
{
	blocks = on ? blocks_portable : blocks_probe;
}

void sha256_init(struct sha256 *s)
{
	static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	memcpy(s->h, start, sizeof(start));
	s->len = 0;
}

void sha256_update(struct sha256 *s, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t have = s->len % 64, take = 64 - have;

	s->len += len;
	if (have && len >= take) {
		memcpy(s->block + have, p, take);
		blocks(s->h, s->block, 1);
		p += take;
		len -= take;
		have = 0;
	}
	if (!have && len >= 64) {
		blocks(s->h, p, len / 64);
		p += len & ~(size_t)63;
		len %= 64;
	}
	if (len)
		memcpy(s->block + have, p, len);
}

void sha256_final(struct sha256 *s, unsigned char ret[32])
{
	static const unsigned char pad[64] = {0x80};
	uint64_t bits = s->len * 8;
	unsigned char size[8];

	for (int i = 0; i < 8; i++)
		size[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_update(s, pad, 1 + (119 - s->len % 64) % 64);
	sha256_update(s, size, sizeof(size));
	for (int i = 0; i < 32; i++)
		ret[i] = (unsigned char)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_hex(const unsigned char sum[32], char ret[65])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 32; i++) {
		ret[2 * i] = digits[sum[i] >> 4];
		ret[2 * i + 1] = digits[sum[i] & 15];
	}
	ret[64] = 0;
}

void sha256_hex_of(const void *data, size_t len, char ret[65])
{
	unsigned char sum[32];
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, data, len);
	sha256_final(&s, sum);
	sha256_hex(sum, ret);
}
