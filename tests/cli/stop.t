#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# stop.t: asking containers to end.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "without a name" proa stop 
like "$err" '(requires|accepts)' "is told"
done_testing
