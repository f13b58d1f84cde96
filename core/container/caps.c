/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capability set is before it is JSON or a system call: a mask. Names are Docker's.
 *
 * The kernel's highest capability and the caller's bounding set are asked with one prctl per bit
 * (0.1 us each) rather than read from /proc, which a container's first process may not have yet.
 */
#include "container/caps.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};
#define NCAPS (sizeof(names) / sizeof(*names))
#define KNOWN ((1ull << NCAPS) - 1)
#define BIT(name) (1ull << CAP_##name)

uint64_t caps_default(void)
{
	return BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(FOWNER) | BIT(FSETID) | BIT(KILL) |
	       BIT(SETGID) | BIT(SETUID) | BIT(SETPCAP) | BIT(NET_BIND_SERVICE) | BIT(NET_RAW) |
	       BIT(SYS_CHROOT) | BIT(MKNOD) | BIT(AUDIT_WRITE) | BIT(SETFCAP);
}

uint64_t caps_all(void)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < 64; i++) {
		int r = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

		if (r < 0)
			break; /* beyond the kernel's last */
		if (r > 0)
			mask |= 1ull << i;
	}
	return mask;
}

const char *caps_name(unsigned bit)
{
	return bit < NCAPS ? names[bit] : NULL;
}

int caps_parse(const char *name, uint64_t *ret, struct err *e)
{
	const char *bare = strncasecmp(name, "CAP_", 4) ? name : name + 4;
	char upper[32];
	size_t i;

	for (i = 0; i < NCAPS; i++)
		if (!strcasecmp(bare, names[i] + 4)) {
			*ret = 1ull << i;
			return 0;
		}
	/* Docker's message has the name as it understood it */
	for (i = 0; i < sizeof(upper) - 1 && bare[i]; i++)
		upper[i] = (char)toupper((unsigned char)bare[i]);
	upper[i] = 0;
	return err_set(e, ERR_INVALID, "unknown capability: \"CAP_%s\"", upper);
}

/* ret_all: ALL was among them. */
static int parse_list(const char *what, const struct strs *v, uint64_t *ret, bool *ret_all,
		      struct err *e)
{
	uint64_t mask = 0, bit;
	bool all = false;

	for (size_t i = 0; v && i < v->n; i++) {
		if (!strcasecmp(v->v[i], "ALL") || !strcasecmp(v->v[i], "CAP_ALL")) {
			all = true;
			continue;
		}
		if (caps_parse(v->v[i], &bit, e) < 0)
			return err_wrap(e, "invalid %s", what);
		mask |= bit;
	}
	*ret = mask;
	*ret_all = all;
	return 0;
}

int caps_tweak(const struct strs *add, const struct strs *drop, bool privileged, uint64_t *ret,
	       struct err *e)
{
	uint64_t available = UINT64_MAX, plus, minus, missing, mask;
	bool plus_all, minus_all;

	if (parse_list("CapAdd", add, &plus, &plus_all, e) < 0 ||
	    parse_list("CapDrop", drop, &minus, &minus_all, e) < 0)
		return -1;
	/* the defaults alone are cut down by the kernel, when the child drops the others */
	if (plus || plus_all || privileged)
		available = caps_all();
	missing = plus & ~available;
	if (missing && !privileged)
		return err_set(e, ERR_INVALID,
			       "invalid CapAdd: capability not supported by your kernel "
			       "or not available in the current environment: \"%s\"",
			       caps_name((unsigned)__builtin_ctzll(missing)));
	if (privileged)
		mask = UINT64_MAX;
	else if (minus_all)
		mask = plus;
	else if (plus_all)
		mask = ~minus;
	else
		mask = (caps_default() & ~minus) | plus;
	*ret = mask & available;
	return 0;
}

int caps_bounding_drop(uint64_t mask, struct err *e)
{
	for (unsigned i = 0; i < 64; i++) {
		if (mask >> i & 1 || !prctl(PR_CAPBSET_DROP, i, 0, 0, 0))
			continue;
		if (errno == EINVAL) /* beyond the kernel's last */
			break;
		/* without CAP_SETPCAP there may be nothing to drop either */
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) != 0)
			return err_sys(e, "drop %s from the bounding set",
				       i < NCAPS ? names[i] : "a capability");
	}
	/* before 4.3 there is no ambient set, hence nothing to empty */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(e, "empty the ambient capability set");
	return 0;
}

int caps_set(uint64_t mask, struct err *e)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return err_sys(e, "read the capability sets");
	for (int i = 0; i < 2; i++) {
		d[i].permitted &= (uint32_t)(mask >> (32 * i));
		d[i].effective = d[i].permitted;
		d[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &h, d) < 0)
		return err_sys(e, "set the capability sets to %#llx", (unsigned long long)mask);
	return 0;
}

int caps_ambient(uint64_t mask, struct err *e)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return err_sys(e, "read the capability sets");
	for (int i = 0; i < 2; i++)
		d[i].inheritable = (uint32_t)(mask >> (32 * i));
	if (syscall(SYS_capset, &h, d) < 0)
		return err_sys(e, "set the inheritable capabilities");
	for (int i = 0; i < 64; i++)
		if (mask >> i & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0))
			return err_sys(e, "raise the ambient capability %d", i);
	return 0;
}
