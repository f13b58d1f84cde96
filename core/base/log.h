/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one line = time level room message. Goes to stderr (or the fd set).
 * warn means: we went on, and the line says how. Never secrets, never environment values.
 * A function logs an error or returns it, never both.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* What is below the level is dropped. Default LOG_WARN, fd 2. */
void log_set(enum log_level least, int fd);
/* -1 when the name is none of debug, info, warn, error. */
int log_parse(const char *name, enum log_level *ret);
void log_write(enum log_level level, const char *room, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_debug(room, ...) log_write(LOG_DEBUG, room, __VA_ARGS__)
#define log_info(room, ...) log_write(LOG_INFO, room, __VA_ARGS__)
#define log_warn(room, ...) log_write(LOG_WARN, room, __VA_ARGS__)

#endif
