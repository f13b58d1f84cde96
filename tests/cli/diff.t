#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# diff: what a container changed, with overlay and with a driver that copies. Expected is what
# dockerd 28.5 says about the same commands, sorted.
. "$(dirname "$0")/../lib.sh"
need_root
need_proa
load_busybox

cmd='mkdir -p /d/sub; echo hello >/d/f; ln -s f /d/l; ln -s /d /dl; ln /d/f /d/hard; mkfifo /d/p
chmod 4755 /d/f; echo new >>/etc/passwd; rm /bin/vi; mkdir /etc/opq; rm -rf /home; mkdir /home
echo x >/home/x; touch /data/v; chmod 700 /tmp'
want='A /d
A /d/f
A /d/hard
A /d/l
A /d/p
A /d/sub
A /data
A /dl
A /etc/opq
A /home/x
C /bin
C /etc
C /etc/passwd
C /home
C /tmp
D /bin/vi'
for driver in overlay vfs; do
	p() {
		proa --storage-driver $driver "$@"
	}
	p create --name "new-$driver" --network none busybox true >/dev/null
	is "$(p diff "new-$driver")" "" "$driver: nothing"
	p run --name "c-$driver" -v /data --network none busybox sh -c "$cmd"
	is "$(p diff "c-$driver" | sort)" "$want" "$driver: everything"
	is "$(p diff "c-$driver" | sort -k 2 -c 2>&1)" "" "$driver: sorted by path"
	p run --name "o-$driver" --network none busybox sh -c \
		'rm -rf /var; mkdir /var; touch /var/z; rm /bin/vi; mkdir /bin/vi; mv /root /r2'
	is "$(p diff "o-$driver" | grep -v '^C /bin$' | sort)" "A /r2
A /var/z
C /bin/vi
C /var
D /root
D /var/spool
D /var/www" "$driver: replaced directories"
	id=$(p run -d --network none busybox sh -c 'touch /live; exec sleep 1000')
	ok "$driver: of one that runs" wait_for 20 sh -c '"$PROA" --data-root "$1" --exec-root "$2" diff "$3" |
		grep -qx "A /live"' x "$D" "$E" "$id"
	p rm -f "$id" >/dev/null
done
run_is 1 "an unknown container" proa diff nope
is "$err" "proa: No such container: nope" "in Docker's words"
run_is 1 "no container at all" proa diff
done_testing
