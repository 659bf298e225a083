/* A small chain: see fakechain.h. */
#include "tests/sim/fakechain.h"

#include <assert.h>

#include "daemon/core/anchor.h"

/* ------------------------------------------------------------------ chance */

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t fake_below(uint64_t *random, uint64_t n)
{
    return splitmix(random) % n;
}

bool fake_chance(uint64_t *random, unsigned per_mille)
{
    return per_mille > 0 && fake_below(random, 1000) < per_mille;
}

struct hash32 fake_hash(uint64_t *random)
{
    struct hash32 hash;
    for (size_t i = 0; i < sizeof hash.b; i += 8) {
        uint64_t r = splitmix(random);
        memcpy(hash.b + i, &r, 8);
    }
    return hash;
}

/* ------------------------------------------------------------------ blocks */

static void add_block(struct fake_chain *chain, uint64_t now)
{
    assert(chain->head + 1 < FAKE_BLOCKS);
    chain->blocks[++chain->head] =
        (struct fake_block){.hash = fake_hash(chain->random), .time = now, .base = chain->base};
    if (chain->head > chain->highest)
        chain->highest = chain->head;
    if (chain->head > chain->finality_lag && chain->head - chain->finality_lag > chain->finalized)
        chain->finalized = chain->head - chain->finality_lag;
}

void fake_init(struct fake_chain *chain, uint64_t *random, enum fake_client client, uint64_t nonce,
               uint64_t now)
{
    memset(chain, 0, sizeof *chain);
    chain->random = random;
    chain->client = client;
    chain->finality_lag = 4 + fake_below(random, 12);
    chain->balance = WEI_PER_ETHER;
    chain->max_base = 40 * GWEI;
    chain->max_tip = 2 * GWEI;
    chain->full = 250;
    chain->normal_base = chain->base = GWEI + fake_below(random, 30 * GWEI);
    chain->market_tip = GWEI / 2;
    for (uint64_t i = 0; i < nonce; i++) { /* what the key did before: its deployment, say */
        chain->txs[chain->n_txs++] = (struct fake_tx){.hash = fake_hash(random), .nonce = i};
        chain->uses[chain->n_uses++] = (struct fake_use){.tx = chain->n_txs - 1, .block = 1};
    }
    for (int i = 0; i < 20; i++)
        add_block(chain, now);
}

uint64_t fake_nonce_at(const struct fake_chain *chain, uint64_t block)
{
    uint64_t n = chain->n_uses;
    while (n > 0 && chain->uses[n - 1].block > block)
        n--;
    return n;
}

const struct fake_use *fake_receipt(const struct fake_chain *chain, const struct hash32 *hash,
                                    uint64_t at_block)
{
    for (uint64_t i = 0; i < chain->n_uses && chain->uses[i].block <= at_block; i++) {
        if (hash32_equal(&chain->txs[chain->uses[i].tx].hash, hash))
            return &chain->uses[i];
    }
    return NULL;
}

/* ------------------------------------------------------------------ mempool */

static int pool_find(const struct fake_chain *chain, uint64_t nonce)
{
    for (uint32_t i = 0; i < chain->n_pool; i++) {
        if (chain->txs[chain->pool[i]].nonce == nonce)
            return (int)i;
    }
    return -1;
}

static void pool_remove(struct fake_chain *chain, uint32_t i)
{
    chain->pool[i] = chain->pool[--chain->n_pool];
}

uint64_t fake_nonce_pending(const struct fake_chain *chain)
{
    uint64_t nonce = chain->n_uses;
    while (pool_find(chain, nonce) >= 0)
        nonce++;
    return nonce;
}

void fake_drop_pool(struct fake_chain *chain)
{
    chain->n_pool = 0;
}

static uint32_t tx_add(struct fake_chain *chain, const struct fake_tx *tx)
{
    for (uint32_t i = 0; i < chain->n_txs; i++) {
        if (hash32_equal(&chain->txs[i].hash, &tx->hash))
            return i;
    }
    assert(chain->n_txs < FAKE_TXS);
    chain->txs[chain->n_txs] = *tx;
    return chain->n_txs++;
}

static wei worst(const struct fake_tx *tx)
{
    return (wei)tx->cap * tx->gas;
}

static wei effective(const struct fake_tx *tx, uint64_t base)
{
    wei price = (wei)base + tx->tip;
    return price < tx->cap ? price : tx->cap;
}

/* The rules as read in the clients; `min` is what hardhat says. */
static bool may_replace(const struct fake_chain *chain, const struct fake_tx *old,
                        const struct fake_tx *new, uint64_t *ret_min)
{
    wei cap10 = ((wei)old->cap * 110 + 99) / 100, tip10 = ((wei)old->tip * 110 + 99) / 100;
    wei now = effective(old, chain->base), then = effective(new, chain->base);
    switch (chain->client) {
    case FAKE_GETH:
        return new->cap > old->cap && new->tip > old->tip && new->cap >= cap10 && new->tip >= tip10;
    case FAKE_BESU:
        return then * 100 >= now * 110;
    case FAKE_ANVIL:
        return new->cap > old->cap;
    case FAKE_HARDHAT:
        *ret_min = (uint64_t)cap10;
        return new->cap >= cap10 && new->tip >= tip10;
    }
    return false;
}

static bool has_funds(const struct fake_chain *chain, const struct fake_tx *tx)
{
    wei sum = worst(tx);
    for (uint32_t i = 0; i < chain->n_pool; i++) {
        if (chain->txs[chain->pool[i]].nonce != tx->nonce)
            sum += worst(&chain->txs[chain->pool[i]]);
    }
    return sum <= chain->balance;
}

