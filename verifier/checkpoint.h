/* Blocks that the reader of a verdict trusts (--checkpoint FILE): they confirm evidence without asking
 * anybody. FORMAT: [{"chainId": 1, "number": 21000000, "hash": "0x…"}]. */
#ifndef VERIFIER_CHECKPOINT_H
#define VERIFIER_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"

#define CHECKPOINT_MAX 1024

struct checkpoint_block {
    uint64_t chain_id, number;
    struct hash32 hash;
};

struct checkpoints {
    struct checkpoint_block *blocks; /* owned */
    size_t n;
};

/** Returns: ERR_OK; ERR_PARSE, ERR_INVALID, ERR_LIMIT malformed, the message says where; ERR_NOMEM.
 *  Owner:   the caller; checkpoint_done() frees. Untouched on error. */
enum err_code checkpoint_parse(struct checkpoints *ret, const char *text, size_t len, struct err *e)
    __attribute__((warn_unused_result));

void checkpoint_done(struct checkpoints *checkpoints);

enum checkpoint_answer { CHECKPOINT_SILENT, CHECKPOINT_CONFIRMS, CHECKPOINT_CONTRADICTS };

/** What the list says about a block: nothing if it has none of that chain and height. */
enum checkpoint_answer checkpoint_about(const struct checkpoints *checkpoints, uint64_t chain_id,
                                        uint64_t number, const struct hash32 *hash);

#endif
