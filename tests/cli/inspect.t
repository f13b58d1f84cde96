#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# inspect: containers, images and volumes; JSON, templates, what is not there.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

load_busybox
run_is 0 "a container" proa run -d --name c1 -l a=b -e X='<&>' -v vol:/data busybox sleep 1000
id=$out
run_is 0 "by name" proa inspect c1
is "$(echo "$out" | head -3)" "[${nl}    {${nl}        \"Id\": \"$id\"," "an array, 4 spaces"
like "$out" '"X=<&>"' "nothing is escaped for HTML"
is "$(proa inspect "$(echo "$id" | cut -c1-6)")" "$out" "by the start of its ID"
is "$(proa container inspect c1)" "$out" "container inspect"
is "$(proa inspect --type container c1)" "$out" "--type"
like "$(proa inspect busybox | sed -n 3p)" '"Id": "sha256:' "an image"
is "$(proa inspect --type image busybox)" "$(proa image inspect busybox)" "--type image"
like "$(proa inspect vol)" '"Name": "vol"' "a volume"
is "$(proa inspect --type volume vol)" "$(proa volume inspect vol)" "--type volume"
is "$(proa inspect c1 busybox vol | grep -c '^    }')" 3 "three in one array"
is "$(proa inspect -f json c1 | head -c 8)" '[{"Id":"' "-f json: on one line"
is "$(proa inspect -f json c1 vol | wc -l)" 1 "for all of them"

# templates
is "$(proa inspect -f '{{.Name}} {{.State.Status}} {{.State.Running}} {{.Config.Labels.a}}' c1)" "/c1 running true b" "fields"
is "$(proa inspect -f '{{.Name}}' c1 vol)" "/c1${nl}vol" "one a line"
is "$(proa inspect -f '{{json .Config.Cmd}} {{join .Config.Cmd "+"}} {{len .Config.Cmd}}' c1)" '["sleep","1000"] sleep+1000 2' "json, join, len"
is "$(proa inspect -f '{{range .Mounts}}{{.Type}}:{{.Name}}:{{.Destination}}{{end}}' c1)" "volume:vol:/data" "range"
is "$(proa inspect -f '{{index .Config.Labels "nope"}}|{{.Config.Labels.nope}}' c1)" "|<no value>" "a label that is not there"
is "$(proa inspect -f '{{.State.Pid}}' c1)" "$(proa inspect c1 | sed -n 's/.*"Pid": \([0-9]*\),/\1/p')" "the process"
run_is 1 "a field that is none" proa inspect -f '{{.Nope}}' c1
is "$err" 'proa: template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"' "docker's words"
run_is 64 "a template that is none" proa inspect -f '{{.Name' c1
is "$err" "proa: template parsing error: template: :1: unclosed action" "is refused before anything is asked"

# what is not there
run_is 1 "one of three" proa inspect -f '{{.Name}}' c1 nope vol
is "$out" "/c1${nl}vol" "the others are shown"
is "$err" "Error: No such object: nope" "which is not there"
run_is 1 "none" proa inspect nope
is "$out" "[]" "an empty array"
run_is 1 "of a type" proa inspect --type container busybox
is "$err" "proa: No such container: busybox" "is said"
run_is 1 "an unknown type" proa inspect --type nope c1
like "$err" 'unknown type: "nope"' "is refused"
for n in "" / a/b "a b" "$(printf %0300d 0)" .. ; do
	run_is 1 "a name like '$(echo "$n" | cut -c1-8)'" proa inspect "$n"
	one_line "one line"
done
run_is 1 "no name" proa inspect
proa rm -f c1 >/dev/null
done_testing