uint32_t fake_send(struct fake_chain *chain, const struct fake_tx *tx, uint64_t *ret_min_cap,
                   uint64_t *ret_min_tip)
{
    int same = pool_find(chain, tx->nonce);
    if (same >= 0 && hash32_equal(&chain->txs[chain->pool[same]].hash, &tx->hash))
        return ANCHOR_REPLY_KNOWN;
    if (tx->nonce < chain->n_uses)
        return ANCHOR_REPLY_NONCE_LOW;
    if (chain->strict_gap && tx->nonce > fake_nonce_pending(chain))
        return ANCHOR_REPLY_NONCE_HIGH;
    if (chain->client == FAKE_ANVIL && tx->cap < chain->base)
        return ANCHOR_REPLY_BELOW_BASE;
    if (tx->tip < chain->min_tip) {
        *ret_min_tip = chain->min_tip;
        return ANCHOR_REPLY_UNDERPRICED;
    }
    if (!has_funds(chain, tx))
        return ANCHOR_REPLY_FUNDS;
    if (same >= 0 && !may_replace(chain, &chain->txs[chain->pool[same]], tx, ret_min_cap))
        return ANCHOR_REPLY_REPLACEMENT;
    if (same >= 0)
        pool_remove(chain, (uint32_t)same);
    assert(chain->n_pool < FAKE_POOL);
    chain->pool[chain->n_pool++] = tx_add(chain, tx);
    return ANCHOR_REPLY_ACCEPTED;
}

/* ------------------------------------------------------------------ mining */

static void move_market(struct fake_chain *chain)
{
    uint64_t step = chain->normal_base / 8 + 1;
    uint64_t base = chain->normal_base - step + fake_below(chain->random, 2 * step + 1);
    if (base < GWEI)
        base = GWEI;
    if (base > chain->max_base)
        base = chain->max_base;
    chain->normal_base = base;
    if (chain->spike_blocks > 0)
        chain->spike_blocks--;
    chain->base = chain->legacy ? 0 : chain->spike_blocks > 0 ? base * 20 : base;
    chain->market_tip = GWEI / 10 + fake_below(chain->random, chain->max_tip - GWEI / 10);
}

/* Evict what anvil evicts, and what cannot be paid. */
static bool is_evicted(const struct fake_chain *chain, const struct fake_tx *tx)
{
    return worst(tx) > chain->balance ||
           (chain->client == FAKE_ANVIL && tx->cap < chain->base && !chain->legacy);
}

static bool is_minable(const struct fake_chain *chain, const struct fake_tx *tx)
{
    if (chain->legacy)
        return tx->cap >= chain->market_tip;
    if (tx->cap < chain->base)
        return false;
    return effective(tx, chain->base) - chain->base >= chain->market_tip / 4;
}

static void use_nonce(struct fake_chain *chain, uint32_t tx)
{
    assert(chain->n_uses < FAKE_NONCES);
    wei cost = chain->txs[tx].k == 0
                   ? 0
                   : effective(&chain->txs[tx], chain->base) * FAKE_GAS_USED;
    chain->balance -= cost;
    chain->uses[chain->n_uses++] =
        (struct fake_use){.tx = tx, .block = chain->head + 1, .cost = cost};
}

void fake_mine(struct fake_chain *chain, uint64_t now)
{
    for (uint32_t i = 0; i < chain->n_pool;) {
        const struct fake_tx *tx = &chain->txs[chain->pool[i]];
        if (tx->nonce < chain->n_uses || is_evicted(chain, tx))
            pool_remove(chain, i);
        else
            i++;
    }
    for (;;) {
        int i = pool_find(chain, chain->n_uses);
        if (i < 0 || !is_minable(chain, &chain->txs[chain->pool[i]]) ||
            fake_chance(chain->random, chain->full))
            break;
        if (worst(&chain->txs[chain->pool[i]]) > chain->balance)
            break;
        use_nonce(chain, chain->pool[i]);
        pool_remove(chain, (uint32_t)i);
    }
    add_block(chain, now);
    move_market(chain);
}

void fake_stranger(struct fake_chain *chain, uint64_t now)
{
    struct fake_tx tx = {.hash = fake_hash(chain->random), .nonce = chain->n_uses};
    use_nonce(chain, tx_add(chain, &tx));
    add_block(chain, now);
}

void fake_reorg(struct fake_chain *chain, uint64_t depth, bool breaks)
{
    uint64_t lowest = breaks ? 2 : chain->finalized;
    uint64_t target = chain->head > lowest + depth ? chain->head - depth : lowest;
    while (chain->n_uses > 0 && chain->uses[chain->n_uses - 1].block > target) {
        struct fake_use use = chain->uses[--chain->n_uses];
        chain->balance += use.cost;
        if (chain->n_orphans < FAKE_TXS)
            chain->orphans[chain->n_orphans++] = (struct fake_orphan){
                .tx = use.tx, .block = use.block, .block_hash = chain->blocks[use.block].hash};
        bool back = chain->client != FAKE_ANVIL && fake_chance(chain->random, 800);
        if (back && pool_find(chain, chain->txs[use.tx].nonce) < 0 && chain->n_pool < FAKE_POOL)
            chain->pool[chain->n_pool++] = use.tx;
    }
    chain->head = target;
    if (chain->finalized > target)
        chain->finalized = target;
}
