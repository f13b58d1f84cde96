#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# attach.t: the streams of a container that runs.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "without a name" proa attach 
like "$err" '(requires|accepts)' "is told"
done_testing
