/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of text/template, by recursive descent. What recurses (blocks and parentheses) shares
 * one limit of depth, so that neither parsing nor running can exhaust the stack. Variables get
 * their slots here: a name is searched from the innermost scope outwards, and a scope that ends
 * gives its slots back.
 */
#include "applets/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "applets/template_funcs.h"
#include "applets/template_lex.h"
#include "applets/template_text.h"
#include "applets/template_tree.h"

#define MAX_DEPTH 100
#define MAX_LEN (1 << 20)

struct parser {
	struct arena *a;
	struct template *t;
	struct lexer lex;
	struct tok tok; /* the one looked at */
	struct strs vars;
	int depth, loops;
	struct err *e;
};

static int failed_at(const struct parser *p, size_t pos, const char *why)
{
	int line = 1;

	for (size_t i = 0; i < pos; i++)
		line += p->t->text[i] == '\n';
	return err_set(p->e, ERR_INVALID, "template: :%d: %s", line, why);
}

#define failed(p, ...) failed_at(p, (p)->tok.pos, arena_printf((p)->a, __VA_ARGS__))

static const char *tok_text(const struct parser *p, const struct tok *t)
{
	return arena_strndup(p->a, p->t->text + t->pos, t->end - t->pos);
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->tok.type == TOK_WORD && p->tok.end - p->tok.pos == strlen(word) &&
	       !memcmp(p->t->text + p->tok.pos, word, strlen(word));
}

/* To the next token. */
static int next(struct parser *p)
{
	size_t at;

	p->tok = template_lex_next(&p->lex);
	if (p->tok.type != TOK_ERROR)
		return 0;
	at = p->lex.why_pos;
	if (strcmp(p->lex.why, "bad character"))
		return failed_at(p, at, p->lex.why);
	return failed_at(p, at,
			 arena_printf(p->a, "bad character U+%04X '%c'",
				      (unsigned char)p->t->text[at], p->t->text[at]));
}

static int unexpected(struct parser *p, const char *where)
{
	const char *text = tok_text(p, &p->tok);

	if (p->tok.type == TOK_EOF)
		return failed(p, "unexpected EOF");
	if (p->tok.type == TOK_FIELD || p->tok.type == TOK_DOT || p->tok.type == TOK_WORD)
		return failed(p, "unexpected <%s> in %s", text, where);
	return failed(p, "unexpected \"%s\" in %s", text, where);
}

static int parse_number(struct parser *p, struct value *ret)
{
	char digits[64], *end;
	size_t n = 0;
	bool hex, real;

	for (size_t i = p->tok.pos; i < p->tok.end && n < sizeof(digits) - 1; i++)
		if (p->t->text[i] != '_')
			digits[n++] = p->t->text[i];
	digits[n] = 0;
	end = digits + strspn(digits, "+-");
	hex = !strncasecmp(end, "0x", 2);
	real = strpbrk(digits, hex ? ".pP" : ".eE");
	errno = 0;
	if (real) {
		ret->kind = VALUE_REAL;
		ret->r = strtod(digits, &end);
	} else if (!strncasecmp(end, "0b", 2) || !strncasecmp(end, "0o", 2)) {
		ret->kind = VALUE_INT;
		ret->i = strtoll(end + 2, &end, end[1] == 'b' || end[1] == 'B' ? 2 : 8);
		ret->i = *digits == '-' ? -ret->i : ret->i;
	} else {
		ret->kind = VALUE_INT;
		ret->i = strtoll(digits, &end, 0);
	}
	if (errno == ERANGE)
		return failed(p, "%s overflows %s", digits, real ? "float64" : "int");
	if (*end || n == sizeof(digits) - 1)
		return failed(p, "bad number syntax: \"%s\"", digits);
	return 0;
}

static int parse_rune(struct parser *p, struct value *ret)
{
	const char *why;
	struct value s;

	if (template_text_unquote(p->a, p->t->text + p->tok.pos, p->tok.end - p->tok.pos, &s, &why))
		return failed(p, "%s", why);
	ret->kind = VALUE_INT;
	if (!s.n || template_text_rune(s.s, s.n, &ret->i) != s.n)
		return failed(p, "malformed character constant: %s", tok_text(p, &p->tok));
	return 0;
}

