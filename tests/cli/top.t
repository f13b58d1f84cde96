#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# top.t: the processes of a container by the columns of ps; the titles are those of the ps that a
# dockerd runs for the same arguments.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "a container that is not there" proa top nosuch
is "$err" "proa: No such container: nosuch" "is told"
run_is 1 "no container" proa top
proa create --name tc --network none busybox true >/dev/null
run_is 1 "one that does not run" proa top tc
is "$err" "proa: container $(id_of tc) is not running" "is told"

proa run -d --name ta --network none -u 65534:65534 busybox sh -c 'sleep 1000 & exec sleep 1001' >/dev/null
both() {
	proa top ta | grep -q 'sleep 1000' && proa top ta | grep -q 'sleep 1001$'
}
ok "both processes are seen" wait_for 20 both
squeeze() {
	sed -e 's/  */ /g' -e 's/[0-9][0-9]:[0-9][0-9]/TT/g'
}
pid=$(sed -n 's/.*"Pid":\([0-9]*\).*/\1/p' "$E/containers/$(id_of ta)/state")
run_is 0 "without options" proa top ta
is "$(printf '%s\n' "$out" | head -n 1)" \
	"UID                 PID                 PPID                C                   STIME               TTY                 TIME                CMD" \
	"the titles of ps -ef, in Docker's widths"
user=$(sed -n 's/^\([^:]*\):[^:]*:65534:.*/\1/p' /etc/passwd | head -n 1)
like "$(printf '%s\n' "$out" | squeeze)" "^${user:-65534} $pid [0-9]+ [0-9]+ TT \? TT:[0-9]+ sleep 1001" \
	"the first process with the host's name for its user, or the number"
like "$(printf '%s\n' "$out" | squeeze)" "^${user:-65534} [0-9]+ $pid .* sleep 1000" "its child"
is "$(printf '%s\n' "$out" | wc -l)" 3 "and nobody else"
is "$(proa top ta -ef)" "$(proa top ta)" "-ef is the same"
titles() {
	titles_want=$1
	shift
	run proa top ta "$@"
	is "$(printf '%s\n' "$out$err" | head -n 1 | squeeze)" "$titles_want" "top $*"
}
titles "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND" aux
titles "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND" -aux
titles "PID TTY STAT TIME COMMAND" -x
titles "PID TTY STAT TIME COMMAND" ax
titles "PID TTY TIME CMD" -e
titles "PID CMD" -o pid,cmd
titles "PID COMMAND" -o pid -o comm
titles "PID USER GROUP S TT TIME ELAPSED NI PRI NLWP" -eo pid,user,group,s,tty,time,etime,ni,pri,nlwp
titles "PID WHO" -o pid,user=WHO
titles "proa: Couldn't find PID field in ps output" -o user,comm
is "$(proa top ta -o pid,uid,gid,stat,args | sed -n 2p | squeeze)" "$pid 65534 65534 Ss sleep 1001" "-o"
run_is 1 "a column that is not known" proa top ta -o nosuch
like "$err" 'unknown user-defined format specifier "nosuch"; known are: pid ppid ' "names what is known"
one_line "in one line"
run_is 1 "an option that is not known" proa top ta -L
like "$err" "unsupported option 'L': known are -e " "names what is known"
run_is 1 "a long option" proa top ta --forest
run_is 1 "-o without a list" proa top ta -o
proa exec -d ta sleep 1002
seen() {
	proa top ta | grep -q 'sleep 1002'
}
ok "what exec started is seen too" wait_for 20 seen
proa rm -f ta tc >/dev/null
done_testing
