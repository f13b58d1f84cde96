#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pause.t: the command line of pause; what it does is in ns/pause.t.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
run_is 1 "a container that is not there" proa pause nosuch
is "$err" "proa: No such container: nosuch" "is told"
run_is 1 "an empty name" proa pause ""
one_line "is one line"
run_is 1 "no container" proa pause
load_busybox
proa create --name pa --network none busybox true >/dev/null
run_is 1 "one that was never started" proa pause pa
is "$err" "proa: container $(id_of pa) is not running" "in Docker's words"
like "$(proa container pause --help)" '^Usage: +proa pause CONTAINER' "container pause is the same"
done_testing
