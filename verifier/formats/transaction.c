/* Transactions of foreign receipts: see transaction.h. */
#include "verifier/formats/transaction.h"

#include <ctype.h>
#include <stdio.h>

#include "common/hex.h"
#include "verifier/chain.h"
#include "verifier/formats/receipt.h"

bool transaction_same_account(struct slice a, struct slice b)
{
    if (!slice_starts(a, SLICE("0x")) && !slice_starts(a, SLICE("0X")))
        return slice_equal(a, b);
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (tolower(a.data[i]) != tolower(b.data[i]))
            return false;
    return true;
}

/* -- Recorded ------------------------------------------------------------------------------- */

static bool read_recorded(struct format_check *c, const struct merkleproof_anchor *anchor,
                          struct transaction_facts *ret)
{
    struct lookup_transaction said;
    char id[65];
    hex_encode(id, anchor->tx.b, sizeof anchor->tx.b);
    if (!lookup_transaction(c->env->lookup, slice_of(id), &said) || said.sender.len >= TRANSACTION_ACCOUNT_MAX)
        return format_say(c, REASON_CHAIN_UNREACHABLE, "the recorded file does not tell transaction %s", id);
    *ret = (struct transaction_facts){.has_value = true,
                                 .value = said.value,
                                 .time = said.time,
                                 .ethereum = anchor->chain == MERKLEPROOF_ETH};
    snprintf(ret->account, sizeof ret->account, "%.*s", SLICE_ARG(said.sender));
    format_say(c, REASON_ANCHOR_FOUND, "%s", id);
    format_say(c, REASON_FROM_RECORD, "%s", "");
    return true;
}

/* -- Ethereum ------------------------------------------------------------------------------- */

static bool same_facts(const struct record_facts *a, const struct record_facts *b)
{
    return hash32_equal(&a->tx_hash, &b->tx_hash) && a->mined == b->mined &&
           (!a->mined || (hash32_equal(&a->block_hash, &b->block_hash) && a->ok == b->ok));
}

/* All endpoints that answer for the chain must agree.
 * Returns: as chain_anchor(); ERR_CORRUPT they contradict each other. */
static enum err_code ask_all(struct endpoints *all, const struct proof_anchor *anchor,
                             struct record_facts *ret, size_t *ret_agreeing, struct err *e)
{
    static const struct seal_genesis NO_LOG = {0};
    struct record_facts facts;
    struct err one_e, furthest;
    err_set(&furthest, ERR_UNSUPPORTED, "no endpoint was given");
    for (size_t i = 0; i < all->n; i++) {
        struct endpoints one = *all;
        one.items[0] = all->items[i];
        one.n = 1;
        enum err_code rc = chain_anchor(&one, &NO_LOG, anchor, false, &facts, &one_e);
        all->items[i] = one.items[0];
        all->next_id = one.next_id;
        all->reply = one.reply;
        if (rc == ERR_OK && *ret_agreeing > 0 && !same_facts(ret, &facts))
            return err_set(e, ERR_CORRUPT, "they tell different things about the transaction");
        if (rc == ERR_OK) {
            facts.final = facts.final && (*ret_agreeing == 0 || ret->final);
            facts.canonical = facts.canonical && (*ret_agreeing == 0 || ret->canonical);
            *ret = facts;
            ++*ret_agreeing;
        } else if (furthest.code == ERR_UNSUPPORTED || furthest.code == ERR_IO || furthest.code == ERR_CONFLICT) {
            furthest = one_e;
        }
    }
    *e = furthest;
    return *ret_agreeing > 0 ? ERR_OK : furthest.code;
}

static bool judge_place(struct format_check *c, bool canonical, bool final)
{
    if (!canonical)
        return format_say(c, REASON_BLOCK_NOT_CANONICAL, "%s", "");
    format_say(c, final ? REASON_BLOCK_FINAL : REASON_BLOCK_NOT_FINAL, "%s", "");
    return true;
}

