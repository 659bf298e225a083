/* Blockcerts 1.2 and 2.x: see certificate.h. */
#include "verifier/formats/certificate.h"

#include "verifier/formats/credential.h"
#include "verifier/formats/dates.h"
#include "verifier/formats/merkle.h"
#include "verifier/formats/outputs.h"
#include "verifier/formats/plain.h"
#include "verifier/formats/profile.h"
#include "verifier/status/status.h"

/* What the two versions do not have in common. */
struct version {
    enum fingerprint_rule rule;
    const struct jdoc *receipt, *issuer;
    const struct jdoc *dated; /* what holds the dates */
    struct dates_names dates;
};

static void check(struct format_check *c, const struct version *v, struct format_outcome *ret)
{
    struct merkle_result result;
    struct merkle_job job = {.rule = v->rule, .proof = v->receipt};
    if (v->receipt == NULL) {
        format_say(c, REASON_PROOFLESS, "%s", "");
        return;
    }
    if (!format_id_of(v->issuer, &job.owner)) {
        format_say(c, REASON_SHAPE_WRONG, "it names no issuer");
        return;
    }
    c->issuer = job.owner;
    bool proven = merkle_check(c, &job, &result) && plain_check(c, &result.canonical, v->dated, &v->dates);
    if (result.recorded)
        dates_check_recorded(c, result.facts.time);
    dates_check(c, v->dated, &v->dates);
    if (v->rule == FINGERPRINT_1_2 && result.recorded)
        outputs_check(c, &result);
    status_check(c);
    if (!proven)
        return;
    *ret = (struct format_outcome){
        .format = ret->format,
        .shown = c->root,
        .canonical = result.canonical,
        .issuer = job.owner,
        .name = profile_name(c->profile),
        .account = arena_copy(c->arena, slice_of(result.facts.account)),
        .recorded = true,
        .recorded_at = result.facts.time,
    };
    credential_check_trust(c, job.owner, ret->account, ret->recorded_at, ret);
}

/* The proof of 1.2 covers the document inside: beside it there may be nothing to read. */
static bool is_bare(const struct jdoc *root)
{
    static const char *const MEMBERS[] = {"@context", "type", "document", "receipt", "signature"};
    for (const struct map_entry *m = root->object.first; m != NULL; m = m->next) {
        bool known = false;
        for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++)
            known |= slice_is(m->key, MEMBERS[i]);
        if (!known)
            return false;
    }
    return true;
}

void certificate_check_1(struct format_check *c, struct format_outcome *ret)
{
    if (!is_bare(c->root))
        format_say(c, REASON_PARTS_ADDED, "%s", "beside the document");
    const struct jdoc *document = jdoc_get(c->root, "document");
    const struct jdoc *assertion = jdoc_get(document, "assertion");
    const struct version version = {
        .rule = FINGERPRINT_1_2,
        .receipt = jdoc_get(c->root, "receipt"),
        .issuer = jdoc_get(jdoc_get(document, "certificate"), "issuer"),
        .dated = assertion,
        .dates = {{"issuedOn"}, {"expires"}},
    };
    check(c, &version, ret);
}

void certificate_check_2(struct format_check *c, struct format_outcome *ret)
{
    const struct version version = {
        .rule = FINGERPRINT_2,
        .receipt = jdoc_get(c->root, "signature"),
        .issuer = jdoc_get(jdoc_get(c->root, "badge"), "issuer"),
        .dated = c->root,
        .dates = {{"issuedOn"}, {"expires"}},
    };
    check(c, &version, ret);
}
