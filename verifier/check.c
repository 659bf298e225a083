/* One file from its bytes to its verdict: see check.h. */
#include "verifier/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/limits.h"
#include "common/proof.h"
#include "verifier/record.h"
#include "verifier/chain.h"
#include "verifier/document.h"
#include "verifier/formats/dispatch.h"
#include "verifier/offline.h"
#include "verifier/rdf/contexts.h"

#define DOC VERDICT_DOCUMENT

/* One check under way. */
struct check {
    struct check_setup *setup;
    struct verdict_findings *findings;
    struct document document;
    struct proof proof;
    struct seal_genesis genesis;
    struct proof_value value;
    struct record_facts facts[LIMITS_PROOF_ANCHORS]; /* of the anchors that were looked at */
};

static bool fail(struct check *c, int anchor, enum reason reason, const char *detail)
{
    verdict_add(c->findings, anchor, reason, "%s", detail);
    return false;
}

static void pass(struct check *c, int anchor, enum reason reason)
{
    verdict_add(c->findings, anchor, reason, "%s", "");
}

/* -- File and proof ------------------------------------------------------------------------- */

static bool refuse_document(struct check *c)
{
    return fail(c, DOC, c->document.refusal.reason, c->document.refusal.detail);
}

/* A damaged credential may still be known by its bytes: that is for the proof to say. */
static bool read_document(struct check *c, const char *file)
{
    struct err e;
    if (document_read(&c->document, file, c->setup->as_bytes, &e) != ERR_OK)
        return fail(c, DOC, REASON_NO_SUCH_FILE, e.msg);
    if (c->document.kind != DOCUMENT_DAMAGED)
        pass(c, DOC, REASON_DOCUMENT_READ);
    return true;
}

static bool parse_proof(struct check *c, const char *text, size_t len)
{
    struct err e;
    enum err_code rc = proof_parse(&c->proof, text, len, &e);
    if (rc == ERR_OK)
        rc = seal_genesis_decode(&c->genesis, c->proof.genesis, &e);
    if (rc == ERR_OK)
        rc = proof_value(&c->value, &c->proof, &e);
    if (rc != ERR_OK)
        return fail(c, DOC, rc == ERR_VERSION ? REASON_PROOF_VERSION : REASON_PROOF_MALFORMED, e.msg);
    pass(c, DOC, REASON_PROOF_READ);
    return true;
}

enum proof_found { PROOF_READ, PROOF_ABSENT, PROOF_REFUSED };

/* A proof that was named must be there; one that only may lie beside the file need not. */
static enum proof_found read_proof(struct check *c, const char *file, const char *proof_file)
{
    char beside[4096], *text;
    size_t len;
    struct err e;
    snprintf(beside, sizeof beside, "%s.proof.json", file);
    enum err_code rc = document_load(&text, &len, proof_file != NULL ? proof_file : beside,
                                     LIMITS_PROOF_BYTES, &e);
    if (rc != ERR_OK && rc != ERR_LIMIT && proof_file == NULL)
        return PROOF_ABSENT;
    if (rc != ERR_OK) {
        fail(c, DOC, rc == ERR_LIMIT ? REASON_PROOF_MALFORMED : REASON_NO_PROOF_FILE, e.msg);
        return PROOF_REFUSED;
    }
    bool good = parse_proof(c, text, len);
    free(text);
    return good ? PROOF_READ : PROOF_REFUSED;
}

static void note_contexts(struct check *c, const struct canonize_result *canonical)
{
    for (size_t i = 0; i < canonical->n_contexts; i++) {
        const struct canonize_context *used = canonical->contexts[i];
        if (strcmp(used->variant, "given") == 0)
            verdict_add(c->findings, DOC, REASON_CONTEXT_GIVEN, "%.*s, SHA-256 %s",
                        SLICE_ARG(used->url), used->sha256);
        else if (contexts_count(used->url) > 1)
            verdict_add(c->findings, DOC, REASON_CONTEXT_VARIANT, "%.*s: %s", SLICE_ARG(used->url),
                        used->variant);
    }
    if (canonical->escape != NQUADS_RDFC)
        pass(c, DOC, REASON_OLD_ESCAPES);
}

