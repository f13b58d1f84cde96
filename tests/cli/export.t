#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# export: a container's root as a tar: what it changed, nothing that is mounted into it.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

proa run --name cc -v /data --network none busybox sh -c \
	'echo hello >/f; chmod 4755 /f; ln /f /hard; ln -s f /l; rm /bin/vi; echo x >/data/v; mkfifo /p'
leaks_before
run_is 0 "to stdout" sh -c '"$PROA" --data-root "$1" --exec-root "$2" export cc >"$3"' x "$D" "$E" "$T/a.tar"
list=$(tar tvf "$T/a.tar")
like "$list" '^-rwsr-xr-x 0/0 +6 .* f$' "a file with its mode"
like "$list" '^h.* hard link to f$' "a hard link"
like "$list" ' l -> f$' "a symlink"
like "$list" '^p.* p$' "a FIFO"
like "$list" '^-rwxr-xr-x .* \.dockerenv$' "what Docker's has too"
like "$list" ' data/$' "a volume's mount point"
unlike "$list" ' data/v$' "without its content"
like "$list" ' proc/$' "the mount point of /proc"
unlike "$list" ' proc/.' "without content"
unlike "$list" ' bin/vi$' "not what was removed"
like "$(tar xOf "$T/a.tar" f)" '^hello$' "content"
ok "with -o" proa export -o "$T/b.tar" cc
ok "the same bytes" cmp "$T/a.tar" "$T/b.tar"
mkdir "$T/dir"
run_is 1 "-o to a directory" proa export -o "$T/dir" cc
is "$err" "proa: failed to export container: cannot write to a directory" "in Docker's words"
run_is 1 "-o into a folder that is not there" proa export -o "$T/nodir/x.tar" nope
is "$err" "proa: failed to export container: invalid output path: stat $T/nodir: no such file or directory" \
	"in Docker's words, before anything is asked for"
run_is 1 "an unknown container" proa export nope
is "$err" "proa: No such container: nope" "in Docker's words"
run_is 1 "a terminal is refused" script -qec "'$PROA' --data-root '$D' --exec-root '$E' export cc" /dev/null
like "$out" "cowardly refusing" "in Docker's words"

id=$(proa run -d --network none --tmpfs /t busybox sh -c 'echo live >/live; echo t >/t/x; exec sleep 1000')
wait_for 20 proa exec "$id" test -e /t/x
proa export "$id" >"$T/c.tar"
like "$(tar tf "$T/c.tar")" '^live$' "of one that runs"
unlike "$(tar tf "$T/c.tar")" '^t/x$' "without its tmpfs"
proa rm -f "$id" >/dev/null
leaks_none "nothing stays mounted or behind"
proa import "$T/a.tar" imp:1 >/dev/null
is "$(proa run --rm --network none imp:1 cat /f)" hello "an import of it runs"
done_testing
