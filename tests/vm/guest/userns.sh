#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# userns.sh: see ../userns.t.
TMP=/data exec sh /guest/tests/ns/userns.t
