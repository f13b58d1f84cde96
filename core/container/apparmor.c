/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker hands a profile's text to apparmor_parser; here the rules are compiled by aadfa.c, because
 * no external program is ever needed. tests/data/apparmor/docker-default is the same profile as
 * text: a unit test compiles that with apparmor_parser and compares every state.
 *
 * What the profile says is what Docker documents for the name: all is allowed but mounting, most of
 * /proc's and /sys's files, and signals and traces across its border. It backs up masked and
 * read-only paths, for the container that found a way around them. Networks are not mentioned:
 * what a profile's policy does not mediate is allowed.
 *
 * The kernel's list is read at each start rather than a marker of our own: the same two system
 * calls, and it is never wrong. The interface lies in securityfs, which is mounted for a moment,
 * attached nowhere, where the machine has it not.
 */
#include "container/apparmor.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "container/aadfa.h"
#include "container/mnt.h"

#define LIST_MAX (4 << 20)
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"

/* Permissions on files, of the own user and of others. */
#define BOTH(x) ((x) | (x) << 14)
#define X 0x01u
#define W 0x02u
#define R 0x04u
#define APPEND 0x08u
#define LINK 0x10u
#define LOCK 0x20u /* on a pair of names: the link must not have more rights than its target */
#define ALL BOTH(0x7fu | 0x200u) /* 0x200: execution stays in the profile */
#define LINK_PAIR (BOTH(LINK) | LOCK)

#define NO_WRITE BOTH(W | APPEND)
#define NO_CHANGE BOTH(W | APPEND | LOCK | X) /* and no link to it */
#define NO_ACCESS (NO_CHANGE | BOTH(R))

/* Behind a name: a link to it, by any name. */
#define LINKED "$/[^/]@"

static const struct aadfa_rule file_allow[] = {
	{"[/]**", ALL, 0}, /* in brackets: "/" itself too */
	{"[/]**" LINKED, LINK_PAIR, 0},
};

static const struct aadfa_rule file_deny[] = {
	/* of /proc only the directories of processes, and sys for what follows */
	{"/proc/*", 0, NO_WRITE},
	{"/proc/[^1-9s]*/**", 0, NO_WRITE},
	{"/proc/s[^y]*/**", 0, NO_WRITE},
	{"/proc/sy[^s]*/**", 0, NO_WRITE},
	{"/proc/sys[^/]*/**", 0, NO_WRITE},
	{"/proc/sysrq-trigger", 0, NO_ACCESS},
	{"/proc/kcore", 0, NO_ACCESS},
	{"/proc/kmem", 0, NO_ACCESS},
	{"/proc/mem", 0, NO_ACCESS},
	/* of /proc/sys only kernel/{msg,sem,shm}*, which belong to the IPC namespace */
	{"/proc/sys/[^k]**", 0, NO_WRITE},
	{"/proc/sys/k[^e]**", 0, NO_WRITE},
	{"/proc/sys/kernel/[^ms]**", 0, NO_WRITE},
	{"/proc/sys/kernel/m[^s]**", 0, NO_WRITE},
	{"/proc/sys/kernel/ms[^g]**", 0, NO_WRITE},
	{"/proc/sys/kernel/s[^eh]**", 0, NO_WRITE},
	{"/proc/sys/kernel/se[^m]**", 0, NO_WRITE},
	{"/proc/sys/kernel/sh[^m]**", 0, NO_WRITE},
	/* of /sys only the control groups */
	{"/sys/[^f]*/**", 0, NO_CHANGE},
	{"/sys/f[^s]*/**", 0, NO_CHANGE},
	{"/sys/fs/[^c]**", 0, NO_CHANGE},
	{"/sys/fs/c[^g]**", 0, NO_CHANGE},
	{"/sys/fs/cg[^r]**", 0, NO_CHANGE},
	{"/sys/firmware/**", 0, NO_ACCESS},
	{"/sys/kernel/security/**", 0, NO_ACCESS},
	{"/sys/devices/virtual/powercap/**", 0, NO_ACCESS},
};

/* Everything else: a string begins with the class of what is asked for, as in the kernel's
 * include/apparmor.h. That a class is here at all makes the kernel ask. */
