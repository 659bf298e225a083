/* The facts of one audit: what the log publishes and what the chain shows, side by side. Plain values;
 * nothing here is judged. Pure. */
#ifndef VERIFIER_AUDIT_LEDGER_H
#define VERIFIER_AUDIT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/keychain.h"
#include "common/proof.h"
#include "common/seal.h"
#include "verifier/audit/findings.h"

#define LEDGER_MAX_BATCHES (1u << 22)
#define LEDGER_MAX_TXS (1u << 23)
#define LEDGER_MAX_KEYS KEYCHAIN_MAX_KEYS
#define LEDGER_ERA (UINT64_C(1) << 32) /* the numbers after a recovery go on in the next block of so many */

enum ledger_annex { LEDGER_ANNEX_NONE, LEDGER_ANNEX_READ, LEDGER_ANNEX_MALFORMED };

/* What a batch says that follows a recovery (design.md section 2). */
struct ledger_gap {
    bool declared;
    uint64_t last_number;
    struct hash32 last_value;
    uint64_t n_unknown, n_orphans;
    struct hash32 unknown_hash, orphans_hash;
};

/* A block as the chain shows it at a height. */
struct ledger_block {
    bool asked; /* the rest is valid */
    bool found;
    uint64_t number, time;
    struct hash32 hash;
};

/* The transaction that a node names for a batch. */
struct ledger_claim {
    bool made;
    uint64_t chain_id, block;
    struct hash32 tx, block_hash, value;
};

struct ledger_batch {
    /* as listed */
    uint64_t number, leaf_count, sealed_at;
    enum proof_status status;
    uint8_t header_bytes[SEAL_HEADER_LEN];
    struct hash32 root, seal, previous, anchored;
    struct ledger_claim claim;
    /* as read and rebuilt */
    bool is_read;   /* leaves and annex are there, as far as the source has them */
    bool header_ok; /* it is a header: */
    struct seal_header header;
    uint64_t n_leaves;      /* that were given */
    struct hash32 rebuilt;  /* root over them */
    enum ledger_annex annex;
    struct hash32 annex_hash; /* unless NONE */
    struct ledger_gap gap;
    bool closed;
    struct ledger_block recent; /* the chain's block at the height that the header names */
};

/* A change of keys that an annex names. */
struct ledger_change {
    uint64_t number; /* of the batch */
    bool added;
    struct seal_address key;
};

enum ledger_kind {
    LEDGER_ANCHOR,     /* 32 bytes to the registry or to the sender itself, value 0 */
    LEDGER_KEY_ADD,
    LEDGER_KEY_REMOVE,
    LEDGER_REVOKE,
    LEDGER_ELSEWHERE,  /* 32 bytes to anybody else */
    LEDGER_OTHER,
};

/* One transaction of a key of the log, as its own signed bytes and its receipt show it. */
struct ledger_tx {
    struct keychain_place place; /* log_index: of its event, else 0 */
    uint64_t time;               /* of its block */
    struct hash32 block_hash, hash;
    struct seal_address sender, to;
    uint64_t nonce;
    enum ledger_kind kind;
    struct hash32 value;     /* ANCHOR: R; REVOKE: the id */
    struct seal_address key; /* KEY_ADD, KEY_REMOVE */
    bool counts;             /* status 1, and the registry's event where it goes to the registry */
};

struct ledger_key {
    struct seal_address key;
    uint64_t n_transactions; /* at the final block */
};

/* Where a leaf stands, by the first 8 bytes of it: finds leaves that stand twice. */
struct ledger_leaf {
    uint64_t prefix;
    uint32_t batch, index; /* in .batches, in the batch */
};

/* {0} is empty. Owner: the holder; ledger_done() frees. */
struct ledger {
    char name[SEAL_NAME_MAX + 1];
    uint8_t genesis_bytes[SEAL_GENESIS_LEN];
    struct seal_genesis genesis;
    struct hash32 r0;
    uint64_t head; /* as the log says: its newest batch, and its value */
    struct hash32 anchored;
    bool has_claims; /* the source names transactions (a node does, a store does not) */
    struct ledger_block final; /* up to here the chain was read */
    struct ledger_batch *batches; /* as listed */
    size_t n_batches, cap_batches;
    struct ledger_tx *txs; /* in no order */
    size_t n_txs, cap_txs;
    uint32_t *tx_slots; /* private: 1 + place in txs, by hash */
    size_t n_tx_slots;
    struct ledger_change *changes;
    size_t n_changes, cap_changes;
    struct ledger_leaf *leaves;
    size_t n_leaves, cap_leaves;
    struct ledger_key keys[LEDGER_MAX_KEYS];
    size_t n_keys;
    bool log_complete, chain_complete; /* all of it was read; what is not, is not judged */
    struct findings seen; /* what could be told only while reading: about endpoints, and what failed */
};

void ledger_done(struct ledger *l);

/** Take a genesis. Returns: ERR_OK; ERR_PARSE. */
enum err_code ledger_set_genesis(struct ledger *l, const uint8_t genesis[SEAL_GENESIS_LEN], struct err *e)
    __attribute__((warn_unused_result));

/** True if anchors of this log may go to a registry. */
bool ledger_has_registry(const struct ledger *l);

/** Add, by copy. Returns: ERR_OK; ERR_LIMIT; ERR_NOMEM. A key or transaction that is
 *  there already is not added again. */
enum err_code ledger_add_batch(struct ledger *l, const struct ledger_batch *batch, struct err *e)
    __attribute__((warn_unused_result));
enum err_code ledger_add_tx(struct ledger *l, const struct ledger_tx *tx, struct err *e)
    __attribute__((warn_unused_result));
enum err_code ledger_add_change(struct ledger *l, const struct ledger_change *change, struct err *e)
    __attribute__((warn_unused_result));
enum err_code ledger_add_key(struct ledger *l, const struct seal_address *key, struct err *e)
    __attribute__((warn_unused_result));

bool ledger_is_key(const struct ledger *l, const struct seal_address *address);

/** The transaction with this hash; NULL. Valid until one is added. */
struct ledger_tx *ledger_find_tx(const struct ledger *l, const struct hash32 *hash);

/** Decode .header_bytes of a batch. */
void ledger_read_header(struct ledger_batch *batch);

/** Rebuild the tree of batch i and remember its leaves.
 *  In:      leaves  n of them; overwritten
 *  Returns: ERR_OK; ERR_LIMIT; ERR_NOMEM. Cost: n hashes. */
enum err_code ledger_rebuild(struct ledger *l, size_t i, struct hash32 *leaves, uint64_t n, struct err *e)
    __attribute__((warn_unused_result));

/** Add the places of n leaves of batch i as they were noted before (struct ledger_leaf, any alignment); the
 *  batch in them is set to i. Returns: ERR_OK; ERR_NOMEM. */
enum err_code ledger_add_leaves(struct ledger *l, size_t i, const void *leaves, uint64_t n, struct err *e)
    __attribute__((warn_unused_result));

/** Forget the leaves and the annex of batch i: it is read anew. */
void ledger_forget_batch(struct ledger *l, size_t i);

/** Read the annex of batch i: JSON of design.md section 2; unknown members are ignored.
 *  Returns: ERR_OK, also for one that cannot be read (batch.annex tells); ERR_NOMEM. */
enum err_code ledger_read_annex(struct ledger *l, size_t i, const void *text, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
