/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountinfo: what everybody who reads /proc/PID/mountinfo needs.
 */
#ifndef BASE_MOUNTINFO_H
#define BASE_MOUNTINFO_H

/* Undoes a field's octal escapes (of white space and '\'), in place. */
void mountinfo_unescape(char *field);

#endif
