/* RLP, the byte form of everything Ethereum hashes: a writer, and a reader that takes only the one
 * canonical form (no leading zeros, shortest lengths, nothing left over).
 *
 * Both have a sticky error: write the straight story, look once at the end.
 * Source: Ethereum yellow paper, appendix B. */
#ifndef COMMON_RLP_H
#define COMMON_RLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/wei.h"

#define RLP_MAX_DEPTH 8 /* lists inside lists; a receipt has 4, an access list 4 */

/* Writing. What does not fit sets w->failed, as with all of bytes.h. */

void rlp_put_bytes(struct bytes_writer *w, const void *data, size_t len);
void rlp_put_u64(struct bytes_writer *w, uint64_t v);
void rlp_put_wei(struct bytes_writer *w, wei v);
/** An integer in big-endian bytes; leading zeros are left out. */
void rlp_put_uint(struct bytes_writer *w, const uint8_t *bytes, size_t len);

/** Begin a list; everything written until rlp_close is in it. Or begin a byte string: the bytes put
 *  until rlp_close_bytes are it.
 *  Returns: the mark that the closing call takes. Lists nest. */
size_t rlp_open(const struct bytes_writer *w);
void rlp_close(struct bytes_writer *w, size_t mark);
void rlp_close_bytes(struct bytes_writer *w, size_t mark);

/** Write the prefix of a list alone, its items being len bytes that follow. */
void rlp_put_list_prefix(struct bytes_writer *w, size_t len);

/* Reading. */

struct rlp_reader {
    const uint8_t *data; /* borrowed */
    size_t pos;
    size_t end[RLP_MAX_DEPTH + 1]; /* of the whole, then of each open list */
    unsigned depth;
    enum err_code failed; /* ERR_OK; ERR_PARSE, or ERR_LIMIT for what is sound but too large for us */
    const char *why;      /* what was wrong first */
};

struct rlp_reader rlp_reader(const void *data, size_t len);

/** Record an error of a rule that stands above RLP; the first error stays.
 *  In:      why  a text that lives as long as the reader */
void rlp_fail(struct rlp_reader *r, enum err_code code, const char *why);

/** True if the next item of the open list is a list; false at its end. */
bool rlp_is_list(const struct rlp_reader *r);
/** True while the open list (or the whole) has items left. False after an error. */
bool rlp_more(const struct rlp_reader *r);

/** Go into the list that comes next, and out of it. Leaving a list that is not at its end is an
 *  error. */
void rlp_enter(struct rlp_reader *r);
void rlp_leave(struct rlp_reader *r);

/** Read a byte string: of any length, or of exactly len bytes. After an error: empty, or zeros. */
struct slice rlp_get_bytes(struct rlp_reader *r);
void rlp_get_fixed(struct rlp_reader *r, void *ret, size_t len);

/** Read an integer. More than 64 or 256 bits is ERR_LIMIT; rlp_get_wei cuts to WEI_MAX. */
uint64_t rlp_get_u64(struct rlp_reader *r);
wei rlp_get_wei(struct rlp_reader *r);
void rlp_get_u256(struct rlp_reader *r, uint8_t ret[static 32]);

/** Step over one item, checking everything inside it. Returns: its bytes, with its own prefix. */
struct slice rlp_skip(struct rlp_reader *r);

/** Everything was read and sound?
 *
 *  In:      what  names the thing in the message
 *  Returns: ERR_OK; ERR_PARSE not canonical, not the expected kind, or bytes left over; ERR_LIMIT a
 *           number or a depth over our limits.
 */
enum err_code rlp_finish(const struct rlp_reader *r, const char *what, struct err *e)
    __attribute__((warn_unused_result));

#endif
