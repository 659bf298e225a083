/* The evidence of an anchor: everything that shows, without asking anybody, that a transaction of a
 * certain sender with a certain input and outcome is in a block with a certain hash.
 *
 * One question stays open: is that block on the chain? A checkpoint, endpoints or nobody answers it;
 * links carry the claim on to a later block, which a checkpoint may name.
 * The JSON form is in evidencejson.h. Source: design.md section 2. */
#ifndef COMMON_EVIDENCE_H
#define COMMON_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/blobs.h"
#include "common/bytes.h"
#include "common/err.h"
#include "common/ethheader.h"
#include "common/ethreceipt.h"
#include "common/ethtx.h"
#include "common/hash32.h"
#include "common/seal.h"

#define EVIDENCE_VERSION 1

/* A step from a block to a later one. */
enum evidence_link_kind {
    EVIDENCE_HEADERS, /* the headers that follow, each naming its parent */
    EVIDENCE_EIP2935, /* a later header whose state holds the hash of ours: at most 8,191 blocks on */
    EVIDENCE_OTHER,   /* a kind that we do not know: it and what follows say nothing to us */
};

struct evidence_link {
    enum evidence_link_kind kind;
    struct blobs headers; /* HEADERS: one or more, in order; EIP2935: one */
    struct blobs account_proof, storage_proof; /* EIP2935 */
};

/* What a proof document carries. {0} is empty. Owner: the holder; evidence_done() frees. */
struct evidence {
    struct hash32 genesis_block; /* hash of block 0: names the chain beside its id; not provable */
    uint64_t tx_index;
    bool has_receipt;
    struct blobs pieces; /* the header in RLP, the raw transaction, and the raw receipt if there is one */
    struct blobs tx_proof, receipt_proof; /* trie nodes, root first */
    struct evidence_link *links;          /* oldest first */
    size_t n_links;
};

struct slice evidence_header(const struct evidence *ev);
struct slice evidence_tx(const struct evidence *ev);
/** Empty if there is none. */
struct slice evidence_receipt(const struct evidence *ev);

void evidence_done(struct evidence *ev);

/* A block as it was captured, all borrowed. */
struct evidence_block {
    struct hash32 genesis_block;
    struct slice header;              /* RLP, see ethraw_header */
    const struct blobs *transactions; /* all raw transactions, in order */
    const struct blobs *receipts;     /* all raw receipts, in order; NULL: evidence without a receipt */
};

/** Build the evidence of one transaction of a block.
 *
 *  Returns: ERR_OK, and evidence_check() has passed on it; ERR_CONFLICT the transactions or receipts do
 *           not have the root that the header names (something is missing, or the chain has tries of
 *           its own kind); ERR_INVALID no such transaction; those of evidence_check; ERR_NOMEM.
 *  Owner:   the caller, who calls evidence_done.
 */
enum err_code evidence_build(struct evidence *ret, const struct evidence_block *block,
                             uint64_t tx_index, struct err *e) __attribute__((warn_unused_result));

/* What evidence proves. */
struct evidence_facts {
    struct ethheader block;
    uint64_t tx_index;
    struct ethtx tx; /* its data points into the evidence */
    struct seal_address sender;
    bool has_receipt;
    struct ethreceipt receipt; /* status and logs, pointing into the evidence */
    struct ethheader tip; /* where the links lead: the newest block that holds all this; without links
                             the block itself */
    size_t n_links; /* links that were followed */
};

/** Check evidence from the header to the receipt and along the links.
 *
 *  Not judged here: whether the block is on the chain, the chain id, sender, input, receiver, value,
 *  status and logs against what an anchor needs.
 *
 *  Returns: ERR_OK; ERR_PARSE, ERR_INVALID, ERR_LIMIT with the first step that fails; ERR_UNSUPPORTED a
 *           transaction type that we cannot read; ERR_NOMEM.
 *  Owner:   the caller, who calls evidence_facts_done before the evidence goes.
 */
enum err_code evidence_check(const struct evidence *ev, struct evidence_facts *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Free it. Harmless on {0}. */
void evidence_facts_done(struct evidence_facts *facts);

#endif
