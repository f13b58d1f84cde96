#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# commit: an image from a container's changes: its layer, its config, what it refuses and leaves.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

for driver in overlay vfs; do
	p() {
		proa --storage-driver $driver "$@"
	}
	p run --name "c-$driver" -e A=1 -v /data -l x=y --network none busybox sh -c \
		'echo hello >/f; chown 12:34 /f; chmod 4755 /f; ln /f /hard; rm /bin/vi; echo v >/data/v
		rm -rf /home; mkdir /home; echo x >/home/x; truncate -s 1M /sparse; mknod /null c 1 3'
	run_is 0 "$driver: commit" p commit -a "me <m@x>" -m "my words" -c 'ENV B=2' -c 'CMD ["id"]' \
		"c-$driver" "img:$driver"
	like "$out" '^sha256:[0-9a-f]{64}$' "prints the ID"
	is "$(p images -q --no-trunc "img:$driver")" "$out" "which has the name"
	json=$(p image inspect -f json "img:$driver")
	for w in '"Cmd":["id"]' '"Author":"me ' '"Comment":"my words"' '"A=1"' '"B=2"' \
		'"Labels":{"x":"y"}' '"Volumes":{"/data":{}}'; do
		case $json in
		*"$w"*) pass "$w" ;;
		*) fail "$w" "$json" ;;
		esac
	done
	is "$(p image inspect -f '{{len .RootFS.Layers}}' "img:$driver")" 2 "one more layer"
	like "$(p history --no-trunc "img:$driver" | sed -n 2p)" 'sh -c echo hello.*my words' "its history"
	look='stat -c "%a %u:%g %h" /f; cat /f; ls /home /data; stat -c %s /sparse; stat -c %t:%T /null
	ls /bin/vi 2>/dev/null || echo gone'
	shown="4755 12:34 2
hello
/data:

/home:
x
1048576
1:3
gone"
	is "$(p run --rm --network none "img:$driver" sh -c "$look")" "$shown" "$driver: the image runs"
	p save -o "$T/s.tar" "img:$driver"
	proa rmi -f "img:$driver" >/dev/null
	ok "it is saved and loaded" p load -q -i "$T/s.tar"
	is "$(p run --rm --network none "img:$driver" sh -c "$look")" "$shown" "$driver: the same"
	run_is 0 "$driver: nothing changed" sh -c 'p=$("$PROA" --storage-driver '$driver' --data-root "$1" \
		--exec-root "$2" create --network none busybox true) && "$PROA" --data-root "$1" \
		--exec-root "$2" commit $p same' x "$D" "$E"
	is "$(p image inspect -f '{{len .RootFS.Layers}}' same)" 1 "is no layer"
done

id=$(proa run -d --network none busybox sh -c 'while :; do echo x >>/grow; done')
ok "of one that writes all the time" proa commit "$id" busy:1
is "$(proa inspect -f '{{.State.Status}}' "$id")" running "it goes on afterwards"
proa pause "$id" >/dev/null
ok "of a paused one" proa commit "$id" busy:2
is "$(proa inspect -f '{{.State.Status}}' "$id")" paused "which stays paused"
ok "of the paused one without pausing" proa commit --pause=false "$id" busy:3
proa rm -f "$id" >/dev/null

before=$(proa images -qa | wc -l)
for c in 'FROM x' 'RUN x' 'CMD' 'nonsense'; do
	run_is 1 "--change '$c' is refused" proa commit -c "$c" c-overlay bad:1
	one_line "in one line"
done
run_is 1 "a bad name" proa commit c-overlay Bad/Name
like "$err" "repository name .* must be lowercase" "in Docker's words"
run_is 1 "an unknown container" proa commit nope
is "$err" "proa: No such container: nope" "in Docker's words"
is "$(proa images -qa | wc -l)" "$before" "none of these made one"
proa rmi -f busybox >/dev/null
ok "after its image was forced away" proa commit c-overlay late:1
is "$(proa run --rm --network none late:1 cat /f)" hello "which runs"

# A disk that is full at commit: nothing is left of it.
mkdir "$T/disk"
if mount -t tmpfs -o size=24m none "$T/disk" 2>/dev/null; then
	D=$T/disk/d
	load_busybox
	proa run --name full --network none busybox dd if=/dev/urandom of=/big bs=1M count=12 2>/dev/null
	before=$(ls -A "$D/layers" | grep -v '^blobs$' | sort)
	run_is 1 "a full disk" proa commit full full:1
	like "$err" "space" "says so"
	is "$(ls -A "$D/layers" | grep -v '^blobs$' | sort)" "$before" "no layer"
	is "$(ls -A "$D/tmp" "$D/pins" | grep -c '[0-9a-f]')" 2 "no temporary"
else
	skip "a full disk" "no tmpfs can be mounted"
fi
done_testing
