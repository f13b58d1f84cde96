/* SPDX-License-Identifier: Apache-2.0 */
/* outfile: an answer's body, an archive, to stdout or into a file: save and export. */
#ifndef APPLETS_OUTFILE_H
#define APPLETS_OUTFILE_H

#include "api/client.h"

/* output NULL: stdout, which the caller has seen to be no terminal. */
int outfile_write(struct client_conn *cc, const char *output, struct err *e);

#endif
