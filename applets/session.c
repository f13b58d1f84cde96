/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is what loses nothing: attached before the start, the terminal raw and the signals
 * blocked before the start too, and the end asked for on the connection that started it.
 *
 * The keys to leave with are looked for here as well as by the engine: only we know then that the
 * stream's end is not the container's.
 */
#include "applets/session.h"
#include "container/process.h"
#include "applets/stream.h"
#include "wire/target.h"

#include <stdio.h>
#include <string.h>

int session_start_status(const struct err *e)
{
	return process_exec_code(e->text, 125);
}

int session_keys(struct session *s, const char *text, struct err *e)
{
	s->detach_keys = text && *text ? text : NULL;
	return keys_parse(&s->keys, text, e);
}

static int dial(struct session *s, struct client_conn *cc, struct err *e)
{
	return cc->h ? 0 : client_dial(&s->c->client, cc, e);
}

static int attach(struct session *s, bool running, struct err *e)
{
	AUTO_BUF target = BUF_INIT;

	buf_printf(&target, "/containers/%s/attach?stream=1%s%s%s%s", s->id,
		   s->in ? "&stdin=1" : "", s->out ? "&stdout=1" : "", s->err ? "&stderr=1" : "",
		   running ? "&running=1" : "");
	if (s->detach_keys) {
		buf_str(&target, "&detachKeys=");
		target_quote(&target, s->detach_keys);
	}
	return dial(s, &s->attach, e) || client_hijack(&s->attach, s->c->a, target.data, NULL, e)
		       ? -1
		       : 0;
}

int session_start(struct session *s, struct err *e)
{
	struct client_answer ans;
	char target[128];

	snprintf(target, sizeof(target), "/containers/%s/start", s->id);
	return dial(s, &s->main, e) || client_call(&s->main, s->c->a, "POST", target, NULL, &ans, e)
		       ? -1
		       : 0;
}

int session_ask_wait(struct session *s, const char *condition, struct err *e)
{
	struct client_answer ans;
	char target[160];

	snprintf(target, sizeof(target), "/containers/%s/wait?condition=%s", s->id, condition);
	return dial(s, &s->main, e) || client_call(&s->main, s->c->a, "POST", target, NULL, &ans, e)
		       ? -1
		       : 0;
}

static int exit_code(struct session *s, int *ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (http_read_all(s->main.h, 65536, &b, e))
		return -1;
	v = json_parse(s->c->a, b.data, b.len, 65536, "the engine's answer", e);
	if (!v)
		return -1;
	*ret = (int)json_int(json_get(v, "StatusCode"), 125);
	return 0;
}

static struct stream stream_of(struct session *s)
{
	return (struct stream){.client = &s->c->client,
			       .conn = &s->attach,
			       .path = arena_printf(s->c->a, "/containers/%s", s->id),
			       .tty = s->tty,
			       .in = s->in,
			       .sig_proxy = s->sig_proxy,
			       .keys = s->tty ? &s->keys : NULL};
}

static int finish(struct session *s, struct stream *st, int *ret, struct err *e)
{
	int rc = stream_run(st, e);

	stream_end();
	s->detached = st->detached;
	if (rc)
		return -1;
	if (!s->detached)
		return exit_code(s, ret, e);
	*ret = 0;
	return 0;
}

int session_foreground(struct session *s, int *ret, struct err *e)
{
	struct stream st = stream_of(s);

	*ret = 125;
	if (attach(s, false, e)) {
		*ret = session_start_status(e); /* the engine looks at devices and sources here */
		return -1;
	}
	if (stream_begin(&st, e))
		return -1;
	if (session_start(s, e)) {
		*ret = session_start_status(e);
		stream_end();
		return -1;
	}
	if (session_ask_wait(s, s->remove ? "removed" : "next-exit", e)) {
		stream_end();
		return -1;
	}
	return finish(s, &st, ret, e);
}

int session_follow(struct session *s, int *ret, struct err *e)
{
	struct stream st = stream_of(s);

	*ret = 1;
	st.redraw = s->tty;
	return attach(s, true, e) || stream_begin(&st, e) ? -1 : finish(s, &st, ret, e);
}

void session_close(struct session *s)
{
	client_close(&s->attach);
	client_close(&s->main);
}
