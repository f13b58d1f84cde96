/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates against what docker's own client printed for the same container (tests/data/template),
 * and what is ours alone: rows of lists, bounds, refusals.
 */
#include "test.h"

#include <fcntl.h>

#include "applets/template.h"
#include "base/file.h"

static struct arena a;

static const struct json *parse(const char *text, size_t len)
{
	struct err e;
	const struct json *v = json_parse(&a, text, len, SIZE_MAX, "data", &e);

	OK(v, "%s", v ? "" : e.text);
	return v;
}

static const struct json *json(const char *text)
{
	return parse(text, strlen(text));
}

/* What it prints, or "error: why". */
static const char *run(const char *text, const struct json *data, enum template_data what)
{
	AUTO_BUF b = BUF_INIT;
	struct err e;
	struct template *t = template_parse(&a, text, &e);

	if (!t || template_run(t, &a, data, what, &b, &e))
		return arena_printf(&a, "error: %s", e.text);
	return b.data ? arena_strdup(&a, b.data) : "";
}

static const struct json *load(const char *name)
{
	AUTO_BUF b = BUF_INIT;
	char block[4096];
	AUTO_FD int fd = openat(AT_FDCWD, test_data(name), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		buf_append(&b, block, (size_t)n);
	return parse(b.data ? b.data : "", b.len);
}

TEST(docker)
{
	const struct json *data = load("data/template/container.json");
	const struct json *cases = load("data/template/cases.json"), *c;
	struct json_iter it = json_iter(cases);

	REQUIRE(data && cases);
	while ((c = json_next(&it, NULL))) {
		const char *want = json_str(json_at(c, 1), NULL);

		if (!want)
			want = arena_printf(&a, "error: %s", json_str(json_at(c, 3), ""));
		EQ_STR(run(json_str(json_at(c, 0), ""), data, TEMPLATE_OBJECT), want);
	}
}

/* Where only Go's types know better, or where we are kinder. */
TEST(ours)
{
	const struct json *v = json("{\"n\":5,\"big\":1e21,\"list\":[1,2.5,\"x\",null,true,[],{}],"
				    "\"u\":18446744073709551615,\"null\":null,"
				    "\"m\":{\"z\":1,\"a\":[1,\"q\"],\"z\":2}}");

	EQ_STR(run("{{.}}", v, TEMPLATE_ANY),
	       "map[big:1e+21 list:[1 2.5 x <nil> true [] map[]] m:map[a:[1 q] z:2] n:5 null:<nil> "
	       "u:1.8446744073709552e+19]");
	EQ_STR(run("{{.no}} {{.no.no}} {{.null}} {{print .null .no}}", v, TEMPLATE_ANY),
	       "<no value> <no value> <no value> <nil> <nil>");
	EQ_STR(run("{{join .list \"+\"}}", v, TEMPLATE_ANY), "1+2.5+x+<nil>+true+[]+map[]");
	EQ_STR(run("{{json .m}} {{json .list}}", v, TEMPLATE_ANY),
	       "{\"z\":1,\"a\":[1,\"q\"],\"z\":2} [1,2.5,\"x\",null,true,[],{}]");
	EQ_STR(run("{{len .no}}", v, TEMPLATE_ANY),
	       "error: template: :1:2: executing \"\" at <len .no>: error calling len: len of nil "
	       "pointer");
	EQ_STR(run("{{upper .n}}", v, TEMPLATE_ANY),
	       "error: template: :1:8: executing \"\" at <.n>: wrong type for value; expected string; "
	       "got int");
	EQ_STR(run("{{define \"x\"}}{{end}}", v, TEMPLATE_ANY),
	       "error: template: :1: {{define}} is not supported: write the template in one piece");
	EQ_STR(run("{{.n.x}}", v, TEMPLATE_ANY),
	       "error: template: :1:4: executing \"\" at <.n.x>: can't evaluate field x in type int");
	EQ_STR(run("{{slice .list 1 3}} {{index (slice .list 2) 0}} {{range slice .list 0 2}}{{.}};{{end}}",
		   v, TEMPLATE_ANY),
	       "[2.5 x] x 1;2.5;");
	EQ_STR(run("{{\"a\\x00b\" | len}} {{print \"a\\x00b\" | printf \"%q\"}}", v, TEMPLATE_ANY),
	       "3 \"a\\x00b\"");
}

/* As docker inspect prints Go's structs, lists and pointers. */
TEST(shapes)
{
	const struct json *v = json("{\"LogConfig\":{\"Type\":\"none\",\"Config\":{}},\"Env\":null,"
				    "\"Labels\":null,\"PidsLimit\":null,\"Id\":\"x\"}");

	EQ_STR(run("{{.LogConfig}} {{.Env}} {{.Labels}} {{.PidsLimit}}", v, TEMPLATE_OBJECT),
	       "{none map[]} [] map[] <nil>");
	EQ_STR(run("{{.Labels.a}} {{index .Labels \"a\"}}.", v, TEMPLATE_OBJECT), "<no value> .");
	EQ_STR(run("{{range .Env}}x{{else}}none{{end}} {{len .Env}} {{json .Env}}", v,
		   TEMPLATE_OBJECT),
	       "none 0 null");
}

/* text repeated n times between two others */
static const char *nested(const char *before, const char *text, int n, const char *behind)
{
	AUTO_BUF b = BUF_INIT;

	buf_str(&b, before);
	while (n--)
		buf_str(&b, text);
	buf_str(&b, behind);
	return arena_strdup(&a, b.data);
}

TEST(bounds)
{
	const struct json *v = json("{\"s\":\"0123456789\"}");

	OK(!strncmp(run(nested("{{", "(", 99, "1"), v, TEMPLATE_ANY), "error", 5));
	EQ_STR(run(nested("{{", "(", 100000, "}}"), v, TEMPLATE_ANY),
	       "error: template: :1: nested more than 100 levels deep");
	EQ_STR(run(nested("", "{{if 1}}", 100000, ""), v, TEMPLATE_ANY),
	       "error: template: :1: nested more than 100 levels deep");
	EQ_STR(run(nested("{{if 0}}", "{{else if 0}}", 1000, "{{end}}"), v, TEMPLATE_ANY),
	       "error: template: :1: nested more than 100 levels deep");
	OK(strstr(run("{{$x := .s}}{{range 100}}{{$x = print $x $x}}{{end}}", v, TEMPLATE_ANY),
		  "too "));
	OK(strstr(run("{{range 1000000000}}{{end}}", v, TEMPLATE_ANY), "too much"));
	OK(strstr(run("{{range 3000}}{{range 3000}}{{if 0}}{{end}}{{end}}{{end}}", v, TEMPLATE_ANY),
		  "too much"));
	OK(strstr(run("{{$x := pad .s 1000 1000}}{{printf \"%1000000s\" (split $x \" \")}}", v,
		      TEMPLATE_ANY),
		  "too "));
	OK(strstr(run(nested("", "x", 2 << 20, ""), v, TEMPLATE_ANY), "longer than"));
	EQ_STR(run("{{printf \"%99999999d|%.99999999d|%*d\" 1 2 99999999 3 | len}}", v,
		   TEMPLATE_ANY),
	       "5");
}

int main(void)
{
	RUN(docker);
	RUN(ours);
	RUN(shapes);
	RUN(bounds);
	arena_release(&a);
	return test_done();
}
