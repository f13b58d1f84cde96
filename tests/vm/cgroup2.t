#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cgroup2.t: the tests of tests/ns and tests/vm/guest on a machine with full cgroup v2
# and AppArmor, whose profile docker-default proa itself loads. A script that says "# guest: no"
# needs what the guest has not.
# timeout: 600
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
scripts=$(grep -L '^# guest: no' tests/vm/guest/*.t tests/ns/*.t 2>/dev/null)
exec sh "$here/run.sh" cgroup2 $scripts
