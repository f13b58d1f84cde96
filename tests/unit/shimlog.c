/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's format byte for byte as dockerd wrote it for the same output (data/logs/record.sh), cut
 * into chunks of any size; rotation, limits, times, and reading back. With arguments this is a tool
 * for cli/logs.t: `shimlog attach DATA-ROOT EXEC-ROOT TARGET` prints all that the server's own
 * function answers to POST TARGET.
 */
#include "container/shimlog.h"
#include "api/server.h"
#include "base/file.h"
#include "base/stamp.h"
#include "engine/logs_file.h"
#include "engine/logs_record.h"
#include "wire/send.h"
#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char path[600], dir[512];
static struct spec_log l;

/* A new directory and a log in it. */
static void begin(void)
{
	snprintf(dir, sizeof(dir), "%s", test_tmp());
	snprintf(path, sizeof(path), "%s/x-json.log", dir);
	l = (struct spec_log){.driver = "json-file", .path = path, .max_size = -1, .max_files = 1};
}

static void get(const char *name, struct buf *b)
{
	struct err e;

	buf_clear(b);
	EQ_OK(file_read(AT_FDCWD, name, 64 << 20, b, &e), e);
}

static void add_line(struct buf *b, size_t n)
{
	memset(buf_reserve(b, n + 1), 'a', n);
	buf_advance(b, n);
	buf_char(b, '\n');
}

static void make_input(struct buf *b)
{
	get(test_data("data/logs/input"), b);
	add_line(b, 16383);
	add_line(b, 16384);
	add_line(b, 16385);
	add_line(b, 32768);
	add_line(b, 40000);
	memset(buf_reserve(b, 16000), 'a', 16000);
	buf_advance(b, 16000);
	buf_str(b, "endwithoutlinefeed");
}

/* Times become T, long runs of a become (aN). */
static void reduce(const struct buf *from, struct buf *to)
{
	static const char time[] = "\"time\":\"";

	buf_clear(to);
	for (const char *p = from->data; *p;) {
		size_t n = strspn(p, "a");

		if (n >= 100) {
			buf_printf(to, "(a%zu)", n);
			p += n;
		} else if (!strncmp(p, time, sizeof(time) - 1)) {
			buf_printf(to, "%sT", time);
			p += sizeof(time) - 1;
			p += strcspn(p, "\"");
		} else {
			buf_char(to, *p++);
		}
	}
}

TEST(as_dockerd)
{
	AUTO_BUF in = BUF_INIT, got = BUF_INIT, reduced = BUF_INIT, want = BUF_INIT;
	static const size_t chunks[] = {65536, 1, 7, 4096, 16384, 16385, 1000000};

	make_input(&in);
	get(test_data("data/logs/dockerd.json"), &want);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++) {
		begin();
		l.attrs = "{\"E\":\"2\",\"tag\":\"a\\\"b\",\"x\":\"\\u003c1\\u003e\"}";
		shimlog_open(&l, -1);
		for (size_t at = 0; at < in.len; at += chunks[i])
			shimlog_write(1, in.data + at,
				      in.len - at < chunks[i] ? in.len - at : chunks[i]);
		shimlog_end();
		get("x-json.log", &got);
		reduce(&got, &reduced);
		OK(reduced.len == want.len && !memcmp(reduced.data, want.data, want.len),
		   "chunks of %zu: %zu bytes, not %zu", chunks[i], reduced.len, want.len);
	}
}

TEST(times)
{
	AUTO_BUF got = BUF_INIT;
	char room[65536];
	struct logs_record r;
	int64_t last = 0, t;
	int n = 0;
	struct err e;

	begin();
	shimlog_open(&l, -1);
	for (int i = 0; i < 3; i++)
		shimlog_write(2, "a\nb\nc\n", 6);
	shimlog_end();
	get("x-json.log", &got);
	for (char *p = got.data, *end; (end = strchr(p, '\n')); p = end + 1, n++) {
		EQ_INT(logs_record_parse(p, (size_t)(end - p), room, &r), 0);
		EQ_INT(r.stream, 2);
		EQ_INT(r.n, 2);
		EQ_OK(stamp_parse(r.time, &t, &e), e);
		OK(t > last, "each record has a time of its own");
		last = t;
	}
	EQ_INT(n, 9);
}

/* What comes back is what went in, but for bytes that are no text. */
TEST(round_trip)
{
	AUTO_BUF in = BUF_INIT, got = BUF_INIT;
	struct logs_file f;
	struct logs_record r;
	const char *line;
	char *room = malloc(LOGS_FILE_LINE);
	size_t n;

	begin();
	for (int c = 1; c < 128; c++)
		buf_char(&in, (char)c);
	buf_str(&in, "\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\n");
	add_line(&in, 50000);
	shimlog_open(&l, -1);
	shimlog_write(1, in.data, in.len);
	shimlog_end();
	logs_file_open(&f, openat(AT_FDCWD, "x-json.log", O_RDONLY));
	while (logs_file_line(&f, &line, &n)) {
		EQ_INT(logs_record_parse(line, n, room, &r), 0);
		buf_append(&got, r.log, r.n);
	}
	logs_file_close(&f);
	OK(got.len == in.len && !memcmp(got.data, in.data, in.len), "%zu of %zu", got.len, in.len);
	free(room);
}