static int parse_const(struct parser *p, struct template_arg *arg)
{
	const char *text = p->t->text + p->tok.pos, *why;
	size_t n = p->tok.end - p->tok.pos;

	arg->type = ARG_CONST;
	switch (p->tok.type) {
	case TOK_NUMBER:
		return parse_number(p, &arg->value);
	case TOK_RUNE:
		return parse_rune(p, &arg->value);
	case TOK_RAW:
		arg->value = value_copy(p->a, text + 1, n - 2);
		return 0;
	default:
		if (template_text_unquote(p->a, text, n, &arg->value, &why))
			return failed(p, "%s", why);
		return 0;
	}
}

static int find_var(struct parser *p, const char *name, size_t *ret)
{
	for (size_t i = p->vars.n; i-- > 0;)
		if (!strcmp(p->vars.v[i], name)) {
			*ret = i;
			return 0;
		}
	return failed(p, "undefined variable \"%s\"", name);
}

static int parse_word(struct parser *p, struct template_arg *arg)
{
	const char *text = tok_text(p, &p->tok);

	if (!strcmp(text, "nil")) {
		arg->type = ARG_NIL;
		return 0;
	}
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		arg->type = ARG_CONST;
		arg->value = (struct value){.kind = VALUE_BOOL, .b = *text == 't'};
		return 0;
	}
	arg->type = ARG_FUNC;
	arg->func = template_funcs_find(text);
	return arg->func ? 0 : failed(p, "function \"%s\" not defined", text);
}

static int parse_pipe(struct parser *p, enum tok_type end, const char *where, int max,
		      struct template_pipe **ret);

/* One operand without the fields behind it; NULL in *ret where there is none. */
static int parse_term(struct parser *p, struct template_arg **ret)
{
	struct template_arg *arg = arena_alloc(p->a, sizeof(*arg));
	int rc = 0;

	*ret = arg;
	arg->span = (struct template_span){p->tok.pos, p->tok.pos, p->tok.end};
	switch (p->tok.type) {
	case TOK_WORD:
		rc = parse_word(p, arg);
		break;
	case TOK_DOT:
		arg->type = ARG_DOT;
		break;
	case TOK_FIELD:
		arg->type = ARG_DOT;
		strs_add(p->a, &arg->fields, (char *)(uintptr_t)tok_text(p, &p->tok) + 1);
		break;
	case TOK_VAR:
		arg->type = ARG_VAR;
		return find_var(p, tok_text(p, &p->tok), &arg->slot) ? -1 : next(p);
	case TOK_LPAREN:
		arg->type = ARG_PIPE;
		if (next(p) || parse_pipe(p, TOK_RPAREN, "parenthesized pipeline", 1, &arg->pipe))
			return -1;
		arg->span.to = p->tok.end;
		return next(p);
	case TOK_NUMBER:
	case TOK_STRING:
	case TOK_RAW:
	case TOK_RUNE:
		rc = parse_const(p, arg);
		break;
	default:
		*ret = NULL;
		return 0;
	}
	return rc ? -1 : next(p);
}

/* An operand and the fields that stand right behind it. */
static int parse_operand(struct parser *p, struct template_arg **ret)
{
	struct template_arg *arg;
	bool first = true;

	if (parse_term(p, ret))
		return -1;
	arg = *ret;
	for (; arg && p->tok.type == TOK_FIELD && !p->tok.spaced; first = false) {
		if (arg->type == ARG_CONST || arg->type == ARG_NIL || arg->type == ARG_FUNC)
			return failed(p, "unexpected . after term \"%s\"",
				      arena_strndup(p->a, p->t->text + arg->span.from,
						    arg->span.to - arg->span.from));
		if (first && arg->type != ARG_PIPE)
			arg->span.pos = p->tok.pos; /* where Go says a chain is */
		arg->span.to = p->tok.end;
		strs_add(p->a, &arg->fields, (char *)(uintptr_t)tok_text(p, &p->tok) + 1);
		if (next(p))
			return -1;
	}
	if (arg && p->tok.type == TOK_DOT && !p->tok.spaced)
		return unexpected(p, "operand");
	return 0;
}

