#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# container.t: what a container is, inside, equals the golden files. Those are derived from Docker's
# data (derive.py), so a difference is a fault of proa or of the data, and never fixed by writing the
# golden file anew.
#
# What a golden file leaves to the machine is filled in here, from the machine and never from proa:
#   TAB ?...          the line counts only where the condition holds
#   @cgroup1          one line for each v1 hierarchy
#   @masked PATH      null over a file, an empty read-only tmpfs over a folder; PATH may have a *
#   @host-nodes       the device nodes of the host, less those that Docker leaves out
#   write X @host P   what the host's X has with a w for this user, opens for appending here, and
#                     lies below no P
# timeout: 240
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
golden=$PROA_TESTS/golden
bound=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)

cgroup_type=$(awk '$3 == "cgroup" { v1 = 1 } $3 == "cgroup2" { v2 = 1 }
	END { print v1 ? "v1" : v2 ? "v2" : "none" }' /proc/mounts)

holds() {
	case $1 in
	"?$cgroup_type") return 0 ;;
	"?seccomp") [ -e /proc/sys/kernel/seccomp/actions_avail ] ;;
	"?exists "*) [ -e "${1#?exists }" ] ;;
	"?folder "*) [ -d "${1#?folder }" ] ;;
	*) return 1 ;;
	esac
}

masked() {
	if [ -d "$1" ]; then
		echo "$1 ro,nosuid,nodev,noexec,relatime tmpfs tmpfs ro,size=4k,nr_inodes=1,mode=555 -"
	elif [ -e "$1" ]; then
		echo "$1 rw,nosuid tmpfs tmpfs rw,size=65536k,mode=755 -"
	fi
}

host_nodes() {
	find /dev -type d \( -name pts -o -name shm -o -name fd -o -name mqueue -o -name .lxc -o \
		-name .lxd-mounts -o -name .udev \) -prune -o \( -type c -o -type b \) \
		! -name console ! -path /dev/ptmx -print | while read -r f; do
		# shellcheck disable=SC2046
		set -- $(stat -c '%F %t %T %a %u:%g' "$f")
		echo "$f ${1%"${1#?}"} $((0x$4)):$((0x$5)) $6 $7"
	done
}

host_files() { # TOP WITHOUT...
	host_top=$1
	shift
	host_cuts=
	for host_p; do
		host_cuts="$host_cuts -path $host_p -prune -o"
	done
	# shellcheck disable=SC2086
	host_found=$(find 2>/dev/null $host_top -xdev -path '/proc/[0-9]*' -prune -o -path '*/net/*' -prune -o \
		$host_cuts -type f -perm "/$mode_w" -print | sort | while read -r f; do
		{ true >>"$f"; } 2>/dev/null && echo "$f"
	done | tr '\n' ' ')
	echo "write $host_top ${host_found:-none}" | sed 's/ $//'
}

v1_names() {
	awk -F: '$1 > 0 { sub(/^name=/, "", $2); print $2 }' /proc/self/cgroup
}

# fill SECTION: the golden file on stdin, the lines of the section as they must be on this machine
fill() {
	sed -n "/^\[$1\]/,/^$/p" | sed '/^\[/d; /^$/d' | while IFS= read -r line; do
		case $line in
		*"	"*)
			holds "${line#*	}" || continue
			line=${line%%	*}
			;;
		esac
		case $line in
		Cap*) echo "${line% *} $(printf '%016x' $((0x${line#* } & 0x$bound)))" ;;
		@masked*) for p in ${line#@masked }; do masked "$p"; done ;;
		@host-nodes) host_nodes ;;
		"write "*" @host"*)
			# shellcheck disable=SC2086
			set -- ${line#write }
			top=$1
			shift 2
			host_files "$top" "$@"
			;;
		*@cgroup1*)
			v1_names | while read -r name; do
				echo "${line%@cgroup1*}/sys/fs/cgroup/$name${line#*@cgroup1}"
			done
			;;
		*) echo "$line" ;;
		esac
	done | sort -u -k1,"${2:-9}"
}

# check CASE FLAG...
check() {
	name=$1
	shift
	mode_w=222
	[ "$name" != user ] || mode_w=002
	proa run --rm --network none "$@" busybox sh -c "$(cat "$golden/probe.sh")" \
		>"$T/got" 2>"$T/why" || fail "$name: the probe runs" "$(cat "$T/why")"
	tr -d '\r' <"$T/got" >"$T/have"
	for section in status mounts devices writable; do
		key=9
		[ $section != devices ] || key=1
		fill $section $key <"$golden/$name.golden" >"$T/want"
		sed -n "/^\[$section\]/,/^$/p" "$T/have" | sed '/^\[/d; /^$/d' |
			sort -u -k1,$key >"$T/is"
		if cmp -s "$T/want" "$T/is"; then
			pass "$name: $section"
		else
			fail "$name: $section" "golden (-) and container (+):
$(diff -U0 "$T/want" "$T/is" | sed 1,3d | cut -c1-400)"
		fi
	done
}

check default
check privileged --privileged
check cap-add --cap-add NET_ADMIN --cap-add sys_ptrace
check cap-drop --cap-drop CHOWN --cap-drop CAP_MKNOD
check cap-drop-all --cap-drop all --cap-add DAC_OVERRIDE
check read-only --read-only
check user --user 1000
check tty -t
done_testing
