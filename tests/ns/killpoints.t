#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# killpoints.t: create, start, stop, rm and commit are killed at POINTS system calls each (default 12;
# 60 in the release check), other verbs at a quarter of them, spread over all that client, worker,
# shim and the container's first process make: strace kills who comes to the k-th call of that name.
# Whatever is left must be whole or absent: what was acknowledged is there, the same verb works the
# next time, and at the end nothing is left. VERBS="rm commit" looks at some of them only.
# timeout: 600
# guest: no
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../killpoints.inc"

need_root
need_proa
need_tool strace
load_busybox
: "${POINTS:=12}"
: "${VERBS:=create start stop rm commit run restart rename update exec pause cp}"

running() {
	proa inspect -f '{{.State.Running}}' "$1" 2>&1
}

sleeper() {
	must "run -d" proa run -d --name "$1" --network none busybox sleep 1000
}

leak_nudge='proa run --rm --network none -v /anon busybox true'
$leak_nudge
leaks_before

kill_create() {
	at=$(points create --name first -v /anon --network none busybox true)
	must "rm" proa rm -vf first
	i=0
	for n in $at; do
		i=$((i + 1))
		killed "$n" create --name "new$i" -v /anon --network none busybox true
		[ -z "$out" ] || must "create at $n said $out" proa inspect "$out"
		if proa inspect "new$i" >/dev/null 2>&1; then
			must "start of what create at $n left" proa start "new$i"
		else
			[ -z "$(proa ps -aq)" ] || wrong "create at $n: ps shows $(proa ps -a)"
			must "create again at $n" proa create --name "new$i" --network none busybox true
		fi
		must "rm after create at $n" proa rm -vf "new$i"
	done
}

kill_start() {
	must "create" proa create --name first --network none busybox sleep 1000
	at=$(points start first)
	must "rm" proa rm -f first
	for n in $at; do
		must "create" proa create --name st --network none busybox sleep 1000
		killed "$n" start st
		must "start again at $n" proa start st
		is_running=$(running st)
		[ "$is_running" = true ] || wrong "start at $n: running is $is_running"
		must "rm after start at $n" proa rm -f st
	done
}

kill_stop() {
	sleeper first
	at=$(points stop -t 0 first)
	must "rm" proa rm -f first
	for n in $at; do
		sleeper pp
		killed "$n" stop -t 0 pp
		is_running=$(running pp)
		[ -z "$out" ] || [ "$is_running" = false ] || wrong "stop at $n said $out: running is $is_running"
		must "stop again at $n" proa stop -t 0 pp
		is_running=$(running pp)
		[ "$is_running" = false ] || wrong "stop at $n: running is $is_running"
		must "start after stop at $n" proa start pp
		must "rm after stop at $n" proa rm -f pp
	done
}

# It is there with its name, or neither is.
kill_rm() {
	sleeper first
	at=$(points rm -f first)
	for n in $at; do
		sleeper rr
		killed "$n" rm -f rr
		if proa inspect rr >/dev/null 2>&1; then
			[ -z "$out" ] || wrong "rm at $n said $out: it is there"
			must "rm again at $n" proa rm -f rr
		fi
		[ -z "$(proa ps -aq)" ] || wrong "rm at $n: ps shows $(proa ps -a)"
		must "the name is free at $n" proa create --name rr --network none busybox true
		must "rm of that" proa rm rr
	done
}

# An image is there with its name, or neither is.
kill_commit() {
	must "source" proa run --name src --network none busybox sh -c 'echo hello >/new'
	at=$(points commit src first)
	must "rmi" proa rmi first
	for n in $at; do
		killed "$n" commit src new
		if proa image inspect new >/dev/null 2>&1; then
			is_new=$(proa run --rm --network none new cat /new 2>&1)
			[ "$is_new" = hello ] || wrong "what commit at $n made has: $is_new"
		else
			[ -z "$out" ] || wrong "commit at $n said $out"
			[ "$(proa images -aq | wc -l)" = 1 ] || wrong "commit at $n left $(proa images -a)"
			must "commit again at $n" proa commit src new
		fi
		[ "$(proa images -aq | wc -l)" = 2 ] || wrong "commit at $n: $(proa images -a)"
		must "rmi after commit at $n" proa rmi new
	done
	must "rm" proa rm src
}

