/* Certificates minted for tests: see minted.h. */
#include "tests/minted.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/merkleproof.h"
#include "common/sha256.h"
#include "common/text.h"

#define ID "\"id\":\"urn:uuid:1\""

static const char *or(const char *given, const char *usual)
{
    return given != NULL ? given : usual;
}

static void put_body_2(struct text *t, const struct minted *m, bool whole)
{
    text_putf(t, "{\"@context\":[\"https://w3id.org/openbadges/v2\",\"https://w3id.org/blockcerts/v2\"%s],",
              whole ? or(m->context, "") : "");
    text_putf(t, "\"type\":\"Assertion\",%s,\"issuedOn\":\"2020-01-01T00:00:00Z\",",
              whole ? or(m->id, ID) : ID);
    text_putf(t, "\"recipientProfile\":{\"type\":[\"RecipientProfile\",\"Extension\"],\"name\":\"Ada Byron\"},");
    text_putf(t, "\"badge\":{\"type\":\"BadgeClass\",\"id\":\"urn:uuid:2\",\"name\":\"Analysis\",\"issuer\":"
                 "{\"type\":\"Profile\",\"id\":\"%s\",\"name\":\"Somebody Great\"}}%s%s",
              or(m->issuer, MINTED_ISSUER), whole && m->rewritten != NULL ? m->rewritten : or(m->members, ""), whole ? or(m->added, "") : "");
}

static void put_body_3(struct text *t, const struct minted *m, bool whole)
{
    text_putf(t, "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",\"https://w3id.org/blockcerts/v3.2\"%s],",
              whole ? or(m->context, "") : "");
    text_putf(t, "\"type\":[\"VerifiableCredential\",\"BlockcertsCredential\"],%s,", whole ? or(m->id, ID) : ID);
    text_putf(t, "\"issuer\":\"%s\",\"name\":\"Analysis\",", or(m->issuer, MINTED_ISSUER));
    text_putf(t, "\"credentialSubject\":{\"id\":\"did:example:1\",\"name\":\"Ada Byron\"%s}%s%s",
              whole ? or(m->subject, "") : "", whole && m->rewritten != NULL ? m->rewritten : or(m->members, ""), whole ? or(m->added, "") : "");
}

static void put_body(struct text *t, const struct minted *m, bool whole)
{
    if (m->version == 2)
        put_body_2(t, m, whole);
    else
        put_body_3(t, m, whole);
}

static struct hash32 target_of(struct canonize *contexts, const struct minted *m)
{
    struct canonize_options options = canonize_options();
    struct canonize_result result;
    struct arena arena;
    struct text t = {0};
    struct err e;
    put_body(&t, m, false);
    text_putc(&t, '}');
    arena_init(&arena, CANONIZE_ARENA_BYTES);
    assert_ok(canonize_document(contexts, &arena, slice_of(text_string(&t)), &options, &result, &e), e);
    arena_done(&arena);
    text_done(&t);
    return result.hash;
}

/* One neighbour in the tree, on the right. */
static const struct hash32 NEIGHBOUR = {{7}};

static struct hash32 root_of(const struct hash32 *target)
{
    uint8_t both[64];
    memcpy(both, target->b, 32);
    memcpy(both + 32, NEIGHBOUR.b, 32);
    return sha256(both, sizeof both);
}

static void put_hash(struct text *t, const char *before, const struct hash32 *h)
{
    text_puts(t, before);
    text_put_hex(t, h->b, sizeof h->b);
    text_putc(t, '"');
}

static void put_signature_2(struct text *t, const struct minted *m, const struct hash32 *target)
{
    struct hash32 root = root_of(target);
    put_hash(t, ",\"signature\":{\"type\":[\"MerkleProof2017\",\"Extension\"],\"targetHash\":\"", target);
    put_hash(t, ",\"merkleRoot\":\"", &root);
    put_hash(t, ",\"proof\":[{\"right\":\"", &NEIGHBOUR);
    text_puts(t, "}],\"anchors\":");
    if (m->anchors != NULL)
        text_putf(t, "%s}", m->anchors);
    else
        text_putf(t, "[{\"type\":\"ETHData\",\"sourceId\":\"" MINTED_TXID "\"%s}]}",
                  or(m->chain, ",\"chain\":\"ethereumSepolia\""));
}

