/* SPDX-License-Identifier: Apache-2.0 */
/* version: what this build calls itself, and the range of Docker API versions it speaks. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define PROA_VERSION "0.1.0"
#define PROA_API_VERSION "1.51"
#define PROA_API_MINOR_MAX 51
#define PROA_API_MINOR_MIN 24

#endif
