/* An Ethereum chain in memory, spoken to as endpoints are (JSON-RPC through struct endpoints_transport):
 * real signed transactions, real headers and roots, the registry's events; and faults on demand. */
#ifndef TESTS_FAKECHAIN_H
#define TESTS_FAKECHAIN_H

#include "common/evidence.h"
#include "common/proof.h"
#include "common/registry.h"
#include "verifier/endpoints.h"

#define FAKECHAIN_MAX 512

/* One block with one transaction. */
struct fakechain_block {
    struct blobs tx, receipt; /* one raw item each */
    uint8_t header[700];
    size_t header_len;
    struct hash32 hash, tx_hash;
    struct seal_address from, to;
    uint64_t time;
    bool ok, pending;
    bool replaced; /* asked for by its number, it is another one */
    bool has_log;
    struct ethreceipt_log log;
};

struct fakechain {
    uint64_t id; /* chain id */
    struct seal_address registry;
    struct fakechain_block blocks[FAKECHAIN_MAX]; /* block 0 has a transaction too: nobody minds */
    uint64_t n;     /* blocks: the head is n - 1 */
    uint64_t final; /* number of the finalized block */
    /* faults */
    bool no_finalized;       /* the tag is refused */
    uint64_t max_span;       /* most blocks of one eth_getLogs; 0: any */
    const char *break_method; /* this method … */
    const char *with_body;    /* … answers these bytes, */
    enum err_code with_error; /* or the transport fails so */
    unsigned calls;
};

void fakechain_open(struct fakechain *ret, uint64_t id);
void fakechain_close(struct fakechain *chain);
struct endpoints_transport fakechain_transport(struct fakechain *chain);

/** The address of test key `key` (1 to 255). */
struct seal_address fakechain_address(uint8_t key);

/* A transaction to send; what is zero takes the usual value. */
struct fakechain_tx {
    uint8_t key;
    struct seal_address to;
    const void *input;
    size_t input_len;
    uint64_t chain_id; /* signed for another one */
    uint8_t value;     /* wei */
    uint8_t claims;    /* a registry that lies: its event names this key as the caller */
    bool failed;       /* receipt status 0 */
    bool silent;       /* no event */
    bool pending;      /* not mined */
};

/** Mine it in a block of its own. What the registry does follows from the input. Returns: the block. */
const struct fakechain_block *fakechain_send(struct fakechain *chain, const struct fakechain_tx *tx);

/** Mine empty-ish blocks and make all but the last two final. */
void fakechain_settle(struct fakechain *chain);

/** Put a block's transaction into the anchor, with evidence. */
void fakechain_fill(const struct fakechain *chain, const struct fakechain_block *block,
                    struct proof_anchor *anchor);

#endif