static void put_proof_3(struct text *t, const struct minted *m, const struct hash32 *target)
{
    static const char OPTIONS[] =
        "\"created\":\"2020-01-01T00:00:00Z\",\"proofPurpose\":\"assertionMethod\"";
    struct hash32 root = root_of(target), tx = harness_hash(&MINTED_TXID[2]);
    struct seal_step step = {.left = false, .len = 32};
    memcpy(step.bytes, NEIGHBOUR.b, 32);
    struct merkleproof_steps steps = {.first = &step, .n_first = 1};
    text_putf(t, ",\"proof\":{\"type\":\"MerkleProof2019\",%s,\"proofValue\":\"", or(m->options, OPTIONS));
    assert_true(merkleproof_write(t, &steps, &root, target, m->chain_id != 0 ? m->chain_id : 11155111, &tx));
    text_puts(t, "\"}");
}

char *minted_certificate(struct canonize *contexts, const struct minted *m)
{
    struct text t = {0};
    struct hash32 target = target_of(contexts, m);
    put_body(&t, m, true);
    if (m->version == 2)
        put_signature_2(&t, m, &target);
    else
        put_proof_3(&t, m, &target);
    text_putc(&t, '}');
    char *json = text_steal(&t);
    assert_non_null(json);
    return json;
}

char *minted_lookups(struct canonize *contexts, const struct minted *m)
{
    static const char PAGE[] =
        "{\"@context\":[\"https://w3id.org/openbadges/v2\",\"https://w3id.org/blockcerts/v2\"],\"type\":\"Profile\","
        "\"id\":\"" MINTED_ISSUER "\",\"name\":\"Byron College\",\"publicKey\":[{\"id\":\"ecdsa-koblitz-pubkey:"
        "0x40Cf9B7DB6FCc742ad0a76B8588C7f8De2b54a60\",\"created\":\"2019-01-01T00:00:00Z\"}]}";
    struct text t = {0};
    struct hash32 target = target_of(contexts, m), root = root_of(&target);
    char value[65];
    hex_encode(value, root.b, sizeof root.b);
    text_putf(&t, "{\"http\":{\"" MINTED_ISSUER "\":%s},\"chain\":{", or(m->page, PAGE));
    if (!m->no_transaction)
        text_putf(&t, "\"" MINTED_TXID "\":{\"remoteHash\":\"%s\",\"issuingAddress\":\"%s\",\"time\":\"%s\"}",
                  or(m->value, value), or(m->account, MINTED_ACCOUNT), or(m->time, "2020-01-02T00:00:00Z"));
    text_puts(&t, "}}");
    char *json = text_steal(&t);
    assert_non_null(json);
    return json;
}

void minted_check_bytes(struct canonize *contexts, const char *bytes, size_t len, const char *lookups,
                        uint64_t now, struct check_result *ret)
{
    struct lookup lookup;
    struct err e;
    lookup_open(&lookup, NULL);
    assert_ok(lookup_record(&lookup, lookups, strlen(lookups), &e), e);
    struct check_setup setup = {.canonize = contexts, .lookup = &lookup, .now = now, .offline = true};
    setup.expected = (struct format_expected){.purpose = lookup_option(&lookup, "proofPurpose", 0),
                                              .challenge = lookup_option(&lookup, "challenge", 0),
                                              .domains = {lookup_option(&lookup, "domain", 0)}};
    check_bytes(&setup, "minted", bytes, len, ret);
    lookup_close(&lookup);
}

void minted_check(struct canonize *contexts, const struct minted *m, uint64_t now, struct check_result *ret)
{
    char *certificate = minted_certificate(contexts, m), *lookups = minted_lookups(contexts, m);
    minted_check_bytes(contexts, certificate, strlen(certificate), lookups, now, ret);
    free(certificate);
    free(lookups);
}
