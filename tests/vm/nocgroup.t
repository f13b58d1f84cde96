#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nocgroup.t: the tests of tests/ns and tests/vm/guest on a machine with no cgroups
# mounted and / an initramfs, where pivot_root fails. A script that
# says "# guest: no" needs what the guests have not, "# guest: cgroup2" groups.
# timeout: 600
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
scripts=$(grep -L -E '^# guest: (no|cgroup2)' tests/vm/guest/*.t tests/ns/*.t 2>/dev/null)
exec sh "$here/run.sh" nocgroup $scripts