static void add_hash(struct check *c, const struct hash32 *hash, const char *how)
{
    char hex[65];
    hex_encode(hex, hash->b, sizeof hash->b);
    verdict_add(c->findings, DOC, REASON_LOCAL_HASH, "SHA-256 %s%s", hex, how);
}

/* The file's own rule first, then the other; only failure of both is alteration. */
static bool compare_hashes(struct check *c)
{
    struct document *doc = &c->document;
    bool hashed = document_hash(doc, c->setup->canonize, &c->proof.target);
    bool same = hashed && hash32_equal(&doc->hash, &c->proof.target);
    if (!same && hash32_equal(document_as_bytes(doc), &c->proof.target)) {
        add_hash(c, document_as_bytes(doc), ", of the file as it is");
        pass(c, DOC, REASON_HASH_MATCHES);
        return true;
    }
    if (!hashed)
        return refuse_document(c);
    add_hash(c, &doc->hash, doc->rule == PROOF_RULE_RDFC ? ", of the canonical form" : "");
    note_contexts(c, &doc->canonical);
    pass(c, DOC, same ? REASON_HASH_MATCHES : REASON_HASH_DIFFERS);
    return same;
}

/* -- One anchor ----------------------------------------------------------------------------- */

static bool check_receipt(struct check *c, const struct record_claim *claim)
{
    struct hash32 value;
    struct err e;
    if (proof_anchored(&value, &c->proof, claim->anchor, &c->value.value, &e) != ERR_OK)
        return fail(c, claim->index, REASON_PROOF_MALFORMED, e.msg);
    if (!hash32_equal(&value, &claim->anchor->merkle_root))
        return fail(c, claim->index, REASON_RECEIPT_CONTRADICTS, "");
    pass(c, claim->index, REASON_RECEIPT_HOLDS);
    pass(c, claim->index, REASON_TRANSACTION_NAMED);
    return true;
}

/* Key events order by place on their own chain; an anchor on another chain is placed by its time. */
static void check_key(struct check *c, const struct record_claim *claim,
                      const struct record_facts *facts)
{
    struct keychain_moment moment = {
        .by_time = claim->anchor->chain_id != c->genesis.chain_id,
        .place = facts->place,
        .time = facts->block_time,
    };
    enum keychain_standing standing;
    struct err e;
    enum err_code rc = registrylog_standing(&c->setup->registrylog, c->setup->endpoints, &c->genesis,
                                            &facts->sender, &moment, &standing, &e);
    if (rc == ERR_OK)
        record_judge_key(c->findings, claim->index, standing);
    else if (keychain_same(&facts->sender, &c->genesis.issuer))
        /* The first key needs no event. Whether it was removed is unknown, but so is then whether the
         * document was revoked: this never ends as in force. */
        fail(c, claim->index, REASON_KEY_OF_GENESIS, e.msg);
    else
        fail(c, claim->index, REASON_KEYS_UNKNOWN, e.msg);
}

static void check_online(struct check *c, const struct record_claim *claim,
                         const struct record_facts *facts)
{
    struct record_shown shown;
    record_judge_evidence(c->findings, claim, facts->mined ? facts : NULL, &shown);
    if (!record_judge(c->findings, claim, facts))
        return;
    check_key(c, claim, facts);
    record_judge_finality(c->findings, claim->index, facts);
}

/* No events are asked for: the first key speaks for itself, any other would need them. */
static void check_shown(struct check *c, const struct record_claim *claim, const struct record_shown *shown)
{
    struct offline offline = {c->setup->checkpoints, c->setup->offline ? c->setup->endpoints : NULL};
    if (!shown->has_receipt) {
        fail(c, claim->index, REASON_BLOCK_UNCONFIRMED, "the evidence holds no receipt");
        return;
    }
    if (!record_judge(c->findings, claim, &shown->facts))
        return;
    if (keychain_same(&shown->facts.sender, &c->genesis.issuer))
        record_judge_key(c->findings, claim->index, KEYCHAIN_GENESIS);
    else
        fail(c, claim->index, REASON_KEYS_UNKNOWN, "nobody was asked");
    offline_judge(c->findings, claim, shown, &offline);
}

