/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers from FIPS 180-4 and NIST's examples, for whatever code this machine picks and for
 * the portable one; then both against each other over lengths and splits of all kinds. */
#include "base/sha256.h"
#include "test.h"

static void vectors(void)
{
	char hex[65], million[65];
	struct sha256 s, fork;
	unsigned char sum[32];
	char as[1000];

	sha256_hex_of("", 0, hex);
	EQ_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_hex_of("abc", 3, hex);
	EQ_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
	EQ_STR(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(as, 'a', sizeof(as));
	sha256_init(&s);
	for (int i = 0; i < 1000; i++)
		sha256_update(&s, as, sizeof(as));
	fork = s;
	sha256_final(&s, sum);
	sha256_hex(sum, million);
	EQ_STR(million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	sha256_final(&fork, sum);
	sha256_hex(sum, hex);
	EQ_STR(hex, million);
}

TEST(vectors_native)
{
	vectors();
}

TEST(vectors_portable)
{
	sha256_force_portable(1);
	vectors();
	sha256_force_portable(0);
}

TEST(equal_over_lengths)
{
	static unsigned char data[5000];
	unsigned seed = 1;
	char a[65], b[65];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
	for (size_t n = 0; n < 400; n++) {
		size_t len = n < 260 ? n : (seed = seed * 1103515245 + 12345) % 4900;
		size_t off = n % 17;

		sha256_hex_of(data + off, len, a);
		sha256_force_portable(1);
		sha256_hex_of(data + off, len, b);
		sha256_force_portable(0);
		OK(!strcmp(a, b), "length %zu", len);
	}
}

TEST(equal_over_splits)
{
	static unsigned char data[3000];
	unsigned seed = 7;
	char want[65], hex[65];
	unsigned char sum[32];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 31);
	sha256_hex_of(data, sizeof(data), want);
	for (int round = 0; round < 100; round++) {
		struct sha256 s;

		sha256_init(&s);
		for (size_t at = 0, n; at < sizeof(data); at += n) {
			n = (seed = seed * 1103515245 + 12345) >> 8 & 0xff;
			n = n < sizeof(data) - at ? n : sizeof(data) - at;
			sha256_update(&s, data + at, n);
		}
		sha256_final(&s, sum);
		sha256_hex(sum, hex);
		EQ_STR(hex, want);
	}
}

int main(void)
{
	RUN(vectors_native);
	RUN(vectors_portable);
	RUN(equal_over_lengths);
	RUN(equal_over_splits);
	return test_done();
}
