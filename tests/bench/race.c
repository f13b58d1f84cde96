/* SPDX-License-Identifier: Apache-2.0 */
/*
 * race: times commands against each other, round robin, so that what else the machine does hits
 * all of them alike. Prints one line per command: name, minimum, median and 90th percentile in
 * microseconds of wall time, separated by tabs.
 *
 *   race ROUNDS NAME CMD [ARG...] [-- NAME CMD [ARG...]]...
 *
 * Time runs from before the spawn (vfork and exec, no shell) until the command was waited for. A
 * NAME that begins with '@' is a stepper: a process started once with STEP=1 that says one line
 * when ready, then does one run for each byte on stdin and answers with a line whose first number is
 * its own measure in microseconds. So floor programs, which have no start-up to count, take part.
 *
 * A command that fails even once ends the race with an error: a time of failures means nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_RUNNERS 16
#define WARM_UP 3

struct runner {
	const char *name;
	char **argv;
	double *times;
	FILE *to, *from; /* of a stepper */
	pid_t pid;
};

static void die(const char *what, const char *name)
{
	fprintf(stderr, "race: %s: %s\n", name, what);
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double spawn_once(const struct runner *r, posix_spawn_file_actions_t *quiet)
{
	extern char **environ;
	double start = now_us();
	int status;
	pid_t pid;
	int rc = posix_spawnp(&pid, r->argv[0], quiet, NULL, r->argv, environ);

	if (rc != 0)
		die(strerror(rc), r->argv[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die(strerror(errno), r->name);
	start = now_us() - start;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("the command failed", r->name);
	return start;
}

static void stepper_start(struct runner *r)
{
	char line[256];
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		die(strerror(errno), r->name);
	r->pid = fork();
	if (r->pid < 0)
		die(strerror(errno), r->name);
	if (r->pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		setenv("STEP", "1", 1);
		execvp(r->argv[0], r->argv);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	r->to = fdopen(to[1], "w");
	r->from = fdopen(from[0], "r");
	if (r->to == NULL || r->from == NULL || fgets(line, sizeof(line), r->from) == NULL)
		die("did not start", r->name);
}

static double step(const struct runner *r)
{
	char line[256];

	if (fputc('x', r->to) == EOF || fflush(r->to) == EOF ||
	    fgets(line, sizeof(line), r->from) == NULL)
		die("ended early", r->name);
	return strtod(line, NULL);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int parse(char **argv, struct runner *runners, int rounds)
{
	int n = 0;

	while (*argv != NULL) {
		if (n == MAX_RUNNERS || argv[1] == NULL || strcmp(argv[1], "--") == 0)
			die("needs a command, at most 16 of them", *argv);
		runners[n].name = *argv++;
		runners[n].argv = argv;
		runners[n].times = calloc((size_t)rounds, sizeof(double));
		if (runners[n].times == NULL)
			die(strerror(errno), "memory");
		n++;
		while (*argv != NULL && strcmp(*argv, "--") != 0)
			argv++;
		if (*argv != NULL)
			*argv++ = NULL;
	}
	return n;
}

int main(int argc, char **argv)
{
	struct runner runners[MAX_RUNNERS] = {0};
	posix_spawn_file_actions_t quiet;
	int rounds = argc > 1 ? atoi(argv[1]) : 0;
	int n;

	if (argc < 4 || rounds < 1 || rounds > 100000)
		die("race ROUNDS NAME CMD [ARG...] [-- NAME CMD [ARG...]]...", "usage");
	n = parse(argv + 2, runners, rounds);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < n; i++)
		if (runners[i].name[0] == '@')
			stepper_start(&runners[i]);
	for (int round = -WARM_UP; round < rounds; round++) {
		for (int i = 0; i < n; i++) {
			struct runner *r = &runners[i];
			double t = r->to != NULL ? step(r) : spawn_once(r, &quiet);

			if (round >= 0)
				r->times[round] = t;
		}
	}
	for (int i = 0; i < n; i++) {
		struct runner *r = &runners[i];

		qsort(r->times, (size_t)rounds, sizeof(double), compare);
		printf("%s\t%.0f\t%.0f\t%.0f\n", r->name + (r->to != NULL), r->times[0],
		       r->times[rounds / 2], r->times[rounds * 9 / 10]);
		if (r->to != NULL) {
			fclose(r->to);
			waitpid(r->pid, NULL, 0);
		}
	}
	return 0;
}
