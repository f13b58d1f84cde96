/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is looked at for each question that is forwarded, by stat: who changes it (a DHCP
 * client, systemd-resolved, an editor) replaces it or writes into it. As with the endpoints, one
 * that was young when it was read is read again until it is not (dnsd_names.c).
 *
 * No server in it means that nothing is forwarded: the libc's 127.0.0.1 would be a guess.
 */
#include "network/dnsd_servers.h"
#include "base/buf.h"
#include "base/file.h"
#include "network/dnsd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define FILE_MAX 65536
#define YOUNG_S 2

static struct {
	struct dnsd_server v[DNSD_SERVERS_MAX];
	size_t n;
	bool own, known, settled;
	struct stat st;
} servers;

/* "fe80::1%eth0" */
static void add(const char *text, size_t n, bool host)
{
	struct dnsd_server s = {.host = host};
	size_t zone = 0;
	char addr[ADDR_TEXT];

	while (zone < n && text[zone] != '%')
		zone++;
	if (servers.n == DNSD_SERVERS_MAX || zone >= sizeof(addr))
		return;
	snprintf(addr, sizeof(addr), "%.*s", (int)zone, text);
	if (zone < n)
		snprintf(s.zone, sizeof(s.zone), "%.*s", (int)(n - zone - 1), text + zone + 1);
	if (addr_parse(addr, &s.addr))
		return;
	/* a container that names ourselves: we would ask us for ever */
	if (host || strcmp(addr, DNSD_ADDRESS))
		servers.v[servers.n++] = s;
}

static void parse(const char *line)
{
	static const char word[] = "nameserver";

	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, sizeof(word) - 1))
			continue;
		line += sizeof(word) - 1;
		if (*line != ' ' && *line != '\t')
			continue;
		line += strspn(line, " \t");
		add(line, strcspn(line, " \t\r\n#;"), true);
	}
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void refresh(void)
{
	AUTO_BUF b = BUF_INIT;
	struct stat st = {.st_size = 0};
	struct err why;
	time_t age;

	if (stat(RESOLV_CONF, &st)) {
		servers.n = 0;
		servers.known = false;
		return;
	}
	if (servers.known && servers.settled && same(&st, &servers.st))
		return;
	age = time(NULL) - st.st_mtim.tv_sec;
	servers.known = !file_read(AT_FDCWD, RESOLV_CONF, FILE_MAX, &b, &why);
	servers.settled = age > YOUNG_S || age < -YOUNG_S;
	servers.st = st;
	servers.n = 0;
	if (servers.known)
		parse(b.data);
}

void dnsd_servers_set(const struct strs *own)
{
	servers.n = 0;
	servers.known = false;
	servers.own = own->n;
	for (size_t i = 0; i < own->n; i++)
		add(own->v[i], strlen(own->v[i]), false);
}

size_t dnsd_servers(const struct dnsd_server **ret)
{
	if (!servers.own)
		refresh();
	*ret = servers.v;
	return servers.n;
}