/* Without an endpoint's answer the evidence stands in for it: offline by a policy, else if a checkpoint knows
 * its block. */
static void check_unasked(struct check *c, const struct record_claim *claim, enum err_code why,
                          const char *detail)
{
    struct record_shown shown;
    bool holds = record_judge_evidence(c->findings, claim, NULL, &shown);
    if (!c->setup->offline &&
        (!holds || offline_checkpoint(c->setup->checkpoints, claim->anchor->chain_id, &shown) == CHECKPOINT_SILENT)) {
        fail(c, claim->index, endpoints_reason(why), detail);
        return;
    }
    pass(c, claim->index, REASON_NOT_ASKED);
    if (!holds) {
        fail(c, claim->index, REASON_BLOCK_UNCONFIRMED, "");
        return;
    }
    c->facts[claim->index] = shown.facts;
    check_shown(c, claim, &shown);
}

static bool remembered(const struct check_memory *memory, const struct record_claim *claim)
{
    return memory->filled && memory->chain_id == claim->anchor->chain_id &&
           hash32_equal(&memory->tx_hash, &claim->anchor->tx_hash) &&
           keychain_same(&memory->registry, &claim->genesis->registry) &&
           (memory->has_block_0 || claim->anchor->evidence == NULL);
}

static enum err_code ask_chain(struct check *c, const struct record_claim *claim, struct err *e)
{
    struct check_memory *memory = &c->setup->memory;
    struct record_facts *facts = &c->facts[claim->index];
    bool want_block_0 = claim->anchor->evidence != NULL;
    if (remembered(memory, claim)) {
        *facts = memory->facts;
        return ERR_OK;
    }
    enum err_code rc =
        chain_anchor(c->setup->endpoints, claim->genesis, claim->anchor, want_block_0, facts, e);
    if (rc == ERR_OK && facts->final)
        *memory = (struct check_memory){.filled = true,
                                        .has_block_0 = want_block_0,
                                        .chain_id = claim->anchor->chain_id,
                                        .tx_hash = claim->anchor->tx_hash,
                                        .registry = claim->genesis->registry,
                                        .facts = *facts};
    return rc;
}

static void check_anchor(struct check *c, int index)
{
    struct record_claim claim = {&c->proof.anchors[index], &c->genesis, index};
    struct err e = {0};
    enum err_code rc = ERR_UNSUPPORTED;
    if (!check_receipt(c, &claim))
        return;
    if (!c->setup->offline)
        rc = ask_chain(c, &claim, &e);
    if (rc == ERR_OK)
        check_online(c, &claim, &c->facts[index]);
    else
        check_unasked(c, &claim, rc, e.msg);
}

/* -- Issuer and force ----------------------------------------------------------------------- */

/* The earliest good anchor is the time of the proof. Returns: -1 if none is good. */
static int earliest_good(const struct check *c)
{
    int best = -1;
    for (int i = 0; i < (int)c->proof.n_anchors; i++)
        if (verdict_anchor_good(c->findings, i) &&
            (best < 0 || c->facts[i].block_time < c->facts[best].block_time))
            best = i;
    return best;
}

static void check_trust(struct check *c, const struct record_facts *facts,
                        struct check_issuer *issuer)
{
    static const enum reason REASON_OF[] = {
        [TRUST_LISTED] = REASON_ISSUER_LISTED,
        [TRUST_NOT_THEN] = REASON_ISSUER_NOT_THEN,
        [TRUST_UNLISTED] = REASON_ISSUER_UNLISTED,
    };
    struct seal_address addresses[] = {facts->sender, c->genesis.issuer};
    const struct trust_entry *entry;
    if (c->setup->trust == NULL) {
        pass(c, DOC, REASON_NO_TRUST_LIST);
        return;
    }
    enum trust_answer answer = trust_find(c->setup->trust, addresses, 2, facts->block_time, &entry);
    if (answer == TRUST_LISTED)
        snprintf(issuer->name, sizeof issuer->name, "%s", entry->name);
    verdict_add(c->findings, DOC, REASON_OF[answer], "%s", entry != NULL ? entry->name : "");
}

