/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One timer: while nothing is probed it is the next probe's, while a probe runs it is its timeout.
 * A probe that was killed but has not ended (it sits in the kernel) counts as one more failure each
 * time its successor would be due.
 */
#include "container/shimhealth.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "container/cgroup.h"
#include "container/shimprobe.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LOG_KEPT 5
#define EV_TIMER 15u

enum status { STARTING, HEALTHY, UNHEALTHY };

struct entry {
	int64_t start, end;
	int code;
	size_t n;
	char output[SHIMPROBE_OUTPUT + 4]; /* "..." behind what was cut */
};

static struct {
	const struct spec_health *h; /* NULL: none */
	const char *cgroup;
	int dir, timer;
	int64_t began; /* of the container, monotonic */
	int64_t start; /* of the probe */
	bool probing;
	enum status status;
	int64_t streak;
	unsigned entries; /* ever; kept[(entries - 1) % LOG_KEPT] is the newest */
} he = {.timer = -1};
static struct entry kept[LOG_KEPT]; /* apart from what is initialised: no bytes in the binary */

static int64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void set_timer(int64_t ns)
{
	struct itimerspec t = {.it_value = {ns / 1000000000, ns % 1000000000}};

	timerfd_settime(he.timer, 0, &t, NULL);
}

static bool starting_up(void)
{
	return he.status == STARTING && monotonic() - he.began < he.h->start_period;
}

static void wait_for_next(void)
{
	set_timer(starting_up() ? he.h->start_interval : he.h->interval);
}

/* ---- the record */

static void write_entry(struct json_w *w, const struct entry *l)
{
	char text[STAMP_LEN];

	json_w_obj(w, NULL);
	stamp_format(l->start, text);
	json_w_str(w, "Start", text);
	stamp_format(l->end, text);
	json_w_str(w, "End", text);
	json_w_int(w, "ExitCode", l->code);
	json_w_strn(w, "Output", l->output, l->n);
	json_w_end(w);
}

static void write_record(void)
{
	static const char *const names[] = {"starting", "healthy", "unhealthy"};
	AUTO_BUF b = BUF_INIT;
	struct json_w w = {.b = &b, .verbatim = true};
	unsigned first = he.entries > LOG_KEPT ? he.entries - LOG_KEPT : 0;
	struct err e;

	json_w_obj(&w, NULL);
	json_w_str(&w, "Status", names[he.status]);
	json_w_int(&w, "FailingStreak", he.streak);
	json_w_arr(&w, "Log");
	for (unsigned i = first; i < he.entries; i++)
		write_entry(&w, &kept[i % LOG_KEPT]);
	json_w_arr_end(&w);
	json_w_end(&w);
	if (file_write_atomic(he.dir, SHIMHEALTH_FILE, b.data, b.len, 0600, FILE_NOSYNC, &e))
		log_debug("shim", "health: %s", e.text);
}

/* ---- the verdict */

static enum shimhealth_action on_failure(void)
{
	const char *what = he.h->on_failure ? he.h->on_failure : "";

	if (!strcmp(what, "kill"))
		return SHIMHEALTH_KILL;
	if (!strcmp(what, "restart"))
		return SHIMHEALTH_RESTART;
	return strcmp(what, "stop") ? SHIMHEALTH_NOTHING : SHIMHEALTH_STOP;
}

static void keep(const struct shimprobe_result *r)
{
	struct entry *l = &kept[he.entries++ % LOG_KEPT];

	*l = (struct entry){.start = he.start, .end = stamp_now(), .code = r->code};
	l->n = r->n < SHIMPROBE_OUTPUT ? r->n : SHIMPROBE_OUTPUT;
	memcpy(l->output, r->output, l->n);
	if (r->truncated) {
		memcpy(l->output + l->n, "...", 3);
		l->n += 3;
	}
}

static enum shimhealth_action judge(const struct shimprobe_result *r)
{
	enum shimhealth_action ret = SHIMHEALTH_NOTHING;
	bool counts = !starting_up();

	he.probing = false;
	keep(r);
	if (r->code == 0) {
		he.streak = 0;
		he.status = HEALTHY;
	} else if (counts && ++he.streak >= he.h->retries && he.status != UNHEALTHY) {
		he.status = UNHEALTHY;
		ret = on_failure();
	}
	write_record();
	wait_for_next();
	return ret;
}

