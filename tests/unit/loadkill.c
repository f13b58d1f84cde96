/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load is killed before each single system call it makes, and each call that matters fails once;
 * after that the image must be whole or absent, one sweep must remove what is left, and the next
 * load must work. ptrace(2) counts the calls exactly, which a wrapper that counts per thread of the
 * whole program could not. Runs on a tmpfs of its own, in a mount namespace of its own.
 */
#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/sha256.h"
#include "engine/engine.h"
#include "engine/images.h"
#include "engine/sweep.h"
#include "image/layers.h"
#include "image/load.h"

static struct buf archive;
static struct arena arena;
static struct engine en;

static int collect(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)e;
	buf_append(ctx, data, n);
	return 0;
}

static void member(struct tar_writer *w, const char *name, const void *data, size_t n)
{
	struct tar_entry t = {.name = name,
			      .link = "",
			      .uname = "",
			      .gname = "",
			      .type = TAR_FILE,
			      .mode = 0644,
			      .size = (int64_t)n};
	struct err e;

	tar_writer_entry(w, &t, &e);
	tar_writer_data(w, data, n, &e);
}

static void make_layer(struct buf *b, const char *text)
{
	struct tar_writer w;
	struct err e;

	tar_writer_init(&w, collect, b);
	member(&w, "file", text, strlen(text));
	tar_writer_end(&w, &e);
}

static void make_archive(void)
{
	struct buf l[2] = {BUF_INIT, BUF_INIT}, c = BUF_INIT, m = BUF_INIT;
	char hex[2][65], id[80];
	struct tar_writer w;
	struct err e;

	for (int i = 0; i < 2; i++) {
		make_layer(&l[i], i ? "one" : "another");
		sha256_hex_of(l[i].data, l[i].len, hex[i]);
	}
	buf_printf(
		&c,
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":"
		"\"layers\",\"diff_ids\":[\"sha256:%s\",\"sha256:%s\"]}}",
		hex[0], hex[1]);
	sha256_hex_of(c.data, c.len, id);
	memcpy(id + 64, ".json", 6);
	buf_printf(&m,
		   "[{\"Config\":\"%s\",\"RepoTags\":[\"a:1\",\"b:1\"],\"Layers\":[\"0\",\"1\"]}]",
		   id);
	tar_writer_init(&w, collect, &archive);
	member(&w, "0", l[0].data, l[0].len);
	member(&w, "1", l[1].data, l[1].len);
	member(&w, id, c.data, c.len);
	member(&w, "manifest.json", m.data, m.len);
	tar_writer_end(&w, &e);
	buf_release(&l[0]);
	buf_release(&l[1]);
	buf_release(&c);
	buf_release(&m);
}

static ssize_t feed(void *ctx, void *buf, size_t n, struct err *e)
{
	size_t *at = ctx, left = archive.len - *at;

	(void)e;
	n = n < left ? n : left;
	memcpy(buf, archive.data + *at, n);
	*at += n;
	return (ssize_t)n;
}

static int load(struct err *e)
{
	struct load_opts o = {.say = NULL};
	size_t at = 0;

	return load_stream(&en.store, feed, &at, &o, e);
}

/* The traced child: 0 loaded, 1 refused with a text, 2 refused without one. */
static _Noreturn void child(void)
{
	struct err e = {0};

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(9);
	raise(SIGSTOP);
	if (!load(&e))
		_exit(0);
	_exit(e.kind && *e.text ? 1 : 2);
}

struct fault {
	long at; /* the how manieth call */
	int nr;	 /* of this number; -1: of any */
	int err; /* fails with this; 0: the process is killed before it */
	bool hit;
};

/* Replaces the call that is just being entered by one that does nothing. */
static void skip_call(pid_t pid)
{
#if defined(__x86_64__)
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, pid, NULL, &r);
	r.orig_rax = (unsigned long)-1;
	ptrace(PTRACE_SETREGS, pid, NULL, &r);
#else
	(void)pid;
#endif
}

static long call_nr(pid_t pid)
{
#if defined(__x86_64__)
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, pid, NULL, &r);
	return (long)r.orig_rax;
#else
	(void)pid;
	return -1;
#endif
}

static void set_result(pid_t pid, int err)
{
#if defined(__x86_64__)
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, pid, NULL, &r);
	r.rax = (unsigned long)-(long)err;
	ptrace(PTRACE_SETREGS, pid, NULL, &r);
#else
	(void)pid;
	(void)err;
#endif
}

/* Its unpacking children die with a load, but not in the same moment: they come to us as orphans.
 */
