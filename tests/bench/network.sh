#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network.sh [ROUNDS]: what the default bridge costs: `run --rm` with it against --network none, 100
# `run -d` ten at a time, 1,000 published ports, and what goes through (iperf3). All in a network
# namespace of its own. DOCKER_SOCKET=/path: a dockerd in the namespace DOCKER_NETNS=/path takes part
# in each (it needs the image busybox:latest and the docker client).
[ -n "${PROA_SHIM_NAMESPACES:-}" ] ||
	exec env PROA_SHIM_NAMESPACES=caller unshare -n sh -c 'ip link set lo up; exec "$0" "$@"' "$0" "$@"
. "$(dirname "$0")/common.inc"

rounds=${1:-200}
iperf3=$(command -v iperf3) || die "iperf3 is missing (make deps)"
image busybox
cc -D_GNU_SOURCE -O2 -Wall -Wextra -o "$build/bench/race" "$top/tests/bench/race.c"
proa load -i "$IMAGES/busybox.tar" >/dev/null
trap 'proa rm -f $(proa ps -aq) >/dev/null 2>&1; cleanup' EXIT

docker_there() {
	[ -n "${DOCKER_SOCKET:-}" ]
}
in_docker() {
	nsenter --net="$DOCKER_NETNS" docker -H "unix://$DOCKER_SOCKET" "$@"
}

# ---- one run

set -- "proa, bridge" "$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec" \
	run --rm busybox true --
set -- "$@" none "$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec" \
	run --rm --network none busybox true
proa run --rm busybox true
"$build/bench/race" "$rounds" "$@" >"$build/bench/network.tsv"
report "$build/bench/network.tsv"
verdict "$build/bench/network.tsv" none 1.15 "run --rm on the bridge over --network none"
if docker_there; then
	set -- "proa, bridge" "$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec" \
		run --rm busybox true --
	set -- "$@" dockerd nsenter --net="$DOCKER_NETNS" docker -H "unix://$DOCKER_SOCKET" \
		run --rm busybox true
	"$build/bench/race" 20 "$@" >"$build/bench/network-docker.tsv"
	report "$build/bench/network-docker.tsv"
	verdict "$build/bench/network-docker.tsv" dockerd 0.02 "proa over dockerd, with the bridge"
fi

# ---- a hundred

# hundred CMD...: microseconds for 100 of them, ten at a time.
hundred() {
	t=$(now)
	seq 100 | xargs -P 10 -I{} "$@" >/dev/null
	echo $((($(now) - t) / 1000))
}

ours=$(hundred "$PROA" --data-root "$scratch/data" --exec-root "$scratch/exec" \
	run -d busybox sleep 100000)
echo "100 run -d, ten at a time: $((ours / 1000)) ms"
# shellcheck disable=SC2046
proa rm -f $(proa ps -aq) >/dev/null
if docker_there; then
	theirs=$(hundred nsenter --net="$DOCKER_NETNS" docker -H "unix://$DOCKER_SOCKET" \
		run -d busybox sleep 100000)
	# shellcheck disable=SC2046
	in_docker rm -f $(in_docker ps -aq) >/dev/null
	echo "target: 100 run -d at 30 times dockerd's rate: $((theirs / ours)) times" \
		"(dockerd: $((theirs / 1000)) ms)"
fi

# ---- a thousand ports

ports() { # the first one
	t=$(now)
	proa run -d --name ports -p "$1-$(($1 + 999)):$1-$(($1 + 999))" busybox sleep 100000 >/dev/null
	t=$((($(now) - t) / 1000))
	echo "$t"
	proa rm -f ports >/dev/null
}
before=$(ls -d /proc/[0-9]* | wc -l)
us=$(ports 20000)
verdict=met
[ "$us" -lt 100000 ] || verdict="NOT MET"
echo "target: run -d with 1,000 published ports under 100 ms: $((us / 1000)) ms: $verdict"
echo "processes more than before: $(($(ls -d /proc/[0-9]* | wc -l) - before)) (after its end)"

# ---- throughput

host_tools="-v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro"
gbits() { # the received rate of an iperf3 --json
	awk '/"sum_received"/ { f = 1 } f && /bits_per_second/ { gsub(/[,]/, ""); print $2 / 1e9; exit }'
}

# shellcheck disable=SC2086
proa run -d --name server -p 5201:5201 $host_tools busybox "$iperf3" -s >/dev/null
ip=$(proa inspect -f '{{.NetworkSettings.IPAddress}}' server)
gw=$(proa inspect -f '{{.NetworkSettings.Gateway}}' server)
for i in 1 2 3; do
	# shellcheck disable=SC2086
	echo "container to container: $(proa run --rm $host_tools busybox "$iperf3" -c "$ip" -t 2 --json | gbits) Gbit/s"
	echo "host to published port: $("$iperf3" -c "$gw" -t 2 --json | gbits) Gbit/s"
done
if docker_there; then
	# shellcheck disable=SC2086
	in_docker run -d --name server -p 5201:5201 $host_tools busybox "$iperf3" -s >/dev/null
	ip=$(in_docker inspect -f '{{.NetworkSettings.IPAddress}}' server)
	gw=$(in_docker inspect -f '{{.NetworkSettings.Gateway}}' server)
	for i in 1 2 3; do
		# shellcheck disable=SC2086
		echo "dockerd, container to container: $(in_docker run --rm $host_tools busybox "$iperf3" -c "$ip" -t 2 --json | gbits) Gbit/s"
		echo "dockerd, host to published port: $(nsenter --net="$DOCKER_NETNS" "$iperf3" -c "$gw" -t 2 --json | gbits) Gbit/s"
	done
	in_docker rm -f server >/dev/null
fi
