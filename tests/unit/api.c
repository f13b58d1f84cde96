/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's own function on a socketpair, asked in HTTP: what the commands of today do not ask
 * for, and what clients of tomorrow may. The program is its own shim. Needs root; runs on a tmpfs
 * of its own, in a mount namespace of its own.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "api/server.h"
#include "base/file.h"
#include "container/cgroup.h"
#include "container/shim.h"
#include "engine/netup.h"
#include "engine/containers.h"
#include "engine/netup.h"
#include "engine/reap.h"
#include "image/tar.h"
#include "wire/send.h"

static struct engine_config config;
static struct engine en;
static struct arena arena;
static char group[64];

/* One request on a connection of its own: the status, and the answer's body. */
static int ask(const char *method, const char *target, const struct buf *body, struct buf *ret)
{
	struct http_msg m = {.status = 0};
	struct http *h;
	struct err e = {.kind = ERR_NONE};
	int sp[2];
	pid_t pid;

	buf_clear(ret);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return -1;
	pid = fork();
	if (!pid) {
		close(sp[0]);
		_exit(server_serve(sp[1], &config));
	}
	close(sp[1]);
	h = http_new(sp[0], false);
	if (send_request(sp[0], method, target, NULL, body ? body->data : NULL,
			 body ? (int64_t)body->len : 0, &e) ||
	    http_read_head(h, &arena, &m, &e) != 1 || http_read_all(h, 64 << 20, ret, &e))
		printf("# %s %s: %s\n", method, target, e.text);
	buf_char(ret, 0);
	http_free(h);
	close(sp[0]);
	waitpid(pid, NULL, 0);
	return m.status;
}

static int collect(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)e;
	buf_append(ctx, data, n);
	return 0;
}

/* An image "box" of one file: busybox. */
TEST(import)
{
	struct tar_entry t = {.name = "busybox",
			      .link = "",
			      .uname = "",
			      .gname = "",
			      .type = TAR_FILE,
			      .mode = 0755};
	AUTO_BUF box = BUF_INIT;
	AUTO_BUF b = BUF_INIT;
	AUTO_BUF r = BUF_INIT;
	struct tar_writer w;
	struct err e;

	if (file_read(AT_FDCWD, "/bin/busybox", 16 << 20, &box, &e))
		SKIP("no /bin/busybox");
	tar_writer_init(&w, collect, &b);
	t.size = (int64_t)box.len;
	REQUIRE(!tar_writer_entry(&w, &t, &e) && !tar_writer_data(&w, box.data, box.len, &e) &&
		!tar_writer_end(&w, &e));
	EQ_INT(ask("POST", "/images/create?fromSrc=-&repo=box", &b, &r), 200);
}

static const char *create(const char *more, struct buf *r)
{
	AUTO_BUF b = BUF_INIT;
	struct err e;

	buf_printf(&b,
		   "{\"Image\":\"box\",\"Cmd\":[\"/busybox\",\"sleep\",\"1000\"],%s\"HostConfig\":"
		   "{\"NetworkMode\":\"none\"}}",
		   more);
	if (ask("POST", "/containers/create?name=aa", &b, r) != 201)
		return NULL;
	return json_str(json_get(json_parse(&arena, r->data, strlen(r->data), 65536, "r", &e),
				 "Id"),
			NULL);
}

/* The shim is killed: who waits for the container's end gets it, and no new shim without one. */
TEST(wait_after_kill)
{
	struct home h = containers_home(&en);
	AUTO_BUF r = BUF_INIT;
	const char *id = create("", &r);
	struct home_state s;
	struct err e;

	REQUIRE(id);
	EQ_INT(ask("POST", arena_printf(&arena, "/containers/%s/start", id), NULL, &r), 204);
	REQUIRE(!home_read_state(&h, id, &s, &e) && s.shim > 1);
	kill(s.pid, SIGSTOP); /* a container that was stopped has not ended */
	kill(s.pid, SIGCONT);
	EQ_INT(ask("DELETE", arena_printf(&arena, "/containers/%s", id), NULL, &r), 409);
	kill(s.shim, SIGKILL);
	EQ_INT(ask("POST", arena_printf(&arena, "/containers/%s/wait", id), NULL, &r), 200);
	EQ_STR(r.data, "{\"StatusCode\":137}\n");
	EQ_INT(ask("DELETE", arena_printf(&arena, "/containers/%s", id), NULL, &r), 204);
}

