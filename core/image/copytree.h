/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copytree: applies one layer (overlay's form) onto a flat tree: what a mount of overlay would
 * show, as a copy. Nobody else may write to either tree meanwhile.
 */
#ifndef IMAGE_COPYTREE_H
#define IMAGE_COPYTREE_H

#include "base/err.h"

/* Copies everything below src into dst with owners, modes, times, xattrs, hard links and holes;
 * whiteouts remove, opaque directories replace, the root directory's own attributes count too.
 * Files are shared by reflink where the file system can. */
int copytree_apply(int src, int dst, struct err *e);
/* Owner, mode, xattrs and times of one thing, by descriptors. */
int copytree_attrs(int from, int to, struct err *e);

#endif
