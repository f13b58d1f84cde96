# SPDX-License-Identifier: Apache-2.0
# reboot.sh: what the guest of reboot.t does at each of its three boots; /data/boots counts them. The
# first makes the containers and goes down in an orderly way, the second looks, changes something and
# is reset without a sync; the third looks.
. "$(dirname "$0")/../../lib.sh"
D=/data/proa
E=/run/proa
boots=$(($(cat /data/boots 2>/dev/null || echo 0) + 1))
echo $boots >/data/boots
sync

# sleeper NAME FLAG...
sleeper() {
	name=$1
	shift
	proa run -d --name "$name" --network none "$@" busybox sleep 100000 >/dev/null ||
		fail "run -d of $name"
}

# statuses: NAME STATUS EXITCODE of each
statuses() {
	proa ps -aq --no-trunc | while read -r id; do
		proa inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}}' "$id"
	done | sed 's,^/,,' | sort
}

# policies STATUSES: what each policy makes of a boot. $lost: the codes that one may have which ran
# when the machine went down.
policies() {
	for name in always again unless fail3; do
		like "$1" "^$name running 0" "$name runs"
	done
	like "$1" '^stopped exited 137' "unless-stopped, stopped by a person, does not"
	like "$1" "^no exited ($lost)" "no policy: it does not"
	like "$1" '^code exited 7' "nor one that had ended, and its code is what it was"
	like "$1" '^fine exited 0' "nor one of on-failure that ended well"
	like "$1" '^never created 0' "nor one that was never started"
	is "$(proa ps -q | wc -l)" 4 "and no others run"
}

# down WORD: the machine goes down; what was printed is out before.
down() {
	echo "1..$tap_n"
	echo "#! end tests/vm/guest/reboot.sh $tap_failed"
	echo "#! done"
	trap - EXIT
	sleep 1 # the serial line's buffer
	if [ "$1" = reset ]; then
		echo b >/proc/sysrq-trigger
	else
		kill -TERM -1
		sleep 0.2
		kill -KILL -1
		sync
		umount -a -r 2>/dev/null
		poweroff -f
	fi
	sleep 100
}

if [ $boots = 1 ]; then
	load_busybox
	sleeper always --restart always -v vol:/v
	proa exec always sh -c 'echo kept >/v/f; echo upper >/f; sync'
	sleeper again --restart always
	sleeper unless --restart unless-stopped
	sleeper stopped --restart unless-stopped
	sleeper fail3 --restart on-failure:3
	sleeper no
	proa run --name code --network none busybox sh -c 'echo said; exit 7' >/dev/null
	proa run --name fine --restart on-failure --network none busybox true
	proa create --name never --restart always --network none busybox true >/dev/null
	proa stop -t 0 stopped again >/dev/null
	is "$(proa ps -q | wc -l)" 4 "four run"
	is "$(statuses | wc -l)" 9 "of nine"
	down off
fi

# ---- before anything is started
lost='255|137|143'
[ $boots = 2 ] || lost=255
s=$(statuses)
unlike "$s" ' running ' "nothing runs after a boot"
count=9
[ $boots = 2 ] || count=10 # with acked
is "$(echo "$s" | wc -l)" $count "all containers are there, by their names"
like "$s" "^always exited ($lost)" "one that ran has ended"
like "$(proa ps -a --format '{{.Names}} {{.Status}}')" "^no Exited \\(($lost)\\)" "ps says the same"
run_is 0 "proa boot" proa boot
policies "$(statuses)"
is "$(proa exec always cat /v/f /f | tr '\n' ' ')" "kept upper " "volume and layer have their content"
is "$(proa logs code)" said "logs are there"
is "$(proa volume ls -q)" vol "and the volume's name"
like "$(proa run --name no -d busybox true 2>&1)" 'already in use' "names are taken as before"
before=$(statuses)
run_is 0 "a second proa boot" proa boot
is "$(statuses)" "$before" "changes nothing"
run_is 0 "what did not come back can be started" proa start no
if [ $boots = 2 ]; then
	proa stop -t 0 again >/dev/null
	proa run -d --name last --network none -v vol:/v busybox \
		sh -c 'echo late >/v/late; sleep 100000' >/dev/null
	id=$(proa create --name acked --network none busybox true)
	isnt "$id" "" "a create is acknowledged"
	proa rm -f last >/dev/null
	down reset
fi
is "$(proa inspect -f '{{.State.Status}}' acked)" created "what was acknowledged before the reset is there"
is "$(proa ps -a --filter name=last -q)" "" "what was removed is not"
# shellcheck disable=SC2046
run_is 0 "all can be removed" proa rm -f $(proa ps -aq)
run_is 0 "and the volume" proa volume rm vol
is "$(ls -A $D/containers $D/names $E/containers | grep -v :)" "" "nothing is left"
done_testing
