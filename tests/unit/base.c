/* SPDX-License-Identifier: Apache-2.0 */
/* The small ones: err, mem, buf, log, rand. */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>

TEST(err_texts)
{
	struct err e = {.kind = 77};

	EQ_INT(err_set(&e, ERR_CONFLICT, "name %s is taken", "a\nb\x1b[31m\x7f"), -1);
	EQ_INT(e.kind, ERR_CONFLICT);
	EQ_INT(e.sys, 0);
	EQ_STR(e.text, "name a b?[31m? is taken");
	errno = EACCES;
	EQ_INT(err_sys(&e, "open %s", "x"), -1);
	EQ_INT(e.kind, ERR_SYS);
	EQ_INT(e.sys, EACCES);
	EQ_INT(errno, EACCES);
	EQ_STR(e.text, "open x: permission denied");
	EQ_INT(err_wrap(&e, "container %d", 5), -1);
	EQ_STR(e.text, "container 5: open x: permission denied");
	EQ_INT(e.kind, ERR_SYS);
	EQ_INT(e.sys, EACCES);
	/* its own text as an argument */
	err_set(&e, ERR_INVALID, "again: %s", e.text);
	EQ_STR(e.text, "again: container 5: open x: permission denied");
}

TEST(err_long)
{
	char big[3000];
	struct err e;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	err_set(&e, ERR_INVALID, "%s", big);
	EQ_INT(strlen(e.text), sizeof(e.text) - 1);
	err_wrap(&e, "%s", "front");
	OK(!strncmp(e.text, "front: xxx", 10) && strlen(e.text) < sizeof(e.text));
	for (size_t n = 1005; n < 1020; n++) {
		big[n] = 0;
		err_set(&e, ERR_INVALID, "inner");
		err_wrap(&e, "%s", big);
		OK(strlen(e.text) < sizeof(e.text));
		errno = ENOENT;
		err_sys(&e, "%s", big);
		OK(strlen(e.text) < sizeof(e.text));
		big[n] = 'x';
	}
}

TEST(arena)
{
	AUTO_ARENA a = ARENA_INIT;
	struct strs s = {0};
	char *p, *q;

	for (size_t n = 0; n < 3000; n += 7) {
		p = arena_alloc(&a, n);
		OK((uintptr_t)p % 16 == 0);
		for (size_t i = 0; i < n; i++)
			if (p[i])
				test_fail(__FILE__, __LINE__, "byte %zu of %zu is not 0", i, n);
		memset(p, 0xff, n);
	}
	p = arena_alloc(&a, 1 << 20);
	memset(p, 1, 1 << 20);
	q = arena_array(&a, 10, 100);
	EQ_INT(q[999], 0);
	EQ_STR(arena_strndup(&a, "abcdef", 3), "abc");
	EQ_STR(arena_strndup(&a, "ab", 30), "ab");
	EQ_STR(arena_strdup(&a, ""), "");
	EQ_STR(arena_printf(&a, "%d-%s", 5, "x"), "5-x");
	OK(!s.v);
	for (int i = 0; i < 1000; i++) {
		strs_printf(&a, &s, "%d", i);
		OK(!s.v[s.n]);
	}
	EQ_INT(s.n, 1000);
	EQ_STR(s.v[0], "0");
	EQ_STR(s.v[999], "999");
	arena_release(&a);
	EQ_STR(arena_strdup(&a, "again"), "again");
}

/* A size that overflows ends the process as being out of memory does. */
TEST(arena_overflow)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		AUTO_ARENA a = ARENA_INIT;

		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
		arena_array(&a, SIZE_MAX / 4, 16);
		_exit(0);
	}
	EQ_INT(waitpid(pid, &status, 0), pid);
	OK(WIFEXITED(status) && WEXITSTATUS(status) == 125);
}