TEST(damage)
{
	static const char *const bad[] = {
		"",
		"{",
		"{}",
		"{\"log\":\"x\\n\",\"stream\":\"stdout\"}",
		"{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"T\"",
		"{\"log\":\"x\\q\",\"time\":\"T\"}",
		"{\"log\":\"x\\u12\",\"time\":\"T\"}",
		"{\"log\":\"x\",\"attrs\":{\"a\":\"}\",\"time\":\"T\"}",
		"{\"log\":\"x\",\"time\":\"T\"}x",
		"[\"log\"]",
		"{\"log\":\"x\",\"time\":\"0123456789012345678901234567890123456789\"}",
	};
	static const char good[] = "{\"time\":\"T\",\"attrs\":{\"}\":\"{\\\"\"},\"log\":\""
				   "\\ud83d\\ude00\\ud800\\/\",\"stream\":\"stderr\"}";
	char room[200];
	struct logs_record r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *copy = strdup(bad[i]); /* for the sanitizer */

		OK(logs_record_parse(copy, strlen(copy), room, &r) < 0, "%s", copy);
		free(copy);
	}
	EQ_INT(logs_record_parse(good, strlen(good), room, &r), 0);
	OK(r.n == 8 && !memcmp(r.log, "\xf0\x9f\x98\x80\xef\xbf\xbd/", 8));
	EQ_INT(r.stream, 2);
	EQ_INT(r.nattrs, 11);
}

static int64_t bytes_here(int *ret_files, int64_t *ret_largest)
{
	DIR *d = opendir(".");
	struct dirent *de;
	struct stat st;
	int64_t sum = 0;

	*ret_files = 0;
	*ret_largest = 0;
	while ((de = readdir(d)))
		if (*de->d_name != '.' && !stat(de->d_name, &st)) {
			sum += st.st_size;
			++*ret_files;
			if (st.st_size > *ret_largest)
				*ret_largest = st.st_size;
		}
	closedir(d);
	return sum;
}

/* The numbers on the lines of one file go up by one; first and last of them. */
static void check_file(const char *name, long *ret_first, long *ret_last)
{
	struct logs_file f;
	struct logs_record r;
	const char *line;
	static char room[LOGS_FILE_LINE];
	size_t n;
	long at = -1;

	logs_file_open(&f, openat(AT_FDCWD, name, O_RDONLY));
	*ret_first = -1;
	while (logs_file_line(&f, &line, &n)) {
		EQ_INT(logs_record_parse(line, n, room, &r), 0);
		if (at < 0)
			*ret_first = atol(r.log);
		else
			EQ_INT(atol(r.log), at + 1);
		at = atol(r.log);
	}
	*ret_last = at;
	logs_file_close(&f);
}

static void write_numbers(long n, size_t chunk)
{
	AUTO_BUF b = BUF_INIT;

	for (long i = 0; i < n; i++) {
		buf_printf(&b, "%ld some text\n", i);
		if (b.len >= chunk || i + 1 == n) {
			shimlog_write(1, b.data, b.len);
			buf_clear(&b);
		}
	}
}

TEST(rotation)
{
	char name[64];
	long first, last, next = 49999;
	int64_t largest;
	int files;

	begin();
	l.max_size = 100000;
	l.max_files = 4;
	shimlog_open(&l, -1);
	write_numbers(50000, 60000);
	shimlog_end();
	bytes_here(&files, &largest);
	EQ_INT(files, 4);
	OK(largest <= 100000, "%lld", (long long)largest);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), i ? "x-json.log.%d" : "x-json.log", i);
		check_file(name, &first, &last);
		EQ_INT(last, next);
		next = first - 1;
	}
}

TEST(one_file)
{
	int64_t largest;
	long first, last;
	int files;

	begin();
	l.max_size = 1000;
	shimlog_open(&l, -1);
	write_numbers(1000, 100);
	shimlog_end();
	bytes_here(&files, &largest);
	EQ_INT(files, 1);
	OK(largest <= 1000);
	check_file("x-json.log", &first, &last);
	EQ_INT(last, 999);
}

