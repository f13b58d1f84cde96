# SPDX-License-Identifier: Apache-2.0
# probe.sh: run inside a container by `sh -c` (busybox, no other file needed); prints the four sections
# of a golden file as they are there. derive.py says what the lines mean.
#
# Nothing is written to: a file counts as writable if it has a w for this user and opens for
# appending. Device nodes are never opened, since opening some of them acts (a watchdog starts). Files
# with more links are busybox under its names: each would be copied up, 2 MB at a time.

section() {
	printf '\n[%s]\n' "$1"
}

# The arguments for find that leave out what is mounted below $1, processes, and what belongs to the
# network namespace and so differs from the host's.
cuts() {
	echo "-path /proc/[0-9]* -prune -o -path */net/* -prune -o"
	awk -v m="$1" '$5 != m && (m == "/" || index($5, m "/") == 1) {
		print "-path", $5, "-prune -o" }' /proc/self/mountinfo
}

# told VERB MOUNT: from the lines "1 NAME" (could) and "0 NAME" (could not) on stdin
told() {
	sort -k2 | awk -v verb="$1" -v m="$2" '
	{ n++; if ($1) { could++; names = names " " $2 } }
	END {
		if (!could) names = " none"
		else if (could == n && m !~ /^\/(proc|sys)$/) names = " all"
		print verb, m names
	}'
}

try_create() { # DIR TYPE
	case $2 in
	cgroup*)
		mkdir "$1/probe" 2>/dev/null || return 1
		rmdir "$1/probe"
		;;
	*)
		{ true >"$1/.probe"; } 2>/dev/null || return 1
		rm "$1/.probe"
		;;
	esac
}

# The list is complete before the first file is made, or find would come across it.
# shellcheck disable=SC2046 # words are wanted
creatable() { # MOUNT TYPE
	dirs=$(find "$1" $(cuts "$1") -type d -print)
	echo "$dirs" | while read -r d; do
		try_create "$d" "$2" && echo "1 $d" || echo "0 $d"
	done | told create "$1"
}

# shellcheck disable=SC2046
writable() { # MOUNT
	find "$1" $(cuts "$1") -type f -links 1 -perm "/$w" -print | while read -r f; do
		{ true >>"$f"; } 2>/dev/null && echo "1 $f" || echo "0 $f"
	done | told write "$1"
}

set -f
umask 022
w=222
[ "$(id -u)" = 0 ] || w=002

section status
sed -n 's/^\(Cap...\|NoNewPrivs\|Seccomp\|Uid\|Gid\|Umask\):/\1/p' /proc/self/status | tr '\t' ' '

section mounts
awk '{
	for (i = 7; $i != "-"; i++) tags = tags $i
	if ($5 == "/") $(i + 1) = $(i + 2) = "-"
	if ($5 == "/" || $(i + 1) ~ /^cgroup/) $(i + 3) = "-"
	gsub(/,(inode64|seclabel)/, "", $(i + 3))
	if ($5 ~ /^\/etc\//) { sub(/,.*/, "", $6); $(i + 1) = $(i + 2) = $(i + 3) = "-" }
	if ($(i + 1) == "cgroup") $(i + 2) = "cgroup"
	print $5, $6, $(i + 1), $(i + 2), $(i + 3), tags == "" ? "-" : tags
	tags = ""
}' /proc/self/mountinfo

section devices
find /dev -path /dev/pts -prune -o \( -type c -o -type b \) -print | while read -r f; do
	# shellcheck disable=SC2046
	set -- $(stat -c '%F %t %T %a %u:%g' "$f")
	echo "$f ${1%"${1#?}"} $((0x$4)):$((0x$5)) $6 $7" | sed 's/^\/dev\/console c 136:[0-9]*/\/dev\/console c 136:0/'
done
find /dev -type l | while read -r f; do
	echo "$f -> $(readlink "$f")"
done

section writable
awk '{ for (i = 7; $i != "-"; i++); print $5, $(i + 1) }' /proc/self/mountinfo |
while read -r m type; do
	if [ -d "$m" ]; then
		creatable "$m" "$type"
		writable "$m"
	elif [ -f "$m" ]; then
		if { true >>"$m"; } 2>/dev/null; then echo "write $m all"; else echo "write $m none"; fi
	fi
done
