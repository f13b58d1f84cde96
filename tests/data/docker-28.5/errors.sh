# SPDX-License-Identifier: Apache-2.0
# errors.sh: runs the command lines of errors.cases, of which `d` is the command under test as in
# containers.sh. Of the nth, DIR/n.cmd, n.status, n.out and n.err are left, which tests/golden/errors.py
# puts together.

mk() { # NAME ARG...
	n=$1
	shift
	d run -d --network none --name "$n" "$@"
}

errors_one() { # FILES COMMAND
	status=0
	eval "d $2" >"$1.out" 2>"$1.err" </dev/null || status=$?
}

errors_runs() {
	d inspect -f '{{.RestartCount}} {{.State.StartedAt}}' looping 2>/dev/null ||
		d inspect -f '{{.RestartCount}} {{.State.StartedAt}}' looping2
}

errors_run() { # CASES DIR
	case_n=0
	while IFS= read -r line; do
		case $line in
		'' | '#'*) continue ;;
		=*)
			eval "${line#=}" >/dev/null 2>&1 </dev/null
			continue
			;;
		esac
		case_n=$((case_n + 1))
		case $line in
		'~'*)
			for _ in 1 2 3 4 5 6 7 8 9; do
				runs=$(errors_runs)
				errors_one "$2/$case_n" "${line#??}"
				[ "$runs" != "$(errors_runs)" ] || break
			done
			;;
		*) errors_one "$2/$case_n" "$line" ;;
		esac
		printf '%s\n' "$line" >"$2/$case_n.cmd"
		echo "$status" >"$2/$case_n.status"
	done <"$1"
}
