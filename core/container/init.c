/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All signals are blocked before the command starts and taken one by one with sigwaitinfo, so there
 * is no handler, no race and no state. The signals that tell of a fault of our own stay as they
 * are.
 *
 * A pid 1 ignores what it has no handler for, even SIGTERM; a plain command in pid 1's place would
 * too, which is why people ask for --init: the command is not pid 1 then and dies as it should.
 */
#include "container/init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "container/process.h"

static void terminal_to(pid_t group)
{
	/* ENOTTY without a terminal, ENXIO when it went away: both fine. From a background group
	 * this would raise SIGTTOU, which is blocked in here. */
	tcsetpgrp(STDIN_FILENO, group);
}

static _Noreturn void command(char **argv, const sigset_t *mask)
{
	struct err e = {0};

	setpgid(0, 0);
	terminal_to(getpid());
	sigprocmask(SIG_SETMASK, mask, NULL);
	execve(argv[0], argv + 1, environ);
	process_exec_error(argv[1], argv[0], &e);
	if (write(INIT_STATUS_FD, &e, sizeof(e)) < 0) {
		/* Nobody waits any more. */
	}
	_exit(127);
}

/* Reaps everything that is dead. 1 when the command was among it. */
static int reap(pid_t main_pid, int *ret_code)
{
	int found = 0, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == main_pid) {
			*ret_code =
				WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			found = 1;
		}
	return found;
}

int init_main(int argc, char **argv)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
	sigset_t all, before;
	int code = 127, sig;
	pid_t pid;

	if (argc < 3)
		return 127;
	fcntl(INIT_STATUS_FD, F_SETFD, FD_CLOEXEC);
	sigfillset(&all);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&all, faults[i]);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (!pid)
		command(argv + 1, &before);
	if (pid < 0) {
		struct err e = {0};

		err_sys(&e, "cannot fork the command");
		/* one atomic write; who does not read it sees 126 */
		if (write(INIT_STATUS_FD, &e, sizeof(e)) < 0)
			close(INIT_STATUS_FD);
		return 126;
	}
	close(INIT_STATUS_FD);
	for (;;) {
		sig = sigwaitinfo(&all, NULL);
		if (sig == SIGCHLD) {
			if (reap(pid, &code))
				return code;
		} else if (sig == SIGTTIN || sig == SIGTTOU) {
			continue; /* meant for us alone: we are not in the foreground */
		} else if (sig > 0) {
			kill(pid, sig);
		}
	}
}
