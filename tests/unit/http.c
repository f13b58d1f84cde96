/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP messages over a real socketpair, fed whole, byte by byte and pipelined, since a reader that
 * pulls must not depend on how the bytes arrive; and what the strict parser must refuse.
 */
#include "test.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "wire/http.h"
#include "wire/send.h"
#include "wire/target.h"

/* A connection whose other end gets `text` in pieces of `step` bytes from a child, then closes. */
static int feed(const char *text, size_t len, size_t step, pid_t *pid)
{
	int sp[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return -1;
	*pid = fork();
	if (!*pid) {
		close(sp[0]);
		for (size_t i = 0; i < len; i += step) {
			size_t n = len - i < step ? len - i : step;

			if (send(sp[1], text + i, n, MSG_NOSIGNAL) != (ssize_t)n)
				_exit(1);
		}
		_exit(0);
	}
	close(sp[1]);
	return sp[0];
}

static const char pipelined[] =
	"POST /v1.51/containers/create?name=a%20b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
	"Empty:\r\nX-Two: a\r\n\r\nhello"
	"POST /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	"3\r\nabc\r\na;ext=1\r\n0123456789\r\n0\r\n\r\n"
	"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

static void read_pipelined(size_t step)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct http_msg m;
	struct err e;
	pid_t pid;
	int fd = feed(pipelined, sizeof(pipelined) - 1, step, &pid);
	struct http *h = http_new(fd, true);

	REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	EQ_STR(m.method, "POST");
	EQ_STR(m.target, "/v1.51/containers/create?name=a%20b");
	EQ_STR(http_header(&m, "x-two"), "a");
	EQ_STR(http_header(&m, "empty"), "");
	OK(http_header(&m, "absent") == NULL, "absent header");
	OK(m.length == 5 && m.keep_alive && !m.chunked, "length and keep-alive");
	OK(http_read_all(h, 100, &b, &e) == 0, "body");
	EQ_STR(b.data, "hello");
	REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	OK(m.chunked && m.length == -1, "chunked");
	buf_clear(&b);
	OK(http_read_all(h, 100, &b, &e) == 0, "chunked body");
	EQ_STR(b.data, "abc0123456789");
	REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	EQ_STR(m.target, "/last");
	OK(!m.keep_alive, "connection: close");
	OK(http_read_head(h, &a, &m, &e) == 0, "clean end");
	http_free(h);
	close(fd);
	waitpid(pid, NULL, 0);
}

TEST(pipelined_in_pieces)
{
	for (size_t step = 1; step < 40; step++)
		read_pipelined(step);
	read_pipelined(sizeof(pipelined));
}

TEST(unread_body_is_skipped)
{
	AUTO_ARENA a = ARENA_INIT;
	struct http_msg m;
	struct err e;
	pid_t pid;
	int fd = feed(pipelined, sizeof(pipelined) - 1, 4096, &pid);
	struct http *h = http_new(fd, true);

	for (int i = 0; i < 3; i++)
		REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	EQ_STR(m.target, "/last");
	http_free(h);
	close(fd);
	waitpid(pid, NULL, 0);
}

static int refused(const char *text)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct http_msg m;
	struct err e = {0};
	pid_t pid;
	int fd = feed(text, strlen(text), 4096, &pid);
	struct http *h = http_new(fd, true);
	int rc = http_read_head(h, &a, &m, &e);

	if (rc == 1)
		rc = http_read_all(h, 1 << 20, &b, &e);
	http_free(h);
	close(fd);
	waitpid(pid, NULL, 0);
	return rc < 0 && e.kind == ERR_INVALID;
}

TEST(ambiguous_messages_are_refused)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\nHost: x\n\n",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nhello",
		"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nA : b\r\n\r\n",
		"GET /\r\n\r\n",
		"GARBAGE",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"GET / HTTP/1.1\r\nHost: x",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(refused(bad[i]), "message %zu must be refused: %s", i, bad[i]);
}

