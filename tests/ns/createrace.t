#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# createrace.t: a container that is being made is nobody's garbage: while commands sweep the store all
# the time (each import does), creates with the driver that takes longest lose nothing.
# timeout: 120
# guest: no (time)
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
head -c 1024 /dev/zero >"$T/empty.tar"
while [ ! -e "$T/stop" ]; do
	proa import "$T/empty.tar"
done >/dev/null 2>"$T/sweep" &
for i in $(seq 10); do
	proa --storage-driver vfs run -d --network none busybox true >>"$T/ids"
done 2>"$T/create"
touch "$T/stop"
wait
is "$(cat "$T/create")" "" "creates of whole containers"
is "$(cat "$T/sweep")" "" "and the sweeping commands had nothing to say"
# shellcheck disable=SC2046 # words
run_is 0 "all can be removed" proa rm -f $(cat "$T/ids")
is "$(ls "$D/tmp" "$D/containers" | grep -v :)" "" "nothing is left"
done_testing
