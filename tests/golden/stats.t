#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stats.t: what `stats --no-stream` prints against what Docker's client printed (tests/data/docker-28.5/text):
# titles, columns, the names and order of --format json's fields, and the form of each value. The
# API's answer below it is compared in cli/stats.t.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
data=$PROA_TESTS/data/docker-28.5/text
# form: figures and units are what they are at the moment
form() {
	sed -E 's/[0-9a-f]{64}/LONG/g; s/\b[0-9a-f]{12}\b/SHORT/g; s/[0-9]+(\.[0-9]+)?([KMG]i|[kMG])?B/SIZE/g
		s/[0-9]+\.[0-9]{2}%/PART/g; s/"(PIDs)":"[0-9]+"/"\1":"N"/; s/ [0-9]+ *$/ N/; s/ +/ /g'
}
proa run -d --name sleep --network none busybox sleep 1000 >/dev/null
proa run -d --name limits --network none -m 64m --memory-swap 96m --pids-limit 50 busybox sleep 1000 >/dev/null
proa create --name created --network none busybox true >/dev/null

is "$(proa stats --no-stream --format json sleep | form)" "$(form <"$data/stats-json.txt" | head -n 1)" \
	"--format json: fields, order, the form of each value"
is "$(proa stats --no-stream | head -n 1 | tr -s ' ')" "$(head -n 1 "$data/stats.txt" | tr -s ' ')" "titles"
for n in sleep limits; do
	is "$(proa stats --no-stream | form | grep " $n ")" "$(form <"$data/stats.txt" | grep " $n ")" "the row of $n"
done
out=$(proa stats --no-stream --all --no-trunc)
is "$(printf '%s\n' "$out" | head -n 1 | tr -s ' ')" "$(grep -m 1 '^CONTAINER' "$data/stats-a.txt" | tr -s ' ')" \
	"--all --no-trunc: titles"
is "$(printf '%s\n' "$out" | form | grep ' created ')" "$(form <"$data/stats-a.txt" | grep ' created ')" \
	"the row of one that does not run"
# columns stand where the longest value lets them, three spaces apart
is "$(proa stats --no-stream limits | sed -n 's/ 64MiB .*/ 64MiB/p' | awk '{ print index($0, "limits") }')" 16 "columns"
proa rm -f sleep limits created >/dev/null
done_testing
