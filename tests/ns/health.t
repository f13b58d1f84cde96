#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 180
# guest: no
#
# health.t: what the health check of a container does: each kind of probe, its verdict, its limits.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

# up NAME OPTION... [-- CMD...]: a container that is checked each 100 ms; $id
up() {
	up_name=$1
	shift
	id=$(proa run -d --name "$up_name" --network none --health-interval 100ms --health-retries 2 \
		"$@") || bail "run $up_name"
}

record() {
	cat "$E/containers/$id/health" 2>/dev/null
}

# is_now STATUS [ERE]: the record says so; and what else it says
is_now() {
	record | grep -q "^{\"Status\":\"$1\"" && record | grep -qE "${2:-.}"
}

# becomes STATUS DESC [ERE]
becomes() {
	if wait_for 20 is_now "$1" "${3:-.}"; then
		pass "$2"
	else
		fail "$2" "$(record)"
	fi
}

up c1 --health-cmd 'test -e /ok || { echo not yet; exit 3; }' busybox sleep 100000
like "$(record)" '^\{"Status":"(starting|unhealthy)","FailingStreak":[0-9]+,"Log":\[' "a record from the start"
becomes unhealthy "a command that fails" '"ExitCode":3,"Output":"not yet\\n"'
proa exec c1 touch /ok
becomes healthy "and then does not" '"FailingStreak":0'
wait_for 10 is_now healthy '(Start.*){5}'
is "$(record | grep -o '"Start"' | grep -c .)" 5 "five entries are kept"
like "$(record)" '"Start":"20[0-9-]*T[0-9:.]*Z","End":"20[0-9-]*T[0-9:.]*Z","ExitCode":0,"Output":""' \
	"in Docker's form"
no_zombies() { # for the moment between its end and its wait a probe is one
	[ "$(proa exec c1 ps -o stat | grep -c Z)" = 0 ]
}
ok "no zombies" wait_for 20 no_zombies
proa kill c1 >/dev/null
becomes unhealthy "what ended is not healthy"
proa rm -f c1 >/dev/null

# The probe is a process of the container.
up c2 -u 1000 --health-cmd 'id -u; grep CapEff /proc/self/status; cat /proc/self/cgroup | head -n 1' \
	busybox sleep 100000
becomes healthy "it runs as the container's user, without capabilities" '"1000\\nCapEff:\\t0000000000000000\\n'
like "$(record)" "$id" "in its control group"
proa rm -f c2 >/dev/null

up c3 --health-cmd 'head -c 100000 /dev/zero | tr "\\0" x' busybox sleep 100000
becomes healthy "a flood of output" 'xxx\.\.\."'
ok "is cut" test "$(record | wc -c)" -lt 25000
proa rm -f c3 >/dev/null

up c4 --health-timeout 200ms --health-cmd 'sleep 7777 & (setsid sleep 7778 &) ; sleep 7779' \
	busybox sleep 100000
becomes unhealthy "one that hangs" '"ExitCode":-1,"Output":"Health check exceeded timeout \(200ms\)"'
proa pause c4 >/dev/null 2>&1 || skip "paused" "this machine cannot freeze"
proa unpause c4 >/dev/null 2>&1
# after five probes: one may be at work and one be dying, but not the remains of several
wait_for 20 is_now unhealthy '(Start.*){5}'
few() {
	[ "$(proa top c4 -o pid,args | grep -c "[^a-z]sleep $1\$")" -le 3 ]
}
for n in 7777 7778 7779; do
	ok "nothing of it stays ($n)" wait_for 20 few $n
done
proa rm -f c4 >/dev/null

up c5 --health-cmd 'exec nosuch' busybox sleep 100000
becomes unhealthy "a command that is not there" '"ExitCode":127'
proa rm -f c5 >/dev/null

