/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write(2) at the end of a file that is ours alone; no fsync, as dockerd.
 *
 * A file never grows beyond max_size unless a single record does: the batch is cut at the last
 * record that fits. With one file only, it is unlinked rather than truncated, so that who reads it
 * keeps what he has.
 *
 * A write that the disk takes in part is cut back to the last whole record, and the rest counted.
 * What a killed shim left unfinished is closed by a line feed at the next opening: readers skip
 * that line.
 *
 * The compressor is a child: 20 MB take 0.2 s, in which clients would not be served. The next
 * rotation waits for it (as dockerd does), or names would move below it. Its output appears under
 * its name when it is whole, and only then the plain file goes, so that a reader always finds one
 * of the two.
 */
#include "container/shimlog_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"

#define MODE 0640

static struct {
	int fd;
	int dir;	  /* that holds it */
	const char *name; /* in dir */
	int64_t size;
	uint64_t lost; /* records since the last one that could be written */
	int why;       /* errno of the first of them */
	pid_t compressor;
} f = {.fd = -1, .dir = -1};

static int open_dir(const struct spec_log *l)
{
	const char *slash = strrchr(l->path, '/');
	char dir[PATH_MAX];

	if (f.dir >= 0)
		return 0;
	if (!slash || slash - l->path >= (ptrdiff_t)sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, l->path, (size_t)(slash - l->path));
	dir[slash - l->path] = 0;
	f.name = slash + 1;
	f.dir = openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return f.dir < 0 ? -1 : 0;
}

/* After a shim that was killed in a write. */
static void end_torn_line(void)
{
	char last = '\n';

	if (f.size > 0 && pread(f.fd, &last, 1, f.size - 1) == 1 && last != '\n' &&
	    write(f.fd, "\n", 1) == 1)
		f.size++;
}

static int open_file(const struct spec_log *l)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	struct stat st;

	if (f.fd >= 0)
		return 0;
	if (open_dir(l))
		return -1;
	f.fd = openat(f.dir, f.name, flags, MODE);
	if (f.fd < 0)
		return -1;
	if (fstat(f.fd, &st) || !S_ISREG(st.st_mode)) {
		fd_autoclose(&f.fd);
		errno = EINVAL;
		return -1;
	}
	f.size = st.st_size;
	end_torn_line();
	return 0;
}

/* ---- full disks */

static uint64_t count(const char *p, size_t n)
{
	const char *end = p + n;
	uint64_t k = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		k++;
	}
	return k;
}

static void lose(const char *records, size_t n, int why)
{
	if (!f.lost) {
		f.why = why;
		log_warn("log", "%s: records are lost: %s", f.name ? f.name : "the log",
			 strerror(why));
	}
	f.lost += count(records, n);
}

/* All of it, or as many whole records as there was room for. */
static bool put(const char *p, size_t n)
{
	size_t done = 0, whole;
	int why = 0;

	while (done < n) {
		ssize_t k = write(f.fd, p + done, n - done);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			why = k ? errno : EIO;
			break;
		}
		done += (size_t)k;
	}
	for (whole = done; whole && p[whole - 1] != '\n'; whole--)
		;
	if (whole < done && ftruncate(f.fd, f.size + (int64_t)whole))
		whole = done; /* a torn line, which readers skip */
	f.size += (int64_t)whole;
	if (done < n)
		lose(p + whole, n - whole, why);
	return done == n;
}

/* The first record after some were lost says so; it stays only if something follows it. */
static void put_after_loss(const char *records, size_t n)
{
	int64_t before = f.size, said;
	uint64_t lost = f.lost;
	char text[300], now[STAMP_LEN];
	int len;

	stamp_format(stamp_now(), now);
	len = snprintf(text, sizeof(text),
		       "{\"log\":\"proa: %llu log records were lost here: %.100s\\n\","
		       "\"stream\":\"stderr\",\"time\":\"%s\"}\n",
		       (unsigned long long)lost, strerror(f.why), now);
	if (!put(text, (size_t)len)) {
		f.lost = lost;
		lose(records, n, f.why);
		return;
	}
	f.lost = 0;
	said = f.size;
	if (put(records, n) || f.size > said)
		return;
	if (!ftruncate(f.fd, before)) {
		f.size = before;
		f.lost += lost;
	}
}

static void append(const char *records, size_t n)
{
	if (f.lost)
		put_after_loss(records, n);
	else
		put(records, n);
}

/* ---- rotation */

static void file_name(char ret[NAME_MAX + 1], int64_t number, const char *suffix)
{
	if (number)
		snprintf(ret, NAME_MAX + 1, "%.200s.%lld%s", f.name, (long long)number, suffix);
	else
		snprintf(ret, NAME_MAX + 1, "%.200s", f.name);
}

static void move(int64_t from, const char *suffix)
{
	char a[NAME_MAX + 1], b[NAME_MAX + 1];

	file_name(a, from, suffix);
	file_name(b, from + 1, suffix);
	renameat(f.dir, a, f.dir, b);
}

static void rotate(const struct spec_log *l)
{
	char oldest[NAME_MAX + 1];

	if (l->max_files > 1) {
		file_name(oldest, l->max_files - 1, "");
		unlinkat(f.dir, oldest, 0);
		file_name(oldest, l->max_files - 1, ".gz");
		unlinkat(f.dir, oldest, 0);
		for (int64_t i = l->max_files - 2; i > 0; i--) {
			move(i, "");
			move(i, ".gz");
		}
		move(0, "");
	} else {
		unlinkat(f.dir, f.name, 0);
	}
	fd_autoclose(&f.fd);
}

/* The part of the batch that goes into this file; 0: none. */
static size_t fits(const struct spec_log *l, const char *records, size_t n)
{
	int64_t room = l->max_size - f.size;
	const char *end;

	if (l->max_size <= 0 || (int64_t)n <= room)
		return n;
	end = room > 0 ? memrchr(records, '\n', (size_t)room) : NULL;
	if (!end && !f.size)
		end = memchr(records, '\n', n);
	return end ? (size_t)(end + 1 - records) : 0;
}

void shimlog_file_write(const struct spec_log *l, const char *records, size_t n)
{
	while (n) {
		size_t k;

		if (open_file(l)) {
			lose(records, n, errno);
			return;
		}
		k = fits(l, records, n);
		if (k)
			append(records, k);
		records += k;
		n -= k;
		if (n)
			rotate(l);
	}
}

void shimlog_file_end(void)
{
	fd_autoclose(&f.fd);
	fd_autoclose(&f.dir);
}

void shimlog_file_reap(void)
{
	if (f.compressor > 0 && waitpid(f.compressor, NULL, WNOHANG) == f.compressor)
		f.compressor = 0;
}
