#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# ocipeer.t: proa-runc as the runtime of other engines: Debian's podman, docker.io, whose networks
# are a prestart hook in the bundle, and containerd.
# serial
# timeout: 120
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
ln -s "$(readlink -f "$PROA")" "$T/proa-runc"

# the_same NAME CMD...: what an engine (CMD...) must be able to do with a container
the_same() {
	n=$1
	shift
	run_is 0 "$n: run" "$@" run --rm --network none busybox echo hello
	like "$out" '^hello$' "$n: its output"
	run_is 3 "$n: its exit status" "$@" run --rm --network none busybox sh -c 'exit 3'
	run_is 0 "$n: run -d" "$@" run -d --name peer --network none busybox sh -c \
		'trap "exit 9" TERM; echo log; while :; do sleep 1 & wait $!; done'
	ok "$n: the runtime is ours" test -n "$(ls "$R" 2>/dev/null)"
	run_is 4 "$n: exec" "$@" exec peer sh -c 'echo in; exit 4'
	is "$out" in "$n: its output"
	run_is 0 "$n: stop" "$@" stop -t 20 peer
	run_is 0 "$n: logs" "$@" logs peer
	is "$out" log "$n: what it said"
	run_is 0 "$n: inspect" "$@" inspect --format '{{.State.ExitCode}}' peer
	is "$out" 9 "$n: it ended by the signal's handler"
	run_is 0 "$n: start" "$@" start peer
	run_is 0 "$n: kill" "$@" kill peer
	run_is 0 "$n: rm" "$@" rm -f peer
	is "$(ls "$R")" "" "$n: nothing of it is left"
}

if command -v podman >/dev/null; then
	mkdir -p "$T/pod"
	cat >"$T/pod/c.conf" <<-C
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		tmp_dir = "$T/pod/tmp"
		[containers]
		log_driver = "k8s-file"
		default_ulimits = ["nofile=$(ulimit -n):$(ulimit -n)", "nproc=32768:32768"]
		[network]
		network_backend = "cni"
		network_config_dir = "$T/pod/net"
	C
	printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/pod/root"\nrunroot = "%s/pod/run"\n' \
		"$T" "$T" >"$T/pod/s.conf"
	printf '#!/bin/sh\nexec %s --root %s/r1 "$@"\n' "$T/proa-runc" "$T" >"$T/pod/runtime"
	chmod +x "$T/pod/runtime"
	pod() {
		CONTAINERS_STORAGE_CONF=$T/pod/s.conf CONTAINERS_CONF=$T/pod/c.conf timeout 30 \
			podman --runtime "$T/pod/runtime" "$@"
	}
	R=$T/r1
	ok "podman takes the image" pod load -i "$IMAGES/busybox.tar"
	the_same podman pod
	like "$(pod run --rm --network none -u 7 --cap-add NET_BIND_SERVICE busybox \
		grep CapEff: /proc/self/status)" '0400$' "podman: a user's own capability"
else
	skip "podman" "podman is not installed"
fi

# address: of the container peer
address() {
	dk exec peer ip -4 -o addr show eth0 | awk '{ print $4 }'
}

its_networks() {
	ok "dockerd: run on its bridge" dk run -d --name peer busybox sleep 3000
	at=$(address)
	like "$at" '^172\.[0-9.]*/16$' "dockerd: it has an address"
	ok "dockerd: others reach it" dk run --rm busybox ping -c 1 -W 20 "${at%/*}"
	ok "dockerd: a network of its own" dk network create other
	ok "dockerd: another network while it runs" dk network connect other peer
	like "$(dk exec peer ip -4 -o addr)" ' eth1 ' "dockerd: the second interface"
	ok "dockerd: restart" dk restart -t 0 peer
	like "$(dk exec peer ip -4 -o addr)" ' eth1 ' "dockerd: both are there again"
	is "$(script -qec "docker -H 'unix://$T/k/s' exec -it peer tty" /dev/null </dev/null |
		grep -o '/dev/pts/[0-9]*')" /dev/pts/0 "dockerd: exec -it"
	is "$(script -qec "docker -H 'unix://$T/k/s' run --rm -it busybox tty" /dev/null \
		</dev/null | grep -o '/dev/pts/[0-9]*')" /dev/pts/0 "dockerd: run -it"
	ok "dockerd: pause" dk pause peer
	is "$(dk inspect -f '{{.State.Status}}' peer)" paused "dockerd: it is paused"
	ok "dockerd: unpause" dk unpause peer
	ok "dockerd: update" dk update --pids-limit 33 peer
	is "$(dk exec peer sh -c 'cat /sys/fs/cgroup/pids/pids.max || cat /sys/fs/cgroup/pids.max')" \
		33 "dockerd: it has an effect"
	like "$(dk top peer)" 'sleep 3000' "dockerd: top"
	ok "dockerd: kill" dk kill peer
	is "$(dk wait peer)" 137 "dockerd: wait"
	ok "dockerd: rm" dk rm peer
	run_is 127 "dockerd: a command that is not there" dk run --rm busybox nosuch
	ok "dockerd: --init, limits, a user, a volume" dk run --rm --init -m 32m -u 7:8 -v vol:/v \
		--tmpfs /t --read-only --ulimit nofile=99 busybox \
		sh -c 'test "$(ulimit -n)" = 99 && test "$(id -u)" = 7 && touch /t/x'
}