#define MEDIATED 0x4u
#define UMOUNT 0x4u
#define MOUNT 0x2u
#define RECEIVE 0x4u
#define SEND 0x2u
#define TRACE 0x1eu /* read and trace, actively and passively */
#define SIGNAL "\x0a[^]"
#define SIGNAL_LABEL "\x10\x0a"

static const struct aadfa_rule other_rules[] = {
	{"\x02", MEDIATED, 0},
	{"\x07", MEDIATED, 0},
	{"\x09", MEDIATED, 0},
	{"\x0a", MEDIATED, 0},
	{"\x20", MEDIATED, 0}, /* D-Bus, which asks the kernel */
	{"\x07**", UMOUNT, 0},
	{"\x07**$**$**$**", 0, MOUNT}, /* place, source, type, flags */
	{"\x09" APPARMOR_DEFAULT, TRACE, 0},
	{"\x10\x09" APPARMOR_DEFAULT, TRACE, 0},
	{SIGNAL APPARMOR_DEFAULT, SEND | RECEIVE, 0},
	{SIGNAL_LABEL APPARMOR_DEFAULT, SEND | RECEIVE, 0},
	{SIGNAL "unconfined", RECEIVE, 0},
	{SIGNAL_LABEL "unconfined", RECEIVE, 0},
	/* Docker, started later, takes this profile for its own containers: its runtimes have
	 * labels of these names on some distributions. */
	{SIGNAL "runc", RECEIVE, 0},
	{SIGNAL_LABEL "runc", RECEIVE, 0},
	{SIGNAL "crun", RECEIVE, 0},
	{SIGNAL_LABEL "crun", RECEIVE, 0},
};

#define COUNT(x) (sizeof(x) / sizeof(*(x)))

/* ---- the policy as the kernel reads it: security/apparmor/policy_unpack.c ---- */
static void little_endian(struct buf *b, uint32_t v, int bytes)
{
	for (; bytes-- > 0; v >>= 8)
		buf_char(b, (char)v);
}

static void put_u32(struct buf *b, uint32_t v)
{
	buf_char(b, 2);
	little_endian(b, v, 4);
}

/* code 4: the name of what follows; 5: a string */
static void put_text(struct buf *b, char code, const char *s)
{
	buf_char(b, code);
	little_endian(b, (uint32_t)strlen(s) + 1, 2);
	buf_append(b, s, strlen(s) + 1);
}

static void put_struct(struct buf *b, const char *name)
{
	put_text(b, 4, name);
	buf_char(b, 7);
}

static void put_end(struct buf *b)
{
	buf_char(b, 8);
}

/* Tables lie at a multiple of 8 from the beginning of all. */
static int put_rules(struct arena *a, struct buf *b, const struct aadfa_rule *rules, size_t n,
		     struct err *e)
{
	AUTO_BUF t = BUF_INIT;
	size_t pad;

	if (aadfa_build(a, rules, n, &t, e))
		return -1;
	put_text(b, 4, "aadfa");
	buf_char(b, 6);
	pad = -(b->len + 4) & 7;
	little_endian(b, (uint32_t)(pad + t.len), 4);
	while (pad--)
		buf_char(b, 0);
	buf_append(b, t.data, t.len);
	return 0;
}

static int put_other(struct arena *a, struct buf *b, const char *engine, struct err *e)
{
	struct aadfa_rule r[COUNT(other_rules) + 2];
	size_t n = COUNT(other_rules);

	memcpy(r, other_rules, sizeof(other_rules));
	if (engine && strcmp(engine, "unconfined") != 0 && !engine[strspn(engine, LETTERS)]) {
		r[n++] = (struct aadfa_rule){arena_printf(a, SIGNAL "%s", engine), RECEIVE, 0};
		r[n++] =
			(struct aadfa_rule){arena_printf(a, SIGNAL_LABEL "%s", engine), RECEIVE, 0};
	}
	put_struct(b, "policydb");
	if (put_rules(a, b, r, n, e))
		return -1;
	put_end(b);
	return 0;
}

