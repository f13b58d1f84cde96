/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oldest file that is wanted first, each up to its end, the current one up to where the shim
 * says that records are whole. Then, for a follower: tell the shim how far we are, sleep, read on.
 * What is to be sent may block for as long as the client likes; meanwhile the shim's notes, and
 * with them the files, wait in our socket.
 *
 * A line that is no record (a killed shim left it) is skipped.
 */
#include "engine/logs.h"
#include "base/json.h"
#include "base/stamp.h"
#include "container/shimcall.h"
#include "engine/containers.h"
#include "engine/logs_file.h"
#include "engine/logs_record.h"
#include "engine/runlog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FLUSH 65536
#define TIME_LEN 31 /* with nine digits: "2006-01-02T15:04:05.000000000Z " */

/* What is to be sent. A record is undone right where its text goes. */
static struct {
	char data[FLUSH + 2 * LOGS_FILE_LINE];
	size_t len;
} out;

struct run {
	struct logs *l;
	int client;
	int (*emit)(void *ctx, const void *data, size_t n, struct err *e);
	void *ctx;
	struct logs_file f;
	int64_t seq; /* of f */
	bool over;   /* beyond `until` */
	/* following */
	int next[SHIMLOG_MAX_FILES]; /* files that came after f */
	int nnext;
	bool ended, behind;
	/* --details: of the last record */
	struct buf attrs, details;
};

/* ---- which files */

/* One note and the files with it; 0: the other side is gone, or speaks another language. */
static int receive(int sock, int flags, struct shimlog_note *ret, int *fds, int *ret_nfds)
{
	struct iovec v = {ret, sizeof(*ret)};
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(SHIMLOG_MAX_FILES * sizeof(int))];
	} c;
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = &c,
			   .msg_controllen = sizeof(c)};
	struct cmsghdr *h;
	ssize_t n;

	*ret_nfds = 0;
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return -1;
	h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS) {
		*ret_nfds = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(h), (size_t)*ret_nfds * sizeof(int));
	}
	return n == sizeof(*ret) && ret->version == SHIM_VERSION;
}

