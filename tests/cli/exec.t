#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exec.t: the command line of exec: each flag, exit codes, errors.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

id=$(proa run -d --network none --name c1 -e FROM=container busybox sleep 10000)

run_is 0 "a command" proa exec c1 echo hi
is "$out" hi "its output"
run_is 7 "its exit status and both streams" proa exec c1 sh -c 'echo out; echo err >&2; exit 7'
is "$out,$err" "out,err" "each on its own"
run_is 127 "a command that is not there" proa exec c1 nosuch
like "$err" '"nosuch": executable file not found in \$PATH' "and says so"
one_line "in one line"
run_is 126 "one that is a directory" proa exec c1 /etc
run_is 126 "one that may not be executed" proa exec c1 /etc/passwd
run_is 143 "one that a signal ends" proa exec c1 sh -c 'kill -TERM $$'
run_is 1 "a container that is not there" proa exec nope true
like "$err" 'No such container: nope' "and says so"
run_is 1 "no command" proa exec c1
run_is 125 "a flag that is none" proa exec --nope c1 true
run_is 127 "an empty command" proa exec c1 ''

is "$(proa exec -e A=1 -e FROM=exec c1 sh -c 'echo $A $FROM $HOME')" "1 exec /root" "-e"
printf 'B=2\n# no\nA=3\n' >"$T/env"
is "$(proa exec --env-file "$T/env" -e A=4 c1 sh -c 'echo $A $B $FROM')" "4 2 container" "--env-file"
is "$(echo in | proa exec -i c1 cat)" in "-i"
is "$(echo in | proa exec c1 cat)" "" "without -i nothing is read"
is "$(proa exec -u 1000:33 c1 sh -c 'id -u; id -g' | tr '\n' ' ')" "1000 33 " "-u with numbers"
is "$(proa exec -u nobody c1 id -un)" nobody "-u with a name"
run_is 1 "-u of nobody in there" proa exec -u ghost c1 true
like "$err" 'unable to find user ghost' "and says so"
is "$(proa exec -w /usr/bin c1 pwd)" /usr/bin "-w"
run_is 127 "-w that is not there" proa exec -w /nope c1 true
run_is 128 "-w that is relative" proa exec -w usr c1 true
is "$(proa exec -t c1 sh -c 'tty; echo $TERM' | tr -d '\r')" "/dev/pts/0${nl}xterm" "-t"
run_is 1 "-it without a terminal" proa exec -it c1 true
like "$err" 'not a TTY' "and says so"
is "$(proa exec -t c1 sh -c 'exit 5' >/dev/null; echo $?)" 5 "the exit status through a terminal"
isnt "$(proa exec --privileged c1 grep CapEff /proc/self/status)" \
	"$(proa exec c1 grep CapEff /proc/self/status)" "--privileged"
run_is 1 "detach keys that are none" proa exec -t --detach-keys nonsense c1 true
like "$err" 'nonsense' "and names them"

run_is 0 "-d" proa exec -d c1 sh -c 'echo >/ran; exec sleep 1000'
is "$out$err" "" "says nothing"
ok "and runs on" wait_for 10 proa exec c1 sh -c 'test -e /ran && pidof sleep | grep -q " "'
run_is 1 "-d of a command that is not there" proa exec -d c1 nosuch
like "$err" 'executable file not found' "and says so"

proa exec c1 head -c 3000000 /dev/zero >"$T/zero"
is "$(wc -c <"$T/zero")" 3000000 "three million bytes of output"
is "$(proa exec -i c1 wc -c <"$T/zero")" 3000000 "three million bytes of input"

proa rm -f c1 >/dev/null
run_is 1 "a container that was removed" proa exec c1 true
proa create --network none --name c2 busybox true >/dev/null
run_is 1 "one that does not run" proa exec c2 true
like "$err" 'container [0-9a-f]{64} is not running' "and says so"
proa rm c2 >/dev/null
done_testing
