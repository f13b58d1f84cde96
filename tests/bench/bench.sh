# SPDX-License-Identifier: Apache-2.0
# bench.sh: what the benches share; read by them, not run. Figures of one run are comparable with each
# other (everything is interleaved), those of different runs are not: quote ratios.
set -eu
PATH=$PATH:/sbin:/usr/sbin
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
: "${PROA:=$build/static/proa}"
: "${IMAGES:=$build/images}"
unset PROA_DATA_ROOT PROA_EXEC_ROOT DOCKER_HOST DOCKER_CONTEXT

die() {
	echo "bench: $*" >&2
	exit 1
}

[ "$(id -u)" -eq 0 ] || die "needs root"
mkdir -p "$build/bench"

# On a disk, not /tmp, which may be a tmpfs: everything measured writes to the same file system.
scratch=$(mktemp -d "${BENCH_DIR:-/var/tmp}/proa-bench.XXXXXX")
cleanup() {
	trap - EXIT
	awk -v t="$scratch/" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
	while read -r mount_point; do
		umount -l "$mount_point"
	done
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

proa() {
	"$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec" "$@"
}

image() {
	kind=$1
	shift
	[ -e "$IMAGES/$kind.tar" ] || "$top/tools/mkimage" "$kind" "$IMAGES/$kind.tar" "$@"
}

# Nanoseconds since some start, for what takes long enough for a shell to time.
now() {
	date +%s%N
}

# report FILE: race's lines as a table in milliseconds, each with the first one's median over its own.
report() {
	awk -F'\t' '
		BEGIN { printf "%-44s %9s %9s %9s   %s\n", "milliseconds", "min", "median", "p90", "first/this" }
		NR == 1 { first = $3 }
		{ printf "%-44s %9.2f %9.2f %9.2f   %.2f\n", $1, $2 / 1000, $3 / 1000, $4 / 1000, first / $3 }' "$1"
}

# verdict FILE NAME MAX WHAT: the first line's median and minimum over NAME's against the target.
verdict() {
	awk -F'\t' -v name="$2" -v max="$3" -v what="$4" '
		NR == 1 { median = $3; least = $2 }
		$1 == name {
			printf "target: %s at most %.2f: median %.2f, minimum %.2f: %s\n", what, max, median / $3,
				least / $2, median / $3 <= max ? "met" : "NOT MET"
		}' "$1"
}
