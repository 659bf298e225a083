/* Block headers in RLP: what is read out of one. Every field is bound by the hash of the block. */
#ifndef COMMON_ETHHEADER_H
#define COMMON_ETHHEADER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ethreceipt.h"
#include "common/hash32.h"

#define ETHHEADER_MAX_LEN 4096 /* today at most 657 bytes, more with the seals of some private chains */

struct ethheader {
    struct hash32 hash; /* of the block */
    struct hash32 parent_hash, state_root, transactions_root, receipts_root;
    uint8_t bloom[ETHRECEIPT_BLOOM_LEN];
    uint64_t number;
    uint64_t time; /* Unix seconds */
};

/** Read a header: 15 fields by their place; those that forks add behind them are not looked at.
 *  Returns: ERR_OK; ERR_PARSE not canonical RLP, or not such a list; ERR_LIMIT longer than
 *           ETHHEADER_MAX_LEN, or a number above 64 bits.
 *  Source:  yellow paper, section 4.3. */
enum err_code ethheader_decode(struct ethheader *ret, const uint8_t *rlp, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
