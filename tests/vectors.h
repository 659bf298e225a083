/* Reading public test vectors: JSON, plain or gzip, with 0x-hex in it. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/** Load a file of the public data (see harness_data). Skips the test, visibly, if it is absent; fails
 *  it if it is not JSON. Owner: the caller calls json_decref. */
json_t *vectors_load(const char *name);

/** The bytes of "0x…" text. Owner: the caller frees (never NULL). */
uint8_t *vectors_bytes(const char *text, size_t *ret_len);

/** The bytes of a member that must be "0x…" text. Owner: the caller frees. */
uint8_t *vectors_hex(const json_t *object, const char *key, size_t *ret_len);

/** A member that must be text. */
const char *vectors_text(const json_t *object, const char *key);

#endif
