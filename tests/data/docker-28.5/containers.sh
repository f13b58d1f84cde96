# SPDX-License-Identifier: Apache-2.0
# containers.sh: the containers whose answers are compared, one function each. `d` runs the command
# line under test: dockerd's own client when record.sh sources this, proa's when a golden test does.
# $S is a directory of the host for bind mounts, $NAMES all functions in order of making.

NAMES="sleep exited3 created paused flags limits tty killed notfound failing policy host privileged
shell user tmpfs bind volume anonymous logs nolog readonly"

make_sleep() { d run -d --network none --name sleep busybox sleep 3600; }
make_exited3() { d run --network none --name exited3 busybox sh -c 'exit 3'; [ $? -eq 3 ]; }
make_created() { d create --network none --name created --entrypoint echo busybox 'a b' "it's"; }
make_paused() { d run -d --network none --name paused busybox sleep 3600 && d pause paused; }
make_flags() {
	d run -d --network none --name flags --hostname web --domainname example.org \
		-e A=1 -e EMPTY= --label a=b --label com.example.text='x y <&>' --label empty \
		--workdir /srv --cap-add NET_ADMIN --cap-drop MKNOD --security-opt no-new-privileges \
		--group-add 20 --add-host db:10.0.0.5 --dns 10.0.0.53 --dns-search example.org \
		--dns-option ndots:2 --sysctl net.ipv4.ip_forward=1 --ulimit nofile=100:200 \
		--device /dev/null:/dev/nothing:rw --annotation org.example.note=n --init \
		--stop-signal SIGQUIT --stop-timeout 7 --expose 80 --expose 53/udp \
		--health-cmd 'true' --health-interval 10m --health-start-interval 1s --health-timeout 3s --health-retries 4 \
		--health-start-period 5s busybox sleep 3600
}
make_limits() {
	d run -d --network none --name limits --memory 64m --memory-swap 96m \
		--memory-reservation 32m --cpu-shares 512 --cpus 1.5 --cpuset-cpus 0 \
		--pids-limit 50 --shm-size 16m --oom-score-adj 100 busybox sleep 3600
}
make_tty() { d run -dit --network none --name tty busybox sh; }
make_killed() {
	d run -d --network none --name killed busybox sleep 3600 && d kill killed && d wait killed
}
make_notfound() { d run --network none --name notfound busybox /no/such; [ $? -eq 127 ]; }
make_failing() {
	d run -d --network none --name failing --restart on-failure:2 busybox sh -c 'exit 5' &&
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			[ "$(d inspect -f '{{.State.Status}} {{.RestartCount}}' failing)" != \
				'exited 2' ] || return 0
			sleep 0.2
		done
	return 1
}
make_policy() {
	d run -d --network none --name policy --restart unless-stopped busybox sleep 3600
}
make_host() {
	d run -d --network host --pid host --ipc host --uts host --name host busybox sleep 3600
}
make_privileged() { d run -d --network none --privileged --name privileged busybox sleep 3600; }
make_shell() { d run --network none --name shell busybox sh -c 'echo "two words"; true'; }
make_user() { d run -d --network none --user 7:8 --name user busybox sleep 3600; }
make_tmpfs() {
	d run -d --network none --tmpfs /t:size=1m,mode=700 --name tmpfs \
		--mount type=tmpfs,dst=/m,tmpfs-size=2m busybox sleep 3600
}
make_bind() {
	d run -d --network none --name bind -v "$S:/s:ro" -v "$S:/z:rshared" \
		--mount "type=bind,src=$S,dst=/b,readonly" busybox sleep 3600
}
make_volume() {
	d run -d --network none --name volume -v vol:/v --mount type=volume,src=vol2,dst=/w,readonly \
		busybox sleep 3600
}
make_anonymous() { d run -d --network none --name anonymous -v /anon busybox sleep 3600; }
make_logs() {
	d run --network none --name logs --log-driver json-file --log-opt max-size=1m \
		--log-opt max-file=3 --log-opt labels=a --log-opt env=A --log-opt tag='{{.Name}}' \
		--label a=b -e A=1 busybox sh -c 'echo one; echo two >&2; printf three'
}
make_nolog() { d run -d --network none --name nolog --log-driver none busybox sleep 3600; }
make_readonly() { d run -d --network none --name readonly --read-only busybox sleep 3600; }