/* Operands up to "|" or the end of the pipeline, which is left to be read. */
static int parse_cmd(struct parser *p, enum tok_type end, struct template_cmd **ret)
{
	struct template_cmd *cmd = arena_alloc(p->a, sizeof(*cmd));
	struct template_arg **tail = &cmd->args;

	cmd->span.pos = cmd->span.from = cmd->span.to = p->tok.pos;
	while (p->tok.type != TOK_PIPE && p->tok.type != end) {
		if (cmd->n && !p->tok.spaced)
			return unexpected(p, "operand");
		if (parse_operand(p, tail))
			return -1;
		if (!*tail)
			return unexpected(p, cmd->n ? "operand" : "command");
		cmd->n++;
		cmd->span.to = (*tail)->span.to;
		tail = &(*tail)->next;
	}
	*ret = cmd;
	if (!cmd->n)
		return p->tok.type == TOK_PIPE ? unexpected(p, "command")
					       : failed(p, "missing value for command");
	return 0;
}

/* "$x :=", "$x =" or, in range, "$i, $x :=". Looks ahead and goes back where it is none. */
static int parse_declared(struct parser *p, int max, const char *where, struct template_pipe *pipe)
{
	struct lexer lex = p->lex;
	struct tok tok = p->tok, v[2];
	int n = 0;
	bool assign;

	while (p->tok.type == TOK_VAR) {
		v[n++] = p->tok;
		if (next(p))
			return -1;
		if (p->tok.type != TOK_COMMA)
			break;
		if (n == max)
			return failed(p, "too many declarations in %s", where);
		if (next(p))
			return -1;
		if (p->tok.type != TOK_VAR)
			return failed(p, "range can only initialize variables");
	}
	if (!n || (p->tok.type != TOK_DECLARE && p->tok.type != TOK_ASSIGN)) {
		p->lex = lex;
		p->tok = tok;
		return 0;
	}
	assign = p->tok.type == TOK_ASSIGN;
	for (int i = 0; i < n; i++) {
		const char *name = tok_text(p, &v[i]);

		if (assign && find_var(p, name, &pipe->slot[i]))
			return -1;
		if (assign)
			continue;
		pipe->slot[i] = p->vars.n;
		strs_add(p->a, &p->vars, arena_strdup(p->a, name));
	}
	if (p->vars.n > p->t->slots)
		p->t->slots = p->vars.n;
	pipe->declared = n;
	return next(p);
}

static int check_stages(struct parser *p, const struct template_pipe *pipe)
{
	int stage = 2;

	for (const struct template_cmd *c = pipe->cmds->next; c; c = c->next, stage++)
		if (c->args->type == ARG_CONST || c->args->type == ARG_NIL ||
		    (c->args->type == ARG_DOT && !c->args->fields.n))
			return failed(p, "non executable command in pipeline stage %d", stage);
	return 0;
}

/* Up to the token `end`, which stays the one looked at. max: variables that may be set. */
static int parse_pipe(struct parser *p, enum tok_type end, const char *where, int max,
		      struct template_pipe **ret)
{
	struct template_pipe *pipe = arena_alloc(p->a, sizeof(*pipe));
	struct template_cmd **tail = &pipe->cmds;

	if (++p->depth > MAX_DEPTH)
		return failed(p, "nested more than %d levels deep", MAX_DEPTH);
	if (parse_declared(p, max, where, pipe))
		return -1;
	if (p->tok.type == end)
		return failed(p, "missing value for %s", where);
	do {
		if (parse_cmd(p, end, tail))
			return -1;
		tail = &(*tail)->next;
		if (p->tok.type == TOK_PIPE && next(p))
			return -1;
	} while (p->tok.type != end);
	p->depth--;
	*ret = pipe;
	return check_stages(p, pipe);
}

enum stop { STOP_EOF, STOP_END, STOP_ELSE };

static int parse_list(struct parser *p, struct template_node **ret, enum stop *ret_stop);

/* Past the }} that must come now. */
static int closed(struct parser *p, const char *where)
{
	if (p->tok.type != TOK_CLOSE)
		return unexpected(p, where);
	return next(p);
}

static int parse_control(struct parser *p, enum template_node_type type, const char *word,
			 struct template_node **ret);

/* What follows {{else: "}}", or "if" and "with", whose {{end}} ends the outer one too. */
static int parse_else(struct parser *p, struct template_node *node)
{
	const char *word = is_word(p, "if") ? "if" : "with";
	enum stop stop;

	if ((node->type == NODE_IF && is_word(p, "if")) ||
	    (node->type == NODE_WITH && is_word(p, "with")))
		return next(p) ? -1 : parse_control(p, node->type, word, &node->otherwise);
	if (closed(p, "else") || parse_list(p, &node->otherwise, &stop))
		return -1;
	if (stop == STOP_ELSE)
		return failed(p, "expected end; found {{else}}");
	if (stop == STOP_EOF)
		return failed(p, "unexpected EOF");
	return closed(p, "end");
}

