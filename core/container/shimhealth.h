/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimhealth: the health check of a container inside its shim: the schedule, the probes, and
 * exec-root/containers/<id>/health, Docker's State.Health object ({"Status","FailingStreak","Log"})
 * which everybody else only reads.
 *
 * CMD and CMD-SHELL run in the container through enter.h, as a child of the shim. HTTP, TCP and
 * FILE start no process: sockets of the shim in the container's network namespace, a look into its
 * root. Static and bounded: one process, one container; nothing blocks.
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

/* The container runs: pid is its first process; dir: exec-root/containers/<id>. Nothing happens
 * where the spec has no test. */
int shimhealth_started(int epoll, const struct spec *s, pid_t pid, int dir, struct err *e);
/* An epoll event of ours. What it returns is for the shim to do: the check failed for good. */
enum shimhealth_action shimhealth_event(uint32_t index, uint32_t events);
/* A child of the shim ended. True if it was a probe's. */
bool shimhealth_child(pid_t pid, int status, enum shimhealth_action *ret);
/* The container ended. */
void shimhealth_end(void);

#endif
