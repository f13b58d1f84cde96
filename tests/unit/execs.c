/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a health check becomes in a spec. With arguments this is a tool for tests/ns/exec.t: `execs
 * ask DATA-ROOT EXEC-ROOT METHOD TARGET [BODY]` prints the status and then the body that the
 * server's own function answers, on a connection of its own; the exec's shim is this program too.
 */
#include "tests/unit/test.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "api/server.h"
#include "container/shimexec.h"
#include "engine/runhealth.h"
#include "wire/send.h"

static struct arena arena;

static int ask(char **argv)
{
	const struct engine_config config = {.data_root = argv[2],
					     .exec_root = argv[3],
					     .cgroup_parent = getenv("PROA_CGROUP_PARENT")};
	const char *body = argv[6];
	struct err e = {.kind = ERR_NONE};
	struct http_msg m = {.status = 0};
	AUTO_BUF b = BUF_INIT;
	struct http *h;
	int sp[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return 1;
	pid = fork();
	if (!pid) {
		close(sp[0]);
		_exit(server_serve(sp[1], &config));
	}
	close(sp[1]);
	h = http_new(sp[0], false);
	if (send_request(sp[0], argv[4], argv[5],
			 body ? "Content-Type: application/json\r\n" : NULL, body,
			 body ? (int64_t)strlen(body) : 0, &e) ||
	    http_read_head(h, &arena, &m, &e) != 1 || http_read_all(h, 64 << 20, &b, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	printf("%d\n%.*s\n", m.status, (int)b.len, b.data ? b.data : "");
	http_free(h);
	close(sp[0]);
	waitpid(pid, NULL, 0);
	return 0;
}

/* ---- health checks */

static int build(struct request_health *h, const char *kind, const char *line,
		 struct spec_health *ret, struct err *e)
{
	h->test = (struct strs){0};
	h->on_failure = h->on_failure ? h->on_failure : "";
	if (kind)
		strs_add(&arena, &h->test, arena_strdup(&arena, kind));
	if (line)
		strs_add(&arena, &h->test, arena_strdup(&arena, line));
	return runhealth_build(&arena, h, ret, e);
}

TEST(defaults)
{
	struct request_health h = {.set = true};
	struct spec_health s;
	struct err e;

	REQUIRE(!build(&h, "CMD-SHELL", "true", &s, &e));
	EQ_INT(s.interval, 30000000000);
	EQ_INT(s.timeout, 30000000000);
	EQ_INT(s.start_period, 0);
	EQ_INT(s.start_interval, 5000000000);
	EQ_INT(s.retries, 3);
	EQ_STR(s.on_failure, "none");
	EQ_STR(s.test.v[1], "true");
	REQUIRE(!build(&h, NULL, NULL, &s, &e));
	EQ_INT(s.test.n, 0);
	REQUIRE(!build(&h, "NONE", NULL, &s, &e));
	EQ_INT(s.test.n, 0);
}

TEST(own_probes)
{
	static const char *const cases[][3] = {
		{"http://127.0.0.1:80/x", "HTTP", "127.0.0.1:80/x"},
		{"tcp://[::1]:5432", "TCP", "[::1]:5432"},
		{"file:/run/ready", "FILE", "/run/ready"},
		{"file:///run/ready", "FILE", "///run/ready"},
		{"http://host/ && true", "CMD-SHELL", "http://host/ && true"},
		{"https://host/", "CMD-SHELL", "https://host/"},
		{"file:relative", "CMD-SHELL", "file:relative"},
	};
	struct request_health h = {.set = true};
	struct spec_health s;
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		REQUIRE(!build(&h, "CMD-SHELL", cases[i][0], &s, &e));
		EQ_STR(s.test.v[0], cases[i][1]);
		EQ_STR(s.test.v[1], cases[i][2]);
	}
	REQUIRE(!build(&h, "CMD", "http://127.0.0.1/", &s, &e));
	EQ_STR(s.test.v[0], "CMD");
}

TEST(refused)
{
	struct request_health h = {.set = true};
	struct spec_health s;
	struct err e;

	OK(build(&h, "SHELL", "x", &s, &e), "an unknown kind");
	OK(build(&h, "CMD", NULL, &s, &e), "no command");
	h.interval = 999999;
	OK(build(&h, "CMD", "x", &s, &e), "less than a millisecond");
	EQ_STR(e.text, "Interval in Healthcheck cannot be less than 1ms");
	h.interval = -5;
	OK(build(&h, "CMD", "x", &s, &e), "a negative interval");
	h.interval = 0;
	h.retries = -1;
	OK(build(&h, "CMD", "x", &s, &e), "negative retries");
	h.retries = 0;
	h.on_failure = "explode";
	OK(build(&h, "CMD", "x", &s, &e), "an unknown action");
}

int main(int argc, char **argv)
{
	if (argc == 1 && !strcmp(argv[0], "proa-shim"))
		return shimexec_main();
	if (argc >= 6 && !strcmp(argv[1], "ask"))
		return ask(argv);
	RUN(defaults);
	RUN(own_probes);
	RUN(refused);
	return test_done();
}
