/* SPDX-License-Identifier: Apache-2.0 */
/* Options as Docker's users write them. The parser is part of applets/, hence the include. */
#include "test.h"

#include "applets/option.c"

static struct {
	bool tty, stdin_open, rm;
	const char *name, *hostname;
	int64_t memory, cpus;
	struct strs env;
	bool name_set;
} o;

static const struct option_def table[] = {
	{"tty", 't', OPTION_BOOL, &o.tty, NULL, "", NULL},
	{"interactive", 'i', OPTION_BOOL, &o.stdin_open, NULL, "", NULL},
	{"rm", 0, OPTION_BOOL, &o.rm, NULL, "", NULL},
	{"name", 0, OPTION_STR, &o.name, "string", "", &o.name_set},
	{"hostname", 'h', OPTION_STR, &o.hostname, "string", "", NULL},
	{"memory", 'm', OPTION_BYTES, &o.memory, "bytes", "", NULL},
	{"cpu-shares", 'c', OPTION_INT, &o.cpus, "int", "", NULL},
	{"env", 'e', OPTION_LIST, &o.env, "list", "", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static const struct applet run = {.name = "run", .flags = APPLET_CMDLINE};
static const struct applet rmi = {.name = "rmi"};

static int parse(struct applet_ctx *c, struct arena *a, const struct applet *self, struct err *e,
		 char **argv)
{
	int n = 0;

	memset(&o, 0, sizeof(o));
	*c = (struct applet_ctx){.a = a, .self = self};
	while (argv[n])
		n++;
	return option_parse(c, table, NULL, n, argv, e);
}
#define PARSE(self, ...) parse(&c, &a, self, &e, (char *[]){__VA_ARGS__, NULL})

TEST(forms)
{
	AUTO_ARENA a = ARENA_INIT;
	struct applet_ctx c;
	struct err e;

	OK(!PARSE(&run, "-it", "--rm", "--name=x", "-eA=1", "-e", "B=2", "-m512m", "--cpu-shares",
		  "7", "-h=host", "img", "-x", "--rm=false"));
	OK(o.tty && o.stdin_open && o.rm && o.name_set);
	EQ_STR(o.name, "x");
	EQ_STR(o.hostname, "host");
	EQ_INT(o.env.n, 2);
	EQ_STR(o.env.v[1], "B=2");
	EQ_INT(o.memory, 512 << 20);
	EQ_INT(o.cpus, 7);
	EQ_INT(c.argc, 3);
	EQ_STR(c.argv[1], "-x");
	OK(!PARSE(&rmi, "a", "--rm", "b", "--", "--tty", "-i"));
	OK(o.rm && !o.tty && c.argc == 4, "options and arguments mix, -- ends them");
	OK(!PARSE(&rmi, "--rm=false", "-"));
	OK(!o.rm && c.argc == 1);
	OK(PARSE(&rmi, "--help") == 1);
}

TEST(refused)
{
	AUTO_ARENA a = ARENA_INIT;
	struct applet_ctx c;
	struct err e;

	OK(PARSE(&rmi, "--nope") == -1);
	EQ_STR(e.text, "unknown flag: --nope");
	OK(PARSE(&rmi, "-iZ") == -1);
	EQ_STR(e.text, "unknown shorthand flag: 'Z' in -iZ");
	OK(PARSE(&rmi, "--name") == -1);
	EQ_STR(e.text, "flag needs an argument: --name");
	OK(PARSE(&rmi, "--rm=maybe") == -1);
	OK(PARSE(&rmi, "-c", "1x") == -1);
	OK(PARSE(&rmi, "-c", "99999999999999999999") == -1);
	OK(PARSE(&rmi, "-m", "1q") == -1);
	OK(PARSE(&rmi, "-m", "") == -1);
}

TEST(sizes)
{
	static const struct {
		const char *text;
		int64_t want;
	} t[] = {{"0", 0},	    {"512", 512},      {"1b", 1},	    {"1k", 1024},
		 {"1kb", 1024},	    {"1KiB", 1024},    {"1.5g", 3LL << 29}, {"2M", 2 << 20},
		 {"1 mb", 1 << 20}, {"8t", 8LL << 40}, {"1p", 1LL << 50}};
	static const char *const bad[] = {"",	 "-1",	 "k",	"1kk",	 "1bb",
					  "1ki", "0x10", "nan", "1e400", "99999p"};
	int64_t v;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		v = -1;
		OK(!units_bytes(t[i].text, &v), "%s", t[i].text);
		EQ_INT(v, t[i].want);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(units_bytes(bad[i], &v) == -1, "%s", bad[i]);
}

int main(void)
{
	RUN(forms);
	RUN(refused);
	RUN(sizes);
	return test_done();
}
