#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# volume create: names, labels, options, what is refused.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa

is "$(proa volume create data)" data "prints the name"
is "$(stat -c '%a %u' "$D/volumes/data/_data")" "755 0" "its directory"
is "$(proa volume create data)" data "again: the same one"
touch "$D/volumes/data/_data/kept"
proa volume create data >/dev/null
ok "which keeps what it has" test -f "$D/volumes/data/_data/kept"
like "$(proa volume create)" '^[0-9a-f]{64}$' "without a name: 64 digits"
is "$(proa volume create --label a=b --label c -o type=tmpfs -o device=tmpfs -o o=size=1m opts)" opts "labels and options"
is "$(proa volume inspect -f json opts | sed 's/.*"Labels":\({[^}]*}\).*"Options":\({[^}]*}\).*/\1 \2/')" \
	'{"a":"b","c":""} {"device":"tmpfs","o":"size=1m","type":"tmpfs"}' "are kept"
run_is 0 "the same options again" proa volume create -o type=tmpfs -o device=tmpfs -o o=size=1m opts
run_is 1 "others" proa volume create -o type=tmpfs -o device=tmpfs -o o=size=2m opts
like "$err" 'conflict' "are a conflict"
one_line "in one line"

bad() { # NAME ERE ARG...
	bad_want=$1
	shift
	run_is 1 "refused: $*" proa volume create "$@"
	like "$err" "$bad_want" "with the reason"
	one_line "in one line"
}
bad 'too short' x
bad 'includes invalid characters' a/b
bad 'includes invalid characters' ../x
bad 'includes invalid characters' .hidden
bad 'includes invalid characters' "a b"
bad 'longer than' "$(printf %0201d 0)"
bad 'plugin "nosuch" not found' -d nosuch vol
bad 'invalid option: "x"' -o x=y vol
bad 'missing required option: "device"' -o type=tmpfs vol
bad 'no quota support' -o size=1g -o type=tmpfs -o device=tmpfs vol
bad 'want KEY=VALUE' -o x vol
bad 'swarm manager' --type block vol
bad 'conflicting options' --name a1 b1
is "$(proa volume ls -q | grep -vc '^[0-9a-f]*$')" 2 "no half one is left"
is "$(ls "$D/tmp" "$D/pins" | grep -v :)" "" "nor a temporary"

# Twenty at once agree on one volume.
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	proa volume create -o type=none -o o=bind -o device=/tmp same >>"$T/same" 2>&1 &
done
wait
is "$(sort "$T/same" | uniq -c | sed 's/^ *//')" "20 same" "made 20 times at once"
done_testing
