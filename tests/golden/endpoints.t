#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timeout: 240
# endpoints.t: containers on networks: NetworkSettings, hosts, resolv.conf, addresses and routes, connect and disconnect,
# against what Docker's client and dockerd answered. A mount namespace of its own: /etc/resolv.conf and
# /etc/hosts are other ones for it.
[ -n "${GOLDEN_MNT:-}" ] || GOLDEN_MNT=1 exec unshare -m "$0" "$@"
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/network.inc"

golden endpoints
done_testing
