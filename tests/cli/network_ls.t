#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network ls: columns, order, formats, filters.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa

names() {
	proa network ls --format '{{.Name}}' "$@" | tr '\n' ' '
}
is "$(names)" "bridge host none " "three are there before anything was done"
is "$(proa network ls | sed -n '1p; s/^[0-9a-f]\{12\}/ID/p')" "NETWORK ID     NAME      DRIVER    SCOPE
ID   bridge    bridge    local
ID   host      host      local
ID   none      null      local" "the table"
is "$(proa network ls -q)" "$(proa network ls --format '{{.ID}}')" "-q"
like "$(proa network ls -q --no-trunc | head -n 1)" '^[0-9a-f]{64}$' "--no-trunc"
for n in n10 n2; do
	proa network create --label a=$n --label both n$n >/dev/null
done
proa network create --ipv6 --internal other >/dev/null
is "$(names)" "bridge host nn2 nn10 none other " "numbers in order"
is "$(proa network ls -f name=nn2 --format '{{.Driver}} {{.Scope}} {{.IPv4}} {{.IPv6}} {{.Internal}} {{.Labels}} {{.Label "a"}}')" \
	"bridge local true false false a=n2,both= n2" "its fields"
is "$(proa network ls -f name=other --format '{{.IPv6}} {{.Internal}}')" "true true" "of another"
like "$(proa network ls -f name=other --format '{{.CreatedAt}}')" '^20[0-9-]* [0-9:.]* \+0000 UTC$' "when it was made"
is "$(proa network ls -f name=nn2 --format 'table {{.Name}}\t{{.Internal}}')" "NAME      INTERNAL
nn2       false" "a table of one's own"
is "$(proa network ls -f name=none --format raw | tail -n +2)" "name: none
driver: null
scope: local" "raw"
is "$(proa network ls -f name=none --format json | sed 's/"CreatedAt":"[^"]*",//; s/"ID":"[^"]*",//')" \
	'{"Driver":"null","IPv4":"true","IPv6":"false","Internal":"false","Labels":"","Name":"none","Scope":"local"}' "json"

is "$(names -f type=builtin)" "bridge host none " "type"
is "$(names -f type=custom)" "nn2 nn10 other " "type"
is "$(names -f type=custom -f type=builtin)" "bridge host nn2 nn10 none other " "both types"
is "$(names -f driver=null -f driver=host)" "host none " "driver"
is "$(names -f driver=bri)" "" "not a piece of one"
is "$(names -f name=nn)" "nn2 nn10 " "name"
is "$(names -f 'name=^o')" "other " "an expression"
is "$(names -f name=r -f 'name=^h')" "bridge host other " "several names"
is "$(names -f label=a)" "nn2 nn10 " "label"
is "$(names -f label=a=n2)" "nn2 " "label and value"
is "$(names -f label=a=n2 -f label=both)" "nn2 " "labels"
is "$(names -f scope=local -f name=other)" "other " "scope"
is "$(names -f scope=swarm)" "" "of which there is one"
is "$(names -f "id=$(proa network ls -qf name=other)")" "other " "id"
is "$(names -f dangling=true)" "nn2 nn10 other " "dangling"
is "$(names -f dangling=0)" "bridge host none " "not dangling"
run_is 1 "a bad type" proa network ls -f type=x
is "$err" "proa: invalid filter: 'type'='x'" "is told"
run_is 1 "a bad dangling" proa network ls -f dangling=x
is "$err" "proa: invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")" "is told"
run_is 1 "an unknown filter" proa network ls -f nosuch=x
like "$err" "invalid filter 'nosuch'" "is told"
run_is 125 "no filter" proa network ls -f x
is "$(proa network list -q)" "$(proa network ls -q)" "network list"

# a record that cannot be read is passed over
echo '{' >"$D/networks/bad.json"
run_is 0 "a damaged record" proa network ls -q
is "$(echo "$out" | wc -l)" 6 "does not keep the others"
like "$err" 'bad\.json is passed over' "and is told"
done_testing