if command -v dockerd >/dev/null; then
	mkdir -p "$T/k"
	# with its own containerd, network and mounts
	setsid unshare -n -m --propagation private dockerd --data-root "$T/k/data" \
		--exec-root "$T/k/exec" -H "unix://$T/k/s" --pidfile "$T/k/pid" --iptables=false --cgroup-parent "$PROA_CGROUP_PARENT" \
		--add-runtime "proa=$T/proa-runc" --default-runtime proa >"$T/k/log" 2>&1 </dev/null &
	daemon=$!
	dk() {
		timeout 30 docker -H "unix://$T/k/s" "$@"
	}
	up() {
		dk version >/dev/null 2>&1
	}
	R=$T/k/exec/runtime-runc/moby
	ok "dockerd is up" wait_for 30 up
	ok "dockerd takes the image" dk load -i "$IMAGES/busybox.tar"
	the_same dockerd dk
	its_networks
	kill "$(cat "$T/k/pid")"
	wait $daemon
else
	skip "dockerd" "docker.io is not installed"
fi

# without an engine above it
containerd_alone() {
	mkdir -p "$T/c"
	cat >"$T/c/conf" <<-C
		version = 2
		root = "$T/c/root"
		state = "$T/c/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		address = "$T/c/s"
	C
	setsid unshare -m --propagation private containerd -c "$T/c/conf" >"$T/c/log" 2>&1 \
		</dev/null &
	daemon=$!
	ct() {
		timeout 30 ctr -a "$T/c/s" "$@"
	}
	ok "containerd is up" wait_for 30 ct version
	ok "containerd takes the image" ct image import "$IMAGES/busybox.tar"
	image=$(ct image ls -q | head -n 1)
	R=$T/c/proa
	set -- --runtime io.containerd.runc.v2 --runc-binary "$T/proa-runc" --runc-root "$R" \
		--cgroup "$PROA_CGROUP_PARENT/ctr"
	run_is 3 "containerd: run" ct run --rm "$@" "$image" one sh -c 'echo hello; exit 3'
	is "$out" hello "containerd: its output"
	ok "containerd: run -d" ct run -d "$@" "$image" two sleep 3000
	ok "containerd: the runtime is ours" test -n "$(ls "$R/default" 2>/dev/null)"
	run_is 4 "containerd: exec" ct task exec --exec-id e two sh -c 'echo in; exit 4'
	is "$out" in "containerd: its output"
	ok "containerd: pause" ct task pause two
	like "$(ct task ls)" 'PAUSED' "containerd: it is paused"
	ok "containerd: resume" ct task resume two
	like "$(ct task metrics two)" 'pids' "containerd: metrics"
	ok "containerd: kill" ct task kill -s KILL two
	two_ended() {
		ct task ls | grep -q STOPPED
	}
	ok "containerd: it ends" wait_for 20 two_ended
	ok "containerd: task rm" ct task rm two
	ok "containerd: container rm" ct container rm two
	is "$(ls "$R/default")" "" "containerd: nothing of it is left"
	kill $daemon
	wait $daemon
}

if command -v ctr >/dev/null && command -v containerd >/dev/null; then
	containerd_alone
else
	skip "containerd" "containerd is not installed"
fi
done_testing
