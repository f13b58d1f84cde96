# SPDX-License-Identifier: Apache-2.0
# endpoints.sh: what the cases of networks, endpoints and ports need beside errors.sh. Sourced by
# network.sh, which records, and by tests/golden, with a function `engine`: the command under test, and
# `get PATH`: what its API answers, the body alone.

# The host's files that containers' are made of: the same ones here and there. $1: a directory.
host_files() {
	printf '%s\n' 'nameserver 10.250.0.53' 'nameserver 10.250.0.54' 'search lan.example' \
		'options timeout:2' >"$1/resolv.conf"
	printf '%s\n' '127.0.0.1	localhost' '10.250.0.9	neighbour' >"$1/hosts"
	mount --bind "$1/resolv.conf" /etc/resolv.conf && mount --bind "$1/hosts" /etc/hosts
}

# What a container's processes see: interfaces, addresses but for the kernel's own, routes.
inside() {
	engine exec "$1" sh -c 'ip -o addr show scope global | awk "{ print \$2, \$3, \$4 }"
		for i in /sys/class/net/e*; do [ ! -e "$i" ] || echo "${i##*/} mtu $(cat "$i/mtu")"; done
		ip route; ip -6 route | grep -v -e fe80 -e multicast || :' </dev/null
}

d() {
	case $1 in
	GET) get "$(printf %s "$2" | sed 's/{/%7B/g; s/}/%7D/g; s/"/%22/g; s/\[/%5B/g; s/]/%5D/g')" ;;
	inside) inside "$2" ;;
	*) engine "$@" ;;
	esac
}