static bool ask_ethereum(struct format_check *c, const struct merkleproof_anchor *anchor,
                         struct transaction_facts *ret)
{
    struct proof_anchor named = {.chain_id = (uint64_t)anchor->network, .tx_hash = anchor->tx};
    struct record_facts facts;
    struct err e = {0};
    size_t agreeing = 0;
    enum err_code rc = ERR_UNSUPPORTED;
    if (c->env->endpoints != NULL)
        rc = ask_all(c->env->endpoints, &named, &facts, &agreeing, &e);
    if (rc != ERR_OK)
        return format_say(c, endpoints_reason(rc), "%s", e.msg);
    if (!facts.mined)
        return format_say(c, REASON_ANCHOR_WAITING, "%s", "");
    format_say(c, REASON_ANCHOR_FOUND, "%zu of %zu sources agree", agreeing, c->env->endpoints->n);
    if (facts.chain_id != 0 && facts.chain_id != named.chain_id)
        return format_say(c, REASON_NOT_AN_ANCHOR, "it is signed for another chain");
    if (!facts.ok)
        return format_say(c, REASON_TRANSACTION_FAILED, "%s", "");
    format_say(c, REASON_TRANSACTION_DONE, "%s", "");
    if (!judge_place(c, facts.canonical, facts.final))
        return false;
    *ret = (struct transaction_facts){
        .has_value = facts.has_input, .value = facts.input, .time = facts.block_time, .ethereum = true,
        .has_to = facts.has_to, .chain_id = named.chain_id, .sender = facts.sender, .to = facts.to};
    memcpy(ret->account, "0x", 2);
    hex_encode(ret->account + 2, facts.sender.b, sizeof facts.sender.b);
    return true;
}

/* -- Bitcoin -------------------------------------------------------------------------------- */

static enum reason of_bitcoin(enum err_code rc)
{
    static const struct {
        enum err_code rc;
        enum reason reason;
    } TABLE[] = {
        {ERR_UNSUPPORTED, REASON_BITCOIN_UNNAMED}, {ERR_CONFLICT, REASON_BITCOIN_OTHER},
        {ERR_IO, REASON_CHAIN_UNREACHABLE},        {ERR_RPC, REASON_BITCOIN_GARBLED},
        {ERR_NOT_FOUND, REASON_ANCHOR_NOT_FOUND},  {ERR_CORRUPT, REASON_SOURCES_DISAGREE},
    };
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++)
        if (TABLE[i].rc == rc)
            return TABLE[i].reason;
    return REASON_INCOMPLETE;
}

enum bitcoin_network transaction_bitcoin_network(const struct merkleproof_anchor *anchor)
{
    return anchor->network == RECEIPT_BTC_MAIN ? BITCOIN_MAIN :
           anchor->network == RECEIPT_BTC_TEST ? BITCOIN_TEST :
                                                 BITCOIN_UNKNOWN;
}

static bool ask_bitcoin(struct format_check *c, const struct merkleproof_anchor *anchor,
                        struct transaction_facts *ret)
{
    struct bitcoin_facts facts;
    struct err e = {0};
    enum err_code rc = ERR_UNSUPPORTED;
    if (c->env->bitcoin != NULL)
        rc = bitcoin_look(c->env->bitcoin, transaction_bitcoin_network(anchor), &anchor->tx, &facts, &e);
    if (rc != ERR_OK)
        return format_say(c, of_bitcoin(rc), "%s", e.msg);
    if (!facts.mined)
        return format_say(c, REASON_ANCHOR_WAITING, "%s", "");
    format_say(c, REASON_ANCHOR_FOUND, "%zu of %zu sources agree", facts.agreeing, c->env->bitcoin->n);
    if (!judge_place(c, facts.canonical, facts.final))
        return false;
    *ret = (struct transaction_facts){.has_value = facts.has_value, .value = facts.value, .time = facts.time};
    snprintf(ret->account, sizeof ret->account, "%s", facts.sender);
    return true;
}

bool transaction_look(struct format_check *c, const struct merkleproof_anchor *anchor, struct transaction_facts *ret)
{
    if (receipt_is_test(anchor))
        return format_say(c, REASON_TEST_CHAIN, "%s", anchor->chain == MERKLEPROOF_MOCK ? "mocknet" : "regtest");
    if (anchor->chain == RECEIPT_CHAIN_FOREIGN)
        return format_say(c, REASON_CHAIN_FOREIGN, "%s", "");
    if ((anchor->chain != MERKLEPROOF_BTC && anchor->chain != MERKLEPROOF_ETH) || !anchor->has_tx)
        return format_say(c, REASON_CHAIN_FOREIGN, "chain %lld", (long long)anchor->chain);
    format_say(c, REASON_TRANSACTION_NAMED, "%s", "");
    if (lookup_is_recorded(c->env->lookup))
        return read_recorded(c, anchor, ret);
    return anchor->chain == MERKLEPROOF_ETH ? ask_ethereum(c, anchor, ret) : ask_bitcoin(c, anchor, ret);
}
