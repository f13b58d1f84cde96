#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# flagtable.t: each flag of Docker's run, create, exec and update (tests/data/docker-cli-28.tsv) stands in
# flagtable.tsv with the test that shows its effect, which must use it, or as refused, which is tried
# here. A flag in neither way, or a test that does not know its flag, fails.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
table=$PROA_TESTS/ns/flagtable.tsv
tab=$(printf '\t')

# flags COMMAND: Docker's, "--long/-s" a line
flags() {
	awk -F'\t' -v c="$1" '/^[^\t]/ { on = $1 == c; next } on { print $2 "/" $3 }' \
		"$PROA_TESTS/data/docker-cli-28.tsv"
}

# used FILE LONG SHORT: a line that is no comment gives the flag
used() {
	grep -v '^#' "$1" | grep -qE -e "(^|[^a-z-])$2([^a-z0-9-]|\$)" ${3:+-e "(^|[ \"])$3([ =\"]|\$)"}
}

for command in run exec update; do
	for f in $(flags $command); do
		long=${f%/*} short=${f#*/}
		where=$(awk -F'\t' -v c=$command -v f="$long" '$1 == c && $2 == f { print $3 }' "$table")
		case $where in
		"") fail "$command $long is in the table" ;;
		refused*)
			value=${where#refused}
			# shellcheck disable=SC2086
			run_is 125 "$command $long$value is refused" proa run --rm --network none $long $value busybox true
			like "$err" 'proa: .*(not built yet|not here|Windows|linux only|no such limit|runtime|driver|size)' "with the reason"
			unlike "$err" 'unknown flag' "and not as unknown"
			;;
		*)
			if [ ! -f "$PROA_TESTS/$where" ]; then
				fail "$command $long: there is no $where"
			else
				ok "$command $long in $where" used "$PROA_TESTS/$where" "$long" "$short"
			fi
			;;
		esac
	done
done
is "$(flags create | grep -vxF -e "$(flags run)")" "" "create has no flag that run has not"
is "$(grep -v '^#' "$table" | cut -f 1,2 | while IFS=$tab read -r c f; do
	flags "$c" | cut -d/ -f1 | grep -qxF -e "$f" || echo "$c $f"
done)" "" "the table has no flag that Docker has not"
done_testing
