/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa logs: a container's log, its two streams on ours. Which form the answer has (frames, or the
 * bare text of a terminal) stands in its Content-Type.
 */
#include "applets/each.h"
#include "applets/moment.h"
#include "base/file.h"
#include "wire/target.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define SIZE 65536

static struct {
	bool details, follow, timestamps;
	const char *since, *until, *tail;
} f = {.tail = "all"};

static const struct option_def options[] = {
	{"details", 0, OPTION_BOOL, &f.details, NULL, "Show extra details provided to logs", NULL},
	{"follow", 'f', OPTION_BOOL, &f.follow, NULL, "Follow log output", NULL},
	{"since", 0, OPTION_STR, &f.since, "string",
	 "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\")",
	 NULL},
	{"tail", 'n', OPTION_STR, &f.tail, "string",
	 "Number of lines to show from the end of the logs", NULL},
	{"timestamps", 't', OPTION_BOOL, &f.timestamps, NULL, "Show timestamps", NULL},
	{"until", 0, OPTION_STR, &f.until, "string",
	 "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\")",
	 NULL},
	{NULL, 0, 0, NULL, NULL, NULL, NULL}};

/* A frame, taken apart as its bytes come. */
static struct {
	unsigned char head[8];
	size_t have, left;
	struct buf error; /* stream 3: the engine's own words */
} in;

/* What came in one read goes out in one write, not line by line. */
static struct {
	char data[SIZE];
	size_t n;
	int stream;
} out;

static int flush(struct err *e)
{
	size_t n = out.n;

	out.n = 0;
	if (n && file_write_all(out.stream, out.data, n))
		return err_sys(e, "write to std%s", out.stream == 2 ? "err" : "out");
	return 0;
}

/* n: at most SIZE, since that much is read at once. */
static int put(int stream, const char *p, size_t n, struct err *e)
{
	if (stream == 3) {
		buf_append(&in.error, p, n < 1000 ? n : 1000);
		return 0;
	}
	if ((stream != out.stream || n > SIZE - out.n) && flush(e))
		return -1;
	memcpy(out.data + out.n, p, n);
	out.n += n;
	out.stream = stream;
	return 0;
}

static int demux(const char *p, size_t n, struct err *e)
{
	while (n) {
		size_t k;

		if (!in.left) {
			k = 8 - in.have < n ? 8 - in.have : n;
			memcpy(in.head + in.have, p, k);
			in.have += k;
			if (in.have == 8) {
				in.have = 0;
				in.left = (size_t)in.head[4] << 24 | (size_t)in.head[5] << 16 |
					  (size_t)in.head[6] << 8 | in.head[7];
			}
		} else {
			k = in.left < n ? in.left : n;
			if (in.head[0] > 3)
				return err_set(e, ERR_INVALID, "the engine sent a damaged stream");
			if (put(in.head[0] == 0 ? 1 : in.head[0], p, k, e))
				return -1;
			in.left -= k;
		}
		p += k;
		n -= k;
	}
	return 0;
}

static int copy(struct client_conn *cc, bool raw, struct err *e)
{
	static char data[SIZE];
	ssize_t n;

	while ((n = http_read_body(cc->h, data, sizeof(data), e)) > 0)
		if ((raw ? put(1, data, (size_t)n, e) : demux(data, (size_t)n, e)) || flush(e))
			return -1;
	if (n < 0)
		return -1;
	return in.error.len ? err_set(e, ERR_SYS, "error from daemon in stream: %.*s",
				      (int)strcspn(in.error.data, "\n"), in.error.data)
			    : 0;
}

static int add_moment(struct buf *query, const char *name, const char *text, struct err *e)
{
	char value[MOMENT_LEN];

	if (!text || !*text)
		return 0;
	if (moment_parse(name, text, value, e))
		return -1;
	buf_printf(query, "&%s=%s", name, value);
	return 0;
}

static int show(struct applet_ctx *c, struct client_conn *cc, struct err *e)
{
	AUTO_BUF query = BUF_INIT;
	struct client_answer ans;
	const char *target, *type;

	buf_printf(&query, "/logs?stdout=1&stderr=1%s%s%s&tail=", f.follow ? "&follow=1" : "",
		   f.timestamps ? "&timestamps=1" : "", f.details ? "&details=1" : "");
	target_quote(&query, f.tail);
	if (add_moment(&query, "since", f.since, e) || add_moment(&query, "until", f.until, e))
		return -1;
	target = each_target(c, c->argv[0], query.data, e);
	if (!target || client_dial(&c->client, cc, e) ||
	    client_call(cc, c->a, "GET", target, NULL, &ans, e))
		return -1;
	type = http_header(&ans.msg, "Content-Type");
	return copy(cc, type && strstr(type, "raw-stream"), e);
}

static int logs_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct err e;
	int rc = show(c, &cc, &e);

	client_close(&cc);
	buf_release(&in.error);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(logs, .name = "logs", .alias = "container logs", .usage = "[OPTIONS] CONTAINER",
       .brief = "Fetch the logs of a container", .options = options, .min_args = 1, .max_args = 1,
       .main = logs_main);
