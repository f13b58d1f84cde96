/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa-runc run and exec in the foreground: no shim, so this process is all that there is between
 * a person's terminal and the container's.
 */
#include "applets/runc.h"
#include "applets/term.h"
#include "base/file.h"
#include "container/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

static void all_signals(sigset_t *set)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

	sigfillset(set);
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		sigdelset(set, faults[i]);
}

void runc_wait_prepare(void)
{
	sigset_t set;

	all_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void resize(int master)
{
	unsigned rows, cols;
	struct err e;

	if (master >= 0 && !term_size(0, &rows, &cols))
		console_resize(master, rows, cols, &e);
}

/* 1: pid has ended. */
static int take_signal(int fd, int pid, int master, int *ret_code)
{
	struct signalfd_siginfo si;
	int status;

	if (read(fd, &si, sizeof(si)) != sizeof(si))
		return 0;
	if (si.ssi_signo == SIGWINCH && master >= 0)
		resize(master);
	else if (si.ssi_signo != SIGCHLD)
		kill(pid, (int)si.ssi_signo);
	else if (waitpid(pid, &status, WNOHANG) == pid) {
		*ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		return 1;
	}
	return 0;
}

/* False: there is no more. */
static int copy(int from, int to)
{
	char data[4096];
	ssize_t n = read(from, data, sizeof(data));

	if (n < 0 && errno == EINTR)
		return 1;
	return n > 0 && !file_write_all(to, data, (size_t)n);
}

int runc_wait(int pid, int master, struct err *e)
{
	struct pollfd p[3] = {{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};
	sigset_t set;
	int code = 0, ended = 0;

	all_signals(&set);
	p[0].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (p[0].fd < 0)
		return err_sys(e, "signalfd");
	p[1].fd = master;
	p[2].fd = master < 0 || term_raw(0, e) ? -1 : 0;
	resize(master);
	for (int n = 1; !ended || n > 0;) {
		n = poll(p, 3, ended ? 0 : -1);
		if (p[1].revents && !copy(master, 1))
			p[1].fd = -1;
		if (p[2].revents && !copy(0, master))
			p[2].fd = -1;
		if (p[0].revents && take_signal(p[0].fd, pid, master, &code))
			ended = 1;
		if (ended) {
			p[0].fd = p[2].fd = -1;
			n = p[1].fd >= 0 ? n : 0;
		}
	}
	term_restore();
	return code;
}
