#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# network inspect: Docker's object of each, by name, by ID and by its beginning.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa

id=$(proa network create --subnet 10.1.0.0/24 net)
is "$(proa network inspect net | sed 's/"Created": ".*"/"Created": "then"/')" '[
    {
        "Name": "net",
        "Id": "'"$id"'",
        "Created": "then",
        "Scope": "local",
        "Driver": "bridge",
        "EnableIPv4": true,
        "EnableIPv6": false,
        "IPAM": {
            "Driver": "default",
            "Options": {},
            "Config": [
                {
                    "Subnet": "10.1.0.0/24"
                }
            ]
        },
        "Internal": false,
        "Attachable": false,
        "Ingress": false,
        "ConfigFrom": {
            "Network": ""
        },
        "ConfigOnly": false,
        "Containers": {},
        "Options": {},
        "Labels": {}
    }
]' "the object"
is "$(proa network inspect -f '{{json .IPAM}}{{json .Options}}{{.Driver}}' none)" '{"Driver":"default","Options":null,"Config":null}{}null' "none"
is "$(proa network inspect -f '{{index .Options "com.docker.network.bridge.default_bridge"}}' bridge)" true "the default network says so"
for ref in net "$id" "$(echo "$id" | cut -c1-5)"; do
	is "$(proa network inspect -v -f '{{.Name}}' "$ref")" net "by $ref"
done
is "$(proa inspect -f '{{.Name}}' net)" net "inspect"
is "$(proa inspect --type network -f '{{.Name}}' bridge)" bridge "inspect --type network"
run_is 1 "one of two" proa network inspect -f '{{.Name}}' nosuch net
is "$out" net "is shown"
is "$err" "proa: network nosuch not found" "the other told"
i=0 # so many that two begin alike
while [ $i -lt 17 ]; do
	proa network create --config-only c$i >/dev/null
	i=$((i + 1))
done
twice=$(proa network ls -q | cut -c1 | sort | uniq -d | head -n 1)
run_is 1 "a beginning of several" proa network inspect "$twice"
like "$err" "^proa: [0-9]+ matches found based on ID prefix: network $twice is ambiguous$" "is ambiguous"
run_is 1 "nothing" proa network inspect
like "$err" "requires at least 1 argument" "is too few"
# a name that is another's ID does not hide it
proa network create "$id" >/dev/null
is "$(proa network inspect -f '{{.Name}}' "$id")" net "a whole ID comes first"
done_testing
