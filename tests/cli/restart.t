#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# restart.t: stop and start.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "without a name" proa restart 
like "$err" '(requires|accepts)' "is told"
done_testing
