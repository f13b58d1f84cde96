/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists as docker prints them: its client's own texts for the containers of tests/data/docker-28.5,
 * and column rules on small tables.
 */
#include "test.h"

#include <fcntl.h>

#include "applets/format_container.h"
#include "applets/table.h"

static struct arena a;

static void load(const char *name, struct buf *b)
{
	char block[4096];
	AUTO_FD int fd = openat(AT_FDCWD, test_data(name), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		buf_append(b, block, (size_t)n);
}

static const char *align(const char *text)
{
	AUTO_BUF b = BUF_INIT;

	table_align(&b, text, strlen(text));
	return b.data ? arena_strdup(&a, b.data) : "";
}

TEST(columns)
{
	EQ_STR(align(""), "");
	EQ_STR(align("a\n"), "a\n");
	EQ_STR(align("a\tb\n"), "a         b\n");
	EQ_STR(align("longer than ten\tb\nx\tc\n"), "longer than ten   b\nx                 c\n");
	EQ_STR(align("é日本語xyz\tb\n1234567890\tc\n"), "é日本語xyz      b\n1234567890   c\n");
	EQ_STR(align("\t\tx\n"), "                    x\n");
	EQ_STR(align("a\t\n"), "a         \n");
}

/* A line without the column ends it: what follows has a width of its own. */
TEST(runs)
{
	EQ_STR(align("longer than ten\tb\nshort\nx\tc\n"),
	       "longer than ten   b\nshort\nx         c\n");
	EQ_STR(align("a\tbbbbbbbbbb\tc\nd\te\ng\th\ti\n"),
	       "a         bbbbbbbbbb   c\nd         e\ng         h         i\n");
}

static const struct format_column columns[] = {{"ID", "THE ID"},
					       {"Name", "NAME"},
					       {"Labels", "LABELS"},
					       {NULL, NULL}};

/* What a template prints of two rows, or "error: why". */
static const char *list(const char *text, const char *def)
{
	struct format f = {.a = &a, .columns = columns, .raw = "id: {{.ID}}\n"};
	AUTO_BUF one = BUF_INIT, two = BUF_INIT, out = BUF_INIT;
	struct err e;

	buf_str(&one, "{\"Name\":\"a<b\",\"ID\":\"1\",\"Labels\":\"k=v\",\"Label\":{\"k\":\"v\"}}");
	buf_str(&two, "{\"Name\":\"\",\"ID\":\"22222222\",\"Labels\":\"\",\"Label\":{}}");
	if (format_open(&f, text, def, &e) || format_row(&f, &one, &e) ||
	    format_row(&f, &two, &e) || format_text(&f, &out, &e))
		return arena_printf(&a, "error: %s", e.text);
	return out.data ? arena_strdup(&a, out.data) : "";
}

TEST(kinds)
{
	const char *def = "table {{.ID}}\t{{.Name}}", *table = "THE ID     NAME\n1          a<b\n"
							       "22222222   \n";

	EQ_STR(list(NULL, def), table);
	EQ_STR(list("", def), table);
	EQ_STR(list("table", def), table);
	EQ_STR(list("table {{.ID}}\\t{{.Name}}", "{{.ID}}"), table);
	EQ_STR(list("table{{.ID}}", def), "THE ID\n1\n22222222\n");
	EQ_STR(list("  {{.ID}}\\n-\\t  ", def), "1\n-\t\n22222222\n-\t\n");
	EQ_STR(list("json", def), "{\"ID\":\"1\",\"Labels\":\"k=v\",\"Name\":\"a\\u003cb\"}\n"
				  "{\"ID\":\"22222222\",\"Labels\":\"\",\"Name\":\"\"}\n");
	EQ_STR(list("{{json .Name}}", def), "\"a<b\"\n\"\"\n");
	EQ_STR(list("raw", def), "id: 1\n\nid: 22222222\n\n");
	EQ_STR(list("{{.Label \"k\"}}|{{\"no\" | .Label}}", def), "v|\n|\n");
	EQ_STR(list("table {{upper .ID}}\\t{{.Label \"com.x.y_z\"}}", def),
	       "THE ID     y z\n1          \n22222222   \n");
	EQ_STR(list("table {{json .Name}} {{truncate .ID 3}} {{lower .Name}} {{len .ID}}", def),
	       "NAME THE ID NAME 6\n\"a<b\" 1 a<b 1\n\"\" 222  8\n");
}

TEST(errors)
{
	EQ_STR(list("{{.Nope}}", NULL),
	       "error: failed to execute template: template: :1:2: executing \"\" at <.Nope>: can't "
	       "evaluate field Nope: there are .Name .ID .Labels .Label");
	EQ_STR(list("{{.Name", NULL),
	       "error: failed to parse template: template: :1: unclosed action");
	EQ_STR(list("table {{.ID}}\t{{if", NULL),
	       "error: failed to parse template: template: :1: unclosed action");
	EQ_STR(list("{{.Label}}", NULL),
	       "error: failed to execute template: template: :1:2: executing \"\" at <.Label>: wrong "
	       "number of args for Label: want 1 got 0");
}

TEST(uses)
{
	OK(format_uses("table {{.ID}} {{.Size}}", "Size"));
	OK(!format_uses("{{.SizeX}} Size {{.ID}}", "Size"));
	OK(!format_uses(NULL, "Size"));
}

/* Each field of each container but those that the moment of asking decides. */
TEST(docker)
{
	AUTO_BUF text = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
	struct format f = {.a = &a, .columns = format_container_columns};
	const struct json *v, *g, *w;
	struct json_iter it;
	struct err e;
	char *save = NULL, *save2 = NULL, *line, *line2;
	int n = 0;

	load("data/docker-28.5/list.json", &text);
	load("data/docker-28.5/text/ps-json.txt", &want);
	v = json_parse(&a, text.data, text.len, SIZE_MAX, "list", &e);
	REQUIRE(v && want.len);
	EQ_OK(format_open(&f, "json", NULL, &e), e);
	it = json_iter(v);
	while ((v = json_next(&it, NULL)))
		EQ_OK(format_container(&f, v, false, &e), e);
	EQ_OK(format_text(&f, &got, &e), e);
	line = strtok_r(got.data, "\n", &save);
	line2 = strtok_r(want.data, "\n", &save2);
	for (; line && line2; n++) {
		const char *key;

		g = json_parse(&a, line, strlen(line), SIZE_MAX, "ours", &e);
		w = json_parse(&a, line2, strlen(line2), SIZE_MAX, "docker's", &e);
		REQUIRE(g && w);
		EQ_INT(json_len(g), json_len(w));
		it = json_iter(w);
		while ((v = json_next(&it, &key)))
			if (strcmp(key, "RunningFor") && strcmp(key, "Status"))
				EQ_STR(json_str(json_get(g, key), "none"), json_str(v, "none"));
		line = strtok_r(NULL, "\n", &save);
		line2 = strtok_r(NULL, "\n", &save2);
	}
	OK(!line && !line2 && n > 10, "%d containers", n);
}

#define PORTS                                                                                      \
	"443-444/tcp, 53/udp, 1.2.3.4:90-91->90-91/tcp, [::]:90->90/tcp, 446/tcp, "                \
	"0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"

/* What docker ps shows of these (CLI 28.5.2, asked for an answer written by hand). */
TEST(ports)
{
	static const char in[] =
		"{\"Id\":\"4fa6e0f0c6786287\",\"Names\":[\"/other/alias\",\"/web\"],"
		"\"Image\":\"r.io/a:1@sha256:0123\",\"ImageID\":\"sha256:beef\","
		"\"Command\":\"日本語日本語日本語日本語日本語日本語日本語\",\"Ports\":["
		"{\"IP\":\"0.0.0.0\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},"
		"{\"IP\":\"::\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},"
		"{\"PrivatePort\":443,\"Type\":\"tcp\"},{\"PrivatePort\":444,\"Type\":\"tcp\"},"
		"{\"PrivatePort\":446,\"Type\":\"tcp\"},{\"PrivatePort\":53,\"Type\":\"udp\"},"
		"{\"IP\":\"::\",\"PrivatePort\":90,\"PublicPort\":90,\"Type\":\"tcp\"},"
		"{\"IP\":\"1.2.3.4\",\"PrivatePort\":90,\"PublicPort\":90,\"Type\":\"tcp\"},"
		"{\"IP\":\"1.2.3.4\",\"PrivatePort\":91,\"PublicPort\":91,\"Type\":\"tcp\"}]}";
	struct format f = {.a = &a, .columns = format_container_columns};
	AUTO_BUF out = BUF_INIT;
	const struct json *v;
	struct err e;

	v = json_parse(&a, in, sizeof(in) - 1, sizeof(in), "in", &e);
	REQUIRE(v);
	EQ_OK(format_open(&f, "{{.Names}}|{{.Image}}|{{.Ports}}|{{.Command}}", NULL, &e), e);
	EQ_OK(format_container(&f, v, false, &e), e);
	EQ_OK(format_container(&f, v, true, &e), e);
	EQ_OK(format_text(&f, &out, &e), e);
	EQ_STR(out.data, "web|r.io/a:1|" PORTS "|\"日本語日本語日本語…\"\n"
			 "other/alias,web|r.io/a:1@sha256:0123|" PORTS
			 "|\"日本語日本語日本語日本語日本語日本語日本語\"\n");
}

int main(void)
{
	RUN(columns);
	RUN(runs);
	RUN(kinds);
	RUN(errors);
	RUN(uses);
	RUN(docker);
	RUN(ports);
	arena_release(&a);
	return test_done();
}
