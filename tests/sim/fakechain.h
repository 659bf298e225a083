/* A chain and its mempool small enough to be checked by eye: one key, blocks, a fee market, the
 * replacement rules of four clients, reorganisations, strangers with the same key. For simulations. */
#ifndef TESTS_SIM_FAKECHAIN_H
#define TESTS_SIM_FAKECHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash32.h"
#include "common/wei.h"

#define GWEI UINT64_C(1000000000)
#define FAKE_GAS_USED 23100
#define FAKE_TXS 1024
#define FAKE_NONCES 128
#define FAKE_BLOCKS 8192
#define FAKE_POOL 64

enum fake_client {
    FAKE_GETH,    /* + 10 % on both fields, strictly */
    FAKE_BESU,    /* + 10 % on the effective price */
    FAKE_ANVIL,   /* + 1 wei on the cap; refuses and evicts below the base fee; forgets on a reorg */
    FAKE_HARDHAT, /* + 10 % on both, says how much it wants */
};

struct fake_tx {
    struct hash32 hash;
    uint64_t nonce;
    uint64_t k;   /* the batch whose value it carries; 0: a stranger's */
    bool legacy;
    uint64_t tip, cap, gas;
    bool useless; /* it will fail, or lack the event */
};

struct fake_block {
    struct hash32 hash;
    uint64_t time;
    uint64_t base;
};

/* What used a nonce, on the canonical chain. */
struct fake_use {
    uint32_t tx;
    uint64_t block;
    wei cost;
};

/* A receipt that the node forgot to take back. */
struct fake_orphan {
    uint32_t tx;
    uint64_t block;
    struct hash32 block_hash;
};

struct fake_chain {
    uint64_t *random;
    enum fake_client client;
    bool strict_gap;        /* refuse nonces that leave a gap, like Arbitrum */
    bool legacy;            /* no base fee */
    uint64_t finality_lag;  /* finalized = head − this */
    uint64_t min_tip;       /* the node's own floor */
    uint64_t max_base;      /* without a spike */
    uint64_t max_tip;       /* that miners ever want */
    unsigned full;          /* per mille of blocks have no place for us */
    wei balance;

    struct fake_block blocks[FAKE_BLOCKS]; /* by number */
    uint64_t head;
    uint64_t highest;       /* head there ever was */
    uint64_t finalized;     /* never goes back, unless the chain breaks its word */
    uint64_t base;          /* of the next block */
    uint64_t normal_base;   /* the same without a spike */
    uint64_t spike_blocks;  /* left */
    uint64_t market_tip;    /* what miners want now */

    struct fake_tx txs[FAKE_TXS]; /* every one ever seen */
    uint32_t n_txs;
    uint32_t pool[FAKE_POOL];
    uint32_t n_pool;
    struct fake_use uses[FAKE_NONCES]; /* by nonce */
    uint64_t n_uses;                   /* the nonce at latest */
    struct fake_orphan orphans[FAKE_TXS];
    uint32_t n_orphans;
};

/* n per mille of the time. */
bool fake_chance(uint64_t *random, unsigned per_mille);
uint64_t fake_below(uint64_t *random, uint64_t n);
struct hash32 fake_hash(uint64_t *random);

void fake_init(struct fake_chain *chain, uint64_t *random, enum fake_client client, uint64_t nonce,
               uint64_t now);

/* What the client says to a transaction; a mask of enum anchor_reply, and a minimum it names. */
uint32_t fake_send(struct fake_chain *chain, const struct fake_tx *tx, uint64_t *ret_min_cap,
                   uint64_t *ret_min_tip);

void fake_mine(struct fake_chain *chain, uint64_t now);
/* Take back the last blocks; the next ones come by fake_mine(). breaks: even finalized ones. */
void fake_reorg(struct fake_chain *chain, uint64_t depth, bool breaks);
void fake_drop_pool(struct fake_chain *chain);
/* Somebody else uses the next free nonce, in a block of its own. */
void fake_stranger(struct fake_chain *chain, uint64_t now);

/* Views at a block. */
uint64_t fake_nonce_at(const struct fake_chain *chain, uint64_t block);
uint64_t fake_nonce_pending(const struct fake_chain *chain);
const struct fake_use *fake_receipt(const struct fake_chain *chain, const struct hash32 *hash,
                                    uint64_t at_block);

#endif
