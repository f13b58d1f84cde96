#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ps: columns, what is cut, templates, quiet, the last ones.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

run_is 0 "no containers" proa ps -a
is "$out" "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES" "shows the heads only"
load_busybox
run_is 0 "a container that runs" proa run -d --name up -l a=b -l c=d,e -v /tmp:/mnt busybox sleep 1000
id=$out
short=$(echo "$id" | cut -c1-12)
run_is 3 "one that ended" proa run --name ended busybox sh -c 'exit 3; echo a long command'

is "$(proa ps | wc -l)" 2 "ps shows what runs"
like "$(proa ps | tail -1)" "^$short   busybox   \"sleep 1000\"   .* ago   Up .* +up$" "its columns"
is "$(proa ps -a | wc -l)" 3 "-a: all"
like "$(proa ps -a | sed -n 2p)" "^[0-9a-f]{12}   busybox   \"sh -c 'exit 3; echo…\"   .* ago +Exited \(3\) .* ago +ended$" \
	"the newest first; a long command is cut"
like "$(proa ps -a --no-trunc)" "\"sh -c 'exit 3; echo a long command'\"" "--no-trunc"
like "$(proa ps --no-trunc | tail -1)" "^$id   busybox" "with the whole ID"
is "$(proa ps -q)" "$short" "-q"
is "$(proa ps -q --no-trunc)" "$id" "-q --no-trunc"
is "$(proa ps -n 1 --format '{{.Names}}')" "ended" "-n 1 means all states"
is "$(proa ps -l --format '{{.Names}}')" "ended" "-l"
is "$(proa ps -n 5 -q | wc -l)" 2 "-n with more than there are"
like "$(proa ps -s | head -1)" "NAMES     SIZE$" "-s: a column more"
like "$(proa ps -s | tail -1)" "[0-9]+[kM]?B \(virtual 1\.[0-9]+MB\)$" "with both sizes"
for words in "container ls" "container list" "container ps"; do
	is "$(proa $words -q)" "$short" "proa $words"
done

# templates
is "$(proa ps --format '{{.ID}}|{{.Names}}|{{.Image}}|{{.Command}}|{{.State}}|{{.Labels}}|{{.Mounts}}|{{.LocalVolumes}}|{{.Label "a"}}')" \
	"$short|up|busybox|\"sleep 1000\"|running|a=b,c=d,e|/tmp|0|b" "fields"
is "$(proa ps --format 'table {{.Names}}\t{{.ID}}\t{{.Label "com.x.my-label"}}' | head -1)" \
	"NAMES     CONTAINER ID   my label" "the heads of a table"
is "$(proa ps -a --format '{{if eq .State "running"}}{{upper .Names}}{{else}}-{{end}}' | tr '\n' ' ')" "- UP " "if, eq, upper"
like "$(proa ps --format json)" "^\{\"Command\":\"\\\\\"sleep 1000\\\\\"\",\"CreatedAt\":.*\"Names\":\"up\".*\"State\":\"running\"" "json"
timeless() { # the two are not of the same second
	sed -E 's/(About a minute|Less than a second|[0-9]+ (second|minute)s?)/T/g'
}
is "$(proa ps --format '{{json .}}' | timeless)" "$(proa ps --format json | timeless)" "is {{json .}}"
like "$(proa ps --format raw)" "^container_id: $short${nl}image: busybox${nl}" "raw"
run_is 0 "-q and --format" proa ps -q --format '{{.Names}}'
is "$out" "$short" "-q wins"
is "$err" "WARNING: Ignoring custom format, because both --format and --quiet are set." "and says so"
run_is 1 "a field that is none" proa ps --format '{{.Nope}}'
like "$err" "can't evaluate field Nope: there are .* \.Names" "names those that there are"
one_line "in one line"
run_is 1 "a template that is none" proa ps --format '{{.Names'
is "$err" "proa: failed to parse template: template: :1: unclosed action" "is said as docker says it"

# filters
is "$(proa ps -a -q -f name=up -f status=running)" "$short" "filters"
is "$(proa ps -a --format '{{.Names}}' -f exited=3)" "ended" "by exit status"
run_is 125 "a filter without a value" proa ps -f nope
like "$err" "nope" "is named"
proa rm -f up ended >/dev/null
done_testing