TEST(heads_are_bounded)
{
	AUTO_BUF b = BUF_INIT;

	buf_str(&b, "GET / HTTP/1.1\r\nA: ");
	for (int i = 0; i < HTTP_MAX_HEAD; i++)
		buf_char(&b, 'x');
	buf_str(&b, "\r\n\r\n");
	OK(refused(b.data), "a head over the bound");
	buf_clear(&b);
	buf_str(&b, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "H%d: v\r\n", i);
	buf_str(&b, "\r\n");
	OK(refused(b.data), "too many headers");
}

TEST(responses)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 UPGRADED\r\n"
				   "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw bytes";
	AUTO_ARENA a = ARENA_INIT;
	struct http_msg m;
	struct err e;
	char rest[32] = "";
	pid_t pid;
	int fd = feed(text, sizeof(text) - 1, sizeof(text), &pid);
	struct http *h = http_new(fd, false);

	REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	OK(m.status == 101 && m.upgrade, "upgraded (status %d)", m.status);
	OK(http_leftover(h, rest, sizeof(rest) - 1) == 9, "what was read too far");
	EQ_STR(rest, "raw bytes");
	http_free(h);
	close(fd);
	waitpid(pid, NULL, 0);
}

TEST(written_is_read)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct http_msg m;
	struct err e;
	int sp[2];
	struct http *h;

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp));
	h = http_new(sp[0], false);
	OK(!send_response(sp[1], 200, "X: y\r\n", NULL, -1, &e) &&
		   !send_chunk(sp[1], "ab", 2, &e) && !send_chunk(sp[1], "c", 1, &e) &&
		   !send_chunk(sp[1], NULL, 0, &e),
	   "chunked response");
	OK(!send_response(sp[1], 204, NULL, NULL, 0, &e), "empty response");
	OK(!send_response(sp[1], 404, NULL, "{}", 2, &e), "response with a body");
	REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	OK(m.status == 200 && !http_read_all(h, 10, &b, &e), "read it");
	EQ_STR(b.data, "abc");
	REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	OK(m.status == 204, "204");
	REQUIRE(http_read_head(h, &a, &m, &e) == 1);
	OK(m.status == 404 && m.length == 2, "404");
	http_free(h);
	close(sp[0]);
	close(sp[1]);
}

TEST(targets)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	const char *path, *query;
	struct err e;

	OK(!target_path(&a, "/images/a%2Fb/json?x=1&y=%41+c&x=2&flag", &path, &query, &e), "path");
	EQ_STR(path, "/images/a/b/json");
	EQ_STR(target_query(&a, query, "x", 0), "1");
	EQ_STR(target_query(&a, query, "x", 1), "2");
	EQ_STR(target_query(&a, query, "y", 0), "A c");
	EQ_STR(target_query(&a, query, "flag", 0), "");
	OK(!target_query(&a, query, "z", 0), "absent");
	OK(target_bool(&a, "a=1&b=0&c=false&d=True", "a", false) &&
		   !target_bool(&a, "b=0", "b", true) && !target_bool(&a, "c=false", "c", true) &&
		   target_bool(&a, "d=True", "d", false) && target_bool(&a, "", "e", true),
	   "booleans");
	OK(target_path(&a, "/a%", &path, &query, &e) &&
		   target_path(&a, "/a%4", &path, &query, &e) &&
		   target_path(&a, "/a%00b", &path, &query, &e) &&
		   target_path(&a, "/%zz", &path, &query, &e) &&
		   target_path(&a, "/a?b=c%00", &path, &query, &e) &&
		   target_path(&a, "/a?b=%4", &path, &query, &e) &&
		   target_path(&a, "*", &path, &query, &e),
	   "bad paths");
	target_quote(&b, "a b/c?d=\xc3\xa9");
	EQ_STR(b.data, "a%20b/c%3Fd%3D%C3%A9");
}

int main(void)
{
	RUN(pipelined_in_pieces);
	RUN(unread_body_is_skipped);
	RUN(ambiguous_messages_are_refused);
	RUN(heads_are_bounded);
	RUN(responses);
	RUN(written_is_read);
	RUN(targets);
	return test_done();
}
