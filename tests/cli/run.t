#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.t: what `proa run` promises a person: streams, exit status, names, flags that have an effect, and
# one clear line for each thing that is refused.
# timeout: 180
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	proa run --rm --network none "$@"
}

# ---- streams
run_is 0 "stdout and stderr stay apart" r busybox sh -c 'echo out; echo err >&2'
is "$out|$err" "out|err" "each arrives on its own"
is "$(echo hello | r -i busybox cat)" hello "stdin arrives, and its end"
is "$(echo hello | r busybox cat)" "" "without -i there is no stdin"
is "$(r -a stderr busybox sh -c 'echo out; echo err >&2' 2>&1)" err "-a chooses streams"
is "$(dd if=/dev/zero bs=65536 count=64 2>/dev/null | r -i busybox cat | wc -c)" 4194304 \
	"4 MiB go in and come out"
is "$(r busybox sh -c 'dd if=/dev/zero bs=65536 count=64 2>/dev/null' | { sleep 1; wc -c; })" 4194304 \
	"a slow reader loses nothing"
run sh -c "$PROA --data-root $D --exec-root $E run --rm --network none busybox sh -c 'yes | head -c 4000000' | head -n 1"
is "$out|$err" "y|" "a reader that goes away ends the run in silence"

# ---- the command
is "$(r busybox echo a "b c")" "a b c" "arguments arrive as they are"
is "$(r --entrypoint echo busybox x y)" "x y" "--entrypoint takes the arguments"
is "$(r -w /tmp busybox pwd)" /tmp "-w"
is "$(r -w /made/here busybox pwd)" /made/here "-w makes what is missing"
is "$(r -e A=1 -e B="two words" busybox sh -c 'echo "$A|$B"')" "1|two words" "-e"
printf '# comment\nC=3\n\nD=four words\nHOME_OF\n' >"$T/env"
is "$(HOME_OF=x r --env-file "$T/env" busybox sh -c 'echo "$C|$D|$HOME_OF"')" "3|four words|x" \
	"--env-file"
is "$(X=inherited r -e X busybox sh -c 'echo $X')" inherited "-e NAME takes ours"
is "$(r -u 1000:2000 busybox sh -c 'id -u; id -g')" "1000${nl}2000" "-u"
like "$(r --group-add 4321 busybox id -G)" '(^| )4321( |$)' "--group-add"
is "$(r -h box busybox hostname)" box "-h"
is "$(r -h box busybox cat /etc/hostname)" box "-h in /etc/hostname"
like "$(r --add-host one:10.0.0.1 busybox cat /etc/hosts)" '^10\.0\.0\.1[[:space:]]one$' "--add-host"
is "$(r --dns 10.9.9.9 --dns-search example.org busybox grep '^[a-z]' /etc/resolv.conf | sort)" \
	"nameserver 10.9.9.9${nl}search example.org" "--dns, --dns-search"

# ---- files
mkdir "$T/dir"
echo bound >"$T/dir/file"
is "$(r -v "$T/dir:/d" busybox cat /d/file)" bound "-v binds"
run_is 1 "-v ...:ro is read-only" r -v "$T/dir:/d:ro" busybox sh -c 'echo x 2>/dev/null >/d/new'
is "$(r --mount "type=bind,src=$T/dir,dst=/d,readonly" busybox cat /d/file)" bound "--mount binds"
run_is 125 "--mount of a missing source is refused" \
	r --mount "type=bind,src=$T/nosuch,dst=/d" busybox true
like "$err" 'bind source path does not exist' "and says so"
one_line "in one line"
run_is 0 "-v makes a missing source" r -v "$T/made:/d" busybox true
ok "as a directory" test -d "$T/made"
like "$(r --tmpfs /t:size=1m,exec busybox grep ' /t ' /proc/mounts)" \
	'^tmpfs /t tmpfs rw,nosuid,nodev,.*size=1024k' "--tmpfs"
run_is 1 "--read-only" r --read-only busybox sh -c 'echo x 2>/dev/null >/new'
is "$(r --shm-size 1m busybox sh -c "df -k /dev/shm | awk 'NR == 2 { print \$2 }'")" 1024 "--shm-size"

# ---- limits and privileges
is "$(r --ulimit nofile=100:200 busybox sh -c 'ulimit -Sn; ulimit -Hn')" "100${nl}200" "--ulimit"
is "$(r --oom-score-adj 500 busybox cat /proc/self/oom_score_adj)" 500 "--oom-score-adj"
is "$(r --cap-drop ALL --cap-add CHOWN busybox grep CapEff /proc/self/status)" \
	"CapEff:	0000000000000001" "--cap-drop, --cap-add"
is "$(r --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status)" \
	"NoNewPrivs:	1" "--security-opt no-new-privileges"
