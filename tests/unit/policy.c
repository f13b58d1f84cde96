/* SPDX-License-Identifier: Apache-2.0 */
/* Restart policies as a function of what is known, and the names of signals. */
#include "tests/unit/test.h"

#include <signal.h>

#include "container/shimpolicy.h"
#include "engine/signals.h"

#define S 1000000000ll

static struct home_state ended(int code, int64_t ran, int restarts)
{
	return (struct home_state){.exit_code = code,
				   .started = S,
				   .finished = S + ran,
				   .restarts = restarts};
}

TEST(policies)
{
	struct spec_policy p = {.restart = "no"};
	struct home_state s = ended(1, 0, 0);
	int64_t ms = 0;

	OK(!shimpolicy_again(&p, &s, &ms));
	p.restart = "on-failure";
	OK(shimpolicy_again(&p, &s, &ms));
	p.restart_max = 2;
	s = ended(1, 0, 1);
	OK(shimpolicy_again(&p, &s, &ms));
	s = ended(1, 0, 2);
	OK(!shimpolicy_again(&p, &s, &ms));
	s = ended(0, 0, 0);
	OK(!shimpolicy_again(&p, &s, &ms));
	p.restart = "always";
	OK(shimpolicy_again(&p, &s, &ms));
	s.manual = true;
	OK(!shimpolicy_again(&p, &s, &ms));
	p.restart = "unless-stopped";
	OK(!shimpolicy_again(&p, &s, &ms));
	s.manual = false;
	OK(shimpolicy_again(&p, &s, &ms));
}

TEST(back_off)
{
	static const int64_t want[] = {100,  200,   400,   800,	  1600,	 3200,
				       6400, 12800, 25600, 51200, 60000, 60000};
	const struct spec_policy p = {.restart = "always"};
	struct home_state s = ended(1, 9 * S, 0);
	int64_t ms = 0;

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		REQUIRE(shimpolicy_again(&p, &s, &ms));
		EQ_INT(ms, want[i]);
	}
	s = ended(1, 10 * S, 0);
	OK(shimpolicy_again(&p, &s, &ms));
	EQ_INT(ms, 100);
}

TEST(ends)
{
	const struct spec_policy p = {.stop_signal = SIGWINCH};

	OK(shimpolicy_ends(&p, SIGKILL));
	OK(shimpolicy_ends(&p, SIGTERM));
	OK(shimpolicy_ends(&p, SIGWINCH));
	OK(!shimpolicy_ends(&p, SIGHUP));
	OK(!shimpolicy_ends(&p, SIGUSR1));
}

TEST(boot)
{
	struct home_state s = ended(255, 0, 0);

	snprintf(s.boot, sizeof(s.boot), "then");
	OK(!shimpolicy_at_boot("no", 0, &s, "now"));
	OK(shimpolicy_at_boot("always", 0, &s, "now"));
	OK(shimpolicy_at_boot("on-failure", 0, &s, "now"));
	OK(!shimpolicy_at_boot("on-failure", 0, &s, "then"));
	OK(shimpolicy_at_boot("always", 0, &s, "then"));
	s.manual = true;
	OK(shimpolicy_at_boot("always", 0, &s, "now"));
	OK(!shimpolicy_at_boot("always", 0, &s, "then"));
	OK(!shimpolicy_at_boot("unless-stopped", 0, &s, "now"));
	s = (struct home_state){.running = false};
	OK(!shimpolicy_at_boot("always", 0, &s, "now"));
}

TEST(signals)
{
	static const struct {
		const char *text;
		int number;
	} good[] = {{"TERM", 15},     {"SIGTERM", 15}, {"sigkill", 9},	{"9", 9},
		    {"64", 64},	      {"RTMIN", 34},   {"RTMIN+1", 35}, {"SIGRTMIN+15", 49},
		    {"rtmax-14", 50}, {"RTMAX", 64},   {"RTMAX-30", 34}};
	static const char *const bad[] = {"",	     "0",
					  "65",	     "-1",
					  "TERMX",   "RTMIN-1",
					  "RTMAX+1", "RTMIN+31",
					  "RTMIN+",  "RTMIN+ 1",
					  "SIG",     "RT",
					  "RTMAX-x", "99999999999999999999"};
	struct err e;
	int n;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		n = 0;
		EQ_OK(signals_parse(good[i].text, &n, &e), e);
		EQ_INT(n, good[i].number);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(signals_parse(bad[i], &n, &e) == -1 && e.kind == ERR_INVALID);
}

int main(void)
{
	RUN(policies);
	RUN(back_off);
	RUN(ends);
	RUN(boot);
	RUN(signals);
	return test_done();
}
