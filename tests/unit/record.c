/* SPDX-License-Identifier: Apache-2.0 */
/* Tar records: the very bytes of an archive come back from the unpacked layer, or an error does. */
#include "image/record.h"
#include "base/file.h"
#include "tests/unit/layer.h"

#include <sys/mman.h>

/* Unpacks with a record and makes the same bytes again. */
static int replayed(const char *data, size_t n, const char *what)
{
	AUTO_FD int rec = memfd_create("record", MFD_CLOEXEC);
	AUTO_BUF out = BUF_INIT;
	int64_t size;

	if (unpack_bytes(data, n, rec, NULL))
		return -1;
	EQ_OK(record_replay(rec, L, R.diff_id, collect, &out, &size, &E), E);
	EQ_INT(size, n);
	OK(out.len == n && !memcmp(out.data, data, n), "%s", what);
	return 0;
}

TEST(record_of_duplicates)
{
	struct tar_extent ext = {8192, 4};
	struct err e = {0};

	begin();
	put("d/f", TAR_FILE, "first");
	put("d/f", TAR_FILE, "second, longer");
	put("d/g", TAR_FILE, "stays");
	put("h", TAR_HARDLINK, "d/g");
	put("d/g", TAR_FILE, "not the linked one");
	put("l", TAR_SYMLINK, "d");
	put("l/f", TAR_FILE, "third, through a symlink");
	put("l/new", TAR_FILE, "through a symlink that turns");
	put("l", TAR_SYMLINK, "e");
	put("e/new", TAR_FILE, "another new");
	T.sparse = 1, T.size = 1 << 20, T.extents = &ext, T.nextents = 1;
	T.name = "sp", T.type = TAR_FILE;
	EQ_OK(tar_writer_entry(&W, &T, &e) || tar_writer_data(&W, "data", 4, &e), e);
	T = (struct tar_entry){.mode = 0644};
	put("sp", TAR_FILE, "");
	put("d", TAR_FILE, "a file over all of it");
	tar_writer_end(&W, &e);
	buf_append(&A, "trailing garbage", 16);
	EQ_OK(replayed(A.data, A.len, "duplicates"), E);
	EQ_STR(text(L, "d"), "a file over all of it");
	EQ_STR(text(L, "h"), "stays");
}

TEST(record_of_archives)
{
	static const char *const files[] = {
		"file-and-dir",
		"gnu",
		"gnu-long-nul",
		"gnu-multi-hdrs",
		"gnu-nil-sparse-data",
		"gnu-nil-sparse-hole",
		"gnu-not-utf8",
		"gnu-utf8",
		"hardlink",
		"hdr-only",
		"invalid-go17",
		"nil-uid",
		"pax",
		"pax-global-records",
		"pax-multi-hdrs",
		"pax-nil-sparse-data",
		"pax-nil-sparse-hole",
		"pax-path-hdr",
		"pax-pos-size-file",
		"pax-records",
		"sparse-formats",
		"star",
		"trailing-slash",
		"ustar",
		"ustar-file-devs",
		"ustar-file-reg",
		"v7",
		"writer",
		"xattrs",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		AUTO_BUF b = BUF_INIT;
		char rel[128];

		begin();
		snprintf(rel, sizeof(rel), "data/tar/%s.tar", files[i]);
		AUTO_FD int fd = open(test_data(rel), O_RDONLY | O_CLOEXEC);

		REQUIRE(fd >= 0);
		EQ_OK(file_read_fd(fd, rel, 1 << 26, &b, &E), E);
		if (replayed(b.data, b.len, files[i]))
			OK(0, "%s: %s", files[i], E.text);
	}
}

TEST(record_sees_changes)
{
	AUTO_FD int rec = memfd_create("record", MFD_CLOEXEC);
	AUTO_BUF out = BUF_INIT;
	struct err e = {0};
	char byte;
	int fd;

	begin();
	put("f", TAR_FILE, "as it was");
	tar_writer_end(&W, &e);
	EQ_OK(unpack_bytes(A.data, A.len, rec, NULL), E);
	fd = openat(L, "f", O_WRONLY | O_CLOEXEC);
	EQ_INT(write(fd, "A", 1), 1);
	OK(record_replay(rec, L, R.diff_id, collect, &out, NULL, &e) < 0 &&
		   strstr(e.text, "altered"),
	   "%s", e.text);
	EQ_INT(ftruncate(fd, 3), 0);
	close(fd);
	OK(record_replay(rec, L, R.diff_id, collect, &out, NULL, &e) < 0 &&
	   strstr(e.text, "was cut"));
	unlinkat(L, "f", 0);
	mkfifoat(L, "f", 0600);
	OK(record_replay(rec, L, R.diff_id, collect, &out, NULL, &e) < 0);
	for (off_t at = 0; pread(rec, &byte, 1, at) == 1; at++) {
		char flipped = (char)(byte ^ 0x20);

		EQ_INT(pwrite(rec, &flipped, 1, at), 1);
		OK(record_replay(rec, L, R.diff_id, collect, &out, NULL, &e) < 0);
		EQ_INT(pwrite(rec, &byte, 1, at), 1);
		buf_clear(&out);
	}
}

int main(void)
{
	if (geteuid()) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	test_tmp();
	top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RUN(record_of_duplicates);
	RUN(record_of_archives);
	RUN(record_sees_changes);
	return test_done();
}
