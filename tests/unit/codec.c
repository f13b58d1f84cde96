/* SPDX-License-Identifier: Apache-2.0 */
/* Compression known by its first bytes; zlib streams there and back; the decompressor as a child.
 */
#include "base/gzip.h"
#include "image/codec.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

TEST(first_bytes)
{
	EQ_INT(codec_sniff("\x1f\x8b\x08\0\0\0", 6), CODEC_GZIP);
	EQ_INT(codec_sniff("\x28\xb5\x2f\xfd\0\0", 6), CODEC_ZSTD);
	EQ_INT(codec_sniff("\x5a\x2a\x4d\x18\0\0", 6), CODEC_ZSTD);
	EQ_INT(codec_sniff("BZh91A", 6), CODEC_OTHER);
	EQ_INT(codec_sniff("\xfd"
			   "7zXZ\0",
			   6),
	       CODEC_OTHER);
	EQ_INT(codec_sniff("hello/", 6), CODEC_PLAIN);
	EQ_INT(codec_sniff("\x1f", 1), CODEC_PLAIN);
	EQ_INT(codec_sniff("", 0), CODEC_PLAIN);
	EQ_STR(codec_name(CODEC_ZSTD), "zstd");
}

TEST(zlib_there_and_back)
{
	AUTO_FD int fd = memfd_create("z", MFD_CLOEXEC);
	struct gzip_out *d = gzip_out_new(fd, GZIP_ZLIB);
	struct gzip_in *z;
	struct err e = {0};
	size_t n = 3 << 20;
	AUTO_FREE unsigned char *in = mem_alloc(n);
	AUTO_FREE unsigned char *out = mem_alloc(n);
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++)
		in[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 28);
	for (size_t at = 0; at < n; at += 100000)
		EQ_OK(gzip_out_write(d, in + at, n - at < 100000 ? n - at : 100000, &e), e);
	EQ_OK(gzip_out_end(d, &e), e);
	gzip_out_free(d);
	z = gzip_in_new(fd, 0, GZIP_ZLIB);
	EQ_INT(gzip_in_read(z, out, 7, &e), 7);
	EQ_INT(gzip_in_read(z, out + 7, n, &e), n - 7);
	EQ_INT(gzip_in_read(z, out, 1, &e), 0);
	EQ_MEM(in, out, n);
	gzip_in_free(z);
	EQ_INT(ftruncate(fd, 100000), 0);
	z = gzip_in_new(fd, 0, GZIP_ZLIB);
	OK(gzip_in_read(z, out, n, &e) < 0 && strstr(e.text, "early"), "%s", e.text);
	gzip_in_free(z);
}

/* Runs the child on data; its exit status, its output in out and its error in *e. */
static int run(enum codec c, const char *data, size_t n, struct buf *out, struct err *e)
{
	AUTO_FD int in = memfd_create("in", MFD_CLOEXEC);
	AUTO_FD int to = memfd_create("out", MFD_CLOEXEC);
	AUTO_FD int why = memfd_create("err", MFD_CLOEXEC);
	pid_t pid;
	int status;

	if (file_write_all(in, data, n) || lseek(in, 0, SEEK_SET) < 0)
		return -1;
	if (codec_child(c, in, to, why, &pid, e))
		return -1;
	waitpid(pid, &status, 0);
	if (pread(why, e, sizeof(*e), 0) < 0 || lseek(to, 0, SEEK_SET) < 0)
		return -1;
	buf_clear(out);
	if (file_read_fd(to, "out", 1 << 20, out, e))
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(children)
{
	/* A zstd frame holding one raw block of 5 bytes; a skippable frame before and after. */
	static const char zst[] = "\x50\x2a\x4d\x18\3\0\0\0abc"
				  "\x28\xb5\x2f\xfd\x20\5\x29\0\0hello"
				  "\x50\x2a\x4d\x18\0\0\0\0";
	static const char gz[] =
		"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\5\0\xfa\xffhello\x86\xa6\x10\x36\5\0\0";
	AUTO_BUF out = BUF_INIT;
	struct err e = {0};

	EQ_INT(run(CODEC_PLAIN, "as it is", 8, &out, &e), 0);
	EQ_STR(out.data, "as it is");
	EQ_INT(run(CODEC_ZSTD, zst, sizeof(zst) - 1, &out, &e), 0);
	EQ_STR(out.data, "hello");
	EQ_INT(run(CODEC_ZSTD, zst, 21, &out, &e), 1);
	OK(strstr(e.text, "ends early"), "%s", e.text);
	EQ_INT(run(CODEC_GZIP, gz, sizeof(gz), &out, &e), 0);
	EQ_STR(out.data, "hello");
	EQ_INT(run(CODEC_GZIP, gz, sizeof(gz) - 3, &out, &e), 1);
	OK(strstr(e.text, "ends early"), "%s", e.text);
	EQ_INT(run(CODEC_GZIP, "not gzip", 8, &out, &e), 1);
	OK(strstr(e.text, "bad gzip"), "%s", e.text);
	EQ_INT(run(CODEC_GZIP, "", 0, &out, &e), 1);
	EQ_INT(run(CODEC_OTHER, "BZh", 3, &out, &e), -1);
	OK(e.kind == ERR_UNSUPPORTED && strstr(e.text, "repack"), "%s", e.text);
}

int main(void)
{
	RUN(first_bytes);
	RUN(zlib_there_and_back);
	RUN(children);
	return test_done();
}
