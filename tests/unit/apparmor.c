/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AppArmor: the automata of patterns, the kernel's list of profiles, and docker-default as this
 * binary compiles it against tests/data/apparmor/docker-default as apparmor_parser does: both
 * automata are walked side by side, and every pair of states that some string leads to must allow
 * the same.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "base/file.h"
#include "container/aadfa.h"
#include "container/apparmor.h"
#include "tests/unit/test.h"

#define TABLES 9
#define DIFF_ENCODED 0x80000000u

struct dfa {
	const unsigned char *t[TABLES]; /* by number, behind the head */
	uint32_t n[TABLES];
};

static uint32_t be(const unsigned char *p, int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

/* What the kernel checks of tables: false where it would refuse them. */
static bool verified(const struct dfa *d)
{
	uint32_t states = d->n[2], entries = d->n[8];

	if (states < 2 || d->n[1] != states || d->n[7] != states || d->n[4] != states ||
	    d->n[3] != entries)
		return false;
	for (uint32_t i = 0; i < states; i++)
		if (be(d->t[4] + i * 2, 2) >= states ||
		    (be(d->t[2] + i * 4, 4) & 0xffffff) + 255 >= entries)
			return false;
	for (uint32_t i = 0; i < entries; i++)
		if (be(d->t[8] + i * 2, 2) >= states || be(d->t[3] + i * 2, 2) >= states)
			return false;
	return true;
}

static bool read_tables(const unsigned char *p, size_t len, struct dfa *d)
{
	size_t i;

	memset(d, 0, sizeof(*d));
	if (len < 16 || be(p, 4) != 0x1b5e783d)
		return false;
	for (i = be(p + 4, 4); i + 12 <= len;) {
		uint32_t id = be(p + i, 2), width = be(p + i + 2, 2), n = be(p + i + 8, 4);

		if (id >= TABLES || i + 12 + (size_t)n * width > len)
			return false;
		d->t[id] = p + i + 12;
		d->n[id] = n;
		i = (i + 12 + (size_t)n * width + 7) & ~(size_t)7;
	}
	return i == len && verified(d);
}

static uint32_t next(const struct dfa *d, uint32_t s, unsigned char c)
{
	for (;;) {
		uint32_t base = be(d->t[2] + s * 4, 4), at = (base & 0xffffff) + c;

		if (be(d->t[3] + at * 2, 2) == s)
			return be(d->t[8] + at * 2, 2);
		s = be(d->t[4] + s * 2, 2);
		if (!(base & DIFF_ENCODED))
			return s;
	}
}

static uint32_t allowed(const struct dfa *d, uint32_t s)
{
	return be(d->t[1] + s * 4, 4);
}

static bool quiet(const struct dfa *d, uint32_t s)
{
	return be(d->t[7] + s * 4, 4) != 0;
}

static uint32_t match(const struct dfa *d, const char *text)
{
	uint32_t s = 1;

	for (; *text; text++)
		s = next(d, s, (unsigned char)*text);
	return allowed(d, s);
}

/* The which-th automaton of a policy, at its place behind the padding. */
static bool find(const struct buf *b, int which, struct dfa *ret)
{
	static const char mark[] = "aadfa\0\x06";
	const char *p = b->data;

	for (;; p++) {
		const unsigned char *u;
		size_t size, at, pad;

		p = memmem(p, (size_t)(b->data + b->len - p), mark, 7);
		if (!p)
			return false;
		if (which--)
			continue;
		u = (const unsigned char *)p + 7;
		size = u[0] | (size_t)u[1] << 8 | (size_t)u[2] << 16;
		at = (size_t)(p - b->data) + 11;
		pad = -at & 7;
		return at + size <= b->len && read_tables(u + 4 + pad, size - pad, ret);
	}
}

/* The shortest string that tells the two apart goes to the log. `skip`: first bytes left out. */
static void compare(const struct dfa *a, const struct dfa *b, const char *skip)
{
	struct pair {
		uint32_t a, b, from;
		unsigned char c;
	} *q = calloc((size_t)a->n[2] * b->n[2] + 1, sizeof(*q));
	bool *seen = calloc((size_t)a->n[2] * b->n[2], 1);
	size_t n = 1;

	REQUIRE(q && seen);
	q[0] = (struct pair){1, 1, 0, 0};
	for (size_t i = 0; i < n; i++) {
		if (allowed(a, q[i].a) != allowed(b, q[i].b) ||
		    quiet(a, q[i].a) != quiet(b, q[i].b)) {
			OK(false, "%#x, not %#x", allowed(a, q[i].a), allowed(b, q[i].b));
			for (size_t j = i; j; j = q[j].from)
				test_note("backwards: %#x %c", q[j].c, q[j].c > 32 ? q[j].c : ' ');
			break;
		}
		for (unsigned c = 0; c < 256; c++) {
			struct pair p = {next(a, q[i].a, (unsigned char)c),
					 next(b, q[i].b, (unsigned char)c), (uint32_t)i,
					 (unsigned char)c};
			bool *s = &seen[(size_t)p.a * b->n[2] + p.b];

			if (*s || (i == 0 && c && strchr(skip, (int)c)))
				continue;
			*s = true;
			q[n++] = p;
		}
	}
	test_note("%u and %u states, %zu pairs", a->n[2], b->n[2], n);
	free(q);
	free(seen);
}

TEST(patterns)
{
	static const struct aadfa_rule rules[] = {
		{"/a/*", 1, 0},	      {"/a/**", 2, 0}, {"/b?c", 4, 0},	 {"/x[a-c-]", 8, 0},
		{"/x[^a-c]y", 16, 0}, {"/a/no", 0, 3}, {"[/]**", 32, 0},
	};
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct err e;
	struct dfa d;

	EQ_OK(aadfa_build(&a, rules, sizeof(rules) / sizeof(*rules), &b, &e), e);
	REQUIRE(read_tables((unsigned char *)b.data, b.len, &d));
	EQ_INT(match(&d, "/"), 32);
	EQ_INT(match(&d, ""), 0);
	EQ_INT(match(&d, "a"), 0);
	EQ_INT(match(&d, "/a/"), 32);
	EQ_INT(match(&d, "/a/b"), 35);
	EQ_INT(match(&d, "/a/b/c"), 34);
	EQ_INT(match(&d, "/a//c"), 32);
	EQ_INT(match(&d, "/a/no"), 32);
	EQ_INT(match(&d, "/a/nor"), 35);
	EQ_INT(match(&d, "/bbc"), 36);
	EQ_INT(match(&d, "/b/c"), 32);
	EQ_INT(match(&d, "/xb"), 40);
	EQ_INT(match(&d, "/x-"), 40);
	EQ_INT(match(&d, "/xd"), 32);
	EQ_INT(match(&d, "/xdy"), 48);
	EQ_INT(match(&d, "/xay"), 32);
}

TEST(open_class)
{
	static const struct aadfa_rule bad = {"/[abc", 1, 0};
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct err e = {0};

	OK(aadfa_build(&a, &bad, 1, &b, &e) < 0);
	EQ_INT(e.kind, ERR_INVALID);
}

TEST(list)
{
	OK(apparmor_listed("docker-default (enforce)\n", "docker-default"));
	OK(apparmor_listed("/usr/bin/man (enforce)\ndocker-default (complain)", "docker-default"));
	OK(!apparmor_listed("", "docker-default"));
	OK(!apparmor_listed(NULL, "docker-default"));
	OK(!apparmor_listed("docker-default", "docker-default"));
	OK(!apparmor_listed("docker-default2 (enforce)\n", "docker-default"));
	OK(!apparmor_listed("docker-default//hat (enforce)\n", "docker-default"));
	OK(!apparmor_listed("my docker-default (enforce)\n:ns://docker-default (enforce)\n",
			    "docker-default"));
}

/* tests/data/apparmor/docker-default, compiled. */
static int reference(struct buf *b, struct err *e)
{
	AUTO_FD int fd = open("policy", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	const char *text = test_data("data/apparmor/docker-default");
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		dup2(fd, 1);
		execl("/sbin/apparmor_parser", "apparmor_parser", "-Q", "-K", "-M",
		      "/etc/apparmor.d/abi/3.0", "-S", text, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return err_set(e, ERR_SYS, "apparmor_parser: status %#x", (unsigned)status);
	return file_read(AT_FDCWD, "policy", 1 << 20, b, e);
}

TEST(same_as_parser)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF ours = BUF_INIT, theirs = BUF_INIT;
	struct dfa x, y;
	struct err e;

	if (access("/sbin/apparmor_parser", X_OK))
		SKIP("apparmor_parser is not installed");
	EQ_OK(apparmor_policy(&a, "/usr/sbin/proad", &ours, &e), e);
	EQ_OK(reference(&theirs, &e), e);
	REQUIRE(find(&ours, 0, &x) && find(&theirs, 0, &y));
	compare(&x, &y, "\x04\x0e\x34"); /* networks: ours does not mediate them */
	EQ_INT(next(&x, 1, 4) + next(&x, 1, 14), 0);
	REQUIRE(find(&ours, 1, &x) && find(&theirs, 1, &y));
	compare(&x, &y, "");
}

TEST(engine_label)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF none = BUF_INIT, plain = BUF_INIT, odd = BUF_INIT;
	struct err e;

	EQ_OK(apparmor_policy(&a, NULL, &none, &e), e);
	EQ_OK(apparmor_policy(&a, "unconfined", &plain, &e), e);
	EQ_OK(apparmor_policy(&a, "a//&b[", &odd, &e), e);
	EQ_INT(none.len, plain.len);
	EQ_INT(none.len, odd.len);
}

int main(void)
{
	test_tmp();
	RUN(patterns);
	RUN(open_class);
	RUN(list);
	RUN(same_as_parser);
	RUN(engine_label);
	return test_done();
}
