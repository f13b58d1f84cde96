/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init: the pid 1 that `--init` puts in front of the command (the applet proa-init).
 *
 * It starts the command in a process group of its own (the terminal's foreground group where there
 * is a terminal), forwards every signal to it, reaps whatever becomes its child, and ends with the
 * command's status, 128 + n where a signal ended it. It runs under the container's user, limits,
 * capabilities and filter: spawn applies them before it executes init.
 */
#ifndef CONTAINER_INIT_H
#define CONTAINER_INIT_H

/* The pipe on which spawn waits is open here when init starts; init marks it close-on-exec, so that
 * spawn sees either its end (the command runs) or a struct err (it could not be executed). */
#define INIT_STATUS_FD 3
#define INIT_NAME "proa-init"

/* argv: { "proa-init", path to execute, argv[0] of the command, its arguments... }. Returns the
 * exit status. Does nothing but sleep in sigwaitinfo: no allocation after the start. */
int init_main(int argc, char **argv);

#endif
