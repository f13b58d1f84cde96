/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_lex: a template's text cut into tokens, for template_parse.c alone. Trim markers and
 * comments end here. The state is a plain value: copying it is how the parser looks ahead.
 */
#ifndef APPLETS_TEMPLATE_LEX_H
#define APPLETS_TEMPLATE_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum tok_type {
	TOK_EOF,
	TOK_ERROR, /* lexer.why */
	TOK_TEXT,
	TOK_OPEN,  /* {{ */
	TOK_CLOSE, /* }} */
	TOK_WORD,  /* a keyword or a function's name */
	TOK_FIELD, /* .name */
	TOK_DOT,
	TOK_VAR, /* $ or $name */
	TOK_NUMBER,
	TOK_STRING, /* with its quotes */
	TOK_RAW,
	TOK_RUNE,
	TOK_PIPE,
	TOK_COMMA,
	TOK_ASSIGN,  /* = */
	TOK_DECLARE, /* := */
	TOK_LPAREN,
	TOK_RPAREN,
	TOK_CHAR, /* anything else */
};

struct tok {
	enum tok_type type;
	size_t pos, end; /* of it in the text */
	bool spaced;	 /* white space before it */
};

struct lexer {
	const char *text;
	size_t len, pos;
	bool inside, trim; /* between {{ and }}; the text that follows loses its leading space */
	int parens;
	const char *why;
	size_t why_pos;
};

struct tok template_lex_next(struct lexer *l);

#endif
