/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ban: functions that do not compile here.
 *
 * The Makefile includes this file before every source file of ours (never before vendored code).
 * Poisoning a name makes any later mention an error, a declaration in a system header too, so the
 * headers that declare the banned names come first. Use buf_printf, arena_printf or snprintf for
 * text, and posix_spawn or clone for processes: nothing here ever needs a shell.
 */
#ifndef BASE_BAN_H
#define BASE_BAN_H

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#undef alloca
#undef strdupa
#undef strndupa
#pragma GCC poison strcpy strcat stpcpy sprintf vsprintf gets strtok alloca system popen
#pragma GCC poison mktemp tmpnam tempnam strdupa strndupa

#endif
