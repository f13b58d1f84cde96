#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fulldisk.t: a data-root without space, and one that is read-only: each verb says so in one line and
# fails, or does what needs no disk; nothing that was acknowledged is lost; what runs can be stopped,
# and what is there be removed, at the latest when there is space again.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
mkdir -p "$D"
mount -t tmpfs -o size=24m full "$D" || skip_all "no tmpfs can be mounted"
load_busybox

# refused ERE DESC VERB...: not done, for that reason, in one line
refused() {
	refused_text=$1 refused_desc=$2
	shift 2
	run timeout 30 "$PROA" --data-root "$D" --exec-root "$E" "$@"
	case $status in
	0 | 124 | 139 | 134) fail "$refused_desc" "exit $status: $out$err" ;;
	*) like "$err" "^proa: .*($refused_text)" "$refused_desc" ;;
	esac
	is "$(printf '%s\n' "$err" | grep -c .)" "${refused_lines:-1}" "  in one line"
}

state() {
	proa inspect -f "{{.State.$2}}" "$1" 2>&1
}

fill() {
	dd if=/dev/zero of="$D/fill" bs=64k 2>/dev/null
	dd if=/dev/zero of="$D/fill2" bs=1 2>/dev/null
	: >"$D/fill3" 2>/dev/null
}

three() {
	proa run -d --name runs -v vol:/v --network none busybox sh -c 'echo log >/v/f; cat /v/f; exec sleep 1000' >/dev/null
	proa run -d --name ends --network none busybox sleep 1000 >/dev/null
	proa create --name made --network none busybox true >/dev/null
	wait_for 20 sh -c "'$PROA' --data-root '$D' --exec-root '$E' logs runs | grep -q log"
}

# all_there DESC: what was acknowledged before
all_there() {
	is "$(proa ps -a --format '{{.Names}}' | sort | tr '\n' ' ')" "ends made runs " "$1: all are there"
	is "$(proa logs runs)" log "  with their logs"
	is "$(proa volume ls -q)" vol "  and volumes"
}

# ---- no space
three
fill
why='[Nn]o space left on |free disk space'
refused "$why" "full: create" create --name new --network none busybox true
refused "$why" "full: run -d" run -d --name new --network none busybox true
refused "$why" "full: volume create" volume create another
refused "$why" "full: rename" rename made other
refused "$why" "full: update" update --restart always made
refused "$why" "full: tag" tag busybox other
refused "$why" "full: commit" commit runs other
refused "$why" "full: run --rm" run --rm --name new --network none busybox true
refused "$why" "full: cp" cp "$PROA" runs:/v/big
limits() {
	cgroup_list | while read -r cg; do
		cat "$cg/pids.max" 2>/dev/null
	done | sort | uniq -c
}
limits >"$T/limits"
refused "$why" "full: update of what runs" update --pids-limit 77 runs
is "$(limits)" "$(cat "$T/limits")" "  the kernel has not got it either"
is "$(proa images -aq | wc -l)" 1 "full: no image is lost, none is half there"
is "$(ls -A "$D/tmp" "$D/pins" | grep -v :)" "" "full: no temporary stays"
all_there "full"
is "$(state runs Running)" true "full: what ran runs on"
is "$(proa exec runs cat /v/f)" log "full: and takes an exec"
run_is 0 "full: pause" proa pause runs
run_is 0 "full: unpause" proa unpause runs
run_is 0 "full: start" proa start made
run_is 0 "full: wait" proa wait made
run_is 0 "full: restart" proa restart -t 0 ends
is "$(state ends Running)" true "  it runs"
run_is 0 "full: kill" proa kill ends
is "$(state ends Running) $(state ends ExitCode)" "false 137" "full: and it is true"
run_is 0 "full: stop" proa stop -t 0 runs
is "$(state runs Running) $(state runs ExitCode)" "false 137" "full: and it is true"
run_is 0 "full: rm" proa rm ends
rm -f "$D"/fill*
run_is 0 "space again: what was stopped starts" proa start runs
run_is 0 "space again: rename" proa rename made other
run_is 0 "space again: and back" proa rename other made
run_is 0 "space again: create" proa create --name new --network none busybox true
run_is 0 "space again: rm" proa rm -f runs made new
run_is 0 "space again: volume rm" proa volume rm vol
is "$(ls -A "$D/containers" "$D/names" "$E/containers" "$D/tmp" | grep -v :)" "" "nothing is left"

# ---- read-only
three
mount --bind "$D" "$D" && mount -o remount,bind,ro "$D" || bail "no read-only mount of the data-root"
why='[Rr]ead-only file system'
refused "$why" "read-only: create" create --name new --network none busybox true
refused "$why" "read-only: volume create" volume create another
refused "$why" "read-only: rename" rename made other
refused "$why" "read-only: update" update --restart always made
refused "$why" "read-only: tag" tag busybox other
refused_lines=2 # as Docker's
refused "$why" "read-only: start" start made
refused_lines=1
refused "$why" "read-only: rm" rm made
refused "$why" "read-only: rm -f of what runs" rm -f runs
refused "$why" "read-only: commit" commit ends other
refused "$why" "read-only: rmi" rmi -f busybox
all_there "read-only"
run_is 0 "read-only: stop" proa stop -t 0 runs
is "$(state runs Running) $(state runs ExitCode)" "false 137" "read-only: and it is true"
kill -9 "$(sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$E/containers/$(id_of ends)/state")"
wait_for 20 sh -c "'$PROA' --data-root '$D' --exec-root '$E' ps -a | grep -q 'Exited.*ends'"
is "$(state ends Running) $(state ends ExitCode)" "false 137" "read-only: a killed shim is told as ever"
refused "$why" "read-only: stop of that" stop -t 0 ends
umount -l "$D"
is "$(state runs Running) $(state runs ExitCode)" "false 137" "writable again: it still is"
run_is 0 "writable again: start" proa start runs ends
run_is 0 "all can be removed" proa rm -f runs ends made
run_is 0 "and the volume" proa volume rm vol
is "$(ls -A "$D/containers" "$D/names" "$E/containers" "$D/tmp" | grep -v :)" "" "nothing is left"

# ---- an exec-root without space: what would run is refused, what runs goes on and can be ended
load_busybox
umount -l "$E" 2>/dev/null
mount -t tmpfs -o size=2m full "$E" || bail "no tmpfs can be mounted on the exec-root"
why='[Nn]o space left on |free disk space'
three
D0=$D D=$E
fill
D=$D0
refused_lines=2
refused "$why" "exec-root full: start" start made
refused_lines=1
refused "$why" "exec-root full: run -d" run -d --name new --network none busybox true
run_is 0 "  it has been made, as with Docker" proa rm new
refused "$why" "exec-root full: run --rm" run --rm --network none busybox true
all_there "exec-root full"
is "$(state runs Running)" true "exec-root full: what ran runs on"
run_is 0 "exec-root full: stop" proa stop -t 0 runs
is "$(state runs Running) $(state runs ExitCode)" "false 137" "exec-root full: and it is true"
run_is 0 "exec-root full: rm -f" proa rm -f ends
run_is 0 "exec-root full: rm" proa rm made
rm -f "$E"/fill*
run_is 0 "space again: start" proa start runs
run_is 0 "space again: rm -f" proa rm -f $(proa ps -aq)
run_is 0 "space again: volume rm" proa volume rm vol
is "$(ls -A "$D/containers" "$D/names" "$E/containers" "$D/tmp" | grep -v :)" "" "nothing is left"
done_testing
