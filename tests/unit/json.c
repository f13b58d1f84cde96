/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "test.h"

#include <math.h>

static const struct json *parse(struct arena *a, const char *text)
{
	struct err e = {0};
	const struct json *v = json_parse(a, text, strlen(text), 1 << 20, "text", &e);

	if (!v)
		printf("# %s: %s\n", text, e.text);
	return v;
}

static void refused(const char *text, size_t len, size_t max, const char *why)
{
	AUTO_ARENA a = ARENA_INIT;
	struct err e = {0};

	OK(!json_parse(&a, text, len, max, "the text", &e), "%s", text);
	EQ_INT(e.kind, ERR_INVALID);
	OK(strstr(e.text, why) && strstr(e.text, "the text"), "'%s' without '%s'", e.text, why);
}

/* text -> tree -> text */
static void trip(const char *in, const char *want)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	const struct json *v = parse(&a, in);

	REQUIRE(v);
	json_dump(&b, v);
	EQ_STR(b.data, want);
}

TEST(types)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v =
		parse(&a, " {\"n\":null,\"t\":true,\"f\":false,\"i\":-7,\"u\":18446744073709551615,"
			  "\"r\":1.5,\"w\":3.0,\"s\":\"x\",\"a\":[1,[2],3],\"o\":{\"k\":\"v\"}} ");
	size_t n = 9;

	REQUIRE(v);
	EQ_INT(json_typeof(v), JSON_OBJ);
	EQ_INT(json_typeof(json_get(v, "n")), JSON_NULL);
	EQ_INT(json_typeof(json_get(v, "t")), JSON_BOOL);
	EQ_INT(json_typeof(json_get(v, "i")), JSON_INT);
	EQ_INT(json_typeof(json_get(v, "r")), JSON_REAL);
	EQ_INT(json_typeof(json_get(v, "s")), JSON_STR);
	EQ_INT(json_typeof(json_get(v, "a")), JSON_ARR);
	EQ_INT(json_len(v), 10);
	OK(json_bool(json_get(v, "t"), false));
	OK(!json_bool(json_get(v, "f"), true));
	OK(json_bool(json_get(v, "i"), true));
	EQ_INT(json_int(json_get(v, "i"), 1), -7);
	EQ_INT(json_int(json_get(v, "u"), 1), 1);
	EQ_INT(json_int(json_get(v, "r"), 1), 1);
	EQ_INT(json_int(json_get(v, "w"), 1), 3);
	EQ_INT(json_int(json_get(v, "s"), 1), 1);
	OK(json_real(json_get(v, "u"), 0) == 18446744073709551615.0);
	OK(json_real(json_get(v, "i"), 0) == -7.0);
	EQ_STR(json_str(json_get(v, "s"), "d"), "x");
	EQ_STR(json_str(json_get(v, "i"), "d"), "d");
	OK(!json_strn(json_get(v, "i"), &n));
	EQ_INT(n, 9);
	EQ_STR(json_str(json_get(json_get(v, "o"), "k"), ""), "v");
	EQ_INT(json_int(json_at(json_get(v, "a"), 2), 0), 3);
	OK(!json_at(json_get(v, "a"), 3));
	OK(!json_at(v, 0));
}

TEST(absent)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_iter it = json_iter(NULL);

	EQ_INT(json_typeof(NULL), JSON_NULL);
	OK(!json_get(NULL, "x"));
	OK(!json_get(parse(&a, "[1]"), "x"));
	OK(!json_get(json_get(json_get(NULL, "a"), "b"), "c"));
	OK(!json_at(NULL, 0));
	EQ_INT(json_len(NULL), 0);
	EQ_INT(json_len(parse(&a, "\"abc\"")), 0);
	EQ_STR(json_str(NULL, "d"), "d");
	EQ_INT(json_int(NULL, 5), 5);
	OK(json_real(NULL, 0.5) == 0.5);
	OK(json_bool(NULL, true));
	OK(!json_next(&it, NULL));
}

TEST(duplicates)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v = parse(&a, "{\"a\":[1,2],\"b\":0,\"a\":{\"x\":1},\"A\":3,\"a\":2}");

	EQ_INT(json_int(json_get(v, "a"), 0), 2);
	EQ_INT(json_int(json_get(v, "A"), 0), 3);
	EQ_INT(json_len(v), 5);
}

