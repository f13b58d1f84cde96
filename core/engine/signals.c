/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real-time signals start at 34 for a program that was built with any of the usual C libraries,
 * which keep the first two (or three) of the kernel's for themselves; that is also what Docker
 * counts from. Ours is another one perhaps, so SIGRTMIN is not asked.
 */
#include "engine/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RT_FIRST 34
#define RT_LAST 64

static const struct {
	const char *name;
	int number;
} all[] = {
	{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"BUS", SIGBUS},	     {"CHLD", SIGCHLD},
	{"CLD", SIGCHLD},  {"CONT", SIGCONT}, {"FPE", SIGFPE},	     {"HUP", SIGHUP},
	{"ILL", SIGILL},   {"INT", SIGINT},   {"IO", SIGIO},	     {"IOT", SIGABRT},
	{"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"POLL", SIGIO},	     {"PROF", SIGPROF},
	{"PWR", SIGPWR},   {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},     {"STKFLT", SIGSTKFLT},
	{"STOP", SIGSTOP}, {"SYS", SIGSYS},   {"TERM", SIGTERM},     {"TRAP", SIGTRAP},
	{"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},
	{"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH},
	{"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ},
};

/* "RTMIN", "RTMIN+n", "RTMAX", "RTMAX-n". 0: it is none of them. */
static int real_time(const char *name)
{
	bool low = !strncasecmp(name, "RTMIN", 5);
	const char *p = name + 5;
	char *end;
	long n;

	if (!low && strncasecmp(name, "RTMAX", 5))
		return 0;
	if (!*p)
		return low ? RT_FIRST : RT_LAST;
	if (*p != (low ? '+' : '-') || p[1] < '0' || p[1] > '9')
		return 0;
	n = strtol(p + 1, &end, 10);
	if (*end || n > RT_LAST - RT_FIRST)
		return 0;
	return low ? RT_FIRST + (int)n : RT_LAST - (int)n;
}

int signals_parse(const char *text, int *ret, struct err *e)
{
	const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3;
	char *end;
	long n = strtol(text, &end, 10);

	if (end != text && !*end) {
		if (n > RT_LAST)
			return err_set(e, ERR_INVALID,
				       "the linux daemon does not support signal %.100s", text);
		if (n < 1)
			return err_set(e, ERR_INVALID, "invalid signal: %.100s", text);
		*ret = (int)n;
		return 0;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcasecmp(name, all[i].name)) {
			*ret = all[i].number;
			return 0;
		}
	n = real_time(name);
	if (!n)
		return err_set(e, ERR_INVALID, "invalid signal: %.100s", text);
	*ret = (int)n;
	return 0;
}
