#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# shimkill.t: `kill -9` of a shim. What ps and inspect say is true at once; what ran in the container
# is killed by the next call; it ended with 137, and can be started again.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

state() {
	proa inspect -f "{{.State.$2}}" "$1" 2>&1
}

# shim NAME
shim() {
	sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$E/containers/$(id_of "$1")/state"
}

# dead PID: also where nobody has reaped it yet
dead() {
	! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# kill_shim NAME: and wait until the kernel has it
kill_shim() {
	shim=$(shim "$1")
	kill -9 "$shim"
	wait_for 20 dead "$shim"
}

gone() {
	wait_for 20 dead "$1"
}

proa run --rm --network none -v warm:/w busybox true
proa volume rm warm >/dev/null
leaks_before

# ---- ps first
proa run -d --name one --network none -v data:/data busybox sh -c 'echo kept; sleep 1000' >/dev/null
wait_for 20 sh -c "'$PROA' --data-root '$D' --exec-root '$E' logs one | grep -q kept"
pid=$(state one Pid)
kill_shim one
like "$(proa ps -a --format '{{.Names}} {{.Status}}')" '^one Exited \(137\)' "ps tells the truth at once"
is "$(proa ps -q)" "" "it is not among those that run"
is "$(state one Running) $(state one ExitCode) $(state one Pid)" "false 137 0" "so does inspect"
run_is 0 "wait answers" proa wait one
is "$out" 137 "with 137"
ok "what ran in it is gone" gone "$pid"
is "$(proa logs one)" kept "its log is there"
run_is 0 "start works again" proa start one
is "$(state one Running)" true "it runs"
proa rm -f one >/dev/null

# ---- each verb as the first after it
for verb in "stop -t 0" start restart "kill" "rm -f" "rm" "wait" "logs" "top" "exec %s true" "pause" "update --cpus 1" \
	"rename %s two" "attach"; do
	proa run -d --name one --network none busybox sleep 1000 >/dev/null
	pid=$(state one Pid)
	kill_shim one
	case $verb in
	*%s*) cmd=$(printf "$verb" one) ;;
	*) cmd="$verb one" ;;
	esac
	# shellcheck disable=SC2086
	run timeout 30 "$PROA" --data-root "$D" --exec-root "$E" $cmd
	case $verb in
	kill | top | exec* | pause | attach)
		case $status in
		0 | 124) fail "$verb: refused, for it does not run" "exit $status" ;;
		*) one_line "$verb: refused, for it does not run" ;;
		esac
		;;
	*) is "$status $err" "0 " "$verb works" ;;
	esac
	case $verb in
	start | restart) is "$(state one Running)" true "  and it runs" ;;
	esac
	proa rm -f one two >/dev/null 2>&1
	ok "  and what ran in it is gone" gone "$pid"
done

# ---- its policy is another shim's, and a client that waits learns of it
proa run -d --name pol --restart always --network none busybox sleep 1000 >/dev/null
kill_shim pol
is "$(state pol ExitCode)" 137 "with a policy too"
run_is 0 "proa boot" proa boot
is "$(state pol Running)" true "  brings it back"
proa rm -f pol >/dev/null
proa volume rm data >/dev/null
leaks_none "nothing is left"
done_testing