TEST(clean_up)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), kept;
	void *p = mem_alloc(0);

	REQUIRE(fd >= 0);
	errno = E2BIG;
	{
		AUTO_FD int a = fd;
		AUTO_FD int none = -1;
		AUTO_FREE char *s = mem_strdup("x");

		OK(a >= 0 && none < 0 && *s == 'x');
	}
	EQ_INT(errno, E2BIG);
	OK(fcntl(fd, F_GETFD) < 0);
	{
		AUTO_FD int a = open("/dev/null", O_RDONLY | O_CLOEXEC);

		kept = fd_steal(&a);
		EQ_INT(a, -1);
	}
	OK(fcntl(kept, F_GETFD) >= 0);
	close(kept);
	{
		AUTO_FREE void *q = p;

		p = ptr_steal(&q);
		OK(!q);
	}
	free(p);
}

TEST(buffer)
{
	AUTO_BUF b = BUF_INIT;
	char *p;

	buf_consume(&b, 0);
	buf_clear(&b);
	OK(!b.data);
	buf_append(&b, NULL, 0);
	EQ_STR(b.data, "");
	buf_str(&b, "ab");
	buf_char(&b, 'c');
	buf_printf(&b, "%d%s", 1, "");
	EQ_STR(b.data, "abc1");
	for (int i = 0; i < 2000; i++)
		buf_printf(&b, "%d,", i);
	EQ_INT(b.len, strlen(b.data));
	EQ_INT(b.len, 4 + 10 * 2 + 90 * 3 + 900 * 4 + 1000 * 5);
	buf_consume(&b, 4);
	OK(!strncmp(b.data, "0,1,2,", 6));
	buf_consume(&b, b.len);
	EQ_STR(b.data, "");
	p = buf_reserve(&b, 10000);
	memset(p, 'z', 10000);
	buf_advance(&b, 10000);
	EQ_INT(strlen(b.data), 10000);
	buf_clear(&b);
	EQ_STR(b.data, "");
	buf_release(&b);
	OK(!b.data && !b.len && !b.cap);
	buf_release(&b);
}

TEST(log_lines)
{
	int fds[2];
	char got[4000] = "", big[3000];
	enum log_level l = LOG_ERROR;
	ssize_t n;

	EQ_INT(log_parse("info", &l), 0);
	EQ_INT(l, LOG_INFO);
	EQ_INT(log_parse("loud", &l), -1);
	EQ_INT(l, LOG_INFO);
	REQUIRE(!pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	log_set(LOG_INFO, fds[1]);
	log_debug("test", "dropped");
	OK(read(fds[0], got, sizeof(got)) < 0);
	errno = ENOSPC;
	log_warn("room", "key=%s", "a\nb");
	EQ_INT(errno, ENOSPC);
	n = read(fds[0], got, sizeof(got) - 1);
	REQUIRE(n > 25);
	got[n] = 0;
	EQ_STR(got + 24, " warn room key=a?b\n");
	OK(got[4] == '-' && got[10] == 'T' && got[23] == 'Z');
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	log_info("room", "%s", big);
	n = read(fds[0], got, sizeof(got) - 1);
	OK(n > 1000 && n < 1500 && got[n - 1] == '\n');
	close(fds[0]);
	close(fds[1]);
	log_set(LOG_WARN, 2);
}

TEST(random)
{
	char a[65], b[65];
	unsigned char raw[1000] = {0};
	int zeros = 0;

	rand_hex(a, 64);
	rand_hex(b, 64);
	EQ_INT(strlen(a), 64);
	EQ_INT(strspn(a, "0123456789abcdef"), 64);
	OK(strcmp(a, b));
	rand_hex(a, 2);
	EQ_INT(strlen(a), 2);
	rand_bytes(raw, sizeof(raw));
	for (size_t i = 0; i < sizeof(raw); i++)
		zeros += raw[i] == 0;
	OK(zeros < 50, "%d zeros", zeros);
	rand_bytes(raw, 0);
}

int main(void)
{
	RUN(err_texts);
	RUN(err_long);
	RUN(arena);
	RUN(arena_overflow);
	RUN(clean_up);
	RUN(buffer);
	RUN(log_lines);
	RUN(random);
	return test_done();
}
