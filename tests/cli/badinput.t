#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# badinput.t: what people get wrong on the command line is told in one line that starts with "proa: ",
# with Docker's exit status, and leaves nothing half-made behind. (Flags are told with two lines more:
# the usage, and where help is.) exitcode.t has the exit statuses of commands, flags.t the flags.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

r() {
	proa run --rm --network none "$@"
}

# bad STATUS ERE DESC ARG...: for proa
bad() {
	bad_status=$1 bad_text=$2 bad_desc=$3
	shift 3
	run_is "$bad_status" "$bad_desc" proa "$@"
	like "$err" "^proa: .*$bad_text" "  says why"
	is "$(printf '%s\n' "$err" | grep -vcE '^(Usage: |Run |$)')" 1 "  in one line"
	is "$out" "" "  and nothing else"
}

r -v warm:/w busybox true
proa volume rm warm >/dev/null
leaks_before

# ---- what is not there
bad 127 'exec: "nosuch": executable file not found in \$PATH' "no such command" run --rm --network none busybox nosuch
bad 127 'exec: "/no/such": stat /no/such: no such file' "no such path" run --rm --network none busybox /no/such
bad 127 'executable file not found' "an empty command" run --rm --network none busybox ""
bad 126 'exec: "/etc/hosts": permission denied' "no executable" run --rm --network none busybox /etc/hosts
bad 126 'exec: "/etc": ' "a directory as command" run --rm --network none busybox /etc
bad 125 'no command specified' "no command at all" run --rm --entrypoint '' busybox
bad 125 'unable to find user nosuch: no matching entries in passwd file' "no such user" \
	run --rm --network none -u nosuch busybox true
bad 125 'unable to find group nosuch: no matching entries in group file' "no such group" \
	run --rm --network none -u 0:nosuch busybox true
bad 125 'uids and gids must be in range 0-2147483647' "a user out of range" \
	run --rm --network none -u 4294967296 busybox true
bad 125 'uids and gids must be in range 0-2147483647' "a negative user" \
	run --rm --network none -u -5 busybox true
bad 125 "working directory 'rel' is invalid, it needs to be an absolute path" "a relative workdir" \
	run --rm --network none -w rel busybox true
bad 125 '/bin/busybox: ' "a file as workdir" run --rm --network none -w /bin/busybox busybox true
bad 125 'bind source path does not exist: /no/such' "no source of a mount" \
	run --rm --network none --mount type=bind,src=/no/such,dst=/x busybox true

# ---- images
run_is 125 "no such image" r nosuch/image true
is "$err" "Unable to find image 'nosuch/image:latest' locally${nl}proa: pulling images is not built yet: bring the image here with 'proa load'" \
	"  says what is missing, and what to do"
bad 125 'invalid reference format: repository name .*must be lowercase' "an image in capitals" run --rm BusyBox true
bad 125 'invalid reference format' "an image with a space" run --rm "busy box" true
bad 125 'invalid reference format' "an image with no tag after the colon" run --rm busybox: true
bad 125 'invalid reference format' "an empty image" run --rm "" true
bad 1 'No such image: nosuch' "rmi of none" rmi nosuch
bad 1 'No such image: nosuch' "tag of none" tag nosuch new
bad 1 'No such image: nosuch' "history of none" history nosuch
bad 1 'nosuch' "save of none" save -o "$T/out.tar" nosuch
nok "  and leaves no file" test -e "$T/out.tar"
bad 1 'No such container: nosuch' "rm of none" rm nosuch
printf 'not an archive' >"$T/junk"
bad 1 '' "load of something else" load -i "$T/junk"
head -c 100000 "$IMAGES/busybox.tar" >"$T/cut.tar"
bad 1 '' "load of half an archive" load -i "$T/cut.tar"
bad 1 'no such file or directory' "load of nothing" load -i "$T/none.tar"
bad 1 '' "load of a directory that is no layout" load -i "$T"

# ---- the command line itself
bad 1 'unknown command: nosuch' "no such verb" nosuch
bad 125 'unknown flag: --nosuch' "no such flag" run --nosuch busybox true
bad 125 "unknown shorthand flag: 'Z' in -Z" "no such letter" run -Z busybox true
bad 125 'flag needs an argument: --memory' "a flag without its value" run --memory
bad 1 "requires at least 1 argument" "run of nothing" run
bad 125 'invalid size' "a size that is none" run -m abc busybox true
bad 125 'Minimum memory limit allowed is 6MB' "too little memory" run --rm --network none -m 1m busybox true
bad 125 'range of CPUs is from 0.01 to' "more CPUs than there are" run --rm --network none --cpus 100000 busybox true
bad 125 'Invalid container name \(a b\)' "a name with a space" run --rm --network none --name "a b" busybox true
bad 125 'Invalid container name \(x\)' "a name of one letter" run --rm --network none --name x busybox true
bad 125 'network bogus not found' "an unknown network" run --rm --network bogus busybox true
bad 125 'invalid hostname: more than 63 characters' "a long hostname" run --rm --network none \
	-h aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa busybox true
bad 1 'the input device is not a TTY' "-it without a terminal" run --rm -it busybox true
bad 1 'cannot specify both --attach and --detach' "-a with -d" run -a stdout -d busybox true
: >"$T/cid"
bad 125 'container ID file found' "a cidfile that is there" run --rm --network none --cidfile "$T/cid" busybox true
run_is 1 "a write to a read-only root is the command's own failure" r --read-only busybox touch /x
like "$err" 'touch: /x: Read-only file system' "  in its own words"

