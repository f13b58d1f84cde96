#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# ocipeer.t: proa-runc as the runtime of other engines: Debian's podman and docker.io.
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
else
	skip "podman" "podman is not installed"
fi

if command -v dockerd >/dev/null; then
	mkdir -p "$T/k"
	# with its own containerd, network and mounts
	setsid unshare -n -m --propagation private dockerd --data-root "$T/k/data" \
		--exec-root "$T/k/exec" -H "unix://$T/k/s" --pidfile "$T/k/pid" --bridge none \
		--iptables=false --cgroup-parent "$PROA_CGROUP_PARENT" \
		--add-runtime "proa=$T/proa-runc" --default-runtime proa >"$T/k/log" 2>&1 </dev/null &
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
	kill "$(cat "$T/k/pid")"
	wait $!
else
	skip "dockerd" "docker.io is not installed"
fi
done_testing