# Probes that start no process.
up c6 --health-cmd file:/tmp/ready busybox sleep 100000
becomes unhealthy "file: that is not there"
proa exec c6 ln -s /proc/1/cwd/etc/passwd /tmp/ready
becomes unhealthy "one that is a link through /proc is not followed"
proa exec c6 sh -c 'rm /tmp/ready; touch /tmp/ready'
becomes healthy "file: that is there"
before=$(proa exec c6 sh -c 'echo $$')
wait_for 10 is_now healthy '(Start.*){5}'
is "$(proa exec c6 sh -c 'echo $$')" $((before + 1)) "no process was started for it in there"
proa rm -f c6 >/dev/null
up c7 --health-cmd tcp://127.0.0.1:8080 busybox sleep 100000
becomes unhealthy "tcp: nobody listens" 'connect to 127.0.0.1:8080: Connection refused'
proa exec -d c7 httpd -p 8080 -h /tmp
becomes healthy "tcp: somebody does"
proa rm -f c7 >/dev/null
up c8 --health-cmd http://localhost:8080/page busybox httpd -f -p 8080 -h /tmp
becomes unhealthy "http: 404" '404 Not Found'
proa exec c8 sh -c 'echo hello >/tmp/page'
becomes healthy "http: 200" 'HTTP/1.[01] 200 OK'
proa rm -f c8 >/dev/null
up c9 --health-timeout 200ms --health-cmd http://127.0.0.1:8080/ busybox nc -ll -p 8080 -e sleep 100000
becomes unhealthy "http: one that never answers" 'exceeded timeout'
proa rm -f c9 >/dev/null

# What is done about it.
up a1 --health-on-failure none --health-cmd false busybox sleep 100000
becomes unhealthy "none: it runs on"
is "$(proa exec a1 echo yes)" yes "as it did"
proa rm -f a1 >/dev/null
up a2 --health-on-failure kill --health-cmd false busybox sleep 100000
is "$(proa wait a2)" 137 "kill"
proa rm -f a2 >/dev/null
up a3 --health-on-failure stop --restart always --health-cmd 'test ! -e /trapped' busybox sh -c \
	'trap "exit 9" TERM; >/trapped; while :; do sleep 0.05; done'
is "$(proa wait a3)" 9 "stop: by its signal, whatever its restart policy"
proa rm -f a3 >/dev/null
up a4 --health-on-failure restart --stop-timeout 0 --health-cmd 'test ! -e /bad' busybox \
	sh -c 'echo x >>/runs; exec sleep 100000'
becomes healthy "restart: healthy first"
proa exec a4 touch /bad
ok "and is run again" wait_for 20 sh -c "[ \$(wc -l <'$D/containers/$id/upper/runs') -ge 2 ]"
proa rm -f a4 >/dev/null

# The start period.
up s1 --health-start-period 60s --health-start-interval 50ms --health-cmd false busybox sleep 100000
becomes starting "failures of the start period do not count" '"FailingStreak":0,"Log":\[.*ExitCode":1'
proa rm -f s1 >/dev/null

# The image's.
if [ -f "$T/rootfs.tar" ] || "$PROA_TESTS/../tools/mkimage" rootfs "$T/rootfs.tar"; then
	"$PROA_TESTS/../tools/mkimage" wrap "$T/image.tar" "$T/rootfs.tar" --tag checked --config \
		'{"Healthcheck": {"Test": ["CMD", "echo", "by the image"], "Interval": 100000000}}' &&
		proa load -q -i "$T/image.tar" >/dev/null
	id=$(proa run -d --name i1 --network none checked sleep 100000)
	becomes healthy "a check of the image's" 'by the image'
	proa rm -f i1 >/dev/null
	id=$(proa run -d --name i2 --network none --no-healthcheck checked sleep 100000)
	is "$(record)" "" "--no-healthcheck"
	proa rm -f i2 >/dev/null
	id=$(proa run -d --name i3 --network none --health-cmd 'echo mine' checked sleep 100000)
	becomes healthy "the image's interval with one's own command" 'mine'
	proa rm -f i3 >/dev/null
fi
id=$(proa run -d --name n1 --network none busybox sleep 100000)
is "$(record)" "" "no check, no record"
proa rm -f n1 >/dev/null
run_is 125 "an interval below a millisecond" proa run --rm --network none --health-cmd true \
	--health-interval 1us busybox true
one_line "one line"
done_testing