TEST(iteration)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v = parse(&a, "{\"a\":[1,{\"b\":[]}],\"c\":{},\"d\":4}"), *x;
	struct json_iter it = json_iter(v);
	char keys[8] = "";
	const char *k = "unset";
	int n = 0;

	while ((x = json_next(&it, &k)) && n < 7)
		keys[n++] = *k;
	EQ_STR(keys, "acd");
	it = json_iter(json_get(v, "a"));
	for (n = 0; json_next(&it, &k); n++)
		EQ_STR(k, NULL);
	EQ_INT(n, 2);
	it = json_iter(json_get(v, "c"));
	OK(!json_next(&it, &k));
	it = json_iter(json_get(v, "d"));
	OK(!json_next(&it, &k));
}

TEST(bad_texts)
{
	static const char *const bad[] = {
		"{",
		"[1,]",
		"{\"a\":1,}",
		"{a:1}",
		"'a'",
		"nul",
		"01",
		"1.",
		".5",
		"+1",
		"-",
		"1e",
		"\"\\x\"",
		"\"\\u12\"",
		"\"a\nb\"",
		"[1 2]",
		"{\"a\" 1}",
		"// c\n1",
		"NaN",
		"Infinity",
		"\"\\ud800\"",
		"\"\\udc00\\ud800\"",
		"[1] [2]",
		"1e999",
		"\xef\xbb\xbf[]",
		"]",
		"}{",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(bad[i], strlen(bad[i]), 100, "at byte");
	refused("", 0, 100, "empty");
	refused(" \n", 2, 100, "at byte");
	refused("[1]\0", 4, 100, "at byte 3");
	refused("\"abc\xff\"", 6, 100, "UTF-8");
	refused("\"\xc0\x80\"", 4, 100, "UTF-8");
	refused("\"\xed\xa0\x80\"", 5, 100, "UTF-8");
	refused("[1234]", 6, 5, "larger than 5 bytes");
}

static char *nested(struct arena *a, size_t depth, const char *open, const char *close)
{
	AUTO_BUF b = BUF_INIT;

	for (size_t i = 0; i < depth; i++)
		buf_str(&b, open);
	buf_str(&b, "1");
	for (size_t i = 0; i < depth; i++)
		buf_str(&b, close);
	return arena_strdup(a, b.data);
}

TEST(depth)
{
	AUTO_ARENA a = ARENA_INIT;
	char *ok = nested(&a, JSON_MAX_DEPTH, "[", "]"), *deep;

	trip(ok, ok);
	ok = nested(&a, JSON_MAX_DEPTH, "{\"k\":", "}");
	trip(ok, ok);
	deep = nested(&a, JSON_MAX_DEPTH + 1, "[", "]");
	refused(deep, strlen(deep), 1 << 20, "deeper than 64 levels at byte 64");
	deep = nested(&a, 200000, "[", "]");
	refused(deep, strlen(deep), 1 << 20, "deeper");
	deep = nested(&a, 100000, "{\"\":", "}");
	refused(deep, strlen(deep), 1 << 20, "deeper");
	/* brackets in strings do not count, wide is not deep */
	ok = nested(
		&a, 1,
		"[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"\",",
		"]");
	trip(ok, ok);
	refused("\"\\", 2, 10, "at byte");
}

TEST(growth)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT, out = BUF_INIT;
	const struct json *v;
	struct err e;
	struct json_iter it;
	int64_t sum = 0;

	/* more values than the parser's own guess, so that its array must grow */
	buf_str(&b, "[");
	for (int i = 0; i < 200000; i++)
		buf_str(&b, i ? ",1" : "1");
	buf_str(&b, "]");
	v = json_parse(&a, b.data, b.len, b.len, "wide", &e);
	REQUIRE(v);
	EQ_INT(json_len(v), 200000);
	for (it = json_iter(v); (v = json_next(&it, NULL));)
		sum += json_int(v, 0);
	EQ_INT(sum, 200000);
	json_dump(&out, it.parent);
	EQ_STR(out.data, b.data);
}