/* False: there is no shim to ask. */
static bool from_shim(struct engine *en, const char *id, struct logs *l)
{
	struct shim_msg m = {.version = SHIM_VERSION, .op = SHIM_LOGS, .arg = l->o.follow};
	AUTO_FD int dir = openat(en->run_containers, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int sock = -1;
	struct shimlog_note note = {0};
	struct err e;

	if (dir >= 0)
		sock = shimcall_connect(dir, &e);
	if (sock < 0 || shimcall_send(sock, &m, -1, NULL, 0, &e) ||
	    receive(sock, 0, &note, l->files, &l->nfiles) <= 0 || note.kind != SHIMLOG_FILES) {
		for (int i = 0; i < l->nfiles; i++)
			close(l->files[i]);
		l->nfiles = 0;
		return false;
	}
	l->at = note.at;
	if (l->o.follow)
		l->sock = fd_steal(&sock);
	return true;
}

static void by_name(struct engine *en, const char *id, struct logs *l)
{
	char path[200];

	l->at = (struct shimlog_at){0, INT64_MAX};
	for (int i = 0; i < SHIMLOG_MAX_FILES; i++) {
		int n = snprintf(path, sizeof(path), "%s/%s-json.log", id, id), fd;

		if (i)
			n += snprintf(path + n, sizeof(path) - (size_t)n, ".%d", i);
		fd = openat(en->containers, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0 && i) {
			snprintf(path + n, sizeof(path) - (size_t)n, ".gz");
			fd = openat(en->containers, path,
				    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		}
		if (fd < 0 && i)
			break;
		if (fd >= 0)
			l->files[l->nfiles++] = fd;
	}
}

int logs_open(struct engine *en, struct arena *a, const char *ref, const struct logs_options *o,
	      struct logs *ret, struct err *e)
{
	struct containers_one c;

	if (containers_load(en, a, ref, &c, e))
		return -1;
	if (!runlog_readable(&c.req))
		return err_set(e, ERR_UNSUPPORTED,
			       "configured logging driver does not support reading");
	*ret = (struct logs){.o = *o, .tty = c.req.tty, .sock = -1};
	if (!from_shim(en, c.id, ret))
		by_name(en, c.id, ret);
	return 0;
}

void logs_close(struct logs *l)
{
	for (int i = 0; i < l->nfiles; i++)
		fd_autoclose(&l->files[i]);
	l->nfiles = 0;
	fd_autoclose(&l->sock);
}

int logs_time(const char *text, int64_t *ret, struct err *e)
{
	char *end = NULL;
	int64_t ns = 0;
	long long s;

	*ret = 0;
	if (!text || !*text || !strcmp(text, "0"))
		return 0;
	errno = 0;
	s = strtoll(text, &end, 10);
	if (end != text && *end == '.') {
		int digits = 0;

		for (end++; *end >= '0' && *end <= '9' && digits < 9; end++, digits++)
			ns = ns * 10 + (*end - '0');
		for (; digits < 9; digits++)
			ns *= 10;
	}
	if (end == text || *end || errno || s > INT64_MAX / 1000000001 ||
	    s < INT64_MIN / 1000000001)
		return err_set(e, ERR_INVALID,
			       "strconv.ParseInt: parsing \"%.100s\": invalid syntax", text);
	*ret = s * 1000000000 + ns;
	if (!*ret)
		*ret = 1;
	return 0;
}

/* ---- records */

static int flush(struct run *r, struct err *e)
{
	int rc = out.len ? r->emit(r->ctx, out.data, out.len, e) : 0;

	out.len = 0;
	return rc;
}

static void escape(struct buf *b, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
			buf_char(b, *s);
		else if ((c >= '0' && c <= '9') || strchr("-_.~", c))
			buf_char(b, *s);
		else if (c == ' ')
			buf_char(b, '+');
		else
			buf_append(b, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
	}
}

/* Docker's "k=v,k=v ", made once for equal ones. */
static const struct buf *details(struct run *r, const struct logs_record *rec)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_iter it;
	const struct json *v;
	const char *key;
	struct err e;

	if (r->attrs.len == rec->nattrs && r->details.len &&
	    (!rec->nattrs || !memcmp(r->attrs.data, rec->attrs, rec->nattrs)))
		return &r->details;
	buf_clear(&r->attrs);
	buf_append(&r->attrs, rec->attrs, rec->nattrs);
	buf_clear(&r->details);
	it = json_iter(
		rec->nattrs ? json_parse(&a, rec->attrs, rec->nattrs, LOGS_FILE_LINE, "attrs", &e)
			    : NULL);
	while ((v = json_next(&it, &key))) {
		if (r->details.len)
			buf_char(&r->details, ',');
		escape(&r->details, key);
		buf_char(&r->details, '=');
		escape(&r->details, json_str(v, ""));
	}
	buf_char(&r->details, ' ');
	return &r->details;
}

/* With all nine digits, so that columns stay columns. */
static void put_time(char *o, const char *text)
{
	size_t n = strcspn(text, "Z");

	memcpy(o, "0000-00-00T00:00:00.000000000Z ", TIME_LEN);
	memcpy(o, text, n < TIME_LEN - 2 ? n : TIME_LEN - 2);
}

/* Of what stands before the text. */
static size_t head_len(const struct logs *l)
{
	return (l->tty ? 0 : 8) + (l->o.timestamps ? TIME_LEN : 0);
}

/* Completes the record whose text stands behind the place for its head. */
static void frame(struct run *r, const struct logs_record *rec)
{
	size_t head = head_len(r->l), n = rec->n;
	char *o = out.data + out.len;

	if (r->l->o.details) {
		const struct buf *d = details(r, rec);
		size_t k = d->len < LOGS_FILE_LINE / 2 ? d->len : 0;

		memmove(o + head + k, o + head, n);
		memcpy(o + head, d->data, k);
		n += k;
	}
	out.len += head + n;
	if (!r->l->tty) {
		size_t all = head - 8 + n;

		memcpy(o,
		       (char[]){(char)rec->stream, 0, 0, 0, (char)(all >> 24), (char)(all >> 16),
				(char)(all >> 8), (char)all},
		       8);
		o += 8;
	}
	if (r->l->o.timestamps)
		put_time(o, rec->time);
}

/* All whole lines that are there now. */
static int give_lines(struct run *r, struct err *e)
{
	const struct logs_options *o = &r->l->o;
	struct logs_record rec;
	const char *line;
	struct err why;
	size_t n;

	while (!r->over && logs_file_line(&r->f, &line, &n)) {
		int64_t t = 0;

		if (logs_record_parse(line, n, out.data + out.len + head_len(r->l), &rec))
			continue;
		if ((o->since || o->until) && stamp_parse(rec.time, &t, &why))
			continue;
		if (o->since && t < o->since)
			continue;
		r->over = o->until && t > o->until;
		if (r->over || !(rec.stream == 1 ? o->out : o->err))
			continue;
		frame(r, &rec);
		if (out.len >= FLUSH && flush(r, e))
			return -1;
	}
	return 0;
}

/* ---- what there is */

/* Opens the file that is read next: its descriptor goes to r->f. */
static void open_next(struct run *r, int *fd, int64_t limit)
{
	logs_file_close(&r->f);
	logs_file_open(&r->f, fd_steal(fd));
	r->f.limit = limit;
}

static int64_t limit_of(const struct logs *l, int i)
{
	return i ? INT64_MAX : l->at.size;
}

static int history(struct run *r, struct err *e)
{
	struct logs *l = r->l;
	int64_t left = l->o.tail;
	int i = 0;

	if (!l->nfiles)
		return 0;
	for (; left >= 0 && i < l->nfiles; i++) { /* back to where the first line wanted stands */
		int fd = fcntl(l->files[i], F_DUPFD_CLOEXEC, 3);

		open_next(r, &fd, limit_of(l, i));
		left -= logs_file_tail(&r->f, left);
		if (left <= 0)
			break;
	}
	if (l->o.tail < 0 || i == l->nfiles) {
		i = l->nfiles - 1;
		open_next(r, &l->files[i], limit_of(l, i));
	}
	for (;; i--) {
		if (give_lines(r, e))
			return -1;
		if (r->over || !i)
			return 0;
		open_next(r, &l->files[i - 1], limit_of(l, i - 1));
	}
}

/* ---- what comes */

static void take_note(struct run *r, int flags)
{
	int fds[SHIMLOG_MAX_FILES], nfds, got;
	struct shimlog_note note = {0};

	got = receive(r->l->sock, flags, &note, fds, &nfds);
	if (got < 0)
		return;
	if (got && note.kind == SHIMLOG_ROTATED && nfds == 1 && r->nnext < SHIMLOG_MAX_FILES) {
		r->next[r->nnext++] = fds[0];
		r->l->at = note.at;
		return;
	}
	for (int i = 0; i < nfds; i++)
		close(fds[i]);
	if (got && note.kind == SHIMLOG_MORE) {
		r->l->at = note.at;
		return;
	}
	/* the end; of one that was killed everything counts that is in the file */
	r->ended = true;
	r->behind = got && note.kind == SHIMLOG_BEHIND;
	r->l->at.size = got && note.kind == SHIMLOG_END ? note.at.size : INT64_MAX;
}

static int timeout(const struct logs_options *o)
{
	int64_t left = (o->until - stamp_now()) / 1000000 + 1;

	return !o->until ? -1 : left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left;
}

/* Sleeps until the shim says something. */
static int await_note(struct run *r, struct err *e)
{
	struct shimlog_at at = {r->seq, logs_file_done(&r->f)};
	struct pollfd p[2] = {{.fd = r->l->sock, .events = POLLIN},
			      {.fd = r->client, .events = POLLRDHUP}};
	int n;

	send(r->l->sock, &at, sizeof(at), MSG_NOSIGNAL); /* its failure is seen when we read */
	do
		n = poll(p, 2, timeout(&r->l->o));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "poll");
	if (!n)
		r->over = true;
	else if (p[0].revents)
		take_note(r, 0);
	else
		return err_set(e, ERR_UNAVAILABLE, "the client is gone");
	return 0;
}