static enum shimhealth_action take_result(void)
{
	struct shimprobe_result r;

	shimprobe_result(&r);
	return judge(&r);
}

/* As Go writes a duration: 30s, 1m30s, 1h0m0s, 500ms. */
static void duration(int64_t ns, char *ret, size_t size)
{
	int64_t s = ns / 1000000000, ms = ns / 1000000 % 1000;

	if (s < 1)
		snprintf(ret, size, "%lldms", (long long)(ns / 1000000));
	else if (ms)
		snprintf(ret, size, "%lld.%03llds", (long long)s, (long long)ms);
	else if (s < 60)
		snprintf(ret, size, "%llds", (long long)s);
	else if (s < 3600)
		snprintf(ret, size, "%lldm%llds", (long long)(s / 60), (long long)(s % 60));
	else
		snprintf(ret, size, "%lldh%lldm%llds", (long long)(s / 3600),
			 (long long)(s / 60 % 60), (long long)(s % 60));
}

static enum shimhealth_action timed_out(void)
{
	static char text[SHIMPROBE_OUTPUT];
	struct shimprobe_result r;
	char limit[48];
	int n;

	shimprobe_result(&r);
	duration(he.h->timeout, limit, sizeof(limit));
	n = snprintf(text, sizeof(text), "Health check exceeded timeout (%s)%s%.*s", limit,
		     r.n ? ": " : "", (int)r.n, r.output);
	r.n = n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1;
	r.output = text;
	r.code = -1;
	shimprobe_kill();
	return judge(&r);
}

/* ---- the schedule */

static enum shimhealth_action probe(void)
{
	static const char stuck[] = "the probe before this one was killed and has not ended";
	const struct shimprobe_result hangs = {-1, stuck, sizeof(stuck) - 1, false};

	he.start = stamp_now();
	if (shimprobe_busy())
		return judge(&hangs);
	he.probing = true;
	if (shimprobe_start())
		return take_result();
	set_timer(he.h->timeout);
	return SHIMHEALTH_NOTHING;
}

static enum shimhealth_action timer_event(void)
{
	uint64_t times;

	if (read(he.timer, &times, sizeof(times)) < 0)
		return SHIMHEALTH_NOTHING;
	/* neither a probe nor its timeout says anything of who is frozen */
	if (he.cgroup && cgroup_frozen(he.cgroup)) {
		set_timer(he.probing ? he.h->timeout : he.h->interval);
		return SHIMHEALTH_NOTHING;
	}
	return he.probing ? timed_out() : probe();
}

int shimhealth_started(int epoll, const struct spec *s, pid_t pid, int64_t born, int dir,
		       struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = SHIMHEALTH_EVENT | EV_TIMER};

	if (!s->health.test.n)
		return 0;
	if (he.timer < 0) {
		he.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (he.timer < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, he.timer, &ev))
			return err_sys(e, "make the timer of the health check");
	}
	he.h = &s->health;
	he.cgroup = s->cgroup;
	he.dir = dir;
	he.began = monotonic();
	he.probing = false;
	he.status = STARTING;
	he.streak = 0;
	he.entries = 0;
	shimprobe_init(epoll, SHIMHEALTH_EVENT, s, pid, born);
	write_record();
	wait_for_next();
	return 0;
}

enum shimhealth_action shimhealth_event(uint32_t index)
{
	if (!he.h)
		return SHIMHEALTH_NOTHING;
	if (index == EV_TIMER)
		return timer_event();
	return shimprobe_event(index) && he.probing ? take_result() : SHIMHEALTH_NOTHING;
}

enum shimhealth_action shimhealth_reap(void)
{
	return he.timer >= 0 && shimprobe_reap() && he.h && he.probing ? take_result()
								       : SHIMHEALTH_NOTHING;
}

void shimhealth_end(void)
{
	if (!he.h)
		return;
	set_timer(0);
	shimprobe_kill();
	he.probing = false;
	/* what does not run is not healthy: Docker's word */
	he.status = UNHEALTHY;
	write_record();
	he.h = NULL;
}