is "$(r --security-opt seccomp=unconfined busybox grep Seccomp: /proc/self/status)" \
	"Seccomp:	0" "--security-opt seccomp=unconfined"
printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],%s}]}' \
	'"action":"SCMP_ACT_ERRNO"' >"$T/profile"
run_is 1 "--security-opt seccomp=FILE" r --security-opt "seccomp=$T/profile" busybox mkdir /x
like "$(r --device /dev/null:/dev/other busybox ls -l /dev/other)" '^crw.* 1, +3 ' "--device"
is "$(r --sysctl net.ipv4.ip_forward=1 busybox cat /proc/sys/net/ipv4/ip_forward)" 1 "--sysctl"
if sanitized; then
	skip "--init" "not static"
else
	like "$(r --init busybox sh -c 'cat /proc/1/comm; echo $$')" '^[^1]|^1[0-9]' "--init is pid 1, not the command"
fi

# ---- names and files
run_is 0 "a name is taken" proa run --name one --network none busybox true
run_is 125 "only once" proa run --name one --network none busybox true
like "$err" 'Conflict. The container name "/one" is already in use by container' "and says by whom"
run_is 125 "a bad name" r --name 'a/b' busybox true
like "$err" 'Invalid container name' "is refused"
run_is 0 "rm frees it" proa rm one
run_is 0 "--cidfile" r --cidfile "$T/cid" busybox true
like "$(cat "$T/cid")" '^[0-9a-f]{64}$' "has the ID"
run_is 125 "an existing one" r --cidfile "$T/cid" busybox true
like "$err" 'container ID file found' "is refused"
run_is 0 "-d prints the ID" proa run -d --name two --network none busybox sleep 1000
like "$out" '^[0-9a-f]{64}$' "of 64 digits"
run_is 1 "a running one is not removed" proa rm two
for failed in 127:nosuch 126:/etc/hosts; do
	run_is "${failed%%:*}" "-d ${failed#*:}: the exit status of a command that cannot be" \
		proa run -d --name failed --network none busybox "${failed#*:}"
	like "$out" '^[0-9a-f]{64}$' "the ID is printed, for the container is there"
	proa rm failed >/dev/null
done
run_is 0 "but by force" proa rm -f two

# ---- what cannot be
run_is 125 "an unknown image" proa run --rm nosuch/image:1 true
like "$err" "^Unable to find image 'nosuch/image:1' locally$" "is said as Docker says it"
like "$err" 'proa load' "with what to do"
run_is 125 "--pull never" r --pull never nosuch/image:1 true
is "$err" "proa: No such image: nosuch/image:1" "does not look for it elsewhere"
run_is 125 "--pull always" r --pull always busybox true
like "$err" "^proa: --pull always: pulling images is not built yet" "is refused, for the image may be old"
run_is 125 "--pull sometimes" r --pull sometimes busybox true
is "$err" 'proa: invalid pull option: '"'sometimes'"': must be one of "always", "missing" or "never"' \
	"in Docker's words"
run_is 0 "--pull missing takes what is there" r --pull missing busybox true
run_is 125 "--storage-opt" r --storage-opt nosuch=1 busybox true
is "$err" "proa: Unknown option nosuch" "unknown, in Docker's words"
run_is 125 "--storage-opt size" r --storage-opt size=1G busybox true
like "$err" "cannot be limited: neither overlay on xfs with 'pquota'" "is refused with the reason"
run_is 125 "an invalid reference" r UPPER true
one_line "one line"
run_is 125 "no command" r --entrypoint '' busybox
like "$err" 'no command specified' "says so"
for flags in "-p 80:nosuch" "--network some" "--restart always" "--pid container:x" \
	"--gpus all" "--userns-nosuch" "--memory 1k" "--cap-add NOSUCH" "--security-opt nosuch=1" \
	"--ulimit nosuch=1" "--sysctl kernel.panic=1" "--cpus x" "--mount type=bind" \
	"--tmpfs /t:nosuch=1" "-u nosuchuser" "--pull always" "-v x:y:z:w"; do
	# shellcheck disable=SC2086
	run_is 125 "refused: $flags" r $flags busybox true
	isnt "$err" "" "with a reason"
done

run_is 127 "a device that is not there is 127: the client goes by the words, as Docker's does" \
	r --device /dev/nosuch busybox true
# A signal to the client reaches the command, and its end the client.
mkfifo "$T/ready"
"$PROA" --data-root "$D" --exec-root "$E" run --rm --network none -v "$T:/t" busybox \
	sh -c 'trap "exit 42" TERM; echo >/t/ready; while :; do sleep 0.1; done' &
client=$!
read -r line <"$T/ready"
kill -TERM $client
wait $client
is "$?" 42 "SIGTERM is passed on"

is "$(ls "$D/containers" "$D/names" "$E/containers" | grep -v :)" "" "nothing is left of any"
done_testing
