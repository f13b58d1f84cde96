/* SPDX-License-Identifier: Apache-2.0 */
/* network ls: Docker's list, sorted as Docker's client does: numbers in names count as numbers. */
#include "applets/applet.h"

#include <stdlib.h>
#include <string.h>

#include "applets/filters.h"
#include "applets/format.h"

static bool quiet, no_trunc;
static struct strs filter_list;
static const char *format;

static const struct option_def options[] = {
	{"filter", 'f', OPTION_FILTER, &filter_list, "filter",
	 "Provide filter values (e.g. \"driver=bridge\")", NULL},
	{"format", 0, OPTION_STR, &format, "string", FORMAT_HELP, NULL},
	{"no-trunc", 0, OPTION_BOOL, &no_trunc, NULL, "Do not truncate the output", NULL},
	{"quiet", 'q', OPTION_BOOL, &quiet, NULL, "Only display network IDs", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static const struct format_column columns[] = {
	{"CreatedAt", "CREATED AT"},
	{"Driver", "DRIVER"},
	{"ID", "NETWORK ID"},
	{"IPv4", "IPV4"},
	{"IPv6", "IPV6"},
	{"Internal", "INTERNAL"},
	{"Labels", "LABELS"},
	{"Name", "NAME"},
	{"Scope", "SCOPE"},
	{NULL, NULL},
};

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, "/networks?");
	filters_add(&target, &filter_list, NULL);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static const char *text(const struct json *v, const char *key)
{
	return json_str(json_get(v, key), "");
}

/* "2026-11-25T12:16:03.502614221Z" -> "2026-11-25 12:16:03.502614221 +0000 UTC" */
static const char *created(struct arena *a, const char *s)
{
	size_t day = strcspn(s, "T"), all = strlen(s);

	if (!s[day] || s[all - 1] != 'Z')
		return s;
	return arena_printf(a, "%.*s %.*s +0000 UTC", (int)day, s, (int)(all - day - 2),
			    s + day + 1);
}

static int print_network(struct format *f, const struct json *v, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_str(&w, "CreatedAt", created(f->a, text(v, "Created")));
	json_w_str(&w, "Driver", text(v, "Driver"));
	json_w_str(&w, "ID", no_trunc ? text(v, "Id") : arena_printf(f->a, "%.12s", text(v, "Id")));
	json_w_str(&w, "IPv4", json_bool(json_get(v, "EnableIPv4"), false) ? "true" : "false");
	json_w_str(&w, "IPv6", json_bool(json_get(v, "EnableIPv6"), false) ? "true" : "false");
	json_w_str(&w, "Internal", json_bool(json_get(v, "Internal"), false) ? "true" : "false");
	format_labels(&w, json_get(v, "Labels"));
	json_w_str(&w, "Name", text(v, "Name"));
	json_w_str(&w, "Scope", text(v, "Scope"));
	json_w_end(&w);
	return format_row(f, &b, e);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at *p without the zeros before it, and how many those are; *p is behind it then. */
static size_t number(const char **p, const char **ret, size_t *ret_zeros)
{
	*ret_zeros = strspn(*p, "0");
	*ret = *p + *ret_zeros;
	*p = *ret + strspn(*ret, "0123456789");
	return (size_t)(*p - *ret);
}

/* Numbers by what they are, and before all else; of equal ones that with fewer zeros. */
static int natural(const char *a, const char *b)
{
	while (*a && *b) {
		const char *x, *y;
		size_t n, m, zn, zm;
		int d;

		if (digit(*a) != digit(*b))
			return digit(*a) ? -1 : 1;
		if (!digit(*a)) {
			if (*a != *b)
				return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
			a++;
			b++;
			continue;
		}
		n = number(&a, &x, &zn);
		m = number(&b, &y, &zm);
		d = n == m ? memcmp(x, y, n) : n < m ? -1 : 1;
		if (d || zn != zm)
			return d ? d : zn < zm ? -1 : 1;
	}
	return *a ? 1 : -!!*b;
}

static int by_name(const void *a, const void *b)
{
	return natural(text(*(const struct json *const *)a, "Name"),
		       text(*(const struct json *const *)b, "Name"));
}

static int ls_main(struct applet_ctx *c)
{
	struct format f = {.a = c->a, .columns = columns};
	const struct json *list, *v, **rows;
	struct json_iter it;
	struct err e;
	size_t n = 0;

	f.raw = quiet ? "network_id: {{.ID}}"
		      : "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\n"
			"scope: {{.Scope}}\n";
	if (format_open(&f, format,
			quiet ? "{{.ID}}" : "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
			&e) ||
	    get(c, &list, &e))
		return applet_fail(&e, 1);
	rows = arena_array(c->a, json_len(list) + 1, sizeof(*rows));
	for (it = json_iter(list); (v = json_next(&it, NULL));)
		rows[n++] = v;
	qsort(rows, n, sizeof(*rows), by_name);
	for (size_t i = 0; i < n; i++)
		if (print_network(&f, rows[i], &e))
			return applet_fail(&e, 1);
	return format_end(&f, &e) ? applet_fail(&e, 1) : 0;
}

APPLET(network_ls, .name = "network ls", .alias = "network list", .usage = "[OPTIONS]",
       .brief = "List networks", .options = options, .min_args = 0, .max_args = 0, .main = ls_main);
