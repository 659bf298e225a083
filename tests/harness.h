/* What the unit tests share: cmocka, hex literals, and the folder of public test data. */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/err.h"
#include "common/hash32.h"

/** Check that a call succeeded; prints the message of `e` if it did not. */
#define assert_ok(call, e)                                                                         \
    do {                                                                                           \
        if ((call) != ERR_OK)                                                                      \
            fail_msg("%s: %s (%s)", #call, (e).msg, err_name((e).code));                           \
    } while (0)

/** Check that a call failed with exactly this code. */
#define assert_err(call, expected)                                                                 \
    do {                                                                                           \
        enum err_code got_ = (call);                                                               \
        if (got_ != (expected))                                                                    \
            fail_msg("%s: got %s, expected %s", #call, err_name(got_), err_name(expected));        \
    } while (0)

/** Bytes of a hex literal. Owner: the caller frees. Returns: length by ret_len. */
uint8_t *harness_hex(const char *hex, size_t *ret_len);

/** A hash from 64 digits. */
struct hash32 harness_hash(const char *hex);

/** The path of a file of the public data (HALLMARK_DATA, or ../shared/data beside the project).
 *  Returns: a static string, or NULL if it is absent: call skip() then, so that it is seen. */
const char *harness_data(const char *name);

/** A whole file, NUL-terminated. Owner: the caller frees. Fails the test if it cannot be read. */
char *harness_read(const char *path, size_t *ret_len);

/** An empty folder of this test's own, removed at exit. */
const char *harness_folder(void);

/* A host name that no resolver has to be asked about: a label has at most 63 octets (RFC 1035 section 2.3.4). */
#define HARNESS_NO_HOST "a-label-of-a-name-that-is-far-too-long-to-be-one-of-the-domain-system.invalid"

#define HARNESS_ADDRESS_LEN 32

/** A port of this machine that refuses: bound, so that nobody else gets it, and not listened on. Out: "127.0.0.1:PORT".
 *  Owner: the caller closes the descriptor. */
int harness_closed_port(char address[HARNESS_ADDRESS_LEN]);

/** A path in that folder. Owner: static; the last four stay valid. */
char *harness_path(const char *name);

/** Write a text to a file in that folder. Returns: its path, as harness_path(). */
char *harness_put(const char *name, const char *text);

/** A small deterministic generator (SplitMix64), for property tests. */
uint64_t harness_random(uint64_t *state);

#endif
