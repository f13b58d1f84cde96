#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# import: a root file system as an image, and --change.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../images.sh"
need_root
need_proa

busybox_parts
run_is 0 "from stdin" sh -c '"$PROA" --data-root "$1" --exec-root "$2" import - imp:1 <"$3"' x "$D" "$E" "$T/bb/$bb_layer"
like "$out" '^sha256:[0-9a-f]{64}$' "prints the ID"
is "$(proa images -q --no-trunc)" "$out" "which is the image's"
is "$(proa image inspect imp:1 | grep -c "sha256:$bb_diff")" 1 "its layer's diff ID is the tar's digest"
like "$(proa image inspect imp:1)" '"Comment": "Imported from -"' "the comment says where from"
gzip <"$T/bb/$bb_layer" >"$T/l.gz"
ok "from a gzip file, with changes" proa import -m "my words" \
	-c 'CMD ["/bin/sh", "-c", "echo hi"]' -c 'ENTRYPOINT /bin/run me' -c 'ENV A=1 B="two words"' \
	-c 'env C three  words' -c 'EXPOSE 80 53/udp' -c 'LABEL x=y' -c 'USER daemon' \
	-c 'VOLUME /data' -c 'WORKDIR /a' -c 'WORKDIR b' -c 'ONBUILD RUN true' -c 'STOPSIGNAL SIGINT' \
	-c 'HEALTHCHECK --interval=1m30s --retries=3 CMD test -e /x' "$T/l.gz" imp:2
json=$(proa image inspect -f json imp:2)
for want in '"Cmd":["/bin/sh","-c","echo hi"]' '"Entrypoint":["/bin/sh","-c","/bin/run me"]' \
	'"Env":["A=1","B=two words","C=three  words"]' '"ExposedPorts":{"53/udp":{},"80/tcp":{}}' \
	'"Labels":{"x":"y"}' '"User":"daemon"' '"Volumes":{"/data":{}}' '"WorkingDir":"/a/b"' \
	'"OnBuild":["RUN true"]' '"StopSignal":"SIGINT"' '"Comment":"my words"' \
	'"Healthcheck":{"Test":["CMD-SHELL","test -e /x"],"Interval":90000000000,"Retries":3}'; do
	case $json in
	*"$want"*) pass "$want" ;;
	*) fail "$want" "$json" ;;
	esac
done
ok "for another platform" proa import --platform linux/arm/v7 "$T/l.gz" imp:arm
like "$(proa image inspect -f json imp:arm)" '"Architecture":"arm","Variant":"v7"' "which is in it"
ok "without a name" proa import "$T/l.gz"
before=$(proa images -q | wc -l)
for c in 'FROM x' 'RUN x' 'CMD' 'ENV x' 'EXPOSE 99999' 'EXPOSE x' 'HEALTHCHECK x' 'nonsense'; do
	run_is 1 "--change '$c' is refused" proa import -c "$c" "$T/l.gz" bad:1
	one_line "in one line"
done
echo no tar >"$T/x"
run_is 1 "what is no tar" proa import "$T/x"
one_line "is one line"
head -c 100000 "$T/bb/$bb_layer" >"$T/x"
run_is 1 "a truncated tar" proa import "$T/x"
run_is 1 "a bad name" proa import "$T/l.gz" BAD/Name
run_is 1 "a URL" proa import http://localhost/x
like "$err" "pipe" "says what to do instead"
run_is 1 "a missing file" proa import "$T/none"
is "$(proa images -q | wc -l)" "$before" "none of these left an image"
is "$(ls "$D/tmp" "$D/pins" | grep -c .)" 2 "nor a temporary"
done_testing
