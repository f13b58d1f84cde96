#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# record.sh: asks a real dockerd 28.5 and writes what it answers here. Not part of any test run.
#   record.sh SOCKET DOCKER DIR/data BUSYBOX.TAR
# SOCKET: dockerd's, with --storage-driver overlay2 and nothing in it; DOCKER: the client's command;
# DIR/data and DIR/exec: its roots, /var/lib/docker and /run/docker in the answers; BUSYBOX.TAR: tools/mkimage busybox.
# The commands are all here, in containers.sh and in errors.cases.
set -u
here=$(cd "$(dirname "$0")" && pwd)
socket=$1 docker=$2 root=$3 image=$4
S=/tmp/proa-golden
. "$here/containers.sh"
d() { timeout 60 $docker -H "unix://$socket" "$@" </dev/null; }
get() { curl -s --unix-socket "$socket" "http://d/v1.51$1"; }
clean() { sed -e "s|$root|/var/lib/docker|g" -e "s|${root%/data}/exec|/run/docker|g"; }
keep() { # FILE CMD...: its output, with the command line as it was
	f=$1
	shift
	"$@" 2>&1 | clean >"$here/$f"
}
mkdir -p "$S"
cd "$here" || exit 1
d load -qi "$image" || exit 1
for n in $NAMES; do
	"make_$n" >/dev/null 2>&1 || echo "$n could not be made"
done
for _ in $(seq 100); do
	[ "$(d inspect -f '{{.State.Health.Status}}' flags)" != healthy ] || break
	sleep 0.2
done

mkdir -p inspect filters text
for n in $NAMES; do keep "inspect/$n.json" get "/containers/$n/json"; done
keep inspect-size.json get "/containers/shell/json?size=1"
keep list.json get "/containers/json?all=1"
keep list-size.json get "/containers/json?all=1&size=1"

# which containers each filter leaves, one name a line, in the order of the answer
filter() { # FILE QUERY FILTERS
	curl -s -G --unix-socket "$socket" "http://d/v1.51/containers/json" -d "$2" \
		--data-urlencode "filters=$3" |
		python3 -c 'import json, sys
v = json.load(sys.stdin)
print("\n".join(c["Names"][0][1:] for c in v) if isinstance(v, list) else v["message"])' |
		clean >"filters/$1"
}
image_id=$(d inspect -f '{{.Image}}' sleep)
sleep_id=$(d inspect -f '{{.Id}}' sleep)
n=0
: >filters/index
while IFS='	' read -r query filters; do
	n=$((n + 1))
	printf '%s\t%s\t%s\n' "$n" "$query" "$filters" >>filters/index
	filters=${filters//@IMAGE@/$image_id} filters=${filters//@SLEEP@/$sleep_id}
	filters=${filters//@SHORT@/${sleep_id:0:12}}
	filter "$n" "$query" "${filters//@TAIL@/${sleep_id:52}}"
done <filters.tsv

keep text/ps.txt d ps
keep text/ps-a.txt d ps -a
keep text/ps-a-no-trunc.txt d ps -a --no-trunc
keep text/ps-as.txt d ps -a -s
keep text/ps-q.txt d ps -q
keep text/ps-json.txt d ps -a --format json
keep text/ps-format.txt d ps -a --format \
	'{{.ID}}|{{.Names}}|{{.Image}}|{{.Command}}|{{.RunningFor}}|{{.Status}}|{{.State}}|{{.Ports}}|{{.Labels}}|{{.Mounts}}|{{.LocalVolumes}}|{{.Networks}}|{{.Size}}|{{.Label "a"}}'
keep text/inspect.txt d inspect created
keep text/inspect-s.txt d inspect -s created
keep text/inspect-none.txt d inspect nosuch
keep text/stats.txt d stats --no-stream
keep text/stats-a.txt d stats --no-stream -a --no-trunc
keep text/stats-json.txt d stats --no-stream --format json sleep
keep text/stats-limits.json get '/containers/limits/stats?stream=0'
keep text/stats-created.json get '/containers/created/stats?stream=0'
keep text/top.txt d top sleep
keep text/top.json get /containers/sleep/top
keep text/logs.txt d logs logs
keep text/logs-details.txt d logs --details logs
keep text/logs-t.txt d logs -t logs
keep text/logs-tail.txt d logs --tail 1 logs
keep text/logs-none.txt d logs nolog
keep text/logs-file.jsonl cat "$(d inspect -f '{{.LogPath}}' logs)"
keep text/volume-ls.txt d volume ls
keep text/volume-inspect.txt d volume inspect vol
keep text/volumes.json get /volumes
keep text/diff.txt d diff shell
keep text/port.txt d port flags
e=$(d exec -d sleep sleep 3600 && get /containers/sleep/json | sed 's/.*"ExecIDs":\["\([0-9a-f]*\).*/\1/')
keep inspect/sleep-exec.json get /containers/sleep/json
keep text/exec.json get "/exec/$e/json"
d stop -t 1 policy >/dev/null
keep inspect/policy-stopped.json get /containers/policy/json

# what waits for networks
d run -d --name bridge -p 8080:80 --expose 81 busybox sleep 3600 >/dev/null
keep inspect/bridge.json get /containers/bridge/json
keep list-bridge.json get '/containers/json?limit=1'
keep text/ps-bridge.txt d ps -l
d rm -fv $NAMES bridge >/dev/null
d volume rm vol vol2 >/dev/null

# what fails, and how
rm -rf "$S"
mkdir -p "$S"
. "$here/errors.sh"
A=$(mktemp -d)
cd "$S" || exit 1
errors_run "$here/errors.cases" "$A"
"$here/../../golden/errors.py" collect "$A" "$S" >"$here/errors.tsv"
rm -rf "$A" "$S"
