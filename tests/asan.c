/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into the binary with sanitizers and no other. What they find is written to files below
 * ASAN_LOG, by whichever process it is: a shim's stderr is the null device and it has no
 * environment, so ASAN_OPTIONS would not reach those that matter most. Without that folder (make
 * check-asan makes it) a report cannot be written and the process dies, saying so.
 *
 * Leaks are looked for as well: what lives in an arena is reachable by it, and the rest is freed.
 * Where memory is bounded for a test (ulimit -v) the shadow does not fit: those tests are not among
 * the ones that run with this binary.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "log_path=" ASAN_LOG "/report:detect_leaks=1";
}
