#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# detach.t: leaving a container that goes on: by keys (--detach-keys), by a signal that is not passed on
# (--sig-proxy=false), by a kill of the client. What was left can be taken up again and stopped.
# timeout: 120
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
load_busybox

# person ARG...: proa ARG... on a terminal, the script on stdin.
person() {
	python3 "$PROA_TESTS/cli/person.py" "$PROA" --data-root "$D" --exec-root "$E" "$@"
}

# alive NAME: it runs
alive() {
	run proa rm "$1"
	case $err in
	*'container is running'*) pass "$1 runs on" ;;
	*) fail "$1 runs on" "$status $err" ;;
	esac
}

run person run -it --name keys --network none busybox sh <<'X'
expect # 
send echo o''ne\n
expect one
send \x10\x11
X
is "$out$err" "status 0${nl}terminal same" "ctrl-p ctrl-q: 0, and the terminal as it was"
alive keys
run person start -ai keys <<'X'
send echo tw''o\n
expect two
send \x10\x11
X
is "$out$err" "status 0${nl}terminal same" "start -ai takes it up, and leaves it too"
run person attach keys <<'X'
send echo th''ree\n
expect three
send \x10\x11
expect read escape sequence
X
is "$out$err" "status 1${nl}terminal same" "attach is left with 1 and Docker's words"
run person attach --detach-keys q,ctrl-x,Z keys <<'X'
send echo fo''ur\n
expect four
send \x10qqZq\x18Z
expect read escape sequence
X
is "$out$err" "status 1${nl}terminal same" "--detach-keys of another kind; ctrl-p is a key then"
run person attach keys <<'X'
send \n
expect fourqqZ.*# 
send exit 6\n
X
is "$out$err" "status 6${nl}terminal same" "the exit status of attach is the container's"
proa start keys >/dev/null
run person attach keys <<'X'
expect # 
send \x10\x11
expect read escape sequence
X
is "$out$err" "status 1${nl}terminal same" "the prompt is there at once"
run person exec -it keys sh <<'X'
expect # 
send \x10\x11
expect read escape sequence
X
is "$out$err" "status 1${nl}terminal same" "exec is left as attach is"
proa rm -f keys >/dev/null

# What is typed right before the keys arrives, also where the container has something to say meanwhile.
proa run -itd --name noise --log-driver none -v "$T:/f" --network none busybox sh -c \
	'(while :; do echo x; done) & while read l; do echo "$l" >>/f/typed; done' >/dev/null
for n in 1 2 3 4 5 6 7 8; do
	run person attach noise <<-X
	expect x
	send line$n\n\x10\x11
	X
done
all_typed() {
	[ "$(tr -d '\r\n' <"$T/typed")" = line1line2line3line4line5line6line7line8 ]
}
ok "what was typed before the keys arrives" wait_for 20 all_typed
proa rm -f noise >/dev/null

run person run -it --rm --detach-keys ctrl-a,d --network none busybox sh -c 'stty raw; echo ready; head -c 4 | od -An -c; exit 3' <<'X'
expect ready
send xy\x01\x01
send zz
expect x +y 001 001
X
is "$out$err" "status 3${nl}terminal same" "keys that only begin the sequence arrive"
run_is 125 "keys that are none" proa run --rm --detach-keys ctrl-1 --network none busybox true
like "$err" 'Invalid detach keys \(ctrl-1\) provided' "are told"
one_line "in one line"
is "$(ls "$D/containers")" "" "before anything is made"
is "$(printf '\020\021' | proa run -i --rm --network none busybox od -An -b | tr -d ' ')" '020021' \
	"without a terminal they are bytes as any"

# ---- signals
mkfifo "$T/ready" "$T/ended" # two: who still holds the one open ends a second look at once
trapped='trap "echo >/f/ended; exit 42" TERM; echo >/f/ready; while :; do sleep 0.1; done'
client() { # ARG...: in the background, until its container is ready
	"$PROA" --data-root "$D" --exec-root "$E" "$@" >/dev/null 2>&1 &
	client=$!
	read -r line <"$T/ready"
}
client run --sig-proxy=false --name left -v "$T:/f" --network none busybox sh -c "$trapped"
kill -TERM $client
wait $client
is $? 143 "--sig-proxy=false: the signal is the client's"
alive left
"$PROA" --data-root "$D" --exec-root "$E" attach left >/dev/null 2>&1 &
client=$!
proa kill -s TERM left >/dev/null
read -r line <"$T/ended"
wait $client
case $? in
42 | 1) pass "attach to it ends with it" ;; # 1: it came too late
*) fail "attach to it ends with it" ;;
esac
client start -a left
kill -TERM $client
read -r line <"$T/ended"
wait $client
is $? 42 "start -a passes signals on"
proa rm left >/dev/null

# ---- the client is killed
client run --name one -v "$T:/f" --network none busybox sh -c "$trapped"
kill -9 $client
wait $client 2>/dev/null
alive one
proa stop -t 20 one >"$T/stopped" &
read -r line <"$T/ended"
wait $!
is "$(cat "$T/stopped")" one "it can be stopped"
is "$(proa wait one)" 42 "and has its say"
proa rm one >/dev/null
done_testing
