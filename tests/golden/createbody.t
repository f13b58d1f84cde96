#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# createbody.t: the request that `create` makes of its flags is the one that Docker's own client (28.5)
# makes of them; createbody.golden is recorded from that one. See createbody.py.
. "$(dirname "$0")/../lib.sh"

need_proa
need_tool python3
exec env TMPDIR="$T" python3 "$PROA_TESTS/golden/createbody.py" "$PROA"
