#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shim.t: proa-shim is nobody's command.
. "$(dirname "$0")/../lib.sh"

need_proa
ln -s "$PROA" "$T/proa-shim"
run_is 125 "typed by a person it ends at once" "$T/proa-shim"
unlike "$("$PROA" --help 2>&1)" '^ +shim ' "and help does not name it"
done_testing