static void reap_orphans(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* Runs a load with the fault; the child's wait status. */
static int run_load(struct fault *f)
{
	bool entering = true, failing = false;
	long seen = 0;
	int st, sig = 0;
	pid_t pid = fork();

	if (!pid)
		child();
	waitpid(pid, &st, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (;;) {
		ptrace(PTRACE_SYSCALL, pid, NULL, sig);
		waitpid(pid, &st, 0);
		if (!WIFSTOPPED(st))
			return st;
		sig = WSTOPSIG(st) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(st);
		if (sig)
			continue;
		if (!entering && failing)
			set_result(pid, f->err);
		if (entering && (f->nr < 0 || call_nr(pid) == f->nr) && ++seen == f->at) {
			f->hit = true;
			if (!f->err) {
				kill(pid, SIGKILL);
				waitpid(pid, &st, 0);
				return st;
			}
			skip_call(pid);
			failing = true;
		} else if (!entering) {
			failing = false;
		}
		entering = !entering;
	}
}

static int run(struct fault *f)
{
	int st = run_load(f);

	reap_orphans();
	return st;
}

/* How many names the directory holds, but "." and "..", and but what is expected. */
static int names_in(int dirfd, const char *but1, const char *but2)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *d = fdopendir(fd);
	struct dirent *de;

	while ((de = readdir(d)))
		n += strcmp(de->d_name, ".") && strcmp(de->d_name, "..") &&
		     strcmp(de->d_name, but1) && strcmp(de->d_name, but2);
	closedir(d);
	return n;
}

/* Everything that a store can hold is gone. */
static void is_empty(const char *when, long at)
{
	const struct store *s = &en.store;
	int n = names_in(s->layers, "l", "blobs") + names_in(s->aliases, "", "") +
		names_in(s->blobmap, "", "") + names_in(s->blobs, "", "") +
		names_in(s->records, "", "") + names_in(s->refs, "", "") +
		names_in(s->tmp, "", "") + names_in(s->pins, "", "") + names_in(s->trash, "", "");

	if (n)
		test_fail(__FILE__, __LINE__, "%d things left %s (call %ld)", n, when, at);
}

static int drop(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)ctx;
	(void)data;
	(void)n;
	(void)e;
	return 0;
}

/* Every image that is there is whole. Returns how many there are. */
static int whole(void)
{
	AUTO_ARENA a = ARENA_INIT;
	struct strs ids = {0};
	struct store_ref *refs;
	size_t n;
	struct err e;

	if (store_image_ids(&en.store, &a, &ids, &e) ||
	    store_ref_list(&en.store, &a, &refs, &n, &e)) {
		test_fail(__FILE__, __LINE__, "%s", e.text);
		return -1;
	}
	for (size_t i = 0; i < ids.n; i++) {
		struct images_image im;

		if (images_resolve(&en, &a, ids.v[i], NULL, &im, &e))
			test_fail(__FILE__, __LINE__, "%s", e.text);
		for (size_t l = 0; l < im.diff_ids.n; l++)
			if (layers_tar(&en.store, im.diff_ids.v[l], drop, NULL, &e))
				test_fail(__FILE__, __LINE__, "%s", e.text);
	}
	for (size_t i = 0; i < n; i++) {
		struct store_image im;

		if (store_image_get(&en.store, &a, refs[i].id, &im, &e))
			test_fail(__FILE__, __LINE__, "%s: %s", refs[i].ref, e.text);
	}
	return (int)ids.n;
}

/* Removes the image, if it is there, and whatever a dead load left. */
static void clear(long at)
{
	AUTO_BUF json = BUF_INIT;
	struct strs ids = {0};
	struct err e;

	store_image_ids(&en.store, &arena, &ids, &e);
	for (size_t i = 0; i < ids.n; i++) {
		EQ_OK(images_remove(&en, ids.v[i], true, false, &json, &e), e);
		EQ_OK(sweep_empty_trash(&en, &e), e);
	}
	EQ_OK(sweep_all(&en, &e), e);
	is_empty("after a sweep", at);
}

static void setup(const char *dir)
{
	struct engine_config c = {.data_root = "data", .exec_root = "exec"};
	struct err e;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=64m") || chdir(dir) ||
	    engine_open(&c, &arena, &en, &e)) {
		printf("Bail out! no store in a mount namespace: %s\n", strerror(errno));
		exit(1);
	}
	make_archive();
}

TEST(kill_before_each_call)
{
	long at = 1, loaded = 0;
	struct err e;

	for (;; at++) {
		struct fault f = {.at = at, .nr = -1};
		int st = run(&f), there;

		if (!f.hit) {
			OK(WIFEXITED(st) && WEXITSTATUS(st) == 0);
			break;
		}
		there = whole();
		loaded += there;
		OK(there == 0 || there == 1, "%d images (call %ld)", there, at);
		if (at % 8 == 0) {
			EQ_OK(load(&e), e);
			EQ_INT(whole(), 1);
		}
		clear(at);
		if (test_failed_here > 5)
			return;
	}
	clear(0);
	printf("# %ld calls, after %ld of them the image was there\n", at - 1, loaded);
	OK(at > 100 && loaded > 0);
}

TEST(each_call_fails)
{
	static const struct {
		int nr, err;
	} faults[] = {
		{SYS_openat, EMFILE}, {SYS_write, ENOSPC},   {SYS_renameat, EIO},
		{SYS_rename, EIO},    {SYS_mkdirat, ENOSPC}, {SYS_symlinkat, ENOSPC},
		{SYS_fsync, EIO},     {SYS_syncfs, EIO},     {SYS_pipe2, EMFILE},
		{SYS_fcntl, EINVAL},  {SYS_read, EIO},	     {SYS_getdents64, EIO},
		{SYS_fork, EAGAIN},   {SYS_clone, EAGAIN},
	};
	int refused = 0;

#if !defined(__x86_64__)
	SKIP("results of system calls are changed on x86-64 only");
#endif
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		for (long at = 1;; at++) {
			struct fault f = {.at = at, .nr = faults[i].nr, .err = faults[i].err};
			int st = run(&f), code = WIFEXITED(st) ? WEXITSTATUS(st) : -1;

			OK(code == 0 || code == 1, "call %d no. %ld: status %#x", f.nr, at, st);
			refused += code == 1;
			whole();
			clear(at);
			if (!f.hit || test_failed_here > 5)
				break;
		}
	}
	printf("# %d loads refused\n", refused);
	OK(refused > 30);
}

int main(void)
{
	const char *dir = test_tmp();

	if (geteuid()) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	setup(dir);
	RUN(kill_before_each_call);
	RUN(each_call_fails);
	engine_close(&en);
	arena_release(&arena);
	buf_release(&archive);
	return test_done();
}
