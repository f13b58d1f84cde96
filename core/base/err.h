/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err: what went wrong, as one value.
 *
 * A struct err belongs to the caller, usually on its stack, is exactly 1,024 bytes and holds no
 * pointer: it works after out-of-memory, nothing is freed, and a child inside its new namespaces
 * hands it to its parent with one write to a pipe (atomic: below PIPE_BUF).
 *
 * A function that fails returns -1 (or NULL) and has filled *e; on success it leaves *e alone.
 * It either returns its error or logs it, never both. Each layer adds context at most once.
 * A text is one line without a full stop: what failed, on what, what to do about it. A line end in
 * it becomes a blank, other control characters a question mark.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The kinds that callers act on; api maps them to HTTP status codes. */
enum err_kind {
	ERR_NONE = 0,
	ERR_INVALID,	  /* the request or the data is wrong: 400 */
	ERR_UNAUTHORIZED, /* 401 */
	ERR_FORBIDDEN,	  /* 403 */
	ERR_NOTFOUND,	  /* 404 */
	ERR_CONFLICT,	  /* 409 */
	ERR_UNSUPPORTED,  /* 501 */
	ERR_UNAVAILABLE,  /* 503 */
	ERR_SYS,	  /* a system call failed: 500 */
};

struct err {
	int kind; /* enum err_kind */
	int sys;  /* errno where a system call failed, else 0 */
	char text[1016];
};

/* Sets *e and returns -1, so that `return err_set(e, ...)` reads well. Control characters of
 * arguments are replaced by '?': a text is always one printable line. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a failed system call: kind ERR_SYS (ERR_NOTFOUND for ENOENT is the caller's own
 * decision), ": " and the message of the current errno are added. Returns -1. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the text. Returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A caller's compiler and analyser see that they return -1: they know then which outputs are set.
 */
static inline int err_failed(int ret)
{
	(void)ret;
	return -1;
}
#define err_set(...) err_failed(err_set(__VA_ARGS__))
#define err_sys(...) err_failed(err_sys(__VA_ARGS__))
#define err_wrap(...) err_failed(err_wrap(__VA_ARGS__))

#endif