struct block_question {
    uint64_t number, time;
};

static enum err_code ask_block_time(const struct endpoints_talk *t, void *arg)
{
    struct block_question *q = arg;
    struct ethrpc_block block;
    enum err_code rc = endpoints_block(t, q->number, &block);
    if (rc == ERR_OK)
        q->time = block.time;
    return rc;
}

/* A revocation counts from the time of its block on: on an earlier day (--at) there was none. */
static void say_revoked(struct check *c, uint64_t number)
{
    struct block_question q = {.number = number};
    struct err e;
    if (!c->setup->at) {
        verdict_add(c->findings, DOC, REASON_REVOKED, "in block %llu", (unsigned long long)number);
        return;
    }
    if (endpoints_round(c->setup->endpoints, c->genesis.chain_id, ask_block_time, &q, &e) != ERR_OK)
        fail(c, DOC, REASON_REVOCATION_UNKNOWN, e.msg);
    else
        verdict_add(c->findings, DOC, q.time > c->setup->now ? REASON_NOT_REVOKED : REASON_REVOKED,
                    "in block %llu%s", (unsigned long long)number,
                    q.time > c->setup->now ? ", after that day" : "");
}

static void check_revoked(struct check *c)
{
    struct err e = {.msg = "no chain was asked"};
    bool revoked = false;
    uint64_t block = 0;
    enum err_code rc = ERR_UNSUPPORTED;
    if (!registrylog_exists(&c->genesis)) {
        pass(c, DOC, REASON_NO_REVOCATION);
        return;
    }
    if (!c->setup->offline)
        rc = registrylog_revoked(&c->setup->registrylog, c->setup->endpoints, &c->genesis,
                                 &c->value.revoke_id, &revoked, &block, &e);
    if (rc != ERR_OK)
        fail(c, DOC, REASON_REVOCATION_UNKNOWN, e.msg);
    else if (revoked)
        say_revoked(c, block);
    else
        pass(c, DOC, REASON_NOT_REVOKED);
}

static void check_issuer_and_force(struct check *c, struct check_issuer *issuer)
{
    int good = earliest_good(c);
    if (good < 0)
        return;
    const struct record_facts *facts = &c->facts[good];
    *issuer = (struct check_issuer){
        .has = true,
        .first_key = c->genesis.issuer,
        .key = facts->sender,
        .recorded_at = facts->block_time,
        .chain_id = facts->chain_id,
    };
    memcpy(issuer->log, c->proof.log, sizeof issuer->log);
    check_trust(c, facts, issuer);
    check_revoked(c);
    pass(c, DOC, c->setup->at && facts->block_time > c->setup->now ? REASON_RECORDED_LATER : REASON_NO_START);
    pass(c, DOC, REASON_NO_END);
}

/* -- Documents with a proof of their own ---------------------------------------------------- */

static bool has_own_proof(const struct check *c)
{
    if (c->setup->lookup == NULL)
        return false;
    return c->document.kind == DOCUMENT_TOKEN ||
           (c->document.kind == DOCUMENT_CREDENTIAL && dispatch_recognise(c->document.whole) != DISPATCH_NONE);
}

static void copy(char *to, size_t cap, struct slice from)
{
    size_t len = from.len < cap ? from.len : cap - 1;
    if (len > 0)
        memcpy(to, from.data, len); /* an empty slice may have no data */
    to[len] = '\0';
}

/* Only what was proven is shown. */
static void keep_shown(struct format_check *f, const struct format_outcome *outcome, struct check_shown *ret)
{
    *ret = (struct check_shown){.has = outcome->issuer.len > 0};
    if (!ret->has)
        return;
    facts_of(f, outcome, &ret->facts);
    copy(ret->issuer_id, sizeof ret->issuer_id, outcome->issuer);
    copy(ret->issuer_name, sizeof ret->issuer_name, outcome->name);
    copy(ret->account, sizeof ret->account, outcome->account);
    ret->recorded = outcome->recorded;
    ret->recorded_at = outcome->recorded_at;
}

