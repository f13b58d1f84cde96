/* SPDX-License-Identifier: Apache-2.0 */
/*
 * White space is no token but a mark on the one behind it: it separates arguments, and ".a.b" is
 * one operand where ".a .b" are two. Everything is found by looking at the bytes from pos on, so
 * that no state is needed but inside or outside of an action.
 */
#include "applets/template_lex.h"

#include <string.h>

static bool is_space(char c)
{
	return c && strchr(" \t\r\n", c);
}

/* Letters of other scripts are taken whole: a byte above ASCII is one of a letter. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

static bool at(const struct lexer *l, size_t pos, const char *s)
{
	size_t n = strlen(s);

	return l->len - pos >= n && !memcmp(l->text + pos, s, n);
}

static struct tok fail(struct lexer *l, const char *why, size_t pos)
{
	l->why = why;
	l->why_pos = pos;
	return (struct tok){TOK_ERROR, pos, pos, false};
}

static struct tok token(struct lexer *l, enum tok_type type, size_t from, size_t to, bool spaced)
{
	l->pos = to;
	return (struct tok){type, from, to, spaced};
}

/* "- " behind {{: the space is part of the marker. */
static bool trims_left(const struct lexer *l, size_t pos)
{
	return pos + 1 < l->len && l->text[pos] == '-' && is_space(l->text[pos + 1]);
}

/* Where an action's words begin behind the {{ at pos. */
static size_t behind_open(const struct lexer *l, size_t pos)
{
	return pos + 2 + (trims_left(l, pos + 2) ? 2 : 0);
}

/* Skips a comment at {{; false where there is none, or *ret_bad where it does not end well. */
static bool comment(struct lexer *l, const char **ret_bad)
{
	size_t p = behind_open(l, l->pos);
	const char *end;

	*ret_bad = NULL;
	if (!at(l, p, "/*"))
		return false;
	end = memmem(l->text + p, l->len - p, "*/", 2);
	if (!end) {
		*ret_bad = "unclosed comment";
		return true;
	}
	p = (size_t)(end - l->text) + 2;
	l->trim = false;
	if (p < l->len && is_space(l->text[p]) && at(l, p + 1, "-}}")) {
		l->trim = true;
		p += 2;
	}
	if (!at(l, p, "}}"))
		*ret_bad = "comment ends before closing delimiter";
	l->pos = p + 2;
	return true;
}

/* Text up to the next {{ that is no comment's, without what markers trim. */
static struct tok outside(struct lexer *l)
{
	for (;;) {
		size_t from = l->pos, to, end;
		const char *open, *bad;

		if (l->trim)
			while (from < l->len && is_space(l->text[from]))
				from++;
		l->trim = false;
		open = memmem(l->text + from, l->len - from, "{{", 2);
		end = to = open ? (size_t)(open - l->text) : l->len;
		if (open && trims_left(l, to + 2))
			while (to > from && is_space(l->text[to - 1]))
				to--;
		if (to > from)
			return token(l, TOK_TEXT, from, to, (l->pos = end, false));
		l->pos = end;
		if (!open)
			return token(l, TOK_EOF, end, end, false);
		if (!comment(l, &bad)) {
			l->inside = true;
			return token(l, TOK_OPEN, end, behind_open(l, end), false);
		}
		if (bad)
			return fail(l, bad, end);
	}
}

static struct tok quoted(struct lexer *l, size_t p, bool spaced)
{
	char q = l->text[p];
	size_t i = p + 1;

	for (; i < l->len && l->text[i] != q; i++) {
		if (q == '`')
			continue;
		if (l->text[i] == '\n')
			break;
		i += l->text[i] == '\\';
	}
	if (i < l->len && l->text[i] == q)
		return token(l,
			     q == '`'	? TOK_RAW
			     : q == '"' ? TOK_STRING
					: TOK_RUNE,
			     p, i + 1, spaced);
	return fail(l,
		    q == '`'   ? "unterminated raw quoted string"
		    : q == '"' ? "unterminated quoted string"
			       : "unterminated character constant",
		    p);
}

/* What may stand behind a word, a field or a variable. */
static bool terminated(const struct lexer *l, size_t p)
{
	return p == l->len || is_space(l->text[p]) || strchr(".,|:)(", l->text[p]) ||
	       at(l, p, "}}");
}

static struct tok word(struct lexer *l, enum tok_type type, size_t p, size_t from, bool spaced)
{
	while (from < l->len && is_word(l->text[from]))
		from++;
	if (!terminated(l, from))
		return fail(l, "bad character", from);
	return token(l, type, p, from, spaced);
}

static bool is_digit(const struct lexer *l, size_t p)
{
	return p < l->len && l->text[p] >= '0' && l->text[p] <= '9';
}

static struct tok number(struct lexer *l, size_t p, bool spaced)
{
	size_t i = p + 1;

	while (i < l->len && (is_word(l->text[i]) || l->text[i] == '.' ||
			      (strchr("+-", l->text[i]) && strchr("eEpP", l->text[i - 1]))))
		i++;
	return token(l, TOK_NUMBER, p, i, spaced);
}

static struct tok punctuation(struct lexer *l, size_t p, bool spaced)
{
	static const char chars[] = "|,=()";
	static const enum tok_type types[] = {TOK_PIPE, TOK_COMMA, TOK_ASSIGN, TOK_LPAREN,
					      TOK_RPAREN};
	const char *c = strchr(chars, l->text[p]);

	if (at(l, p, ":="))
		return token(l, TOK_DECLARE, p, p + 2, spaced);
	if (!c || !*c)
		return token(l, TOK_CHAR, p, p + 1, spaced);
	l->parens += *c == '(' ? 1 : *c == ')' ? -1 : 0;
	if (l->parens < 0)
		return fail(l, "unexpected right paren", p);
	return token(l, types[c - chars], p, p + 1, spaced);
}

static struct tok close_action(struct lexer *l, size_t p, bool trim, bool spaced)
{
	if (l->parens)
		return fail(l, "unclosed left paren", p);
	l->inside = false;
	l->trim = trim;
	return token(l, TOK_CLOSE, p, p + (trim ? 3 : 2), spaced);
}

struct tok template_lex_next(struct lexer *l)
{
	size_t p;
	bool spaced;
	char c;

	if (!l->inside)
		return outside(l);
	for (p = l->pos; p < l->len && is_space(l->text[p]); p++)
		;
	spaced = p > l->pos || (p && is_space(l->text[p - 1]));
	if (at(l, p, "}}"))
		return close_action(l, p, false, spaced);
	if (spaced && at(l, p, "-}}"))
		return close_action(l, p, true, spaced);
	if (p >= l->len)
		return fail(l, "unclosed action", p);
	c = l->text[p];
	if (strchr("\"`'", c) && c)
		return quoted(l, p, spaced);
	if (is_digit(l, p) || (c && strchr(".+-", c) && is_digit(l, p + 1)))
		return number(l, p, spaced);
	if (c == '.' && !(p + 1 < l->len && is_word(l->text[p + 1])))
		return word(l, TOK_DOT, p, p + 1, spaced);
	if (c == '.' || c == '$')
		return word(l, c == '.' ? TOK_FIELD : TOK_VAR, p, p + 1, spaced);
	if (is_word(c))
		return word(l, TOK_WORD, p, p, spaced);
	return punctuation(l, p, spaced);
}
