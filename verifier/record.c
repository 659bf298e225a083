/* Is this transaction an anchor of this value? See record.h and design.md, "What counts as an anchor". */
#include "verifier/record.h"

#include <inttypes.h>
#include <string.h>

#include "common/ethtx.h"
#include "common/evidence.h"
#include "common/evidencejson.h"
#include "common/hex.h"
#include "common/registry.h"

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

enum err_code record_read_tx(struct record_facts *ret, const uint8_t *raw, size_t len, struct err *e)
{
    struct ethtx tx;
    struct seal_address sender;
    enum err_code rc = ethtx_decode(&tx, raw, len, e);
    if (rc == ERR_OK)
        rc = ethtx_sender(&tx, &sender, e);
    if (rc != ERR_OK)
        return rc;
    *ret = (struct record_facts){
        .tx_hash = tx.hash,
        .sender = sender,
        .to = tx.to,
        .chain_id = tx.has_chain_id ? tx.chain_id : 0,
        .has_to = tx.has_to,
        .has_value = !is_zero(tx.value, sizeof tx.value),
        .has_input = tx.data.len == sizeof ret->input.b,
    };
    if (ret->has_input)
        memcpy(ret->input.b, tx.data.data, sizeof ret->input.b);
    return ERR_OK;
}

/* What is wrong with the shape of the transaction; NULL if it can be an anchor. */
static const char *shape_fault(const struct record_claim *claim, const struct record_facts *facts)
{
    bool has_registry = !is_zero(claim->genesis->registry.b, sizeof claim->genesis->registry.b);
    if (facts->chain_id == 0)
        return "its signature carries no chain id";
    if (facts->chain_id != claim->anchor->chain_id)
        return "it is signed for another chain";
    if (facts->has_value)
        return "it moves ether";
    if (!facts->has_input)
        return "its input is not 32 bytes";
    if (!facts->has_to)
        return "it creates a contract";
    if (keychain_same(&facts->to, &facts->sender))
        return NULL;
    if (!has_registry || !keychain_same(&facts->to, &claim->genesis->registry))
        return "it goes neither to the registry of the log nor to its own sender";
    return NULL;
}

/* What the proof says about the transaction that is not so; NULL if all agrees. */
static const char *moved(const struct proof_anchor *anchor, const struct record_facts *facts)
{
    if (!keychain_same(&anchor->from, &facts->sender))
        return "from";
    if (!keychain_same(&anchor->to, &facts->to))
        return "to";
    if (!facts->mined)
        return NULL;
    if (anchor->block_number != facts->place.block)
        return "blockNumber";
    if (!hash32_equal(&anchor->block_hash, &facts->block_hash))
        return "blockHash";
    if (facts->canonical && anchor->block_time != facts->block_time)
        return "blockTime";
    return NULL;
}

static bool object(struct verdict_findings *findings, int index, enum reason reason,
                   const char *detail)
{
    verdict_add(findings, index, reason, "%s", detail);
    return false;
}

bool record_judge(struct verdict_findings *findings, const struct record_claim *claim,
                  const struct record_facts *facts)
{
    const struct proof_anchor *anchor = claim->anchor;
    int at = claim->index;
    char tx[65];
    hex_encode(tx, facts->tx_hash.b, sizeof facts->tx_hash.b);
    verdict_add(findings, at, REASON_ANCHOR_FOUND, "transaction 0x%s on chain %" PRIu64, tx,
                anchor->chain_id);
    const char *fault = shape_fault(claim, facts);
    if (fault != NULL)
        return object(findings, at, REASON_NOT_AN_ANCHOR, fault);
    if (!hash32_equal(&facts->input, &anchor->merkle_root))
        return object(findings, at, REASON_VALUE_DIFFERS,
                      "input of the transaction is not merkleRoot");
    verdict_add(findings, at, REASON_VALUE_MATCHES, "%s", "");
    const char *member = moved(anchor, facts);
    if (member != NULL)
        return object(findings, at, REASON_ANCHOR_MOVED, member);
    if (!facts->mined)
        return object(findings, at, REASON_ANCHOR_WAITING, "");
    if (!facts->ok)
        return object(findings, at, REASON_TRANSACTION_FAILED, "receipt status 0");
    if (!keychain_same(&facts->to, &facts->sender) && !facts->anchored)
        return object(findings, at, REASON_TRANSACTION_FAILED, "no Anchored event of the registry");
    verdict_add(findings, at, REASON_TRANSACTION_DONE, "%s", "");
    return true;
}

