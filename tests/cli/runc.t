#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# runc.t: proa-runc with a bundle made by hand: its life, its errors, hooks, a terminal, exec.
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox

R=$T/r
B=$T/b
runc() {
	timeout 20 "$PROA" runc --root "$R" "$@"
}
busybox_rootfs "$B/rootfs"

run_is 0 "spec" runc spec --bundle "$B"
run_is 1 "spec where there is one" runc spec --bundle "$B"
one_line "is told in one line"
cp "$B/config.json" "$T/config.json"
run_is 0 "features" runc features
like "$out" '"ociVersionMax"' "are JSON"
run_is 0 "version" runc --version
like "$out" 'runc version' "in the form that engines parse"

# change PYTHON: c is the config as spec wrote it, without a terminal
change() {
	python3 -c "
import json, sys
c = json.load(open('$T/config.json')); p = c['process']; p['terminal'] = False; l = c['linux']
l['cgroupsPath'] = '$PROA_CGROUP_PARENT/c1'
$1
json.dump(c, open('$B/config.json', 'w'))"
}
in_json() {
	runc state c1 | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"
}

change "p['args'] = ['sh', '-c', 'echo started; exec sleep 1000']
hook = lambda n: [{'path': '/bin/sh', 'args': ['sh', '-c', 'cat >$T/' + n], 'env': ['PATH=/bin:/usr/bin']}]
c['hooks'] = {n: hook(n) for n in ('prestart', 'createRuntime', 'poststart', 'poststop')}"
run_is 1 "state of none" runc state c1
like "$err" 'container does not exist' "is told"
run_is 1 "kill of none" runc kill c1
run_is 0 "delete --force of none" runc delete --force c1
runc create --bundle "$B" --pid-file "$T/pid" c1 >"$T/out" 2>&1
is "$? $(cat "$T/out")" "0 " "create, nothing has run yet"
is "$(in_json status)" created "created"
is "$(in_json pid)" "$(cat "$T/pid")" "with the PID that the file says"
ok "its hooks have had its state" grep -q '"id":"c1"' "$T/prestart" "$T/createRuntime"
run_is 1 "create of the same" runc create --bundle "$B" c1
like "$err" 'already exists' "is refused"
run_is 0 "start" runc start c1
is "$(in_json status)" running "running"
ok "the poststart hook" grep -q running "$T/poststart"
run_is 1 "a second start" runc start c1
like "$err" 'cannot start a container that is running' "is refused"
run_is 7 "exec gives its exit status" runc exec c1 sh -c 'exit 7'
run_is 0 "exec as another user" runc exec --user 5:6 --env A=b --cwd /tmp c1 sh -c 'id -u; echo $A; pwd'
is "$out" "5${nl}b${nl}/tmp" "with its environment and directory"
run_is 0 "exec with a terminal" runc exec -t c1 tty
like "$out" '/dev/pts/0' "has one"
echo '{"args":["id","-g"],"cwd":"/","user":{"uid":1,"gid":9}}' >"$T/p.json"
run_is 0 "exec --process" runc exec --process "$T/p.json" c1
is "$out" 9 "reads it from the file"
run_is 1 "exec of nothing" runc exec c1 /nowhere
like "$err" 'no such file or directory' "is told"
run_is 1 "delete of one that runs" runc delete c1
like "$err" 'not stopped' "is refused"
run_is 0 "pause" runc pause c1
is "$(in_json status)" paused "paused"
run_is 0 "resume" runc resume c1
run_is 0 "update" runc update --pids-limit 50 c1
run_is 0 "ps" runc ps --format json c1
is "$out" "[$(cat "$T/pid")]" "names its process"
run_is 0 "kill" runc kill c1 KILL
gone() {
	[ "$(in_json status)" = stopped ]
}
ok "it ends" wait_for 20 gone
run_is 1 "kill of one that has ended" runc kill c1
like "$err" 'container not running' "is told in containerd's words"
run_is 0 "delete" runc delete c1
ok "the poststop hook" grep -q stopped "$T/poststop"
is "$(runc list -q)" "" "nothing is left of it"

change "p['args'] = ['sh', '-c', 'exit 3']"
run_is 3 "run gives the exit status" runc run --bundle "$B" c1
change "p['args'] = ['tty']; p['terminal'] = True"
run_is 0 "run with a terminal" runc run --bundle "$B" c1
like "$out" '/dev/pts/0' "has one"
run_is 1 "create with a terminal" runc create --bundle "$B" c1
like "$err" 'give --console-socket' "needs a socket for it"

