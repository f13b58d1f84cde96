/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hops ROOT ROUNDS: what the way from the client to a route and back costs, with the least that a
 * handler can do (/_ping). Local engine: a worker is forked per connection. Prints, in
 * microseconds, minimum, median and 90th percentile of one and of two connections (what `run`
 * uses), dial to close, and of one more request on a connection that is open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "api/client.h"

#define MAX_ROUNDS 10000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void ping(struct client_conn *cc)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct client_answer ans;
	struct err e;

	if (client_call(cc, &a, "GET", "/_ping", NULL, &ans, &e) ||
	    http_read_all(cc->h, 100, &b, &e)) {
		fprintf(stderr, "hops: %s\n", e.text);
		exit(1);
	}
}

static void dial(const struct client *c, struct client_conn *cc)
{
	struct err e;

	if (client_dial(c, cc, &e)) {
		fprintf(stderr, "hops: %s\n", e.text);
		exit(1);
	}
}

static double connections(const struct client *c, int n)
{
	struct client_conn cc[2];
	double start = now();

	for (int i = 0; i < n; i++)
		dial(c, &cc[i]);
	for (int i = 0; i < n; i++)
		ping(&cc[i]);
	for (int i = 0; i < n; i++)
		client_close(&cc[i]);
	start = now() - start;
	while (waitpid(-1, NULL, 0) > 0)
		;
	return start;
}

static double request(const struct client *c)
{
	static struct client_conn cc;
	double start;

	if (!cc.h)
		dial(c, &cc);
	start = now();
	ping(&cc);
	return now() - start;
}

static void report(const char *what, double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), compare);
	printf("%-40s min %6.0f  median %6.0f  p90 %6.0f us\n", what, v[0], v[n / 2],
	       v[n * 9 / 10]);
}

int main(int argc, char **argv)
{
	static double one[MAX_ROUNDS], two[MAX_ROUNDS], more[MAX_ROUNDS];
	struct client c = {.local = true};
	int n = argc == 3 ? atoi(argv[2]) : 0;
	char data[512], exec[512];

	if (n < 1 || n > MAX_ROUNDS)
		return 2;
	snprintf(data, sizeof(data), "%s/data", argv[1]);
	snprintf(exec, sizeof(exec), "%s/exec", argv[1]);
	c.engine = (struct engine_config){.data_root = data, .exec_root = exec};
	for (int i = 0; i < n; i++) {
		one[i] = connections(&c, 1);
		two[i] = connections(&c, 2);
	}
	for (int i = 0; i < n; i++)
		more[i] = request(&c);
	report("one connection, one request", one, n);
	report("two connections, a request each", two, n);
	report("one more request", more, n);
	return 0;
}