# ---- an engine that is not there, a root that is none
run_is 1 "no daemon at that socket" "$PROA" -H "unix://$T/none.sock" images
one_line "  in one line"
run_is 1 "a data root that is a file" "$PROA" --data-root "$T/junk" --exec-root "$E" images
one_line "  in one line"
: >"$T/full"
if mount -t tmpfs -o size=300k full "$T/full.d" 2>/dev/null || { mkdir "$T/full.d" &&
	mount -t tmpfs -o size=300k full "$T/full.d"; }; then
	run_is 1 "a full disk" "$PROA" --data-root "$T/full.d" --exec-root "$E" load -i "$IMAGES/busybox.tar"
	like "$err" 'no space left on device|free disk space' "  says so"
	one_line "  in one line"
	is "$(find "$T/full.d" -size +4 -type f)" "" "  and leaves nothing big behind"
	umount "$T/full.d"
else
	skip "a full disk" "no tmpfs can be mounted"
fi

# ---- each verb of a container: not there, and names that are none
long=$(printf '%0300d' 7)
for verb in start stop restart kill rm logs "exec %s true" attach wait inspect top pause unpause "rename %s other" \
	"update --cpus 1" port stats\ --no-stream diff "cp %s:/etc/hosts -" commit export; do
	! proa "${verb%% *}" --help 2>&1 | grep -q 'unknown command' || continue
	for name in nosuch ../x a/b .. "$long"; do
		case $verb in
		*%s*) cmd=$(printf "$verb" "$name") ;;
		*) cmd="$verb $name" ;;
		esac
		# shellcheck disable=SC2086
		run timeout 20 "$PROA" --data-root "$D" --exec-root "$E" $cmd
		case $status in
		1 | 125 | 126 | 127) ;;
		*) fail "$verb of '$name'" "exit $status" ;;
		esac
		lines=1
		[ "${verb%% *}" != start ] || lines=2 # as Docker's
		[ "$(printf '%s\n' "$err" | grep -c .)" -le $lines ] && [ -n "$err" ] &&
			printf '%s\n' "$err" | grep -qE '^(proa: |Error)' ||
			fail "$verb of '$name': one clear line" "$err"
	done
	pass "$verb of what is not there, and of names that are none"
done

# ---- volumes
for name in a/b .. . -x "$long" 'a b'; do
	run proa volume create -- "$name"
	[ "$status" = 1 ] && printf '%s\n' "$err" | grep -q '^proa: ' || fail "volume create '$name'" "exit $status: $err"
	for verb in inspect rm; do
		run proa volume $verb -- "$name"
		[ "$status" = 1 ] || fail "volume $verb '$name'" "exit $status: $err"
	done
done
pass "volumes with names that are none"
bad 1 'nosuch' "volume rm of none" volume rm nosuch
run_is 1 "volume inspect of none" proa volume inspect nosuch
one_line "  in one line"
bad 1 '' "volume with an unknown driver" volume create -d nosuch vv

# ---- a container that is busy, or of the wrong state
proa create --name made --network none busybox true >/dev/null
proa run -d --name runs --network none busybox sleep 1000 >/dev/null
bad 1 'is not running|is not paused' "unpause of one that is not paused" unpause runs
bad 1 'is not running' "kill of one that does not run" kill made
bad 1 'is not running' "pause of one that does not run" pause made
bad 1 'is not running' "top of one that does not run" top made
bad 1 'is not running' "exec in one that does not run" exec made true
bad 1 'is running' "rm of one that runs" rm runs
bad 1 'already in use' "rename to a name that is taken" rename made runs
bad 1 'Invalid container name' "rename to a name that is none" rename made a/b
bad 1 'signal' "kill with a signal that is none" kill -s SIGNOSUCH runs
bad 125 'invalid argument|parse' "stop after a time that is none" stop -t abc runs
bad 1 'invalid' "update to a policy that is none" update --restart sometimes runs
bad 125 '' "more CPU shares than a number holds" update --cpu-shares 99999999999999999999 runs
bad 125 '' "a size beyond all memory" update -m 99999999999999999999g runs

proa rm -f made runs >/dev/null

leaks_none "nothing is left of any of them"

# roots by relative and by long names, which do not exist yet
long=$T/long
while [ ${#long} -lt 150 ]; do
	long=$long/and.longer
done
is "$(cd "$T" && "$PROA" --data-root "$D" --exec-root rel/e run --rm --network none busybox echo hi)" hi \
	"a relative exec root is made"
is "$("$PROA" --data-root "$D" --exec-root "$long" run --rm --network none busybox echo hi)" hi \
	"an exec root with a long name is made"
is "$(ls "$D/containers" "$D/names" "$E/containers" "$D/tmp" | grep -v :)" "" "no container, no name, no temporary"
is "$(proa images -q | wc -l)" 1 "and the one image"

# ---- no root
if command -v setpriv >/dev/null; then
	cp "$PROA" "$T/proa"
	chmod 755 "$T" "$T/proa"
	for verb in "run --rm busybox true" images "load -i $IMAGES/busybox.tar" "rmi x" "rm x" "save x"; do
		want=1
		[ "$verb" = "${verb#run}" ] || want=125
		# shellcheck disable=SC2086
		run_is $want "$verb without root" setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$T/proa" --data-root "$T/no/d" --exec-root "$T/no/e" $verb
		like "$err" 'needs root: use sudo' "  says what to do"
		one_line "  in one line"
	done
	nok "and nothing was made" test -e "$T/no"
	run_is 0 "help needs no root" setpriv --reuid 65534 --regid 65534 --clear-groups "$T/proa" run --help
else
	skip "without root" "no setpriv here"
fi
done_testing