/* if, with and range from behind their word to behind their {{end}}. */
static int parse_control(struct parser *p, enum template_node_type type, const char *word,
			 struct template_node **ret)
{
	struct template_node *node = arena_alloc(p->a, sizeof(*node));
	size_t scope = p->vars.n;
	enum stop stop;

	if (++p->depth > MAX_DEPTH)
		return failed(p, "nested more than %d levels deep", MAX_DEPTH);
	node->type = type;
	*ret = node;
	if (parse_pipe(p, TOK_CLOSE, word, type == NODE_RANGE ? 2 : 1, &node->pipe) ||
	    closed(p, word))
		return -1;
	p->loops += type == NODE_RANGE;
	if (parse_list(p, &node->body, &stop))
		return -1;
	p->loops -= type == NODE_RANGE;
	if (stop == STOP_EOF)
		return failed(p, "unexpected EOF");
	if (stop == STOP_END ? closed(p, "end") : parse_else(p, node))
		return -1;
	p->vars.n = scope;
	p->depth--;
	return 0;
}

static int parse_jump(struct parser *p, enum template_node_type type, const char *word,
		      struct template_node **ret)
{
	if (!p->loops)
		return failed(p, "{{%s}} outside {{range}}", word);
	*ret = arena_alloc(p->a, sizeof(**ret));
	(*ret)->type = type;
	return next(p) ? -1 : closed(p, word);
}

/* One action from behind its {{; *ret stays NULL for the ends of blocks. */
static int parse_action(struct parser *p, struct template_node **ret, enum stop *ret_stop)
{
	static const char *const words[] = {"if", "with", "range"};
	static const char *const refused[] = {"define", "block", "template"};

	for (size_t i = 0; i < 3; i++) {
		if (is_word(p, words[i]))
			return next(p) ? -1 : parse_control(p, NODE_IF + (int)i, words[i], ret);
		if (is_word(p, refused[i]))
			return failed(p, "{{%s}} is not supported: write the template in one piece",
				      refused[i]);
	}
	if (is_word(p, "break") || is_word(p, "continue"))
		return parse_jump(p, is_word(p, "break") ? NODE_BREAK : NODE_CONTINUE,
				  is_word(p, "break") ? "break" : "continue", ret);
	if (is_word(p, "end") || is_word(p, "else")) {
		*ret_stop = is_word(p, "end") ? STOP_END : STOP_ELSE;
		return next(p);
	}
	*ret = arena_alloc(p->a, sizeof(**ret));
	(*ret)->type = NODE_ACTION;
	if (parse_pipe(p, TOK_CLOSE, "command", 1, &(*ret)->pipe))
		return -1;
	return closed(p, "command");
}

/* Nodes up to {{end, {{else or the end of the text. */
static int parse_list(struct parser *p, struct template_node **ret, enum stop *ret_stop)
{
	*ret_stop = STOP_EOF;
	for (; p->tok.type != TOK_EOF; ret = &(*ret)->next) {
		*ret = NULL;
		if (p->tok.type == TOK_TEXT) {
			*ret = arena_alloc(p->a, sizeof(**ret));
			(*ret)->text = p->t->text + p->tok.pos;
			(*ret)->len = p->tok.end - p->tok.pos;
			if (next(p))
				return -1;
			continue;
		}
		if (next(p) || parse_action(p, ret, ret_stop))
			return -1;
		if (!*ret)
			break;
	}
	return 0;
}

struct template *template_parse(struct arena *a, const char *text, struct err *e)
{
	struct template *t = arena_alloc(a, sizeof(*t));
	struct parser p = {.a = a, .t = t, .lex = {.text = text, .len = strlen(text)}, .e = e};
	enum stop stop;

	if (p.lex.len > MAX_LEN) {
		err_set(e, ERR_INVALID, "template: longer than %d bytes", MAX_LEN);
		return NULL;
	}
	t->text = text;
	t->slots = 1;
	strs_add(a, &p.vars, arena_strdup(a, "$"));
	if (next(&p) || parse_list(&p, &t->nodes, &stop))
		return NULL;
	if (stop != STOP_EOF) {
		failed(&p, "unexpected {{%s}}", stop == STOP_END ? "end" : "else");
		return NULL;
	}
	return t;
}
