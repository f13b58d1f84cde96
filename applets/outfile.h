/* SPDX-License-Identifier: Apache-2.0 */
/* outfile: an answer's body, an archive, to stdout or into a file: save and export. */
#ifndef APPLETS_OUTFILE_H
#define APPLETS_OUTFILE_H

#include "api/client.h"

/* Before anything is asked for: what can be no output is refused; `what` is to be done with it.
 * output NULL: stdout. */
int outfile_check(const char *output, const char *what, struct err *e);
int outfile_write(struct client_conn *cc, const char *output, struct err *e);

#endif
