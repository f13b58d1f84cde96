#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# volume update: Docker's refusal of what is no cluster volume.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa

proa volume create data >/dev/null
run_is 1 "a local one" proa volume update --availability drain data
is "$err" "proa: can only update cluster volumes" "is refused"
run_is 1 "one that is not there" proa volume update nosuch
like "$err" 'no such volume' "is named"
done_testing
