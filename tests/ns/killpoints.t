#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# killpoints.t: create, start, stop, rm and commit are killed at POINTS system calls each (default 12;
# 60 in the release check), spread over all that client, worker, shim and the container's first
# process make: strace kills who comes to the k-th call of that name. Whatever is left must be whole
# or absent: what was acknowledged is there, the same verb works the next time, and at the end
# nothing is left.
# timeout: 600
# guest: no
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool strace
load_busybox
: "${POINTS:=12}"

# settled: clients and workers have gone; then the shim is let go by strace.
settled() {
	end=$(($(date +%s) + 30))
	while :; do
		left= tracer=
		for p in $(grep -lF -e "$D" /proc/[0-9]*/cmdline 2>/dev/null); do
			comm=$(cat "${p%cmdline}comm" 2>/dev/null) || continue
			case $comm in
			strace) tracer=$(basename "${p%/cmdline}") ;;
			proa*) left=1 ;;
			esac
		done
		if [ -z "$left" ]; then
			[ -n "$tracer" ] || return 0
			kill "$tracer" 2>/dev/null
		fi
		[ "$(date +%s)" -le $end ] || return 1
		sleep 0.01
	done
}

# traced OPTION... -- VERB...: the verb under strace; its stdout in $out.
traced() {
	strace -D -I1 -qq "$@" >"$T/.out" 2>"$T/.err" </dev/null
	settled || bad="${bad}$*: its processes do not end$nl"
	out=$(cat "$T/.out")
}

# killed NAME:K VERB...: whichever of its processes comes to its K-th call of that name is killed.
killed() {
	call=${1%:*} nth=${1#*:}
	shift
	traced -f -o "$T/trace" -e "trace=$call" -e signal=none \
		-e "inject=$call:signal=SIGKILL:when=$nth" \
		"$PROA" --data-root "$D" --exec-root "$E" "$@"
}

# points VERB...: prints NAME:K, spread over all calls of all its processes.
points() {
	rm -rf "$T/calls"
	mkdir "$T/calls"
	traced -ff -o "$T/calls/t" "$PROA" --data-root "$D" --exec-root "$E" "$@"
	awk -F'(' -v p="$POINTS" '
		FNR == 1 { split("", seen) }
		/^[a-z_0-9]+\(/ {
			at = $1 ":" ++seen[$1]
			if (!(at in known)) list[++n] = at
			known[at] = 1
		}
		END {
			if (p > n) p = n
			for (i = 1; i <= p; i++) print list[int(1 + (i - 1) * (n - 1) / (p > 1 ? p - 1 : 1))]
		}' "$T"/calls/t.*
}

bad=
# must WHAT CMD...: it has to succeed; what did not is told at the end of the verb.
must() {
	what=$1
	shift
	"$@" >"$T/.mout" 2>"$T/.merr" </dev/null || bad="$bad$what: $(head -c 300 "$T/.merr")$nl"
}

verdict() {
	is "$bad" "" "$1 killed at $(echo "$at" | wc -w) points: whole or absent, and the next one works"
	bad=
	leaks_none "$1: and nothing is left"
}

running() {
	proa inspect -f '{{.State.Running}}' "$1" 2>&1
}

sleeper() {
	must "run -d" proa run -d --name "$1" --network none busybox sleep 1000
}

leak_nudge='proa run --rm --network none busybox true'
$leak_nudge
leaks_before

# ---- create
at=$(points create --name first --network none busybox true)
must "rm" proa rm -f first
i=0
for n in $at; do
	i=$((i + 1))
	killed "$n" create --name "c$i" --network none busybox true
	[ -z "$out" ] || must "create at $n said $out" proa inspect "$out"
	if proa inspect "c$i" >/dev/null 2>&1; then
		must "start of what create at $n left" proa start "c$i"
	else
		must "create again at $n" proa create --name "c$i" --network none busybox true
	fi
	must "rm after create at $n" proa rm -f "c$i"
done
verdict create

# ---- start
must "create" proa create --name first --network none busybox sleep 1000
at=$(points start first)
must "rm" proa rm -f first
for n in $at; do
	must "create" proa create --name st --network none busybox sleep 1000
	killed "$n" start st
	must "start again at $n" proa start st
	is_running=$(running st)
	[ "$is_running" = true ] || bad="${bad}start at $n: running is $is_running$nl"
	must "rm after start at $n" proa rm -f st
done
verdict start

# ---- stop
sleeper first
at=$(points stop -t 0 first)
must "rm" proa rm -f first
for n in $at; do
	sleeper pp
	killed "$n" stop -t 0 pp
	is_running=$(running pp)
	[ -z "$out" ] || [ "$is_running" = false ] || bad="${bad}stop at $n said $out: running is $is_running$nl"
	must "stop again at $n" proa stop -t 0 pp
	is_running=$(running pp)
	[ "$is_running" = false ] || bad="${bad}stop at $n: running is $is_running$nl"
	must "start after stop at $n" proa start pp
	must "rm after stop at $n" proa rm -f pp
done
verdict stop

# ---- rm
sleeper first
at=$(points rm -f first)
for n in $at; do
	sleeper rr
	id=$(readlink "$D/names/rr")
	killed "$n" rm -f rr
	# its name is the first thing to go
	if proa inspect "$id" >/dev/null 2>&1; then
		[ -z "$out" ] || bad="${bad}rm at $n said $out: it is there$nl"
		must "rm again at $n" proa rm -f "$id"
	fi
	must "the name is free at $n" proa create --name rr --network none busybox true
	must "rm of that" proa rm rr
done
verdict rm

# ---- commit
must "source" proa run --name src --network none busybox sh -c 'echo hello >/new'
at=$(points commit src first)
must "rmi" proa rmi first
for n in $at; do
	killed "$n" commit src new
	if proa image inspect new >/dev/null 2>&1; then
		is_new=$(proa run --rm --network none new cat /new 2>&1)
		[ "$is_new" = hello ] || bad="${bad}what commit at $n made has: $is_new$nl"
	else
		[ -z "$out" ] || must "commit at $n said $out" proa image inspect "$out"
		must "commit again at $n" proa commit src new
	fi
	must "rmi after commit at $n" proa rmi -f new
	[ -z "$out" ] || proa rmi -f "$out" >/dev/null 2>&1
done
must "rm" proa rm src
must "image prune" proa image prune -f # one without a name yet, of which nobody was told
verdict commit
done_testing