void record_judge_key(struct verdict_findings *findings, int index, enum keychain_standing standing)
{
    static const enum reason REASON_OF[] = {
        [KEYCHAIN_GENESIS] = REASON_KEY_OF_GENESIS,
        [KEYCHAIN_DELEGATED] = REASON_KEY_DELEGATED,
        [KEYCHAIN_FOREIGN] = REASON_KEY_FOREIGN,
    };
    verdict_add(findings, index, REASON_OF[standing], "%s", "");
}

void record_judge_finality(struct verdict_findings *findings, int index,
                           const struct record_facts *facts)
{
    enum reason reason = !facts->canonical ? REASON_BLOCK_NOT_CANONICAL
                         : facts->final    ? REASON_BLOCK_FINAL
                                           : REASON_BLOCK_NOT_FINAL;
    verdict_add(findings, index, reason, "block %" PRIu64, facts->place.block);
}

/* -- Evidence ------------------------------------------------------------------------------- */

/* What the evidence shows that contradicts the anchor or the endpoint; NULL if all agrees. */
static const char *evidence_fault(const struct record_claim *claim, const struct evidence *evidence,
                                  const struct evidence_facts *shown,
                                  const struct record_facts *facts)
{
    const struct proof_anchor *anchor = claim->anchor;
    if (!hash32_equal(&shown->tx.hash, &anchor->tx_hash))
        return "it is of another transaction";
    if (shown->block.number != anchor->block_number || shown->block.time != anchor->block_time ||
        !hash32_equal(&shown->block.hash, &anchor->block_hash))
        return "it is of another block";
    if (facts == NULL)
        return NULL;
    if (!hash32_equal(&facts->genesis_block, &evidence->genesis_block))
        return "it is of a chain with another first block";
    return shown->tx_index != facts->place.tx_index ? "it is of another place in the block" : NULL;
}

static enum err_code gather(const struct record_claim *claim, const struct evidence *evidence,
                            const struct evidence_facts *shown, struct record_shown *ret,
                            struct err *e)
{
    struct slice raw = evidence_tx(evidence);
    const struct ethreceipt *receipt = &shown->receipt;
    enum err_code rc = record_read_tx(&ret->facts, raw.data, raw.len, e);
    if (rc != ERR_OK)
        return rc;
    struct record_facts *facts = &ret->facts;
    facts->mined = true;
    facts->place = (struct keychain_place){.block = shown->block.number, .tx_index = shown->tx_index};
    facts->block_hash = shown->block.hash;
    facts->block_time = shown->block.time;
    facts->genesis_block = evidence->genesis_block;
    ret->has_receipt = shown->has_receipt;
    facts->ok = shown->has_receipt && receipt->has_status && receipt->ok;
    facts->anchored = shown->has_receipt &&
                      registry_has_anchored(receipt->logs, receipt->n_logs, &claim->genesis->registry,
                                            &facts->input, &facts->sender);
    ret->tip_number = shown->tip.number;
    ret->tip_hash = shown->tip.hash;
    return ERR_OK;
}

static enum err_code check_evidence(const struct record_claim *claim,
                                    const struct evidence *evidence,
                                    const struct record_facts *facts, struct record_shown *ret,
                                    struct err *e)
{
    struct evidence_facts shown = {0};
    struct record_shown gathered = {0};
    enum err_code rc = evidence_check(evidence, &shown, e);
    if (rc != ERR_OK)
        return rc;
    const char *fault = evidence_fault(claim, evidence, &shown, facts);
    rc = fault != NULL ? err_set(e, ERR_CONFLICT, "%s", fault)
                       : gather(claim, evidence, &shown, &gathered, e);
    evidence_facts_done(&shown);
    if (rc == ERR_OK)
        *ret = gathered;
    return rc;
}

bool record_judge_evidence(struct verdict_findings *findings, const struct record_claim *claim,
                           const struct record_facts *facts, struct record_shown *ret)
{
    const char *text = claim->anchor->evidence;
    struct evidence evidence = {0};
    struct err e = {0};
    if (text == NULL) {
        verdict_add(findings, claim->index, REASON_NO_EVIDENCE, "%s", "");
        return false;
    }
    enum err_code rc = evidencejson_parse(&evidence, text, strlen(text), &e);
    if (rc == ERR_OK)
        rc = check_evidence(claim, &evidence, facts, ret, &e);
    evidence_done(&evidence);
    enum reason reason = rc == ERR_OK        ? REASON_EVIDENCE_HOLDS
                         : rc == ERR_VERSION ? REASON_EVIDENCE_VERSION
                                             : REASON_EVIDENCE_CONTRADICTS;
    verdict_add(findings, claim->index, reason, "%s", rc == ERR_OK ? "" : e.msg);
    return rc == ERR_OK;
}
