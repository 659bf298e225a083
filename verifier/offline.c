/* Policies for evidence without its chain: see offline.h. */
#include "verifier/offline.h"

#include <inttypes.h>

#include "common/hex.h"
#include "verifier/chain.h"

/* Block 0 of chains on which money is at stake. Test chains are left out: everybody runs his own under their ids.
 * Sources: the genesis hashes in the clients of each chain. */
static const struct {
    uint64_t chain_id;
    const char *hash;
} KNOWN[] = {
    {1, "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"},     /* Ethereum */
    {10, "7ca38a1916c42007829c55e69d3e9a73265554b586a499015373241b8a3fa48b"},    /* OP Mainnet */
    {100, "4f1dd23188aab3a76b463e4af801b52b1248ef073c648cbdc4c9333d3da79756"},   /* Gnosis */
    {137, "a9c28ce2141b56c474f1dc504bee9b01eb1bd7d1a507580d5519d4437a97de1b"},   /* Polygon */
    {8453, "f712aa9241cc24369b143cf6dce85f0902a9731e70d66818a3a5845b296c73dd"},  /* Base */
    {42161, "7ee576b35482195fc49205cec9af72ce14f003b9ae69f6ba0faef4514be8b442"}, /* Arbitrum One */
};

enum checkpoint_answer offline_checkpoint(const struct checkpoints *checkpoints, uint64_t chain_id,
                                          const struct record_shown *shown)
{
    enum checkpoint_answer own = checkpoint_about(checkpoints, chain_id, shown->facts.place.block,
                                                  &shown->facts.block_hash);
    return own != CHECKPOINT_SILENT
               ? own
               : checkpoint_about(checkpoints, chain_id, shown->tip_number, &shown->tip_hash);
}

static enum checkpoint_answer about_known(uint64_t chain_id, const struct hash32 *block_0)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        struct hash32 hash;
        if (KNOWN[i].chain_id == chain_id && hex_decode(hash.b, sizeof hash.b, KNOWN[i].hash, 64, false))
            return hash32_equal(&hash, block_0) ? CHECKPOINT_CONFIRMS : CHECKPOINT_CONTRADICTS;
    }
    return CHECKPOINT_SILENT;
}

/* ------------------------------------------------------------------ asking for heights */

struct heights {
    uint64_t number; /* asked for: */
    bool found;
    struct hash32 hash, block_0;
    uint64_t final;
};

static enum err_code look(const struct endpoints_talk *t, void *arg)
{
    struct heights *h = arg;
    struct ethrpc_block block, first;
    enum err_code rc = chain_final(t, &h->final);
    if (rc == ERR_OK)
        rc = endpoints_block(t, 0, &first);
    if (rc != ERR_OK)
        return rc;
    rc = endpoints_block(t, h->number, &block);
    h->block_0 = first.hash;
    h->found = rc == ERR_OK;
    if (h->found)
        h->hash = block.hash;
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* ------------------------------------------------------------------ judging */

static void add(struct verdict_findings *findings, int index, enum reason reason, const char *detail)
{
    verdict_add(findings, index, reason, "%s", detail);
}

/* In: answers  about block 0, the one whose word counts most first */
static void judge_chain(struct verdict_findings *findings, int index, const enum checkpoint_answer answers[3])
{
    static const char *const BY[] = {"by a checkpoint", "by the source", "as everybody knows it"};
    for (int i = 0; i < 3; i++) {
        if (answers[i] == CHECKPOINT_SILENT)
            continue;
        bool confirmed = answers[i] == CHECKPOINT_CONFIRMS;
        add(findings, index, confirmed ? REASON_CHAIN_CONFIRMED : REASON_CHAIN_CONTRADICTED, BY[i]);
        return;
    }
    add(findings, index, REASON_CHAIN_BY_ID, "genesisBlock in the evidence was not relied on");
}

static void judge_heights(struct verdict_findings *findings, int index, const struct record_shown *shown,
                          const struct heights *h)
{
    uint64_t number = shown->facts.place.block;
    enum reason reason = !h->found                                          ? REASON_BLOCK_UNCONFIRMED
                         : !hash32_equal(&h->hash, &shown->facts.block_hash) ? REASON_BLOCK_NOT_CANONICAL
                         : number > h->final                                 ? REASON_BLOCK_NOT_FINAL
                                                                             : REASON_HEIGHT_HOLDS;
    verdict_add(findings, index, reason, "%sblock %" PRIu64, h->found ? "" : "the source does not have ", number);
}

static enum checkpoint_answer about_block_0(const struct heights *h, const struct hash32 *block_0)
{
    return hash32_equal(&h->block_0, block_0) ? CHECKPOINT_CONFIRMS : CHECKPOINT_CONTRADICTS;
}

static void judge_by_checkpoint(struct verdict_findings *findings, const struct record_claim *claim,
                                const struct record_shown *shown, enum checkpoint_answer answer)
{
    static const enum reason REASON_OF[] = {
        [CHECKPOINT_SILENT] = REASON_BLOCK_UNCONFIRMED,
        [CHECKPOINT_CONFIRMS] = REASON_CHECKPOINT_HOLDS,
        [CHECKPOINT_CONTRADICTS] = REASON_BLOCK_NOT_CANONICAL,
    };
    verdict_add(findings, claim->index, REASON_OF[answer],
                answer == CHECKPOINT_SILENT ? "no checkpoint names block %" PRIu64 : "block %" PRIu64,
                shown->tip_number);
}

void offline_judge(struct verdict_findings *findings, const struct record_claim *claim,
                   const struct record_shown *shown, const struct offline *offline)
{
    uint64_t chain_id = claim->anchor->chain_id;
    const struct hash32 *block_0 = &shown->facts.genesis_block;
    enum checkpoint_answer answer = offline_checkpoint(offline->checkpoints, chain_id, shown);
    enum checkpoint_answer about_chain[3] = {checkpoint_about(offline->checkpoints, chain_id, 0, block_0),
                                             CHECKPOINT_SILENT, about_known(chain_id, block_0)};
    bool may_ask = offline->endpoints != NULL && offline->endpoints->n > 0 && answer == CHECKPOINT_SILENT;
    struct heights heights = {.number = shown->facts.place.block};
    struct err e = {0};
    enum err_code rc = ERR_OK;
    if (may_ask) {
        add(findings, claim->index, REASON_POLICY_RPC, "");
        rc = endpoints_round(offline->endpoints, chain_id, look, &heights, &e);
    } else {
        add(findings, claim->index, offline->checkpoints->n > 0 ? REASON_POLICY_CHECKPOINT : REASON_POLICY_NONE, "");
    }
    if (may_ask && rc == ERR_OK)
        about_chain[1] = about_block_0(&heights, block_0);
    judge_chain(findings, claim->index, about_chain);
    if (!may_ask)
        judge_by_checkpoint(findings, claim, shown, answer);
    else if (rc == ERR_OK)
        judge_heights(findings, claim->index, shown, &heights);
    else
        add(findings, claim->index, REASON_BLOCK_UNCONFIRMED, e.msg);
}