/* The shim is killed between writing how it ended and taking back that it runs. */
TEST(end_is_kept)
{
	struct home h = containers_home(&en);
	AUTO_BUF r = BUF_INIT;
	const char *id = create("", &r);
	struct home_state s;
	struct err e;

	REQUIRE(id);
	EQ_INT(ask("POST", arena_printf(&arena, "/containers/%s/start", id), NULL, &r), 204);
	REQUIRE(!home_read_state(&h, id, &s, &e));
	EQ_INT(ask("POST", "/containers/aa/kill?signal=15", NULL, &r), 204);
	EQ_INT(ask("POST", "/containers/aa/kill?signal=9", NULL, &r), 204);
	EQ_INT(ask("POST", "/containers/aa/wait", NULL, &r), 200);
	s.running = false;
	s.exit_code = 7;
	s.finished = s.started;
	REQUIRE(!home_write_exit(&h, id, &s, true, &e));
	s.running = true;
	REQUIRE(!home_write_state(&h, id, &s, &e));
	EQ_INT(ask("POST", "/containers/aa/wait", NULL, &r), 200);
	EQ_STR(r.data, "{\"StatusCode\":7}\n");
	EQ_INT(ask("DELETE", "/containers/aa", NULL, &r), 204);
}

/* A record that cannot be read is told, and goes by force. */
TEST(damaged_record)
{
	AUTO_BUF r = BUF_INIT;
	const char *id = create("", &r);

	REQUIRE(id && !truncate(arena_printf(&arena, "d/containers/%s/config.json", id), 20));
	EQ_INT(ask("DELETE", "/containers/aa", NULL, &r), 400);
	OK(strstr(r.data, "rm -f removes it"), "%s", r.data);
	EQ_INT(ask("DELETE", "/containers/aa?force=1", NULL, &r), 204);
	EQ_INT(ask("DELETE", "/containers/aa", NULL, &r), 404);
}

/* A record that is longer than what is read back is never written. */
TEST(huge_record)
{
	static char more[3 << 20];
	AUTO_BUF r = BUF_INIT;
	int n = snprintf(more, sizeof(more), "\"Labels\":{\"a\":\"");

	memset(more + n, '<', sizeof(more) - 16 - (size_t)n);
	memcpy(more + sizeof(more) - 16, "\"},", 4);
	OK(!create(more, &r) && strstr(r.data, "is larger than"), "%.300s", r.data);
	OK(rmdir("d/names") == 0, "its name is free: %s", strerror(errno));
	mkdir("d/names", 0700);
}

/* Whoever removed a container was killed before he had deleted its files. */
TEST(trash)
{
	AUTO_BUF r = BUF_INIT;
	const char *id = create("", &r);

	REQUIRE(id);
	mkdir(arena_printf(&arena, "e/trash/%s", id), 0700);
	REQUIRE(!rename(arena_printf(&arena, "d/containers/%s", id),
			arena_printf(&arena, "d/trash/%s", id)));
	reap_all(&en);
	OK(rmdir("d/trash") == 0, "data-root's is empty: %s", strerror(errno));
	OK(rmdir("e/trash") == 0, "exec-root's is empty: %s", strerror(errno));
}

static int setup(const char *dir)
{
	struct err e;

	snprintf(group, sizeof(group), "/proa-unit-%d", (int)getpid());
	config = (struct engine_config){.data_root = arena_printf(&arena, "%s/d", dir),
					.exec_root = arena_printf(&arena, "%s/e", dir),
					.storage_driver = "vfs",
					.cgroup_parent = group};
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=64m") || chdir(dir))
		return -1;
	return engine_open(&config, &arena, &en, &e);
}

int main(int argc, char **argv)
{
	struct err e;

	if (argc > 0 && !strcmp(argv[0], "proa-shim"))
		return shim_main(getenv(SHIM_BIRTH), &netup_shimnet);
	if (geteuid()) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	if (setup(test_tmp())) {
		printf("Bail out! no engine in a mount namespace: %s\n", strerror(errno));
		return 1;
	}
	alarm(120);
	RUN(import);
	RUN(wait_after_kill);
	RUN(end_is_kept);
	RUN(damaged_record);
	RUN(huge_record);
	RUN(trash);
	engine_close(&en);
	cgroup_teardown(group, &e);
	while (wait(NULL) > 0)
		;
	arena_release(&arena);
	return test_done();
}
