/* The HTTP API of a node, as `submit` uses it (design.md section 3). */
#ifndef VERIFIER_NODE_H
#define VERIFIER_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/hash32.h"
#include "common/proof.h"
#include "verifier/fetch.h"

#define NODE_MAX_HASHES 10000 /* of one request */
#define NODE_DEFAULT_URL "http://127.0.0.1:8420"

struct node {
    struct fetch *fetch; /* borrowed */
    const char *url;     /* borrowed; without a slash at the end */
    const char *token;   /* borrowed; NULL: none */
    struct fetch_reply reply;
};

void node_close(struct node *node);

struct node_hash {
    struct hash32 hash;
    enum proof_rule rule;
};

/** Register hashes; safe to repeat.
 *
 *  In:      n  1 to NODE_MAX_HASHES
 *  Returns: ERR_OK they are on the node's disk; ERR_DENIED token missing or wrong (401, 403); ERR_BUSY come
 *           later (503, 507); ERR_INVALID anything else that the node refuses; ERR_IO, ERR_TIMEOUT
 *           not reachable; ERR_PARSE, ERR_LIMIT the answer is not that of a node; ERR_NOMEM.
 */
enum err_code node_post(struct node *node, const struct node_hash *hashes, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/** The proof of a hash, as text and parsed; it is checked to be of this hash and well formed.
 *
 *  Out:     *ret, *ret_text  the text lives in node->reply until the next call
 *           *ret_wait        seconds to wait before asking again (ERR_NOT_YET, ERR_BUSY)
 *  Returns: ERR_OK; ERR_NOT_YET not sealed (409); ERR_NOT_FOUND; ERR_GONE; the others of node_post(), and
 *           those of proof_parse() and seal_check_path() for what is not a proof of this hash.
 */
enum err_code node_proof(struct node *node, const struct hash32 *hash, struct proof *ret,
                         struct slice *ret_text, unsigned *ret_wait, struct err *e)
    __attribute__((warn_unused_result));

/** GET a path, for what is public. In: max  longest answer, in bytes; timeout_ms  0: the usual.
 *  Out:     the answer is in node->reply.body until the next call
 *  Returns: ERR_OK (200); ERR_NOT_FOUND (404), ERR_GONE and the others of node_post(). */
enum err_code node_get(struct node *node, const char *path, size_t max, long timeout_ms, struct err *e)
    __attribute__((warn_unused_result));

#endif
