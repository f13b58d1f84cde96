/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list of containers says and which of them it has. With arguments this is a tool for
 * tests/golden: `lists ask DATA-ROOT EXEC-ROOT TARGET` prints the status and then the body that the
 * server's own function answers to GET TARGET.
 */
#include "tests/unit/test.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "api/server.h"
#include "engine/list_match.h"
#include "engine/shape.h"
#include "wire/send.h"

static struct arena arena;

/* ---- the tool */

static int ask(char **argv)
{
	const struct engine_config config = {.data_root = argv[2],
					     .exec_root = argv[3],
					     .cgroup_parent = getenv("PROA_CGROUP_PARENT")};
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
	if (send_request(sp[0], "GET", argv[4], NULL, NULL, 0, &e) ||
	    http_read_head(h, &arena, &m, &e) != 1 || http_read_all(h, 64 << 20, &b, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	printf("%d\n%.*s", m.status, (int)b.len, b.data ? b.data : "");
	http_free(h);
	close(sp[0]);
	waitpid(pid, NULL, 0);
	return 0;
}

/* ---- words */

static const char *words(enum status_kind kind, int64_t ago, int code, const char *health)
{
	const int64_t now = 1700000000LL * 1000000000;
	const struct status st = {.kind = kind,
				  .state = {.started = now - ago * 1000000000,
					    .finished = now - ago * 1000000000,
					    .exit_code = code}};

	return shape_status(&arena, &st, health, now);
}

TEST(status)
{
	EQ_STR(words(STATUS_RUNNING, 5, 0, ""), "Up 5 seconds");
	EQ_STR(words(STATUS_RUNNING, 0, 0, "healthy"), "Up Less than a second (healthy)");
	EQ_STR(words(STATUS_RUNNING, 90, 0, "starting"), "Up About a minute (health: starting)");
	EQ_STR(words(STATUS_RUNNING, 7200, 0, "unhealthy"), "Up 2 hours (unhealthy)");
	EQ_STR(words(STATUS_PAUSED, 180, 0, "healthy"), "Up 3 minutes (Paused)");
	EQ_STR(words(STATUS_EXITED, 120, 3, "unhealthy"), "Exited (3) 2 minutes ago");
	EQ_STR(words(STATUS_RESTARTING, 3, 1, ""), "Restarting (1) 3 seconds ago");
	EQ_STR(words(STATUS_CREATED, 3, 127, ""), "Created");
	EQ_STR(words(STATUS_DEAD, 3, 0, ""), "Dead");
	EQ_STR(words(STATUS_REMOVING, 3, 0, ""), "Removal In Progress");
}

static struct strs list(const char *a, const char *b)
{
	struct strs s = {0};

	if (a)
		strs_add(&arena, &s, arena_strdup(&arena, a));
	if (b)
		strs_add(&arena, &s, arena_strdup(&arena, b));
	return s;
}

TEST(command)
{
	struct strs none = {0}, one = list("echo", NULL), two = list("a b", "it's"),
		    spaces = list("my prog", "x");

	EQ_STR(shape_command(&arena, &one, &two), "echo 'a b' it's");
	EQ_STR(shape_command(&arena, &none, &one), "echo");
	EQ_STR(shape_command(&arena, &none, &spaces), "my prog x");
	EQ_STR(shape_command(&arena, &none, &none), "");
}

static const char *map_of(struct strs s)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	shape_map(&w, &arena, NULL, &s);
	return arena_strdup(&arena, b.data);
}

TEST(maps)
{
	struct strs s = list("b=1", "a=2");

	EQ_STR(map_of(s), "{\"a\":\"2\",\"b\":\"1\"}");
	strs_add(&arena, &s, arena_strdup(&arena, "b=3"));
	strs_add(&arena, &s, arena_strdup(&arena, "a.b=x"));
	EQ_STR(map_of(s), "{\"a\":\"2\",\"a.b\":\"x\",\"b\":\"3\"}");
	EQ_STR(map_of(list(NULL, NULL)), "{}");
}

/* ---- filters */

static const char record[] =
	"{\"Config\":{\"Labels\":{\"a\":\"b\",\"empty\":\"\"}},"
	"\"HostConfig\":{\"NetworkMode\":\"none\"},\"Mounts\":[{\"Type\":\"volume\","
	"\"Name\":\"vol\",\"Source\":\"/x/vol/_data\",\"Destination\":\"/v\"},"
	"{\"Type\":\"bind\",\"Source\":\"/src\",\"Destination\":\"/b\"}]}";

static struct containers_one one = {.id = "abcdef", .name = "web", .image = "sha256:1"};

/* Whether a filter that has only this value lets the container pass. -1: it is refused. */
static int passes(struct strs *which, struct list_filter *f, const char *value,
		  enum status_kind kind, int code, const char *health)
{
	struct list_row r = {.c = &one,
			     .st = {.kind = kind,
				    .state = {.running = kind == STATUS_RUNNING ||
							 kind == STATUS_PAUSED ||
							 kind == STATUS_RESTARTING,
					      .exit_code = code}},
			     .health = health,
			     .created = 100};
	struct netshow_known known = {NULL, &arena, NULL};
	struct list_match m;
	struct err e;
	int rc = -1;

	netshow_load(NULL, &arena, &known, &one, &r.st, &r.net);

	if (which)
		*which = list(value, NULL);
	if (!list_match_init(NULL, &arena, f, &m, &e))
		rc = list_match(&m, &arena, &r);
	if (which)
		*which = list(NULL, NULL);
	return rc;
}
#define RUNS(field, value) passes(&f.field, &f, value, STATUS_RUNNING, 0, "")
#define ENDED(field, value, code) passes(&f.field, &f, value, STATUS_EXITED, code, "")

TEST(filters)
{
	struct list_filter f = {.all = false};

	EQ_INT(passes(NULL, &f, NULL, STATUS_RUNNING, 0, ""), 1);
	EQ_INT(passes(NULL, &f, NULL, STATUS_PAUSED, 0, ""), 1);
	EQ_INT(passes(NULL, &f, NULL, STATUS_RESTARTING, 0, ""), 1);
	EQ_INT(passes(NULL, &f, NULL, STATUS_EXITED, 0, ""), 0);
	EQ_INT(passes(NULL, &f, NULL, STATUS_CREATED, 0, ""), 0);
	EQ_INT(ENDED(status, "exited", 0), 1);
	EQ_INT(RUNS(status, "exited"), 0);
	EQ_INT(RUNS(status, "nosuch"), -1);
	EQ_INT(ENDED(exited, "3", 3), 0);
	f.limit = 1;
	EQ_INT(ENDED(exited, "3", 3), 1);
	EQ_INT(ENDED(exited, "3", 4), 0);
	EQ_INT(ENDED(exited, "-1", 4), 0);
	EQ_INT(ENDED(exited, "x", 4), -1);
	EQ_INT(ENDED(exited, "99999999999", 4), -1);
	EQ_INT(RUNS(health, "none"), 1);
	EQ_INT(RUNS(health, "healthy"), 0);
	EQ_INT(passes(&f.health, &f, "healthy", STATUS_RUNNING, 0, "healthy"), 1);
	EQ_INT(RUNS(health, "well"), -1);
	EQ_INT(RUNS(id, "abc"), 1);
	EQ_INT(RUNS(id, "def"), 0);
	EQ_INT(RUNS(label, "a"), 1);
	EQ_INT(RUNS(label, "a=b"), 1);
	EQ_INT(RUNS(label, "a=c"), 0);
	EQ_INT(RUNS(label, "empty="), 1);
	EQ_INT(RUNS(label, "b"), 0);
	EQ_INT(RUNS(network, "none"), 1);
	EQ_INT(RUNS(network, "host"), 0);
	EQ_INT(RUNS(volume, "vol"), 1);
	EQ_INT(RUNS(volume, "/v"), 1);
	EQ_INT(RUNS(volume, "/src"), 1);
	EQ_INT(RUNS(volume, "/x/vol/_data"), 0);
	EQ_INT(RUNS(is_task, "true"), 0);
	EQ_INT(RUNS(is_task, "0"), 1);
	EQ_INT(RUNS(is_task, "x"), -1);
	EQ_INT(RUNS(expose, "80-90/tcp"), 0);
	EQ_INT(RUNS(expose, "90-80"), -1);
	EQ_INT(RUNS(publish, "70000"), -1);
	EQ_INT(RUNS(publish, "80/icmp"), 0);
}

TEST(names)
{
	struct list_filter f = {.all = true};

	EQ_INT(RUNS(name, "we"), 1);
	EQ_INT(RUNS(name, "eb"), 1);
	EQ_INT(RUNS(name, "^/web$"), 1);
	EQ_INT(RUNS(name, "^web$"), 1);
	EQ_INT(RUNS(name, "^(web|db)$"), 1);
	EQ_INT(RUNS(name, "^eb"), 0);
	EQ_INT(RUNS(name, "WEB"), 0);
	EQ_INT(RUNS(name, "w[a-f]+"), 1);
	EQ_INT(RUNS(name, "("), 0);
	EQ_INT(RUNS(name, ""), 1);
}

int main(int argc, char **argv)
{
	struct err e;

	if (argc == 5 && !strcmp(argv[1], "ask"))
		return ask(argv);
	one.record = json_parse(&arena, record, strlen(record), 4096, "record", &e);
	RUN(status);
	RUN(command);
	RUN(maps);
	RUN(filters);
	RUN(names);
	arena_release(&arena);
	return test_done();
}
