#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# container_prune.t: removes what does not run, by age and label, and nothing else.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
run_is 1 'prune without an answer is cancelled' proa container prune </dev/null
like "$out$err" 'cancelled' 'and says so'
load_busybox
names() { proa ps -a --format '{{.Names}}' | sort | tr '\n' ' '; }

proa run -d --network none --name runs busybox sleep 1000 >/dev/null
proa create --network none --name made --label keep=1 busybox true >/dev/null
proa run --network none --name fat --label keep busybox dd if=/dev/zero of=/x bs=1k count=100 2>/dev/null
proa run --network none --name ended --label other busybox true
run_is 1 'a filter that is none is refused' proa container prune -f --filter nosuch=1
run_is 1 'and an age that is none' proa container prune -f --filter until=yesterday
run_is 0 'nothing is older than an hour' proa container prune -f --filter until=1h
is "$(names)" 'ended fat made runs ' 'so nothing went'
run_is 0 'those without a label' proa container prune -f --filter 'label!=keep'
is "$(names)" 'fat made runs ' 'are gone'
run_is 0 'those with a value of it' proa container prune -f --filter label=keep=1
is "$(names)" 'fat runs ' 'are gone'
like "$out" '^[0-9a-f]{64}$' 'and named by their IDs'
run_is 0 'all others that do not run' proa container prune -f
is "$(names)" 'runs ' 'are gone'
like "$out" 'Total reclaimed space: 102.4kB' 'with what they had written'
run_is 0 'again' proa container prune -f
is "$out" 'Total reclaimed space: 0B' 'there is nothing left'
proa rm -f runs >/dev/null
done_testing