/* Docker's stream for the engine's own words. */
static void say_behind(struct run *r)
{
	static const char text[] = "this reader was too slow: files that it had not read were "
				   "removed by the log's rotation, ask again\n";
	char *o = out.data + out.len;

	if (!r->l->tty) {
		memcpy(o, (char[]){3, 0, 0, 0, 0, 0, 0, sizeof(text) - 1}, 8);
		o += 8;
	}
	memcpy(o, text, sizeof(text) - 1);
	out.len = (size_t)(o + sizeof(text) - 1 - out.data);
}

static int follow(struct run *r, struct err *e)
{
	while (!r->over) {
		while (!r->ended) { /* everything the shim has said so far */
			struct pollfd p = {.fd = r->l->sock, .events = POLLIN};

			if (poll(&p, 1, 0) <= 0)
				break;
			take_note(r, MSG_DONTWAIT);
		}
		r->f.limit = r->nnext ? INT64_MAX : r->l->at.size;
		if (give_lines(r, e))
			return -1;
		if (r->nnext) {
			open_next(r, &r->next[0], 0);
			memmove(r->next, r->next + 1, (size_t)--r->nnext * sizeof(int));
			r->seq++;
			continue;
		}
		if (r->ended)
			break;
		if (flush(r, e) || await_note(r, e))
			return -1;
	}
	if (r->behind)
		say_behind(r);
	return 0;
}

int logs_run(struct logs *l, int client,
	     int (*emit)(void *ctx, const void *data, size_t n, struct err *e), void *ctx,
	     struct err *e)
{
	struct run r = {.l = l,
			.client = client,
			.emit = emit,
			.ctx = ctx,
			.f = {.fd = -1},
			.seq = l->at.seq};
	int rc = history(&r, e);

	if (!rc && l->sock >= 0 && !r.over)
		rc = follow(&r, e);
	if (!rc)
		rc = flush(&r, e);
	logs_file_close(&r.f);
	for (int i = 0; i < r.nnext; i++)
		close(r.next[i]);
	buf_release(&r.attrs);
	buf_release(&r.details);
	return rc;
}