TEST(compression)
{
	long first, last, next = 19999;
	int64_t largest;
	int files;
	struct logs_file f;
	const char *line;
	size_t n;

	begin();
	l.max_size = 100000;
	l.max_files = 3;
	l.compress = true;
	shimlog_open(&l, -1);
	write_numbers(20000, 60000);
	shimlog_end();
	while (wait(NULL) > 0 || errno == EINTR)
		;
	bytes_here(&files, &largest);
	EQ_INT(files, 3);
	check_file("x-json.log", &first, &last);
	EQ_INT(last, next);
	next = first - 1;
	check_file("x-json.log.1.gz", &first, &last);
	EQ_INT(last, next);
	next = first - 1;
	check_file("x-json.log.2.gz", &first, &last);
	EQ_INT(last, next);
	logs_file_open(&f, openat(AT_FDCWD, "x-json.log.2.gz", O_RDONLY));
	EQ_INT(logs_file_tail(&f, 3), 3);
	for (int i = 0; i < 3; i++)
		EQ_INT(logs_file_line(&f, &line, &n), 1);
	EQ_INT(logs_file_line(&f, &line, &n), 0);
	logs_file_close(&f);
}

/* The lines that `tail` finds, on both sides of the blocks it reads. */
TEST(tail)
{
	static const int64_t wants[] = {0, 1, 2, 1000, 9999, 10000, 10001};
	const char *line;
	struct logs_file f;
	size_t n;

	begin();
	shimlog_open(&l, -1);
	write_numbers(10000, 65536);
	shimlog_end();
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
		int64_t have = wants[i] < 10000 ? wants[i] : 10000, count = 0;

		logs_file_open(&f, openat(AT_FDCWD, "x-json.log", O_RDONLY));
		EQ_INT(logs_file_tail(&f, wants[i]), have);
		while (logs_file_line(&f, &line, &n))
			count++;
		EQ_INT(count, have);
		logs_file_close(&f);
	}
}

/* A shim was killed in the middle of a record: what follows is whole. */
TEST(torn)
{
	AUTO_BUF got = BUF_INIT;
	char room[1000];
	struct logs_record r;
	char *line;
	int fd;

	begin();
	fd = openat(AT_FDCWD, "x-json.log", O_WRONLY | O_CREAT, 0600);
	EQ_INT(write(fd, "{\"log\":\"hal", 11), 11);
	close(fd);
	shimlog_open(&l, -1);
	shimlog_write(1, "whole\n", 6);
	shimlog_end();
	get("x-json.log", &got);
	OK(!strncmp(got.data, "{\"log\":\"hal\n", 12));
	line = got.data + 12;
	EQ_INT(logs_record_parse(line, strcspn(line, "\n"), room, &r), 0);
}

/* A symlink in its place is not followed, a FIFO does not block. */
TEST(hostile)
{
	struct stat st;

	begin();
	EQ_INT(symlink("elsewhere", "x-json.log"), 0);
	shimlog_open(&l, -1);
	shimlog_write(1, "x\n", 2);
	shimlog_end();
	OK(stat("elsewhere", &st) && errno == ENOENT);
	begin();
	EQ_INT(mkfifo("x-json.log", 0600), 0);
	shimlog_open(&l, -1);
	shimlog_write(1, "x\n", 2);
	shimlog_end();
	OK(!lstat("x-json.log", &st) && S_ISFIFO(st.st_mode));
}

TEST(nothing_written)
{
	struct stat st;

	begin();
	shimlog_open(&l, -1);
	shimlog_end();
	OK(stat("x-json.log", &st), "no output, no file");
	l.driver = "none";
	shimlog_open(&l, -1);
	shimlog_write(1, "x\n", 2);
	shimlog_end();
	OK(stat("x-json.log", &st), "none writes none");
}

/* Non-blocking: everything arrives where the disk keeps up. */
TEST(ring)
{
	long first, last;

	begin();
	l.nonblocking = true;
	l.buffer = 64 << 20;
	shimlog_open(&l, -1);
	write_numbers(20000, 4096);
	shimlog_end();
	check_file("x-json.log", &first, &last);
	EQ_INT(first, 0);
	EQ_INT(last, 19999);
}

static int attach(char **argv)
{
	const struct engine_config config = {.data_root = argv[2],
					     .exec_root = argv[3],
					     .cgroup_parent = getenv("PROA_CGROUP_PARENT")};
	struct err e;
	char data[4096];
	ssize_t n;
	int sp[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return 1;
	if (!fork()) {
		close(sp[0]);
		_exit(server_serve(sp[1], &config));
	}
	close(sp[1]);
	if (send_request(sp[0], "POST", argv[4], NULL, NULL, 0, &e))
		return 1;
	while ((n = read(sp[0], data, sizeof(data))) > 0)
		if (file_write_all(1, data, (size_t)n))
			return 1;
	wait(NULL);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5)
		return attach(argv);
	RUN(as_dockerd);
	RUN(times);
	RUN(round_trip);
	RUN(damage);
	RUN(rotation);
	RUN(one_file);
	RUN(compression);
	RUN(tail);
	RUN(torn);
	RUN(ring);
	RUN(nothing_written);
	RUN(hostile);
	return test_done();
}
