#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# port.t: what is published of a container: nothing so far, which is told.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "without a name" proa port
like "$err" "'proa port' requires at least 1 and at most 2 arguments" "is told"
proa create --name aa --expose 80 --network none busybox true >/dev/null
run_is 0 "port" proa port aa
is "$out$err" "" "has nothing to print"
run_is 1 "of a port" proa port aa 80
is "$err" "proa: No public port '80' published for aa" "it says so"
run_is 1 "with its protocol" proa port aa 53/udp
is "$err" "proa: No public port '53/udp' published for aa" "too"
run_is 1 "what is no port" proa port aa x
like "$err" "invalid port \(x\)" "is told"
run_is 1 "one that is missing" proa port nosuch
is "$err" "proa: No such container: nosuch" "is told"
proa rm aa >/dev/null
done_testing