# A foreground run: what is left of it starts, or is not there.
kill_run() {
	at=$(points run --rm --name first -v /anon --network none busybox true)
	for n in $at; do
		killed "$n" run --rm --name vv -v /anon --network none busybox true
		if [ "$(proa inspect -f '{{.State.Status}}' vv 2>/dev/null)" = created ]; then
			must "start of what run at $n left" proa start -a vv
		elif ! proa rm -f vv >"$T/.mout" 2>&1; then
			grep -q 'No such container' "$T/.mout" || wrong "rm after run at $n: $(cat "$T/.mout")"
		fi
		must "create again at $n" proa create --name vv --network none busybox true
		must "rm of that" proa rm vv
	done
}

kill_restart() {
	sleeper first
	at=$(points restart -t 0 first)
	must "rm" proa rm -f first
	for n in $at; do
		sleeper pp
		killed "$n" restart -t 0 pp
		must "restart again at $n" proa restart -t 0 pp
		is_running=$(running pp)
		[ "$is_running" = true ] || wrong "restart at $n: running is $is_running"
		must "rm after restart at $n" proa rm -f pp
	done
}

# It has one name of the two, and the other one is free.
kill_rename() {
	must "create" proa create --name one --network none busybox true
	at=$(points rename one two)
	must "rm" proa rm two
	for n in $at; do
		id=$(proa create --name one --network none busybox true)
		killed "$n" rename one two
		name=$(proa inspect -f '{{.Name}}' "$id")
		case $name in
		/one) other=two ;;
		/two) other=one ;;
		*) wrong "rename at $n: its name is $name" ;;
		esac
		is_id=$(proa inspect -f '{{.Id}}' "${name#/}" 2>&1)
		[ "$is_id" = "$id" ] || wrong "rename at $n: $name is $is_id"
		must "the other name is free at $n" proa create --name "$other" --network none busybox true
		must "rm after rename at $n" proa rm one two
	done
}

kill_update() {
	sleeper first
	at=$(points update --pids-limit 77 first)
	must "rm" proa rm -f first
	for n in $at; do
		sleeper pp
		killed "$n" update --pids-limit 77 pp
		[ "$(running pp)" = true ] || wrong "update at $n: running is $(running pp)"
		must "update again at $n" proa update --pids-limit 78 pp
		is_limit=$(proa inspect -f '{{.HostConfig.PidsLimit}}' pp)
		[ "$is_limit" = 78 ] || wrong "update at $n: the limit is $is_limit"
		must "restart after update at $n" proa restart -t 0 pp
		must "rm after update at $n" proa rm -f pp
	done
}

kill_exec() {
	sleeper pp
	at=$(points exec pp true)
	for n in $at; do
		killed "$n" exec pp true
		must "exec again at $n" proa exec pp true
	done
	must "rm after exec" proa rm -f pp
}

kill_pause() {
	sleeper pp
	at=$(points pause pp)
	must "unpause" proa unpause pp
	for n in $at; do
		killed "$n" pause pp
		[ "$(proa inspect -f '{{.State.Paused}}' pp)" = true ] || must "pause again at $n" proa pause pp
		must "unpause after pause at $n" proa unpause pp
		must "it goes on after pause at $n" proa exec pp true
	done
	must "rm after pause" proa rm -f pp
}

kill_cp() {
	must "create" proa create --name pp --network none busybox cat /copy
	echo hello >"$T/copy"
	at=$(points cp "$T/copy" pp:/copy)
	for n in $at; do
		killed "$n" cp "$T/copy" pp:/copy
		must "cp again at $n" proa cp "$T/copy" pp:/copy
		is_copy=$(proa cp pp:/copy - 2>&1 | tar -xOf - 2>&1)
		[ "$is_copy" = hello ] || wrong "what cp at $n copied is $is_copy"
	done
	must "start after cp" proa start -a pp
	must "rm after cp" proa rm pp
}

for verb in $VERBS; do
	case $verb in
	create | start | stop | rm | commit) npoints=$POINTS ;;
	*) npoints=$(((POINTS + 3) / 4)) ;;
	esac
	"kill_$verb"
	verdict "$verb"
done
done_testing
