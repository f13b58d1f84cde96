# SPDX-License-Identifier: Apache-2.0
# renumber.awk: makes one TAP stream of those of the scripts a guest ran, as they come in. A script
# that ended without its plan, or whose results are not as many as planned, and a guest that ended
# before it said "done" are failures, so that silence never counts as success.

function result(good, text) {
	n++
	if (!good)
		failed++
	print (good ? "ok " : "not ok ") n " - " text
	fflush()
}

{ sub(/\r$/, "") }

/^#! begin / { script = $3; seen = 0; plan = -1; sub(/^tests\//, "", script); next }
/^#! end / {
	if (plan == -1)
		result(0, script ": ended without a plan, exit " $4)
	else if (plan != seen)
		result(0, script ": planned " plan " results, gave " seen)
	script = ""
	next
}
/^#! done/ { done = 1; next }
/^1\.\.0 # SKIP/ { sub(/^1\.\.0 /, ""); plan = 0; result(1, script " " $0); next }
/^1\.\.[0-9]+$/ { plan = substr($0, 4) + 0; next }
/^(not )?ok [0-9]+/ {
	seen++
	good = /^ok/
	sub(/^(not )?ok [0-9]+( - )?/, "")
	result(good, script ": " $0)
	next
}
{ print (/^#/ ? "" : "# ") $0; fflush() }

END {
	if (!done)
		result(0, "the guest ran to its end" (script ? " (was in " script ")" : ""))
	print "1.." n
	exit failed ? 1 : 0
}
