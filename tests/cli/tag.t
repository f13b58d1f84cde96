#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tag: further names.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

load_busybox
id=$(proa images -q)
ok "a name and a tag" proa tag busybox example.com:5000/a/b:1.0
ok "by ID, without a tag" proa tag "$id" mine
is "$(proa images -q | sort -u)" "$id" "all are the same image"
is "$(proa image inspect "$id" | grep -c -e '"busybox:latest"' -e '"example.com:5000/a/b:1.0"' -e '"mine:latest"')" 3 \
	"inspect shows the three"
ok "the same again" proa tag busybox mine
long=$(head -c 220 /dev/zero | tr '\0' a)
ok "a name too long for a file name" proa tag busybox "$long:x"
ok "is found again" proa image inspect "$long:x"
ok "and removed" proa rmi "$long:x"
run_is 1 "a source that is not there" proa tag nope x
is "$err" "proa: No such image: nope:latest" "is said as Docker says it"
run_is 1 "upper case" proa tag busybox Foo
one_line "is one line"
run_is 1 "a digest as target" proa tag busybox "x@sha256:$(printf %064d 0)"
like "$err" "refusing to create a tag with a digest reference" "is refused"
run_is 1 "one argument" proa tag busybox
done_testing
