#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# container_prune.t: removing what does not run.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

run_is 1 "without a name" proa container prune x
like "$err" '(requires|accepts)' "is told"
done_testing
