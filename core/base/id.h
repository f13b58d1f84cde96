/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id: a container's ID: 64 hexadecimal digits, of which the last eight follow from the others, so
 * that its stem says it all. A link to it (names/) holds the stem: ext4 keeps a target of less than
 * 60 bytes in the inode, a longer one takes a block, which costs 0.25 ms to free where there is no
 * journal and blocks are discarded.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#define ID_LEN 64
#define ID_STEM 56

void id_new(char ret[ID_LEN + 1]);
/* stem: ID_STEM digits, and anything behind them. */
void id_complete(const char *stem, char ret[ID_LEN + 1]);

#endif
