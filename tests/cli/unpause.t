#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unpause.t: the command line of unpause; what it does is in ns/pause.t.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
run_is 1 "a container that is not there" proa unpause nosuch
is "$err" "proa: No such container: nosuch" "is told"
run_is 1 "an empty name" proa unpause ""
one_line "is one line"
run_is 1 "no container" proa unpause
load_busybox
proa create --name pa --network none busybox true >/dev/null
run_is 1 "one that was never started" proa unpause pa
is "$err" "proa: Container $(id_of pa) is not paused" "in Docker's words"
like "$(proa container unpause --help)" '^Usage: +proa unpause CONTAINER' "container unpause is the same"
done_testing
