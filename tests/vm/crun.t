#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# crun.t: crun under --runtime, in a guest with cgroup v2 alone.
# timeout: 600
here=$(cd "$(dirname "$0")" && pwd)
command -v crun >/dev/null || {
	echo "1..0 # SKIP crun is not installed"
	exit 0
}
exec sh "$here/run.sh" cgroup2 tests/vm/guest/runtimes.t
