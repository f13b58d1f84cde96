#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# record.sh: makes `input` and, with a dockerd 28.5 that DOCKER_HOST names and root's right to read
# its files, `dockerd.json`: what its json-file driver writes for that input and some long lines.
# Times become T, runs of 100 or more a's become (aN). tests/unit/shimlog.c compares.
# `details.out` and `details.err` are what docker logs --details says of the container that
# `details.args` makes; tests/cli/logs.t makes it again.
set -eu
cd "$(dirname "$0")"
python3 - <<'PY'
out = b"plain\n\nquotes \" ' \\ / <tag> & done\r\n"
out += bytes(b for b in range(256) if b != 10) + b"\n"
out += "h\u00e9llo \u4e16\u754c \U0001f600 \u2028 \u2029 \ufffd \ufeff \u007f \u0080 \U0010ffff\n".encode()
out += b"\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x80 \xf0\x9f\x98 \xff\xfe \xe0\x9f\xbf \xf0\x8f\xbf\xbf\n"
out += b"cut rune \xe4\xb8\n\tindented\x1b[31mred\x1b[0m\n{\"json\":\"in json\"}\n"
open("input", "wb").write(out)
PY
id=$(docker run -d -v "$PWD/input:/input:ro" --log-opt tag=a\"b --log-opt labels=x,none \
	--label x='<1>' --log-opt env=E --env E=2 busybox sh -c '
	a() { head -c "$1" /dev/zero | tr "\\0" a; }
	cat /input
	for n in 16383 16384 16385 32768 40000; do a $n; echo; done
	a 16000; printf endwithoutlinefeed')
docker wait "$id" >/dev/null
sed 's/"time":"[^"]*"/"time":"T"/' "$(docker inspect -f '{{.LogPath}}' "$id")" |
python3 -c '
import re, sys
t = sys.stdin.buffer.read()
sys.stdout.buffer.write(re.sub(rb"a{100,}", lambda m: b"(a%d)" % len(m.group()), t))' >dockerd.json
docker rm "$id" >/dev/null

eval "docker run --name golden $(cat details.args)" >/dev/null 2>&1
docker logs --details golden >details.out 2>details.err
docker rm golden >/dev/null
