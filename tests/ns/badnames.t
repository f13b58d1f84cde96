#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# badnames.t: names with slashes, NULs, dots, control characters and beyond all length, in paths,
# queries and bodies of the API, where no CLI stands before them: refused by 4xx and a message, and
# nothing is made anywhere.
# guest: no
. "$(dirname "$0")/../lib.sh"

need_root
need_proa
load_busybox
ASK=${BUILD:-$PROA_TESTS/../build}/static/tests/unit/execs
[ -x "$ASK" ] || bail "no $ASK: run make unit TESTS=execs"
bad=

# refused METHOD TARGET [BODY]
refused() {
	answer=$(timeout 60 "$ASK" ask "$D" "$E" "$1" "$2" "${3:-}" </dev/null 2>&1)
	case $answer in
	40[0-9]"$nl"'{"message":"'?*'"}') ;;
	*) bad="$bad$1 $2 ${3:-}: $(printf %.300s "$answer")$nl" ;;
	esac
}

verdict() {
	is "$bad" "" "$1"
	bad=
}

proa run -d --name cc --network none busybox sleep 100000 >/dev/null
proa volume create vol >/dev/null
proa volume rm vol >/dev/null
leaks_before
long=$(printf '%0300d' 7)
names="%00 c%00 cc%00 cc%00x %2e%2e .. %2e ..%2f..%2fetc%2fpasswd a%2fb %2fa%2fb cc%2f cc%0a a%0ab %7f %ff%fe %20 a%20b
	-a _a .a a%25b $long"
# the one that means cc to Docker, and to us, is not here: a leading slash

for name in $names; do
	refused POST "/containers/create?name=$name" '{"Image":"busybox"}'
	refused POST "/containers/cc/rename?name=$name"
done
verdict "create and rename"
for name in cc%00x ..%2f..%2fetc%2fpasswd cc%2f "$long"; do
	for to in "GET json" "GET logs?stdout=1" "GET top" "GET changes" "GET export" "GET stats?stream=0" \
		"GET archive?path=/" "PUT archive?path=/" "POST start" "POST stop" "POST restart" \
		"POST kill" "POST pause" "POST unpause" "POST wait" "POST resize?h=1&w=1" "POST rename?name=other" \
		"POST attach?logs=1" "DELETE ?force=1"; do
		target=/containers/$name/${to#* }
		[ "${to%% *}" != DELETE ] || target=/containers/$name?force=1
		refused "${to%% *}" "$target"
	done
	refused POST "/containers/$name/exec" '{"Cmd":["true"]}'
	refused POST "/containers/$name/update" '{"PidsLimit":7}'
	refused POST "/commit?container=$name"
	refused GET "/exec/$name/json"
done
verdict "every verb of a container"
is "$(proa inspect -f '{{.Name}} {{.State.Running}}' cc)" "/cc true" "who is nearly called so is left alone"

for name in %00 .. ..%2f..%2fetc%2fpasswd a%2fb cc%00 "$long"; do
	case $name in
	a%2fb) ;; # names of images have them
	*)
		refused GET "/images/$name/json"
		refused POST "/images/busybox/tag?repo=$name"
		refused POST "/commit?container=cc&repo=$name"
		;;
	esac
	refused GET "/volumes/$name"
	refused DELETE "/volumes/$name"
done
verdict "images and volumes"

u='\u0000'
while read -r config; do
	refused POST "/containers/create?name=new" "{\"Image\":\"busybox\",$config}"
done <<X
"Image":"busybox$u"
"Hostname":"a${u}b"
"Domainname":"a${u}b"
"User":"0$u"
"WorkingDir":"/a${u}b"
"Env":["A=a${u}b"]
"Cmd":["a${u}b"]
"Entrypoint":["a${u}b"]
"Labels":{"a":"b$u"}
"StopSignal":"TERM$u"
"Volumes":{"/a${u}b":{}}
"HostConfig":{"Binds":["/tmp:/a${u}b"]}
"HostConfig":{"Binds":["a/b:/c"]}
"HostConfig":{"Binds":["..:/c"]}
"HostConfig":{"Binds":["vol$u:/c"]}
"HostConfig":{"Binds":["vol:/../.."]}
"HostConfig":{"Mounts":[{"Type":"volume","Source":"a/../b","Target":"/c"}]}
"HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp$u","Target":"/c"}]}
"HostConfig":{"Mounts":[{"Type":"volume","Source":"vol","Target":"/c","VolumeOptions":{"Subpath":"../x"}}]}
"HostConfig":{"Tmpfs":{"/a${u}b":""}}
"HostConfig":{"CgroupParent":"a${u}b"}
"HostConfig":{"CgroupParent":"../../a"}
"HostConfig":{"CgroupParent":"/a/../../b"}
"HostConfig":{"ContainerIDFile":"/tmp/$u"}
"HostConfig":{"Sysctls":{"net.ipv4/../../vm.swappiness":"1"}}
"HostConfig":{"Sysctls":{"net.ipv4.ip_forward$u":"1"}}
"HostConfig":{"CapAdd":["CHOWN$u"]}
"HostConfig":{"Devices":[{"PathOnHost":"/dev/null$u","PathInContainer":"/dev/x","CgroupPermissions":"r"}]}
"HostConfig":{"VolumesFrom":["../cc"]}
"HostConfig":{"SecurityOpt":["label=a$u"]}
"HostConfig":{"LogConfig":{"Type":"json-file$u"}}
"HostConfig":{"LogConfig":{"Type":"../x"}}
"HostConfig":{"Runtime":"a${u}b"}
"HostConfig":{"Annotations":{"a$u":"b"}}
X
verdict "bodies of create"
for body in "{\"Cmd\":[\"a${u}b\"]}" "{\"Cmd\":[\"true\"],\"User\":\"0$u\"}" "{\"Cmd\":[\"true\"],\"WorkingDir\":\"/a$u\"}" \
	"{\"Cmd\":[\"true\"],\"Env\":[\"A=$u\"]}" "{\"Cmd\":[\"true\"],\"DetachKeys\":\"a$u\"}"; do
	refused POST /containers/cc/exec "$body"
done
for name in "a${u}b" "a/b" .. . ".$u" "a\\nb" "$long"; do
	refused POST /volumes/create "{\"Name\":\"$name\"}"
done
refused GET "/containers/cc/archive?path=%00"
refused GET "/containers/cc/archive?path=/etc%00/x"
refused PUT "/containers/cc/archive?path=/a%00b"
refused POST "/containers/cc/kill?signal=TERM%00"
refused POST "/containers/cc/stop?signal=%00"
verdict "bodies of exec and volumes, paths of archives, signals"
is "$(proa inspect -f '{{.Name}} {{.State.Running}}' cc)" "/cc true" "cc is as it was"
leaks_none "nothing was made"
proa rm -f cc >/dev/null
done_testing
