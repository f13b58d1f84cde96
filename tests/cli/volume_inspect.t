#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# volume inspect: Docker's shape.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa

proa volume create data >/dev/null
run_is 0 "one" proa volume inspect data
is "$(printf '%s\n' "$out" | sed 's/"CreatedAt": "[0-9-]*T[0-9:]*Z"/"CreatedAt": "T"/')" '[
    {
        "CreatedAt": "T",
        "Driver": "local",
        "Labels": null,
        "Mountpoint": "'"$D"'/volumes/data/_data",
        "Name": "data",
        "Options": null,
        "Scope": "local"
    }
]' "is as Docker shows it"
run_is 1 "one that is not there" proa volume inspect nosuch data
like "$err" 'get nosuch: no such volume' "is named"
like "$out" '"Name": "data"' "the other is shown"
for n in ../volumes/data data/_data . .. .lock ''; do
	run_is 1 "no name: '$n'" proa volume inspect "$n"
done
done_testing
