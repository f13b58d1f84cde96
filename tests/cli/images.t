#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# images: the table, IDs, filters.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

run_is 0 "an empty store" proa images
is "$out" "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE" "shows the heads only"
load_busybox
proa tag busybox example.com/x/app:1
proa import -c 'LABEL a=b' -c 'LABEL c=d' "$IMAGES/busybox.tar" labelled:1 >/dev/null
proa import "$IMAGES/busybox.tar" >/dev/null
is "$(proa images | wc -l)" 5 "a line per name, and one for an image without"
like "$(proa images)" '^<none>  ' "whose name is <none>"
like "$(proa images)" '^busybox +latest +[0-9a-f]{12} +[0-9]+ years ago +1\.[0-9]+MB$' "columns"
like "$(proa images --no-trunc)" 'sha256:[0-9a-f]{64}' "--no-trunc"
like "$(proa images --digests)" '^REPOSITORY +TAG +DIGEST +IMAGE ID' "--digests"
is "$(proa images -q | wc -l)" 4 "-q"
is "$(proa image ls -q busybox | wc -l)" 1 "by repository"
is "$(proa images -q busybox:nope | wc -l)" 0 "by a tag that is not there"
is "$(proa images -q 'example.com/*/app' | wc -l)" 1 "by pattern"
is "$(proa images -q 'example.com/*' | wc -l)" 0 "a star does not match a slash"
is "$(proa images -q -f dangling=true | wc -l)" 1 "dangling=true"
is "$(proa images -q -f dangling=false | wc -l)" 3 "dangling=false"
is "$(proa images -q -f label=a | wc -l)" 1 "label=key"
is "$(proa images -q -f label=a=b -f label=c=d | wc -l)" 1 "two labels: both"
is "$(proa images -q -f label=a=x | wc -l)" 0 "label=key=other"
is "$(proa images -q -f reference=labelled | wc -l)" 1 "reference="
is "$(proa images -q -f reference=labelled -f reference=busybox | wc -l)" 2 "two references: either"
is "$(proa images -q -f before=labelled:1 | sort -u | wc -l)" 1 "before="
is "$(proa images -q -f since=busybox | wc -l)" 2 "since="
is "$(proa images -q -f until=24h | sort -u | wc -l)" 1 "until=duration"
is "$(proa images -q -f until=2020-01-01 | wc -l)" 0 "until=date"
run_is 125 "a filter without a value" proa images -f x
for f in nonsense=1 dangling=maybe until=soon; do
	run_is 1 "filter $f is refused" proa images -f "$f"
	one_line "in one line"
done
run_is 1 "before an image that is not there" proa images -f before=nope
like "$err" "No such image: nope:latest" "is said"
like "$(proa images --format json busybox)" '^\{"Containers":"0","CreatedAt":"2023-11-14 22:13:20 \+0000 UTC",.*"Repository":"busybox".*"Tag":"latest"' "--format json"
proa create --name user1 --network none busybox true >/dev/null
proa run -d --rm --name user2 --network none busybox sleep 1000 >/dev/null
is "$(proa images --format '{{.Repository}} {{.Containers}}' busybox | head -n 1)" "busybox 2" \
	"its containers are counted"
proa rm -f user1 user2 >/dev/null
is "$(ls "$D/tmp" "$D/pins" | grep -c .)" 2 "looking leaves nothing"

# A record that was damaged hides one image, not all.
f=$(ls "$D/images/records" | grep "^$(proa images -q labelled)")
echo broken >"$D/images/records/$f"
run_is 0 "a damaged record" proa images
like "$err" "damaged" "is reported"
like "$out" "^busybox" "and the others are shown"
ok "rmi removes it" proa rmi labelled:1
run_is 0 "images is quiet again" proa images
is "$err" "" "no warning is left"
done_testing