static int put_files(struct arena *a, struct buf *b, struct err *e)
{
	struct aadfa_rule r[COUNT(file_allow) + 2 * COUNT(file_deny)];
	size_t n = COUNT(file_allow);

	memcpy(r, file_allow, sizeof(file_allow));
	for (size_t i = 0; i < COUNT(file_deny); i++) {
		r[n++] = file_deny[i];
		if (file_deny[i].deny & X)
			r[n++] = (struct aadfa_rule){arena_printf(a, "%s" LINKED,
								  file_deny[i].pattern),
						     0, LINK_PAIR};
	}
	return put_rules(a, b, r, n, e);
}

int apparmor_policy(struct arena *a, const char *engine, struct buf *ret, struct err *e)
{
	put_text(ret, 4, "version");
	put_u32(ret, 7); /* from Linux 4.13 */
	put_struct(ret, "profile");
	put_text(ret, 5, APPARMOR_DEFAULT);
	put_struct(ret, "flags");
	for (int i = 0; i < 3; i++)
		put_u32(ret, 0); /* no hat, enforce, no audit of all */
	put_end(ret);
	put_text(ret, 4, "path_flags");
	put_u32(ret, 0x10004); /* mediate_deleted, attach_disconnected */
	for (int i = 0; i < 4; i++)
		put_u32(ret, i ? 0 : ~0u); /* capabilities 0 to 31: allow, audit, quiet, extra */
	put_struct(ret, "caps64");
	for (int i = 0; i < 4; i++)
		put_u32(ret, i ? 0 : ~0u);
	put_end(ret);
	if (put_other(a, ret, engine, e) || put_files(a, ret, e))
		return -1;
	put_end(ret);
	return 0;
}

/* ---- the kernel ---- */
bool apparmor_enabled(void)
{
	AUTO_FD int fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
	char c;

	return fd >= 0 && read(fd, &c, 1) == 1 && c == 'Y';
}

bool apparmor_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (list && *list) {
		if (!strncmp(list, name, n) && !strncmp(list + n, " (", 2))
			return true;
		list = strchr(list, '\n');
		list += list != NULL;
	}
	return false;
}

/* The directory of the policy interface. */
static int open_interface(struct err *e)
{
	AUTO_FD int fs = -1;
	int fd = open("/sys/kernel/security/apparmor", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	fs = mnt_detached("securityfs", NULL, 0, NULL, e);
	if (fs < 0)
		return -1;
	fd = openat(fs, "apparmor", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "securityfs has no directory apparmor") : fd;
}

/* What this process runs under, without the mode; NULL where that cannot be told. */
static const char *own_label(struct buf *b)
{
	struct err e;

	if (file_read(AT_FDCWD, "/proc/self/attr/apparmor/current", 4096, b, &e) &&
	    file_read(AT_FDCWD, "/proc/self/attr/current", 4096, b, &e))
		return NULL;
	b->data[strcspn(b->data, " \n")] = 0;
	return b->data;
}

static int load(int dir, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF label = BUF_INIT, policy = BUF_INIT;
	AUTO_FD int fd = -1;

	if (apparmor_policy(&a, own_label(&label), &policy, e))
		return -1;
	fd = openat(dir, ".replace", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open AppArmor's .replace");
	/* one write: the kernel takes it for the whole policy */
	if (write(fd, policy.data, policy.len) != (ssize_t)policy.len)
		return err_sys(e, "the kernel refuses the profile");
	log_debug("apparmor", "loaded the profile " APPARMOR_DEFAULT);
	return 0;
}

static int ensure(struct err *e)
{
	AUTO_BUF list = BUF_INIT;
	AUTO_FD int dir = open_interface(e);

	if (dir < 0 || file_read(dir, "profiles", LIST_MAX, &list, e))
		return -1;
	return list.len && apparmor_listed(list.data, APPARMOR_DEFAULT) ? 0 : load(dir, e);
}

const char *apparmor_default(void)
{
	struct err e;

	if (!apparmor_enabled()) {
		log_debug("apparmor", "AppArmor is off in this kernel: no profile");
		return NULL;
	}
	if (ensure(&e)) {
		log_warn("apparmor", "no profile " APPARMOR_DEFAULT ", running without: %s",
			 e.text);
		return NULL;
	}
	return APPARMOR_DEFAULT;
}
