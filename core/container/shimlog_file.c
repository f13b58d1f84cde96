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
#include "container/process.h"
#include "container/shimlog_follow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/gzip.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"

#define MODE 0640

static struct {
	int fd;
	int dir;	  /* that holds it */
	const char *name; /* in dir */
	struct shimlog_at at;
	bool rotated;  /* and the new file not opened yet */
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

	if (f.at.size > 0 && pread(f.fd, &last, 1, f.at.size - 1) == 1 && last != '\n' &&
	    write(f.fd, "\n", 1) == 1)
		f.at.size++;
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
	f.at.size = st.st_size;
	end_torn_line();
	if (f.rotated)
		shimlog_follow_rotated();
	f.rotated = false;
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
	if (whole < done && ftruncate(f.fd, f.at.size + (int64_t)whole))
		whole = done; /* a torn line, which readers skip */
	f.at.size += (int64_t)whole;
	if (done < n)
		lose(p + whole, n - whole, why);
	return done == n;
}

size_t shimlog_file_lost(char *ret, size_t size, uint64_t records, const char *why)
{
	char now[STAMP_LEN];
	int n;

	stamp_format(stamp_now(), now);
	n = snprintf(ret, size,
		     "{\"log\":\"proa: %llu log records were lost here: %.100s\\n\","
		     "\"stream\":\"stderr\",\"time\":\"%s\"}\n",
		     (unsigned long long)records, why, now);
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

/* The first record after some were lost says so; it stays only if something follows it. */
static void put_after_loss(const char *records, size_t n)
{
	int64_t before = f.at.size, said;
	uint64_t lost = f.lost;
	char text[300];

	if (!put(text, shimlog_file_lost(text, sizeof(text), lost, strerror(f.why)))) {
		f.lost = lost;
		lose(records, n, f.why);
		return;
	}
	f.lost = 0;
	said = f.at.size;
	if (put(records, n) || f.at.size > said)
		return;
	if (!ftruncate(f.fd, before)) {
		f.at.size = before;
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

/* The child: .1 becomes .1.gz. */
static int compress_one(struct err *e)
{
	char from[NAME_MAX + 1], to[NAME_MAX + 1], part[NAME_MAX + 1];
	AUTO_FD int in = -1, out = -1;

	file_name(from, 1, "");
	file_name(to, 1, ".gz");
	file_name(part, 1, ".tmp");
	in = openat(f.dir, from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unlinkat(f.dir, part, 0);
	out = openat(f.dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (in < 0 || out < 0)
		return err_sys(e, "open %s", from);
	if (gzip_copy(in, out, e)) {
		unlinkat(f.dir, part, 0);
		return -1;
	}
	if (renameat(f.dir, part, f.dir, to))
		return err_sys(e, "rename %s", part);
	unlinkat(f.dir, from, 0);
	return 0;
}

/* A failure leaves the plain file, which is as good. The child keeps nothing of the shim's, whose
 * lock would otherwise outlive it. */
static void compress(void)
{
	struct err e;

	f.compressor = fork();
	if (f.compressor)
		return;
	f.dir = dup2(f.dir, 0);
	process_close_from(3);
	_exit(compress_one(&e) ? 1 : 0);
}

static void rotate(const struct spec_log *l)
{
	char oldest[NAME_MAX + 1];

	if (f.compressor > 0)
		waitpid(f.compressor, NULL, 0);
	f.compressor = 0;

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
	f.rotated = true;
	f.at.seq++;
	if (l->compress && l->max_files > 1)
		compress();
}

/* The part of the batch that goes into this file; 0: none. */
static size_t fits(const struct spec_log *l, const char *records, size_t n)
{
	int64_t room = l->max_size - f.at.size;
	const char *end;

	if (l->max_size <= 0 || (int64_t)n <= room)
		return n;
	end = room > 0 ? memrchr(records, '\n', (size_t)room) : NULL;
	if (!end && !f.at.size)
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

/* ---- for readers */

int shimlog_file_reopen(void)
{
	return openat(f.dir, f.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

struct shimlog_at shimlog_file_at(void)
{
	return f.at;
}

int shimlog_file_all(const struct spec_log *l, int *ret, struct shimlog_at *ret_at)
{
	char name[NAME_MAX + 1];
	int n = 0;

	if (open_file(l))
		return 0;
	for (int64_t i = 0; i < l->max_files && n < SHIMLOG_MAX_FILES; i++) {
		file_name(name, i, "");
		ret[n] = openat(f.dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (ret[n] < 0) {
			file_name(name, i, ".gz");
			ret[n] = openat(f.dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		}
		if (ret[n] < 0)
			break;
		n++;
	}
	*ret_at = f.at;
	return n;
}

void shimlog_file_reap(void)
{
	if (f.compressor > 0 && waitpid(f.compressor, NULL, WNOHANG) == f.compressor)
		f.compressor = 0;
}
