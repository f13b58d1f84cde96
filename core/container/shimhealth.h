/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimhealth: the health check of a container inside its shim: the schedule, the verdict, and
 * exec-root/containers/<id>/health, Docker's State.Health object ({"Status","FailingStreak","Log"})
 * which everybody else only reads. How a probe is done is shimprobe.h.
 *
 * In a spec the test is CMD or CMD-SHELL and its words as Docker has them, or ours, which start no
 * process: HTTP "host:port/path", TCP "host:port", FILE "/path". In a request ours are a CMD-SHELL
 * whose line begins with http://, tcp:// or file:/ and has no white space, so that any client can
 * send them and inspect shows them; no shell knows a command of such a name.
 *
 * The rules are Docker's: the first probe comes one interval after the start; until the first
 * success or the end of the start period failures do not count and start_interval is the interval;
 * `retries` failures in a row make it unhealthy, one success healthy. A frozen container is not
 * probed. Static and bounded: one process, one container; nothing blocks.
 */
#ifndef CONTAINER_SHIMHEALTH_H
#define CONTAINER_SHIMHEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "container/spec.h"

#define SHIMHEALTH_EVENT 0x80000u /* epoll data of ours: this bit and an index below it */
#define SHIMHEALTH_FILE "health"

enum shimhealth_action { SHIMHEALTH_NOTHING, SHIMHEALTH_KILL, SHIMHEALTH_RESTART, SHIMHEALTH_STOP };

/* The container runs: pid is its first process, born as in enter.h; dir: exec-root/containers/<id>.
 * Nothing happens where the spec has no test. */
int shimhealth_started(int epoll, const struct spec *s, pid_t pid, int64_t born, int dir,
		       struct err *e);
/* An epoll event of ours. What it returns is for the shim to do: the check failed for good. */
enum shimhealth_action shimhealth_event(uint32_t index);
/* Some child of the shim ended; a probe's is reaped here. */
enum shimhealth_action shimhealth_reap(void);
/* The container ended. */
void shimhealth_end(void);

#endif
