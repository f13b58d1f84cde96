/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input and output are files without a name: a hook that does not read
 * keeps nobody waiting then. Standard output and error of the caller are the container's.
 *
 * A program that startContainer names is the container's own file, so nothing but the filter tells
 * it from the command.
 */
#include "container/ocihook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "container/reap.h"
#include "container/seccomp.h"

static _Noreturn void run_child(const struct bundle_hook *hook, const struct spec_seccomp *filter,
				int in, int out)
{
	static char *none[] = {NULL};
	sigset_t unblocked;
	struct err e;

	sigemptyset(&unblocked);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	if (filter && seccomp_install(filter, &e)) {
		dprintf(2, "%s", e.text);
		_exit(126);
	}
	execve(hook->path, hook->args.v, hook->env.n ? hook->env.v : none);
	dprintf(2, "cannot be executed: %s", strerror(errno));
	_exit(127);
}

static int run(const struct bundle_hook *hook, const struct spec_seccomp *filter,
	       const struct buf *state, struct err *e)
{
	AUTO_FD int in = memfd_create("state", MFD_CLOEXEC);
	AUTO_FD int out = memfd_create("output", MFD_CLOEXEC);
	char text[400] = "";
	int status, late;
	pid_t pid;

	if (in < 0 || out < 0 || file_write_all(in, state->data, state->len) ||
	    lseek(in, 0, SEEK_SET))
		return err_sys(e, "cannot prepare hook %s", hook->path);
	pid = fork();
	if (!pid)
		run_child(hook, filter, in, out);
	if (pid < 0)
		return err_sys(e, "cannot fork for hook %s", hook->path);
	late = reap_within(pid, hook->timeout * 1000, &status);
	if (!late && !status)
		return 0;
	if (late < 0)
		return err_sys(e, "wait for hook %s", hook->path);
	if (late)
		return err_set(e, ERR_SYS, "hook %s took longer than its %lld seconds", hook->path,
			       (long long)hook->timeout);
	if (pread(out, text, sizeof(text) - 1, 0) > 0)
		text[strcspn(text, "\n")] = 0;
	return err_set(e, ERR_SYS, "hook %s failed (%s %d): %s", hook->path,
		       WIFSIGNALED(status) ? "signal" : "exit status",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), text);
}

int ocihook_run(const struct ocihome *h, enum bundle_stage stage, enum ocihome_status status,
		struct err *e)
{
	const struct spec_seccomp *filter =
		stage == BUNDLE_START_CONTAINER ? &h->spec.seccomp : NULL;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	if (!h->b.nhooks[stage])
		return 0;
	ocihome_json(&w, h, status, false);
	for (size_t i = 0; i < h->b.nhooks[stage]; i++)
		if (run(&h->b.hooks[stage][i], filter, &b, e))
			return err_wrap(e, "%s", bundle_stage_name(stage));
	return 0;
}
