#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verbrace.t: two verbs at once on one container, ROUNDS times each (default 6). Whoever is later gets
# a clear answer, never a look behind the scenes; what was answered is so; nothing is left. A round of
# which the order is chance lets either win, so the test does not depend on time.
# timeout: 200
# guest: no (time)
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
: "${ROUNDS:=6}"
bad=

# both A... -- B...: at once; $a_rc $b_rc, and their stderr in $a_err $b_err
both() {
	first=
	while [ "$1" != -- ]; do
		first="$first $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words
	timeout 60 "$PROA" --data-root "$D" --exec-root "$E" $first >/dev/null 2>"$T/a" </dev/null &
	a_pid=$!
	timeout 60 "$PROA" --data-root "$D" --exec-root "$E" "$@" >/dev/null 2>"$T/b" </dev/null
	b_rc=$?
	wait $a_pid
	a_rc=$?
	a_err=$(cat "$T/a") b_err=$(cat "$T/b")
}

# wants WHO RC TEXT ERE: it succeeded, or its message is one that Docker has for it
wants() {
	[ "$2" = 0 ] || printf '%s\n' "$3" | grep -Eq "$4" || bad="$bad$1: exit $2: $3$nl"
}

create() {
	proa create --name "$1" --network none busybox sleep 1000 >/dev/null || bad="${bad}create $1$nl"
}

is_field() {
	is_now=$(proa inspect -f "$3" "$2" 2>&1)
	[ "$is_now" = "$4" ] || bad="$bad$1: $3 is $is_now, not $4$nl"
}

# rounds DESC FUNCTION
rounds() {
	i=0
	while [ $i -lt "$ROUNDS" ]; do
		i=$((i + 1))
		"$2"
	done
	is "$bad" "" "$1"
	bad=
	leaks_none "  nothing is left"
}
gone='No such container|marked for removal|removal of container .* is already in progress'
conflict='name "/[a-z]*" is already in use'

start_rm() {
	create cc
	both start cc -- rm -f cc
	wants start $a_rc "$a_err" "$gone"
	wants "rm -f" $b_rc "$b_err" "^\$"
	[ -z "$(proa ps -aq)" ] || bad="${bad}rm -f: it is there: start said $a_rc $a_err$nl"
}
restart_rm() {
	proa run -d --name cc --network none busybox sleep 1000 >/dev/null
	both restart -t 0 cc -- rm -f cc
	wants restart $a_rc "$a_err" "$gone"
	wants "rm -f" $b_rc "$b_err" "^\$"
	[ -z "$(proa ps -aq)" ] || bad="${bad}rm -f: it is there$nl"
}
rm_rm() {
	proa run -d --name cc --network none busybox sleep 1000 >/dev/null
	both rm -f cc -- rm -f cc
	wants "rm -f" $a_rc "$a_err" "$gone"
	wants "rm -f" $b_rc "$b_err" "$gone"
	[ -z "$(proa ps -aq)" ] || bad="${bad}rm -f: it is there$nl"
}
update_start() {
	create cc
	both update --pids-limit 77 cc -- start cc
	wants update $a_rc "$a_err" "^\$"
	wants start $b_rc "$b_err" "^\$"
	is_field update cc '{{.HostConfig.PidsLimit}} {{.State.Running}}' "77 true"
	is_limit=$(cat $(cgroup_of) 2>/dev/null)
	[ "$is_limit" = 77 ] || bad="${bad}update: the kernel's limit is $is_limit$nl"
	proa rm -f cc >/dev/null
}
# cgroup_of: the file with the pids limit
cgroup_of() {
	cgroup_list | while read -r cg; do
		case $cg in
		*/"$(id_of cc)") [ ! -e "$cg/pids.max" ] || echo "$cg/pids.max" ;;
		esac
	done
}
update_run() { # in the run after next it counts too
	create cc
	both start cc -- update --pids-limit 77 cc
	wants start $a_rc "$a_err" "^\$"
	wants update $b_rc "$b_err" "^\$"
	proa restart -t 0 cc >/dev/null || bad="${bad}restart$nl"
	is_limit=$(cat $(cgroup_of) 2>/dev/null)
	[ "$is_limit" = 77 ] || bad="${bad}update: the next run's limit is $is_limit$nl"
	proa rm -f cc >/dev/null
}
update_rm() {
	create cc
	both update --pids-limit 77 cc -- rm -f cc
	wants update $a_rc "$a_err" "$gone"
	wants "rm -f" $b_rc "$b_err" "^\$"
}
rename_start() {
	proa create --rm --name cc --network none busybox true >/dev/null
	both rename cc dd -- start -a cc
	wants rename $a_rc "$a_err" "$gone"
	wants start $b_rc "$b_err" "$gone"
	[ $b_rc = 0 ] || proa start -a dd >/dev/null 2>&1 || bad="${bad}start: $b_err$nl"
	create cc
	create dd
	proa rm cc dd >/dev/null
}
rename_rm() {
	create cc
	both rename cc dd -- rm -f cc
	wants rename $a_rc "$a_err" "$gone"
	wants "rm -f" $b_rc "$b_err" "$gone"
	[ $a_rc != 0 ] || ! proa inspect dd >/dev/null 2>&1 || proa rm dd >/dev/null
	[ -z "$(proa ps -aq)" ] || bad="${bad}rename: $(proa ps -a)$nl"
	create cc
	create dd
	proa rm cc dd >/dev/null
}
rename_rename() { # they want one name
	create aa
	create bb
	both rename aa cc -- rename bb cc
	wants rename $a_rc "$a_err" "$conflict"
	wants rename $b_rc "$b_err" "$conflict"
	case $a_rc$b_rc in
	0?* | ?*0) [ "$a_rc$b_rc" != 00 ] || bad="${bad}both have it$nl" ;;
	*) bad="${bad}nobody has it$nl" ;;
	esac
	[ "$(proa ps -aq | wc -l)" = 2 ] || bad="${bad}one is lost$nl"
	proa rm $(proa ps -aq) >/dev/null
}
rm_create() {
	create cc
	both rm cc -- create --name cc --network none busybox true
	wants rm $a_rc "$a_err" "^\$"
	wants create $b_rc "$b_err" "$conflict"
	[ $b_rc != 0 ] || proa rm cc >/dev/null || bad="${bad}its name is lost$nl"
	[ -z "$(proa ps -aq)" ] || bad="${bad}rm: it is there$nl"
}
create_create() {
	both create --name cc --network none busybox true -- create --name cc --network none busybox true
	wants create $a_rc "$a_err" "$conflict"
	wants create $b_rc "$b_err" "$conflict"
	[ "$(proa ps -aq | wc -l)" = 1 ] || bad="${bad}$(proa ps -aq | wc -l) were made$nl"
	proa rm cc >/dev/null || bad="${bad}its name is lost$nl"
}
run_run() { # the name is free when the first one has been answered
	proa run --rm --name cc --network none busybox true || bad="${bad}run$nl"
}

leak_nudge='proa run --rm --network none busybox true'
$leak_nudge
leaks_before
rounds "start against rm -f" start_rm
rounds "restart against rm -f" restart_rm
rounds "rm -f against rm -f" rm_rm
rounds "update against start" update_start
rounds "start against update" update_run
rounds "update against rm -f" update_rm
rounds "rename against the start of a --rm container" rename_start
rounds "rename against rm -f" rename_rm
rounds "two renames" rename_rename
rounds "rm against create" rm_create
rounds "two creates" create_create
rounds "run --rm after run --rm" run_run
done_testing