TEST(round_trip)
{
	trip("{ \"a\" : [ 1 , { } , [ ] ] , \"b\" : null }", "{\"a\":[1,{},[]],\"b\":null}");
	trip("\"\\u0041\\/\\u00e9\\ud83d\\ude00\"", "\"A/\xc3\xa9\xf0\x9f\x98\x80\"");
	trip("\"<&>\\u2028\\u2029\"", "\"\\u003c\\u0026\\u003e\\u2028\\u2029\"");
	trip("\"\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\\"\\\\\"",
	     "\"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\\\"\\\\\"");
	trip("{\"a\\u0000b\":1,\"a\\u0000b\":2}", "{\"a\\u0000b\":1,\"a\\u0000b\":2}");
	trip("[-9223372036854775808,9223372036854775807,18446744073709551615]",
	     "[-9223372036854775808,9223372036854775807,18446744073709551615]");
	/* what Go prints for these numbers */
	trip("[1.0,1e3,1e20,1e21,123456789012345678901234567890]",
	     "[1,1000,100000000000000000000,1e+21,1.2345678901234568e+29]");
	trip("[0.1,1e-6,1e-7,1.5e-9,-0.0,5e-324,1.7976931348623157e308,0.30000000000000004]",
	     "[0.1,0.000001,1e-7,1.5e-9,-0,5e-324,1.7976931348623157e+308,0.30000000000000004]");
	trip("true", "true");
	trip("\"\"", "\"\"");
}

TEST(indent)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;

	json_indent(&b, parse(&a, "[{\"a\":[],\"b\":{},\"c\":[1,\"<&\"]},[[]]]"), "", "    ");
	EQ_STR(b.data,
	       "[\n    {\n        \"a\": [],\n        \"b\": {},\n        \"c\": [\n"
	       "            1,\n            \"<&\"\n        ]\n    },\n    [\n        []\n    ]\n]");
	buf_clear(&b);
	json_indent(&b, parse(&a, "{\"a\":1}"), "> ", " ");
	EQ_STR(b.data, "{\n>  \"a\": 1\n> }");
	buf_clear(&b);
	json_indent(&b, parse(&a, "7"), "> ", " ");
	EQ_STR(b.data, "7");
}

TEST(want)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v =
		parse(&a, "{\"s\":\"x\",\"z\":\"a\\u0000b\",\"i\":5,\"w\":5.0,\"r\":5.5,"
			  "\"big\":9223372036854775808,\"b\":true,\"n\":null}");
	struct err e = {0};
	const char *s = "kept";
	int64_t i = 42;
	bool b = false;

	EQ_OK(json_want_str(v, "none", &s, &e), e);
	EQ_OK(json_want_str(v, "n", &s, &e), e);
	EQ_OK(json_want_str(NULL, "s", &s, &e), e);
	EQ_STR(s, "kept");
	OK(json_want_str(v, "i", &s, &e) && e.kind == ERR_INVALID && strstr(e.text, "field i "));
	OK(json_want_str(v, "z", &s, &e) && strstr(e.text, "NUL"));
	EQ_STR(s, "kept");
	EQ_OK(json_want_str(v, "s", &s, &e), e);
	EQ_STR(s, "x");
	OK(json_want_int(v, "s", &i, &e));
	OK(json_want_int(v, "r", &i, &e));
	OK(json_want_int(v, "big", &i, &e));
	EQ_OK(json_want_int(v, "n", &i, &e), e);
	EQ_INT(i, 42);
	EQ_OK(json_want_int(v, "w", &i, &e), e);
	EQ_INT(i, 5);
	OK(json_want_bool(v, "i", &b, &e));
	EQ_OK(json_want_bool(v, "b", &b, &e), e);
	OK(b);
}