static void check_own_proof(struct check *c, struct check_result *ret)
{
    struct format_env env = {
        .lookup = c->setup->lookup,
        .endpoints = c->setup->offline ? NULL : c->setup->endpoints,
        .bitcoin = c->setup->offline ? NULL : c->setup->bitcoin,
        .profiles = &c->setup->profiles,
        .canonize = c->setup->canonize,
        .trust = c->setup->trust,
        .expected = c->setup->expected,
        .now = c->setup->now,
        .at = c->setup->at,
    };
    struct format_check f = {
        .env = &env, .arena = &c->document.arena, .findings = c->findings, .root = c->document.whole};
    struct format_outcome outcome = {0};
    if (c->document.kind == DOCUMENT_TOKEN)
        dispatch_check_token(&f, document_token(&c->document), &outcome);
    else
        dispatch_check(&f, &outcome);
    if (c->document.arena.failed) /* a step may have been left out */
        fail(c, DOC, REASON_INCOMPLETE, "no memory left for the document");
    ret->format = outcome.format;
    keep_shown(&f, &outcome, &ret->shown);
}

/* -- The whole ------------------------------------------------------------------------------ */

static void check_registered(struct check *c, struct check_result *ret)
{
    ret->format = "hallmark";
    if (!compare_hashes(c))
        return;
    if (c->proof.n_anchors == 0)
        fail(c, DOC, REASON_NOT_ANCHORED, proof_status_word(c->proof.status));
    for (int i = 0; i < (int)c->proof.n_anchors; i++)
        check_anchor(c, i);
    check_issuer_and_force(c, &ret->issuer);
}

/* A proof beside the file goes first; without one, a document may bring its own. */
static void run(struct check *c, const char *file, const char *proof_file, struct check_result *ret)
{
    if (!read_document(c, file))
        return;
    switch (read_proof(c, file, proof_file)) {
    case PROOF_READ: check_registered(c, ret); break;
    case PROOF_ABSENT:
        if (has_own_proof(c)) {
            check_own_proof(c, ret);
            break;
        }
        fail(c, DOC, REASON_NO_PROOF, "");
        /* fall through */
    case PROOF_REFUSED:
        if (c->document.kind == DOCUMENT_DAMAGED)
            refuse_document(c);
        break;
    }
}

static void begin(struct check *c, struct check_setup *setup, const char *name, struct check_result *ret)
{
    *ret = (struct check_result){.file = name};
    *c = (struct check){.setup = setup, .findings = &ret->findings};
}

static void finish(struct check *c, struct check_result *ret)
{
    proof_done(&c->proof);
    document_done(&c->document);
    ret->verdict = verdict_of(&ret->findings);
}

void check_bytes(struct check_setup *setup, const char *name, const char *bytes, size_t len,
                 struct check_result *ret)
{
    struct check c;
    struct err e;
    begin(&c, setup, name, ret);
    if (document_take(&c.document, bytes, len, setup->as_bytes, &e) != ERR_OK)
        fail(&c, DOC, REASON_INCOMPLETE, e.msg);
    else if (c.document.kind == DOCUMENT_DAMAGED)
        refuse_document(&c);
    else if (has_own_proof(&c))
        check_own_proof(&c, ret);
    else
        fail(&c, DOC, REASON_PROOFLESS, "");
    finish(&c, ret);
}

void check_pair(struct check_setup *setup, const char *name, struct slice bytes, struct slice proof,
                struct check_result *ret)
{
    struct check c;
    struct err e;
    begin(&c, setup, name, ret);
    if (document_take(&c.document, (const char *)bytes.data, bytes.len, setup->as_bytes, &e) != ERR_OK)
        fail(&c, DOC, REASON_INCOMPLETE, e.msg);
    else if (parse_proof(&c, (const char *)proof.data, proof.len))
        check_registered(&c, ret);
    else if (c.document.kind == DOCUMENT_DAMAGED)
        refuse_document(&c);
    finish(&c, ret);
}

void check_file(struct check_setup *setup, const char *file, const char *proof_file,
                struct check_result *ret)
{
    struct check c;
    begin(&c, setup, file, ret);
    run(&c, file, proof_file, ret);
    finish(&c, ret);
}
