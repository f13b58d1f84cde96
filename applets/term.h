/* SPDX-License-Identifier: Apache-2.0 */
/*
 * term: the terminal of the person who typed the command. Raw mode is undone on every way out of
 * the process that runs code (exit, a signal's default action through term_die).
 */
#ifndef APPLETS_TERM_H
#define APPLETS_TERM_H

#include "base/err.h"

/* 0 and the size; -1 if fd is no terminal or does not know. */
int term_size(int fd, unsigned *ret_rows, unsigned *ret_cols);
/* Once per process. */
int term_raw(int fd, struct err *e);
/* Undoes term_raw; nothing to undo is fine. */
void term_restore(void);
/* Ends this process by the signal's default action, the terminal restored. */
void term_die(int signal);

#endif
