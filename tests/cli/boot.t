#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# boot.t: what comes back after the machine went down. The machine is played: shims are killed, the
# exec-root is emptied, records are made those of another boot. tests/vm does it in earnest.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

rund() {
	proa run -d --network none "$@" >/dev/null
}

state() {
	proa inspect -f "{{.State.$2}}" "$1" 2>&1
}

power_cut() {
	shims=$(sed -n 's/.*"Shim":\([0-9]*\).*/\1/p' "$E"/containers/*/state)
	kill -9 $shims
	for p in $shims; do
		wait_for 20 dead "$p"
	done
	rm -rf "$E"/containers/*
	sed -i "s/\"Boot\":\"[^\"]*\"/\"Boot\":\"00000000-0000-0000-0000-00000000000$1\"/" "$D"/containers/*/exit
}

run_is 0 "with nothing there" proa boot
is "$out" "" "nothing is said"
run_is 1 "an argument" proa boot x

for p in no always unless-stopped on-failure; do
	rund --name "run-$p" --restart $p busybox sleep 1000
	rund --name "stop-$p" --restart $p busybox sleep 1000
	proa create --name "new-$p" --network none --restart $p busybox sleep 1000 >/dev/null
done
proa stop -t 0 stop-no stop-always stop-unless-stopped stop-on-failure >/dev/null
rund --name done-on-failure --restart on-failure busybox true
proa wait done-on-failure >/dev/null
run_is 0 "boot while all is well" proa boot
is "$out" "" "starts nothing: a person's stop counts within one boot"

power_cut 1
is "$(state run-no Status) $(state run-no ExitCode)" "exited 255" "what ran has ended, with Docker's 255"
is "$(state new-always Status)" created "what never ran is as it was"
run_is 0 "boot" proa boot
# as Docker: always comes back even if it was stopped, and on-failure where it ended badly
is "$(printf '%s\n' "$out" | sort | tr '\n' ' ')" \
	"run-always run-on-failure run-unless-stopped stop-always stop-on-failure " "starts by policy"
for n in run-always run-unless-stopped run-on-failure stop-always; do
	is "$(state $n Status)" running "$n runs"
done
for n in run-no stop-unless-stopped done-on-failure; do
	is "$(state $n Status)" exited "$n does not"
done
a=$(state run-always Pid)
run_is 0 "boot again" proa boot
is "$out" "" "starts nothing"
is "$(state run-always Pid)" "$a" "and touches nothing"

# a shim that was killed in this boot
ok "a shim dies" kill_shim run-always
run_is 0 "after a killed shim" proa boot
is "$out" run-always "boot starts what its policy would have"

# one that cannot be started keeps no other
proa stop -t 0 stop-always >/dev/null
power_cut 2
rm -r "$D/containers/$(id_of run-always)/layers"
run_is 1 "one that is damaged" proa boot
like "$err" 'run-always was not started: ' "is told"
like "$out" '^stop-always$' "and the others start"

# shellcheck disable=SC2046
proa rm -f $(ls "$D/names") >/dev/null 2>&1
done_testing
