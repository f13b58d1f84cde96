/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa-shim: the parent of one container (container/shim.h). Started by the engine only, from
 * a descriptor; typed by a person it finds no launch socket and ends with 125.
 */
#include "applets/applet.h"
#include "container/shim.h"
#include "container/shimexec.h"
#include "engine/netup.h"

#include <stdlib.h>

static int shim_applet(struct applet_ctx *c)
{
	(void)c;
	if (getenv(SHIM_EXEC))
		return shimexec_main();
	return shim_main(getenv(SHIM_BIRTH), &netup_shimnet);
}

APPLET(shim, .name = "shim", .usage = "", .brief = "the parent of one container",
       .flags = APPLET_HIDDEN, .main = shim_applet);
