/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"
#include "test.h"

#include <string.h>

TEST(id_whole)
{
	char a[ID_LEN + 1], b[ID_LEN + 1], again[ID_LEN + 1];

	id_new(a);
	id_new(b);
	EQ_INT(strlen(a), 64);
	EQ_INT(strspn(a, "0123456789abcdef"), 64);
	OK(strcmp(a, b) != 0);
	id_complete(a, again);
	EQ_STR(again, a);
}

TEST(id_known) /* names on disk depend on it */
{
	char id[ID_LEN + 1];

	id_complete("00000000000000000000000000000000000000000000000000000000", id);
	EQ_STR(id + ID_STEM, "68db97a5");
}

int main(void)
{
	RUN(id_whole);
	RUN(id_known);
	return test_done();
}