# what each stage of hooks sees: the root's files at the bundle's path before the root is entered,
# and the container's own files from inside after that
change "p['args'] = ['cat', '/from-host', '/from-inside']; p['user'] = {'uid': 7, 'gid': 8}
p['capabilities']['ambient'] = ['CAP_NET_BIND_SERVICE', 'CAP_SYS_BOOT']
c['root']['readonly'] = False
sh = lambda s, **more: [dict({'path': '/bin/sh', 'args': ['sh', '-c', s], 'env': ['PATH=/bin:/usr/bin']}, **more)]
root = '$B/' + c['root']['path'] if c['root']['path'][0] != '/' else c['root']['path']
see = 'readlink /proc/self/ns/mnt; test -d ' + root + '/proc/1 && echo mounted; cat'
c['hooks'] = {
  'createRuntime': sh('(' + see + ') >$T/runtime'),
  'createContainer': sh('(' + see + ') >$T/container; mount -t tmpfs x ' + root + '/mnt; echo host >' + root + '/from-host'),
  'startContainer': sh('(grep ^CapPrm /proc/self/status; cat) >/tmp/started; cp /tmp/started /started; echo inside >/from-inside')}
p['args'] = ['sh', '-c', 'cat /from-host /from-inside; grep -c \" /mnt \" /proc/self/mounts; grep ^CapAmb /proc/self/status; grep ^CapPrm /proc/self/status; cat /started']
import os
for d in ('mnt', 'tmp'): os.makedirs(root + '/' + d, exist_ok=True); os.chmod(root + '/' + d, 0o777)
os.chmod(root, 0o777)"
run_is 0 "hooks of all stages" runc run --bundle "$B" c1
diag "$out"
like "$out" '^host$' "createContainer sees the root where the bundle has it"
like "$out" '^1$' "what it mounts is there"
like "$out" '^inside$' "startContainer is inside"
like "$out" '^CapAmb:.*0000000000400$' "ambient capabilities, as far as the bounding set goes"
is "$(printf '%s\n' "$out" | grep -c '^CapPrm:.*0000000000400$')" 2 \
	"are all that another user and its hook have"
like "$out" '"status":"created"' "startContainer is told the state"
is "$(head -n 1 "$T/runtime")" "$(readlink /proc/self/ns/mnt)" "createRuntime is outside"
unlike "$(cat "$T/runtime")" mounted "and sees nothing of it"
like "$(cat "$T/container")" mounted "createContainer sees the mounts"
like "$(cat "$T/container")" '"pid":[0-9]+' "and is told the process"
change "p['args'] = ['true']
c['hooks'] = {'startContainer': [{'path': '/bin/false'}]}"
run_is 1 "a startContainer hook that fails" runc run --bundle "$B" c1
like "$err" 'startContainer: hook /bin/false failed' "says so"
is "$(runc list -q)" "" "and nothing is left"

# bad NAME CHANGE TEXT
bad() {
	change "$2"
	run_is 1 "$1" runc --log "$T/log" --log-format json create --bundle "$B" c1
	like "$err" "$3" "says why"
	one_line "in one line"
}
bad "no command" "p['args'] = []" 'process.args: there is no command'
bad "a command that is not there" "p['args'] = ['nothing']" 'executable file not found'
bad "a relative cwd" "p['cwd'] = 'x'" 'not an absolute path'
bad "no root" "del c['root']" 'root.path'
bad "a root that is not there" "c['root']['path'] = 'x'" 'is no directory'
bad "a user namespace without maps" "l['namespaces'].append({'type': 'user'})" 'belong together'
bad "no mount namespace" "l['namespaces'] = []" 'needs a new mount namespace'
bad "a bind without a source" "c['mounts'] = [{'destination': '/x', 'type': 'bind'}]" 'without a source'
bad "a limit" "p['rlimits'] = [{'type': 'RLIMIT_X', 'soft': 1, 'hard': 1}]" 'unknown type'
bad "a sysctl of the host" "l['sysctl'] = {'kernel.panic': '1'}" 'linux.sysctl'
bad "an action" "l['seccomp'] = {'defaultAction': 'X'}" 'action'
bad "a hook that fails" "c['hooks'] = {'prestart': [{'path': '/bin/false'}]}" 'hook /bin/false failed'
bad "one in the container" "c['hooks'] = {'createContainer': [{'path': '/bin/false'}]}" \
	'createContainer: hook /bin/false failed'
bad "another version" "c['ociVersion'] = '7'" 'ociVersion'
like "$(tail -n 1 "$T/log")" '"level":"error"' "the log has it as JSON"
is "$(runc list -q)" "" "nothing is left of any"
run_is 1 "an ID with a slash" runc create --bundle "$B" a/b
like "$err" 'invalid container ID' "is refused"
run_is 1 "an unknown command" runc nonsense
one_line "is told in one line"
done_testing
