/* What endpoints say about one transaction: see chain.h. */
#include "verifier/chain.h"

#include "common/ethraw.h"
#include "common/registry.h"

struct question {
    const struct seal_genesis *genesis;
    const struct proof_anchor *anchor;
    bool want_block_0;
    struct record_facts facts;
};

static bool is_final_failure(enum err_code rc)
{
    return rc == ERR_NOT_FOUND || rc == ERR_IO || rc == ERR_NOMEM;
}

static enum err_code read_transaction(const struct ethrpc_reply *reply, struct question *q,
                                      struct err *e)
{
    struct ethraw_place place;
    struct blobs raw = {0};
    enum err_code rc = ethraw_transaction(reply, &raw, &place, e);
    if (rc == ERR_OK)
        rc = record_read_tx(&q->facts, blobs_get(&raw, 0).data, blobs_get(&raw, 0).len, e);
    blobs_done(&raw);
    if (rc != ERR_OK)
        return rc;
    q->facts.mined = place.mined;
    q->facts.place = (struct keychain_place){.block = place.block_number, .tx_index = place.tx_index};
    q->facts.block_hash = place.block_hash;
    if (!hash32_equal(&q->facts.tx_hash, &q->anchor->tx_hash))
        return err_set(e, ERR_RPC, "answers another transaction");
    return ERR_OK;
}

static enum err_code ask_transaction(const struct endpoints_talk *t, struct question *q)
{
    struct ethrpc_request request = {.method = ETHRPC_TRANSACTION, .hash = q->anchor->tx_hash};
    struct ethrpc_reply reply = {0};
    enum err_code rc = endpoints_ask(t, &request, &reply);
    if (rc == ERR_OK)
        rc = read_transaction(&reply, q, t->e);
    ethrpc_done(&reply);
    if (rc != ERR_OK && !is_final_failure(rc))
        rc = t->e->code = ERR_RPC; /* a transaction that cannot be read is no usable answer */
    return rc;
}

static void find_anchored(const struct ethrpc_logs *logs, struct question *q)
{
    struct registry_event event;
    struct record_facts *facts = &q->facts;
    for (size_t i = 0; i < logs->n && !facts->anchored; i++) {
        facts->anchored = registry_read(&event, &logs->item[i].log, &q->genesis->registry) &&
                          event.what == REGISTRY_ANCHORED &&
                          hash32_equal(&event.value, &facts->input) &&
                          keychain_same(&event.issuer, &facts->sender);
        if (facts->anchored)
            facts->place.log_index = logs->item[i].log_index;
    }
}

static enum err_code read_receipt(const struct ethrpc_receipt *receipt, struct question *q,
                                  struct err *e)
{
    if (!hash32_equal(&receipt->tx_hash, &q->anchor->tx_hash) ||
        !hash32_equal(&receipt->block_hash, &q->facts.block_hash) ||
        receipt->block_number != q->facts.place.block)
        return err_set(e, ERR_RPC, "transaction and receipt contradict each other");
    q->facts.ok = receipt->has_status && receipt->ok;
    find_anchored(&receipt->logs, q);
    return ERR_OK;
}

static enum err_code ask_receipt(const struct endpoints_talk *t, struct question *q)
{
    struct ethrpc_request request = {.method = ETHRPC_RECEIPT, .hash = q->anchor->tx_hash};
    struct ethrpc_reply reply = {0};
    struct ethrpc_receipt receipt = {0};
    enum err_code rc = endpoints_ask(t, &request, &reply);
    if (rc == ERR_OK)
        rc = ethrpc_get_receipt(&reply, &receipt, t->e);
    if (rc == ERR_OK)
        rc = read_receipt(&receipt, q, t->e);
    else if (rc == ERR_NOT_FOUND)
        rc = err_set(t->e, ERR_RPC, "knows the transaction but not its receipt");
    ethrpc_logs_done(&receipt.logs);
    ethrpc_done(&reply);
    return rc;
}

enum err_code chain_final(const struct endpoints_talk *t, uint64_t *ret_number)
{
    struct ethrpc_block block;
    uint64_t depth = 0;
    enum err_code rc = endpoints_block(t, ETHRPC_FINALIZED, &block);
    if (rc == ERR_RPC || rc == ERR_NOT_FOUND) {
        rc = endpoints_block(t, ETHRPC_LATEST, &block);
        depth = CHAIN_DEPTH;
    }
    if (rc == ERR_NOT_FOUND)
        return err_set(t->e, ERR_RPC, "has no blocks");
    if (rc == ERR_OK)
        *ret_number = block.number > depth ? block.number - depth : 0;
    return rc;
}

/* Final first, then the block: if it is still there afterwards, both were true together. */
static enum err_code ask_place(const struct endpoints_talk *t, struct question *q)
{
    struct ethrpc_block block;
    struct record_facts *facts = &q->facts;
    uint64_t final = 0;
    enum err_code rc = chain_final(t, &final);
    if (rc != ERR_OK)
        return rc;
    rc = endpoints_block(t, facts->place.block, &block);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    facts->canonical = rc == ERR_OK && block.number == facts->place.block &&
                       hash32_equal(&block.hash, &facts->block_hash);
    facts->block_time = facts->canonical ? block.time : 0;
    facts->final = facts->canonical && facts->place.block <= final;
    return ERR_OK;
}

static enum err_code ask_block_0(const struct endpoints_talk *t, struct question *q)
{
    struct ethrpc_block block;
    enum err_code rc = endpoints_block(t, 0, &block);
    if (rc == ERR_OK)
        q->facts.genesis_block = block.hash;
    return rc == ERR_NOT_FOUND ? err_set(t->e, ERR_RPC, "does not know block 0") : rc;
}

static enum err_code look(const struct endpoints_talk *t, void *arg)
{
    struct question *q = arg;
    enum err_code rc = ask_transaction(t, q);
    if (rc != ERR_OK || !q->facts.mined)
        return rc;
    rc = ask_receipt(t, q);
    if (rc == ERR_OK)
        rc = ask_place(t, q);
    if (rc == ERR_OK && q->want_block_0)
        rc = ask_block_0(t, q);
    return rc;
}

enum err_code chain_anchor(struct endpoints *endpoints, const struct seal_genesis *genesis,
                           const struct proof_anchor *anchor, bool want_block_0,
                           struct record_facts *ret, struct err *e)
{
    struct question q = {.genesis = genesis, .anchor = anchor, .want_block_0 = want_block_0};
    enum err_code rc = endpoints_round(endpoints, anchor->chain_id, look, &q, e);
    if (rc == ERR_OK)
        *ret = q.facts;
    return rc;
}
