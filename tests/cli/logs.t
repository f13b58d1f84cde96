#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# logs: its flags and refusals, in Docker's words and Docker's output.
# timeout: 60
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

run_is 1 "without a container" proa logs
run_is 1 "one that is not there" proa logs nope
is "$err" "proa: No such container: nope" "says so"
run_is 1 "an unknown option of the driver" proa create --log-opt foo=1 busybox true
is "$err" "proa: unknown log opt 'foo' for json-file log driver" "as Docker says it"
for o in max-size=0:'max-size must be a positive number' max-size=x:"invalid size: 'x'" \
	max-file=0:'max-file cannot be less than 1' \
	max-file=x:'strconv.Atoi: parsing "x": invalid syntax' \
	compress=x:'strconv.ParseBool: parsing "x": invalid syntax' \
	mode=x:'logger: logging mode not supported: x' \
	max-buffer-size=3:"logger: max-buffer-size option is only supported with 'mode=non-blocking'" \
	'labels-regex=(:error parsing regexp: `(`'; do
	run proa create --log-opt "${o%%:*}" busybox true
	is "$status $err" "1 proa: ${o#*:}" "${o%%:*}"
done
run_is 1 "compress with one file" proa create --log-opt max-size=1m --log-opt compress=true busybox true
run_is 1 "a tag with an unknown field" proa create --log-opt tag='{{.Foo}}' busybox true
like "$err" "\.FullID" "it says which there are"
run_is 1 "another driver" proa create --log-driver syslog busybox true
like "$err" 'there are json-file and none' "it says which there are"
run_is 125 "none with options" proa create --log-driver none --log-opt tag=x busybox true
is "$err" "proa: invalid logging opts for driver none" "as Docker says it"

proa run --network none --name none --log-driver none busybox echo hi >/dev/null
run_is 1 "what driver none kept" proa logs none
is "$err" "proa: configured logging driver does not support reading" "cannot be read"

proa create --name fresh busybox true >/dev/null 2>&1
run_is 0 "a container that never ran" proa logs -f fresh
is "$out$err" "" "has no log"

id=$(proa create --network none --name two --label l='a b,c=d' --env E=1 --log-opt labels=l,none \
	--log-opt env-regex='^E$' --log-opt tag='{{.Name}}/{{ .ID }}/{{.ImageName}}/{{.DaemonName}}' \
	busybox sh -c 'for i in 1 2 3; do echo "out $i"; done; echo "err <&>" >&2; printf end')
proa start "$id" >/dev/null
proa wait "$id" >/dev/null
run_is 0 "both streams" proa logs two
is "$out" "out 1${nl}out 2${nl}out 3${nl}end" "stdout on stdout"
is "$err" "err <&>" "stderr on stderr"
short=$(echo "$id" | cut -c1-12)
run proa logs --details -n 1 two
is "$out" "E=1,l=a+b%2Cc%3Dd,tag=two%2F$short%2Fbusybox%2Fdocker end" "--details"
run proa logs -t --tail 1 two
like "$out" '^20[0-9-]{8}T[0-9:]{8}\.[0-9]{9}Z end$' "--timestamps, nine digits"
run proa logs -t --details -n 1 two
like "$out" '^20[0-9-]{8}T[0-9:]{8}\.[0-9]{9}Z E=1,l=' "and then the details"
is "$(proa logs -n 0 two 2>&1)" "" "--tail 0"
is "$(proa logs -n 99 two 2>/dev/null | wc -l)" 3 "more than there is"
is "$(proa logs -n foo two 2>/dev/null | wc -l)" 3 "no number means all"
is "$(proa logs -n -1 two 2>/dev/null | wc -l)" 3 "so does less than none"
run proa logs --since 1h two
like "$out" "out 1" "--since a while ago"
is "$(proa logs --until 1h two 2>&1)" "" "--until then"
is "$(proa logs --since 2099-01-01 two 2>&1)" "" "--since a day to come"
is "$(proa logs --until 2001-01-01T00:00:00Z two 2>&1)" "" "--until long ago"
at=$(proa logs -t two 2>/dev/null | sed -n 's/ out 2//p')
is "$(proa logs --since "$at" two 2>/dev/null)" "out 2${nl}out 3${nl}end" "--since a line's own time"
is "$(proa logs --until "$at" two 2>/dev/null)" "out 1${nl}out 2" "--until that time"
run_is 1 "a date that is none" proa logs --since foo two
is "$err" 'proa: invalid value for "since": failed to parse value as time or duration: "foo"' "is refused"

proa start two >/dev/null
proa wait two >/dev/null
is "$(proa logs two 2>/dev/null | grep -c 'out 1')" 2 "a second run goes on in the same log"

proa run -d --network none -t --name tty busybox sh -c 'echo a; cat /nope' >/dev/null
proa wait tty >/dev/null
run_is 0 "of a terminal" proa logs tty
is "$err" "" "all is one stream"
is "$(proa logs -n 1 tty | od -An -c | tr -d ' \n')" "cat:can'topen'/nope':Nosuchfileordirectory\\r\\n" \
	"as the terminal gave it"

# what dockerd said of the same container (data/logs/record.sh)
data=$PROA_TESTS/data/logs
eval "proa run --name golden $(cat "$data/details.args")" >/dev/null 2>&1
proa logs --details golden >"$T/details.out" 2>"$T/details.err"
ok "--details as dockerd's, stdout" cmp "$T/details.out" "$data/details.out"
ok "and stderr" cmp "$T/details.err" "$data/details.err"

# attach?logs=1 begins with what there was
tool=${BUILD:-$PROA_TESTS/../build}/static/tests/unit/shimlog
if [ -x "$tool" ]; then
	mkfifo "$T/on"
	proa run -d --network none -v "$T:/t" --name live busybox sh -c 'echo before; read x </t/on;
		echo after' >/dev/null
	wait_for 10 sh -c "'$PROA' --data-root '$D' --exec-root '$E' logs live | grep before"
	"$tool" attach "$D" "$E" '/containers/live/attach?logs=1&stdout=1' >"$T/replay"
	is "$(tail -1 "$T/replay" | cut -c9-)" before "attach?logs=1: the log alone"
	"$tool" attach "$D" "$E" '/containers/live/attach?logs=1&stream=1&stdout=1' >"$T/stream" &
	wait_for 10 grep -q before "$T/stream"
	echo >"$T/on"
	wait $!
	is "$(tail -n 2 "$T/stream" | cut -c9- | tr '\n' ' ')" "before after " "and then what comes"
	is "$(grep -c HTTP "$T/stream")" 1 "behind one head"
else
	skip "attach?logs=1" "make unit builds the tool"
fi

# --rm has a log for as long as it lives
mkfifo "$T/go"
proa run --rm --network none -v "$T:/t" --name gone busybox sh -c 'echo here; read x </t/go' >/dev/null &
wait_for 10 sh -c "[ \"\$('$PROA' --data-root '$D' --exec-root '$E' logs gone)\" = here ]"
is "$(proa logs gone)" here "--rm: while it runs"
echo >"$T/go"
wait
run_is 1 "and then no more" proa logs gone
done_testing
