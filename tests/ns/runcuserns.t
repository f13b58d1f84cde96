#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest: no
# runcuserns.t: proa-runc with a bundle that has a user namespace: its maps, whose root is given to
# the container's IDs already, as engines do it.
# timeout: 60
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
need_tool python3
[ "$(cat /proc/sys/user/max_user_namespaces 2>/dev/null || echo 0)" != 0 ] || skip_all "no user namespaces here"
load_busybox

R=$T/r
B=$T/b
runc() {
	timeout 20 "$PROA" runc --root "$R" "$@"
}
busybox_rootfs "$B/rootfs"
chown -R -h 300000:400000 "$B/rootfs"
echo secret >"$B/rootfs/secret"
chmod 600 "$B/rootfs/secret" # the host's root's
runc spec --bundle "$B"
cp "$B/config.json" "$T/config.json"

# change PYTHON, as in cli/runc.t
change() {
	python3 -c "
import json
c = json.load(open('$T/config.json')); p = c['process']; p['terminal'] = False; l = c['linux']
l['cgroupsPath'] = '$PROA_CGROUP_PARENT/c1'
c['root']['readonly'] = False
user = {'type': 'user'}
l['namespaces'].append(user)
l['uidMappings'] = [{'containerID': 0, 'hostID': 300000, 'size': 10}, {'containerID': 10, 'hostID': 310000, 'size': 90}]
l['gidMappings'] = [{'containerID': 0, 'hostID': 400000, 'size': 100}]
$1
json.dump(c, open('$B/config.json', 'w'))"
}
look='cat /proc/self/uid_map /proc/self/gid_map; stat -c %u:%g /bin/sh /dev/null; cat /secret; touch /made'
change "p['args'] = ['sh', '-c', '$look 2>/dev/null; chown 11:1 /made; exit 3']"
run runc run --bundle "$B" c1
is "$status" 3 "it runs: $err"
is "$(echo $out)" "0 300000 10 10 310000 90 0 400000 100 0:0 0:0" "with these maps, and a root that is its own"
is "$(stat -c %u:%g "$B/rootfs/made")" 310001:400001 "what it makes has the host's IDs on disk"
change "p['args'] = ['sleep', '1000']"
runc run --detach --bundle "$B" c1 </dev/null >/dev/null 2>&1
run runc exec --user 11:1 c1 sh -c 'id -u; cat /proc/self/uid_map | wc -l'
is "$status $(echo $out)" "0 11 2" "exec: $err"
run runc exec -t c1 sh -c 'stat -c %u $(tty)'
is "$(echo "$out" | tr -d '\r')" 0 "exec with a terminal"
run_is 0 "delete" runc delete --force c1
change "l['gidMappings'] = []"
run_is 1 "maps that are missing" runc run --bundle "$B" c1
like "$err" 'belong together' "are told"
change "l['namespaces'].pop()"
run_is 1 "maps without a namespace" runc run --bundle "$B" c1
change "user['path'] = '/proc/1/ns/user'"
run_is 1 "somebody's namespace" runc run --bundle "$B" c1
like "$err" 'user namespace is not supported' "is not joined"
change "l['uidMappings'][0]['size'] = 0"
run_is 1 "a map of nothing" runc run --bundle "$B" c1
done_testing
