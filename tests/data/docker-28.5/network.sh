#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# network.sh: asks a real dockerd 28.5 about networks and writes what it answers here. Not part of any
# test run.
#   network.sh SOCKET DOCKER BUSYBOX.TAR WHAT
# WHAT is networks, endpoints or ports: WHAT.cases is run, WHAT.tsv written; or reach: reach.sh, reach.tsv.
# SOCKET: of a dockerd with nothing in it, which runs in the network namespace that this is called in
# (only lo there, with 10.250.0.1/24 too, and net.ipv4.ip_forward 1) and was started in a mount
# namespace in which `host_files DIR` of endpoints.sh was called. DOCKER: the client's command.
set -u
here=$(cd "$(dirname "$0")" && pwd)
socket=$1 docker=$2 image=$3 what=$4
S=/tmp/proa-golden
mkdir -p "$S" || exit 1
. "$here/endpoints.sh"
. "$here/errors.sh"
engine() { timeout 60 $docker -H "unix://$socket" "$@" </dev/null; }
engine_stdin() { $docker -H "unix://$socket" "$@"; }
get() { curl -s --unix-socket "$socket" "http://d/v1.51$1"; }
engine load -qi "$image" || exit 1
if [ "$what" = reach ]; then
	. "$here/reach.sh"
	R=$S REACH=$S/reach
	${CC_STATIC:-cc -static} -O1 -o "$REACH" "$here/../../golden/reach.c" || exit 1
	reach_up
	reach_ask 6000
	for who in $REACH_SOURCES; do cat "$S/from.$who"; done >"$here/reach.tsv"
	reach_down
else
	A=$(mktemp -d)
	errors_run "$here/$what.cases" "$A"
	"$here/../../golden/errors.py" collect "$A" "$S" networks >"$here/$what.tsv"
	rm -rf "$A"
fi
rm -rf "$S"
