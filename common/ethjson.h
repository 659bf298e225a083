/* Values of the chain in the JSON form of a node: typed getters, and blocks, transactions and receipts
 * written back into the bytes that their hashes are made of.
 *
 * Getters continue jsonio.h: the first error is kept with its place, everything after it gives zeros. */
#ifndef COMMON_ETHJSON_H
#define COMMON_ETHJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/hash32.h"
#include "common/jsonio.h"
#include "common/seal.h"
#include "common/wei.h"

/** A member, or an element of an array, of any kind; its value is NULL if it is absent. */
struct jsonio_node ethjson_member(const struct jsonio_node *object, const char *key);
struct jsonio_node ethjson_element(const struct jsonio_node *array, size_t index);

/** True if the member is absent or null. */
bool ethjson_lacks(const struct jsonio_node *object, const char *key);

/** The value of a node: a quantity (minimal hex), or exactly len bytes of hex in either case. */
uint64_t ethjson_u64(const struct jsonio_node *node);
wei ethjson_wei(const struct jsonio_node *node);
void ethjson_fixed(const struct jsonio_node *node, void *ret, size_t len);

/** The same of a member of an object. */
uint64_t ethjson_get_u64(const struct jsonio_node *object, const char *key);
wei ethjson_get_wei(const struct jsonio_node *object, const char *key);
struct hash32 ethjson_get_hash(const struct jsonio_node *object, const char *key);
struct seal_address ethjson_get_address(const struct jsonio_node *object, const char *key);

/** Write the bytes of a hex string, of any length, as they are. */
void ethjson_put_raw(struct bytes_writer *w, const struct jsonio_node *node);

/** Enough room for what the functions below write of a value. */
size_t ethjson_room(const json_t *value);

/* Writers of RLP. Integers may have leading zeros here (some nodes pad r and s): what counts is that
 * the result has the right hash, which the caller checks. */

/* A header has 15 fields; forks have added more at its end, and a node may show fields that its chain
 * does not have yet. So there are several forms, and the hash tells which one is right. */
#define ETHJSON_HEADER_FORMS 6

/** Write the RLP of a header in one of its forms, 0 having the most fields.
 *  Returns: false if the object lacks a field of that form (nothing is written). */
bool ethjson_put_header(struct bytes_writer *w, const struct jsonio_node *block, unsigned form);

/** Write a transaction: legacy, types 1 to 4, and 0x7e of the OP stack.
 *  Returns: false if its type is another one (nothing is written, nothing fails). */
bool ethjson_put_transaction(struct bytes_writer *w, const struct jsonio_node *tx);

/** Write a receipt of any type. */
void ethjson_put_receipt(struct bytes_writer *w, const struct jsonio_node *receipt);

#endif