TEST(want_lists)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v =
		parse(&a, "{\"l\":[\"a\",\"b\"],\"one\":\"x y\",\"e\":[],\"n\":null,\"i\":1,"
			  "\"mix\":[\"a\",1],\"z\":[\"\\u0000\"],\"m\":{\"k\":\"v=w\",\"n\":null},"
			  "\"bad\":{\"k\":1},\"eq\":{\"a=b\":\"c\"}}");
	struct err e = {0};
	struct strs l = {0};
	bool set = true;

	EQ_OK(json_want_strs(v, "n", &a, &l, &set, &e), e);
	OK(!set && !l.n);
	EQ_OK(json_want_strs(v, "l", &a, &l, &set, &e), e);
	OK(set && l.n == 2 && !l.v[2]);
	EQ_STR(l.v[1], "b");
	EQ_OK(json_want_strs(v, "e", &a, &l, &set, &e), e);
	OK(set && l.n == 0);
	EQ_OK(json_want_strs(v, "one", &a, &l, NULL, &e), e);
	OK(l.n == 1);
	EQ_STR(l.v[0], "x y");
	OK(json_want_strs(v, "i", &a, &l, &set, &e));
	OK(json_want_strs(v, "mix", &a, &l, &set, &e));
	OK(json_want_strs(v, "z", &a, &l, &set, &e));
	EQ_OK(json_want_map(v, "m", &a, &l, &e), e);
	OK(l.n == 2);
	EQ_STR(l.v[0], "k=v=w");
	EQ_STR(l.v[1], "n=");
	OK(json_want_map(v, "l", &a, &l, &e));
	OK(json_want_map(v, "bad", &a, &l, &e));
	OK(json_want_map(v, "eq", &a, &l, &e));
	EQ_INT(l.n, 2);
}

TEST(writer)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct strs list = {0}, none = {0};

	strs_add(&a, &list, arena_strdup(&a, "k=v=w"));
	strs_add(&a, &list, arena_strdup(&a, "bare"));
	json_w_obj(&w, NULL);
	json_w_str(&w, "s", "a<\xff\xe2\x82");
	json_w_str(&w, "null", NULL);
	json_w_strn(&w, "nul", "a\0b", 3);
	json_w_int(&w, "min", INT64_MIN);
	json_w_uint(&w, "max", UINT64_MAX);
	json_w_real(&w, "nan", NAN);
	json_w_bool(&w, "t", true);
	json_w_arr(&w, "arr");
	json_w_null(&w, NULL);
	json_w_obj(&w, NULL);
	json_w_end(&w);
	json_w_arr(&w, NULL);
	json_w_arr_end(&w);
	json_w_val(&w, NULL, parse(&a, "{\"x\":[]}"));
	json_w_val(&w, NULL, parse(&a, "[]"));
	json_w_val(&w, NULL, NULL);
	json_w_arr_end(&w);
	json_w_strs(&w, "l", &list);
	json_w_strs(&w, "l0", &none);
	json_w_strs(&w, "lx", NULL);
	json_w_map(&w, "m", &list);
	json_w_map(&w, "mx", NULL);
	json_w_raw(&w, "raw", "[1]", 3);
	json_w_end(&w);
	EQ_STR(b.data,
	       "{\"s\":\"a\\u003c\\ufffd\\ufffd\\ufffd\",\"null\":null,\"nul\":\"a\\u0000b\","
	       "\"min\":-9223372036854775808,\"max\":18446744073709551615,\"nan\":null,\"t\":true,"
	       "\"arr\":[null,{},[],{\"x\":[]},[],null],\"l\":[\"k=v=w\",\"bare\"],\"l0\":[],"
	       "\"lx\":null,\"m\":{\"k\":\"v=w\",\"bare\":\"\"},\"mx\":null,\"raw\":[1]}");
	OK(parse(&a, b.data));
	buf_clear(&b);
	w = (struct json_w)JSON_W(&b);
	w.verbatim = true;
	json_w_arr(&w, NULL);
	json_w_str(&w, NULL, "<&>\xe2\x80\xa8");
	json_w_val(&w, NULL, parse(&a, "\"<\""));
	json_w_arr_end(&w);
	EQ_STR(b.data, "[\"<&>\\u2028\",\"<\"]");
}

int main(void)
{
	RUN(types);
	RUN(absent);
	RUN(duplicates);
	RUN(iteration);
	RUN(bad_texts);
	RUN(depth);
	RUN(growth);
	RUN(round_trip);
	RUN(indent);
	RUN(want);
	RUN(want_lists);
	RUN(writer);
	return test_done();
}
