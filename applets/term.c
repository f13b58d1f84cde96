/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCSADRAIN on the way back: what the container wrote is shown before the settings change, and what
 * was typed ahead is kept for the shell.
 */
#include "applets/term.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static int raw_fd = -1;

int term_size(int fd, unsigned *ret_rows, unsigned *ret_cols)
{
	struct winsize ws;

	if (ioctl(fd, TIOCGWINSZ, &ws) || !ws.ws_row || !ws.ws_col)
		return -1;
	*ret_rows = ws.ws_row;
	*ret_cols = ws.ws_col;
	return 0;
}

void term_restore(void)
{
	if (raw_fd >= 0)
		tcsetattr(raw_fd, TCSADRAIN, &saved);
	raw_fd = -1;
}

int term_raw(int fd, struct err *e)
{
	struct termios t;

	if (tcgetattr(fd, &saved))
		return err_sys(e, "read the terminal's settings");
	t = saved;
	cfmakeraw(&t);
	if (tcsetattr(fd, TCSADRAIN, &t))
		return err_sys(e, "set the terminal raw");
	raw_fd = fd;
	atexit(term_restore);
	return 0;
}

void term_die(int sig)
{
	sigset_t one;

	term_restore();
	signal(sig, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	_exit(128 + sig);
}
