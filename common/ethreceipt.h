/* Transaction receipts in the byte form that the receipts root commits: encode and decode.
 *
 * Plain receipts are rlp[status or state root, gas, bloom, logs]; typed ones have their type byte in
 * front (EIP-2718). Receipts of the OP stack's deposits (type 0x7e) carry up to two more numbers. */
#ifndef COMMON_ETHRECEIPT_H
#define COMMON_ETHRECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/hash32.h"
#include "common/seal.h"

#define ETHRECEIPT_MAX_TOPICS 4
#define ETHRECEIPT_BLOOM_LEN 256
#define ETHRECEIPT_DEPOSIT 0x7e /* type of the OP stack's deposit transactions */

struct ethreceipt_log {
    struct seal_address address;
    size_t n_topics;
    struct hash32 topics[ETHRECEIPT_MAX_TOPICS];
    struct slice data; /* borrowed */
};

struct ethreceipt {
    uint8_t type;
    bool has_status;          /* false: from before Byzantium, with a state root */
    bool ok;                  /* status 1 */
    struct hash32 state_root; /* without status */
    uint64_t cumulative_gas;
    uint8_t bloom[ETHRECEIPT_BLOOM_LEN];
    struct ethreceipt_log *logs;
    size_t n_logs;
    uint8_t n_deposit; /* numbers behind the logs: 0 to 2, deposits only */
    uint64_t deposit[2]; /* nonce, version */
};

/** Write a receipt; what does not fit sets w->failed. */
void ethreceipt_put(struct bytes_writer *w, const struct ethreceipt *receipt);

/** Read a receipt.
 *
 *  Out:     ret  its logs are allocated, their data points into raw
 *  Returns: ERR_OK; ERR_PARSE not canonical, or not the fields of a receipt; ERR_NOMEM.
 *  Owner:   the caller, who calls ethreceipt_done.
 */
enum err_code ethreceipt_decode(struct ethreceipt *ret, const uint8_t *raw, size_t len, struct err *e)
    __attribute__((warn_unused_result));

/** Free the logs. Harmless on {0}. */
void ethreceipt_done(struct ethreceipt *receipt);

/** The bloom filter of some logs: 2048 bits, three for each address and topic.
 *  Source: yellow paper, section 4.3.1 (M3:2048). */
void ethreceipt_bloom(uint8_t ret[static ETHRECEIPT_BLOOM_LEN], const struct ethreceipt_log *logs,
                      size_t n);

/** True if a bloom may hold this topic or address; false: it certainly does not. */
bool ethreceipt_bloom_has(const uint8_t bloom[static ETHRECEIPT_BLOOM_LEN], const void *value,
                          size_t len);

#endif
