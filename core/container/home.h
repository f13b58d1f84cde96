/* SPDX-License-Identifier: Apache-2.0 */
/*
 * home: the files of one container, for the engine and for its shim.
 *
 *   data-root/containers/<id>/  lock, layers, upper/ work/ ..., config.json and exit where the
 *                               container outlives its first run; exit says "running" from a
 *                               start on, so that it is known after a reboot
 *   exec-root/containers/<id>/  state, shim.sock, hosts, hostname, resolv.conf; for a foreground
 *                               --rm container config.json and exit too: nothing of it is synced
 *   data-root/names/<name>      a link that says the ID: see base/id.h
 *
 * Removal is two steps: home_hide (rename into trash/, then the name is free) makes it invisible
 * and is what callers wait for; home_clean deletes. Both are idempotent and work after a crash.
 */
#ifndef CONTAINER_HOME_H
#define CONTAINER_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define HOME_STATE_MAX 8192

struct home {
	int data, exec; /* the two roots; the owner's */
};

struct home_state { /* what state and exit say; all zero: never started */
	bool running;
	int pid, shim;	  /* while running */
	int64_t born;	  /* of pid, where no cgroup holds the container: orphan.h */
	int64_t started;  /* ns since 1970; 0: never */
	int64_t finished; /* 0: not yet */
	int exit_code;
	bool oom;
	bool restarting; /* between two runs of a restart policy */
	bool manual;	 /* ended by stop or kill: no policy starts it again */
	int restarts;	 /* how often its policy started it since a person did */
	char boot[37];	 /* the kernel's boot_id when this was written */
	char error[512];
};

int home_open(const char *data_root, const char *exec_root, struct home *ret, struct err *e);

/* The kernel's boot_id, read once; "" where it has none. */
const char *home_boot(void);

/* Writes state (running), for as long as this boot lasts. */
int home_write_state(const struct home *h, const char *id, const struct home_state *s,
		     struct err *e);
/* Of one that outlives its run: that it runs, into data-root, for the time after a reboot. */
int home_write_run(const struct home *h, const char *id, const struct home_state *s, bool synced,
		   struct err *e);
/* Writes exit, which takes state's place; durable: into data-root and synced. Where that cannot be
 * written (a full disk) it lies in exec-root and *e says so, and home_keep_exit tries again. */
int home_write_exit(const struct home *h, const char *id, const struct home_state *s, bool durable,
		    struct err *e);
int home_keep_exit(const struct home *h, const char *id, struct err *e);
/* What is known: state if it is there, over exit. "running" only says what was written: who wants
 * the truth asks the lock. */
int home_read_state(const struct home *h, const char *id, struct home_state *ret, struct err *e);
/* Only how its last run ended: all zero if none did; running: its end is not known (a reboot). */
int home_read_exit(const struct home *h, const char *id, struct home_state *ret, struct err *e);

/* By who holds its liveness lock, or while nobody can. name "": none. */
int home_hide(const struct home *h, const char *id, const char *name, struct err *e);
int home_clean(const struct home *h, const char *id, struct err *e);

/* What a --rm container takes along: its anonymous volume goes to the trash, unless its file
 * "shared" says that another container has used it: then the engine decides. Of the flock, the
 * intent in volumes/.rm and the rest see engine/volumes.h. home_clean_volume deletes it. */
void home_drop_volume(const struct home *h, const char *id, const char *name);
void home_clean_volume(const struct home *h, const char *name);
/* Removes the intent only. */
void home_forget_volume(const struct home *h, const char *id, const char *name);
/* What a volume is called in the trash: 64 hex digits, as whatever is deleted there by anybody. */
void home_volume_trash(const char *name, char ret[80]);

#endif
