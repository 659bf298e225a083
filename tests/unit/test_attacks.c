/* Attacks of a holder on a credential that is genuine: the proof covers what it means, so he writes the same meaning
 * in other words, and hopes that its end, its status or its id is no longer found. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/keybench.h"
#include "verifier/check.h"
#include "verifier/formats/plain.h"

#define NOW UINT64_C(1780000000) /* 2026-05-28 */

#define CRED "https://www.w3.org/2018/credentials#"
#define VC "\"type\":[\"VerifiableCredential\"]"
#define DATE(day) "{\"@type\":\"http://www.w3.org/2001/XMLSchema#dateTime\",\"@value\":\"" day "T00:00:00Z\"}"
#define DATED(iri) "{\"@id\":\"" iri "\",\"@type\":\"http://www.w3.org/2001/XMLSchema#dateTime\"}"

/* Bit 23547 of this list is set. */
#define BITS "uH4sIAAAAAAAAA-3OMQEAAAgDoEWwf1pbTA9IQAIAAJTMdQAAAAAAAAAAAAAAAAD4awEYNa3BAEAAAA"
#define LIST "https://issuer.example/list"
#define ENTRY(id, purpose, index)                                                                  \
    "{" id "\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"" purpose "\",\"statusListIndex\":\"" index \
    "\",\"statusListCredential\":\"" LIST "\"}"
#define REVOKED(id) ENTRY(id, "revocation", "23547")
#define CLEAR(id) ENTRY(id, "revocation", "1")
#define ID(id) "\"id\":\"" id "\","

/* The parts of a credential that differ from case to case; NULL: the usual one. */
struct parts {
    const char *context; /* further entries, each with a comma in front */
    const char *id;      /* members, each with a comma behind */
    const char *subject; /* the whole */
    const char *members; /* further ones, each with a comma in front; ISSUER in it is the issuer's DID */
    const char *whole;   /* all that follows the context instead */
};

struct attack {
    const char *name;
    struct parts issued, shown;
    enum verdict_force before; /* as issued it is genuine, and this */
    enum verdict_authenticity authenticity;
    enum verdict_force force;
    enum reason reason;
};

#define HIDDEN VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_WORDS_HIDDEN

#define SHAPELESS VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_SHAPE_WRONG

#define UNTIL ",\"validUntil\":\"2026-01-01T00:00:00Z\""
#define STATUS(entries) ",\"credentialStatus\":" entries
#define OWN_STATUS ",{\"own\":{\"@id\":\"" CRED "credentialStatus\",\"@type\":\"@id\"}}"
#define OWN_UNTIL "\"own\":" DATED(CRED "validUntil")

#define PRAISE ",{\"praise\":{\"@id\":\"https://a.example/praise\",\"@type\":\"@id\"}}"
#define PRAISED "\"id\":\"urn:uuid:0\"," VC ",\"issuer\":\"ISSUER\",\"name\":\"Praise\",\"credentialSubject\":{\"id\":\"urn:uuid:1\"}"

#define BADGE ",\"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json\""
#define ACHIEVER(more)                                                                                                     \
    "{\"id\":\"did:example:1\",\"name\":\"Ada Byron\",\"type\":[\"AchievementSubject\"],\"achievement\":{\"id\":\"urn:a:1\","        \
    "\"type\":[\"Achievement\"],\"name\":\"Analysis\"" more "}}"

static const struct attack ATTACKS[] = {
    /* One entry that is revoked hidden behind another that is shown twice. */
    {"an entry shown twice for one hidden",
     {.members = STATUS("[" REVOKED(ID("urn:s:1")) "," CLEAR(ID("urn:s:2")) "]")},
     {.context = OWN_STATUS, .members = STATUS("[" CLEAR(ID("urn:s:2")) "," CLEAR(ID("urn:s:2")) "]") ",\"own\":" REVOKED(ID("urn:s:1"))},
     VERDICT_REVOKED, HIDDEN},
    {"null for an entry hidden",
     {.members = STATUS("[" REVOKED(ID("urn:s:1")) "," CLEAR(ID("urn:s:2")) "]")},
     {.context = OWN_STATUS, .members = STATUS("[" CLEAR(ID("urn:s:2")) ",null]") ",\"own\":" REVOKED(ID("urn:s:1"))},
     VERDICT_REVOKED, SHAPELESS},
    {"an entry by its id, and again shortened",
     {.members = STATUS("[" REVOKED(ID("urn:s:1")) "," CLEAR(ID("urn:s:2")) "]")},
     {.context = OWN_STATUS ",{\"u\":\"urn:s:\"}",
      .members = STATUS("[" CLEAR(ID("urn:s:2")) ",{\"id\":\"u:2\",\"type\":\"BitstringStatusListEntry\"}]") ",\"own\":" REVOKED(ID("urn:s:1"))},
     VERDICT_REVOKED, HIDDEN},
    {"entries in a set",
     {.members = STATUS("[" REVOKED("") "," CLEAR(ID("urn:s:2")) "]")},
     {.context = OWN_STATUS, .members = STATUS("[" CLEAR(ID("urn:s:2")) ",{\"@set\":[]}]") ",\"own\":" REVOKED("")},
     VERDICT_REVOKED, SHAPELESS},
    {"the only entry under another word, the usual word empty",
     {.members = STATUS(REVOKED(""))},
     {.context = OWN_STATUS, .members = STATUS("[]") ",\"own\":" REVOKED("")}, VERDICT_REVOKED, HIDDEN},
    {"the only entry under another word, the usual word null",
     {.members = STATUS(REVOKED(""))},
     {.context = OWN_STATUS, .members = STATUS("null") ",\"own\":" REVOKED("")}, VERDICT_REVOKED, HIDDEN},
    {"the only entry in an included node",
     {.members = STATUS(REVOKED(""))},
     {.members = ",\"@included\":{\"id\":\"urn:uuid:1\"," VC ",\"credentialStatus\":" REVOKED("") "}"}, VERDICT_REVOKED, HIDDEN},
    {"the only entry nested",
     {.members = STATUS(REVOKED(""))}, {.members = ",\"@nest\":{\"credentialStatus\":" REVOKED("") "}"}, VERDICT_REVOKED, HIDDEN},
    {"its index nested in it",
     {.members = STATUS(REVOKED(ID("urn:s:1")))},
     {.members = STATUS("{\"id\":\"urn:s:1\",\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\",\"@nest\":"
                        "{\"statusListIndex\":\"23547\",\"statusListCredential\":\"" LIST "\"}}")}, VERDICT_REVOKED, HIDDEN},
    {"the same by a word for it",
     {.members = STATUS(REVOKED(""))},
     {.context = ",{\"own\":\"@nest\"}",
      .members = STATUS("{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\",\"own\":"
                        "{\"statusListIndex\":\"23547\",\"statusListCredential\":\"" LIST "\"}}")},
     VERDICT_REVOKED, VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"an entry included in another",
     {.members = STATUS("[" REVOKED(ID("urn:s:1")) "," CLEAR(ID("urn:s:2")) "]")},
     {.members = STATUS("{\"@included\":[{\"id\":\"urn:uuid:1\"," VC ",\"credentialStatus\":" REVOKED(ID("urn:s:1")) "}],"
                        "\"id\":\"urn:s:2\",\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\","
                        "\"statusListIndex\":\"1\",\"statusListCredential\":\"" LIST "\"}")}, VERDICT_REVOKED, HIDDEN},
    {"the same by a word for it",
     {.members = STATUS("[" REVOKED(ID("urn:s:1")) "," CLEAR(ID("urn:s:2")) "]")},
     {.context = ",{\"own\":\"@included\"}",
      .members = STATUS("{\"own\":[{\"id\":\"urn:uuid:1\"," VC ",\"credentialStatus\":" REVOKED(ID("urn:s:1")) "}],"
                        "\"id\":\"urn:s:2\",\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\","
                        "\"statusListIndex\":\"1\",\"statusListCredential\":\"" LIST "\"}")}, VERDICT_REVOKED,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"an entry in a graph of its own",
     {.members = STATUS(REVOKED(ID("urn:s:1")))},
     {.members = STATUS("{\"@graph\":[" REVOKED(ID("urn:s:1")) "],\"type\":\"BitstringStatusListEntry\"}")}, VERDICT_REVOKED,
     VERDICT_NOT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_SIGNATURE_WRONG},
    {"the only entry included in the subject",
     {.members = STATUS(REVOKED(""))},
     {.subject = "{\"id\":\"did:example:1\",\"name\":\"Ada Byron\",\"@included\":{\"id\":\"urn:uuid:1\"," VC ",\"credentialStatus\":"
                 REVOKED("") "}}"}, VERDICT_REVOKED, HIDDEN},
    {"the only entry included in the achievement",
     {.context = BADGE, .subject = ACHIEVER(""), .members = STATUS(REVOKED(""))},
     {.context = BADGE, .subject = ACHIEVER(",\"@included\":{\"id\":\"urn:uuid:1\"," VC ",\"credentialStatus\":" REVOKED("") "}")},
     VERDICT_REVOKED, HIDDEN},
    {"the only entry given to the achievement",
     {.context = BADGE, .subject = ACHIEVER(""), .members = STATUS(REVOKED(""))},
     {.context = BADGE, .subject = ACHIEVER(",\"credentialStatus\":" REVOKED(""))}, VERDICT_REVOKED,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_LOSSY},
    {"a credential shown as the evidence of another",
     {.members = UNTIL},
     {.whole = PRAISED ",\"evidence\":{\"id\":\"urn:uuid:1\",\"type\":\"VerifiableCredential\",\"name\":\"Analysis\"" UNTIL "}"},
     VERDICT_EXPIRED, VERDICT_NOT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_SIGNATURE_WRONG},
    {"the only entry by its other end",
     {.members = STATUS(REVOKED(ID("urn:s:1")))},
     {.members = ",\"@included\":{\"id\":\"urn:s:1\",\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\","
                 "\"statusListIndex\":\"23547\",\"statusListCredential\":\"" LIST "\",\"@reverse\":{\"" CRED "credentialStatus\":"
                 "{\"id\":\"urn:uuid:1\"}}}"},
     VERDICT_REVOKED, HIDDEN},
    {"the only entry by a word that turns it round",
     {.members = STATUS(REVOKED(ID("urn:s:1"))), .subject = "{\"id\":\"urn:s:1\",\"name\":\"Ada Byron\"}"},
     {.context = ",{\"own\":{\"@reverse\":\"" CRED "credentialStatus\"}}",
      .subject = "{\"name\":\"Ada Byron\",\"own\":{\"id\":\"urn:uuid:1\"},\"id\":\"urn:s:1\",\"type\":\"BitstringStatusListEntry\","
                 "\"statusPurpose\":\"revocation\",\"statusListIndex\":\"23547\",\"statusListCredential\":\"" LIST "\"}"},
     VERDICT_REVOKED, HIDDEN},
    {"its purpose under another word",
     {.members = STATUS(REVOKED(""))},
     {.context = ",{\"own\":\"https://www.w3.org/ns/credentials/status#statusPurpose\"}",
      .members = STATUS("{\"type\":\"BitstringStatusListEntry\",\"own\":\"revocation\",\"statusListIndex\":\"23547\","
                        "\"statusListCredential\":\"" LIST "\"}")},
     VERDICT_REVOKED, VERDICT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_STATUS_INCOMPLETE},
    {"its index under another word",
     {.members = STATUS(REVOKED(""))},
     {.context = ",{\"own\":\"https://www.w3.org/ns/credentials/status#statusListIndex\"}",
      .members = STATUS("{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"revocation\",\"own\":\"23547\","
                        "\"statusListCredential\":\"" LIST "\"}")},
     VERDICT_REVOKED, VERDICT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_STATUS_INCOMPLETE},
    {"its type under another word",
     {.members = STATUS(REVOKED(""))},
     {.context = ",{\"Own\":\"https://www.w3.org/ns/credentials/status#BitstringStatusListEntry\"}",
      .members = STATUS("{\"type\":\"Own\",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"23547\","
                        "\"statusListCredential\":\"" LIST "\"}")},
     VERDICT_REVOKED, VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_LOSSY},
    {"the end under another word, a usual word for something else",
     {.members = UNTIL ",\"description\":\"2030-01-01T00:00:00Z\""},
     {.context = ",{" OWN_UNTIL ",\"expires\":\"https://schema.org/description\"}",
      .members = ",\"own\":\"2026-01-01T00:00:00Z\",\"expires\":\"2030-01-01T00:00:00Z\""},
     VERDICT_EXPIRED, HIDDEN},
    {"the same with the word of the first vocabulary",
     {.members = UNTIL ",\"description\":\"2030-01-01T00:00:00Z\""},
     {.context = ",{" OWN_UNTIL ",\"expirationDate\":\"https://schema.org/description\"}",
      .members = ",\"own\":\"2026-01-01T00:00:00Z\",\"expirationDate\":\"2030-01-01T00:00:00Z\""},
     VERDICT_EXPIRED, HIDDEN},
    {"the end as a value", {.members = UNTIL}, {.members = ",\"validUntil\":" DATE("2026-01-01")}, VERDICT_EXPIRED,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN,
     REASON_DATE_UNREADABLE},
    {"the end in a list", {.members = UNTIL}, {.members = ",\"validUntil\":[\"2026-01-01T00:00:00Z\"]"}, VERDICT_EXPIRED,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN,
     REASON_DATE_UNREADABLE},
    {"the end nested", {.members = UNTIL}, {.members = ",\"@nest\":{\"validUntil\":\"2026-01-01T00:00:00Z\"}"}, VERDICT_EXPIRED,
     HIDDEN},
    {"the end null, and under its full name",
     {.members = UNTIL}, {.members = ",\"validUntil\":null,\"" CRED "validUntil\":" DATE("2026-01-01")}, VERDICT_EXPIRED, HIDDEN},
    {"the end through a prefix",
     {.members = UNTIL}, {.context = ",{\"c\":\"" CRED "\"}", .members = ",\"c:validUntil\":" DATE("2026-01-01")}, VERDICT_EXPIRED,
     HIDDEN},
    {"the start under another word",
     {.members = ",\"validFrom\":\"2030-01-01T00:00:00Z\""},
     {.context = ",{\"own\":" DATED(CRED "validFrom") "}", .members = ",\"own\":\"2030-01-01T00:00:00Z\""}, VERDICT_NOT_YET,
     HIDDEN},
    {"the id in an included node",
     {.members = ",\"description\":\"d\""},
     {.id = "", .members = ",\"description\":\"d\",\"@id\":\"urn:uuid:1\""}, VERDICT_IN_FORCE, HIDDEN},
    {"the id under another word",
     {.members = ""}, {.context = ",{\"own\":\"@id\"}", .id = "\"own\":\"urn:uuid:1\","}, VERDICT_IN_FORCE,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"an uid as a value",
     {.context = ",{\"uid\":\"https://w3id.org/blockcerts#uid\"}", .members = ",\"uid\":\"u1\""},
     {.context = ",{\"uid\":\"https://w3id.org/blockcerts#uid\"}", .members = ",\"uid\":{\"@value\":\"u1\"}"}, VERDICT_IN_FORCE,
     HIDDEN},
    {"an uid in a list",
     {.context = ",{\"uid\":\"https://w3id.org/blockcerts#uid\"}", .members = ",\"uid\":\"u1\""},
     {.context = ",{\"uid\":\"https://w3id.org/blockcerts#uid\"}", .members = ",\"uid\":[\"u1\"]"}, VERDICT_IN_FORCE, HIDDEN},
    {"an uid that stands for something else",
     {.context = ",{\"uid\":\"https://w3id.org/blockcerts#uid\"}", .members = ",\"uid\":\"u1\",\"description\":\"u2\""},
     {.context = ",{\"own\":\"https://w3id.org/blockcerts#uid\",\"uid\":\"https://schema.org/description\"}",
      .members = ",\"own\":\"u1\",\"uid\":\"u2\""},
     VERDICT_IN_FORCE, HIDDEN},
    {"a form that nobody checks",
     {.members = ",\"credentialSchema\":[{\"id\":\"urn:f:1\",\"type\":\"JsonSchema\"},{\"id\":\"urn:f:2\",\"type\":\"JsonSchema\"}]"},
     {.context = ",{\"own\":{\"@id\":\"" CRED "credentialSchema\",\"@type\":\"@id\"}}",
      .members = ",\"credentialSchema\":[{\"id\":\"urn:f:1\",\"type\":\"JsonSchema\"},{\"id\":\"urn:f:1\",\"type\":\"JsonSchema\"}],\"own\":{\"id\":\"urn:f:2\",\"type\":\"JsonSchema\"}"},
     VERDICT_IN_FORCE, HIDDEN},
    {"a language for all words", {.members = ""}, {.context = ",{\"@language\":\"fr\"}"}, VERDICT_IN_FORCE, VERDICT_NOT_GENUINE,
     VERDICT_FORCE_UNKNOWN, REASON_SIGNATURE_WRONG},
    {"a vocabulary for all words",
     {.members = ""}, {.context = ",{\"@vocab\":\"https://a.example/#\"}", .members = ",\"grade\":\"A\""}, VERDICT_IN_FORCE,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"a base", {.members = ""}, {.context = ",{\"@base\":\"urn:uuid:\"}", .id = "\"id\":\"1\","}, VERDICT_IN_FORCE,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"the vocabularies taken away", {.members = ""}, {.context = ",null,\"https://www.w3.org/ns/credentials/v2\""}, VERDICT_IN_FORCE,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"a vocabulary that fetches another", {.members = ""}, {.context = ",{\"@import\":\"https://evil.example/\"}"}, VERDICT_IN_FORCE,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CONTEXT_UNKNOWN},
    {"a word only for here", {.members = ""},
     {.context = ",{\"@propagate\":false,\"grade\":\"https://schema.org/name\"}", .members = ",\"grade\":\"A\""}, VERDICT_IN_FORCE,
     VERDICT_NOT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_SIGNATURE_WRONG},
    {"no vocabulary inside",
     {.members = ""}, {.subject = "{\"@context\":null,\"id\":\"did:example:1\",\"name\":\"Ada Byron\"}"}, VERDICT_IN_FORCE,
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"a name exchanged inside",
     {.members = ""},
     {.subject = "{\"@context\":{\"n\":\"https://schema.org/name\",\"name\":\"https://schema.org/description\"},\"id\":\"did:example:1\","
                 "\"n\":\"Ada Byron\",\"name\":\"Mallory\"}"},
     VERDICT_IN_FORCE, VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CREDENTIAL_INVALID},
    {"everything in a graph",
     {.members = UNTIL}, {.members = ",\"@graph\":[{\"id\":\"urn:uuid:1\"," VC UNTIL "}]"}, VERDICT_EXPIRED, VERDICT_NOT_GENUINE,
     VERDICT_FORCE_UNKNOWN, REASON_SIGNATURE_WRONG},
    {"a credential inside turned outside",
     {.context = PRAISE, .members = UNTIL ",\"praise\":{" PRAISED "}"},
     {.whole = PRAISED ",\"@reverse\":{\"https://a.example/praise\":{\"id\":\"urn:uuid:1\"," VC ",\"issuer\":\"ISSUER\",\"name\":"
               "\"Analysis\",\"credentialSubject\":{\"id\":\"did:example:1\",\"name\":\"Ada Byron\"}" UNTIL "}}"},
     VERDICT_EXPIRED, HIDDEN},
    {"the same by a word that turns it round",
     {.context = PRAISE, .members = UNTIL ",\"praise\":{" PRAISED "}"},
     {.context = ",{\"own\":{\"@reverse\":\"https://a.example/praise\"}}",
      .whole = PRAISED ",\"own\":{\"id\":\"urn:uuid:1\"," VC ",\"issuer\":\"ISSUER\",\"name\":"
               "\"Analysis\",\"credentialSubject\":{\"id\":\"did:example:1\",\"name\":\"Ada Byron\"}" UNTIL "}"},
     VERDICT_EXPIRED, HIDDEN},
};

static const char *or(const char *given, const char *usual)
{
    return given != NULL ? given : usual;
}

static const char *method_of(struct keybench *b)
{
    return keybench_text(b, "%s#%s", keybench_did(b, KEY_ED25519, 0), keybench_multibase(b, KEY_ED25519, 0));
}

static const char *options_of(struct keybench *b, const char *more)
{
    return keybench_text(b, "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\",\"created\":"
                            "\"2025-06-01T00:00:00Z\",\"verificationMethod\":\"%s\",\"proofPurpose\":\"assertionMethod\"%s}",
                         method_of(b), more);
}

/* With ISSUER replaced. */
static const char *named(struct keybench *b, const char *text)
{
    const char *at = strstr(text, "ISSUER");
    return at == NULL ? text
                      : keybench_text(b, "%.*s%s%s", (int)(at - text), text, keybench_did(b, KEY_ED25519, 0),
                                      named(b, at + strlen("ISSUER")));
}

/* Without its last brace. */
static const char *body(struct keybench *b, const struct parts *p)
{
    const char *context = keybench_text(b, "\"@context\":[\"https://www.w3.org/ns/credentials/v2\"%s]", or(p->context, ""));
    if (p->whole != NULL)
        return keybench_text(b, "{%s,%s", context, named(b, p->whole));
    return keybench_text(b, "{%s,%s" VC ",\"issuer\":\"%s\",\"name\":\"Analysis\",\"credentialSubject\":%s%s", context,
                         or(p->id, "\"id\":\"urn:uuid:1\","), keybench_did(b, KEY_ED25519, 0),
                         or(p->subject, "{\"id\":\"did:example:1\",\"name\":\"Ada Byron\"}"), named(b, or(p->members, "")));
}

static const char *sign(struct keybench *b, const char *document)
{
    return keybench_secure(b, KEY_ED25519, 0, document, options_of(b, ""));
}

/* The proof of what was issued under what is shown. */
static const char *shown_with(struct keybench *b, const struct parts *issued, const struct parts *shown)
{
    const char *secured = sign(b, keybench_text(b, "%s}", body(b, issued)));
    return keybench_text(b, "%s%s", body(b, shown), strstr(secured, ",\"proof\":"));
}

static const char *lookups(struct keybench *b)
{
    const char *list = sign(b, keybench_text(b,
        "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"id\":\"" LIST "\",\"type\":[\"VerifiableCredential\","
        "\"BitstringStatusListCredential\"],\"issuer\":\"%s\",\"credentialSubject\":{\"id\":\"" LIST "#list\",\"type\":"
        "\"BitstringStatusList\",\"statusPurpose\":\"revocation\",\"encodedList\":\"" BITS "\"}}", keybench_did(b, KEY_ED25519, 0)));
    return keybench_text(b, "{\"http\":{\"" LIST "\":%s}}", list);
}

static struct check_result result; /* large */

static const struct verdict *judge(struct keybench *b, const char *text)
{
    struct check_setup setup = {.canonize = &b->canonize, .lookup = &b->lookup, .now = NOW, .offline = true};
    check_bytes(&setup, "attack", text, strlen(text), &result);
    return &result.verdict;
}

static void fail_with(const char *name, const char *when, const struct verdict *v)
{
    fail_msg("%s, %s: %s, %s, %s (%s)", name, when, verdict_authenticity_word(v->authenticity), verdict_force_word(v->force),
             reasons_row(v->reason)->code, v->detail);
}

static void attacks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ATTACKS / sizeof ATTACKS[0]; i++) {
        const struct attack *a = &ATTACKS[i];
        struct keybench *b = malloc(sizeof *b);
        struct err e;
        assert_non_null(b);
        keybench_open(b, NULL);
        const char *recorded = lookups(b);
        assert_ok(lookup_record(&b->lookup, recorded, strlen(recorded), &e), e);
        const struct verdict *v = judge(b, shown_with(b, &a->issued, &a->issued));
        if (v->authenticity != VERDICT_GENUINE || v->force != a->before)
            fail_with(a->name, "as issued", v);
        if (strcmp(result.shown.facts.title, "Analysis") != 0 || strcmp(result.shown.facts.holder, "Ada Byron") != 0)
            fail_msg("%s: \"%s\" to \"%s\"", a->name, result.shown.facts.title, result.shown.facts.holder);
        v = judge(b, shown_with(b, &a->issued, &a->shown));
        if (v->authenticity != a->authenticity || v->force != a->force || v->reason != a->reason)
            fail_with(a->name, "as shown", v);
        keybench_close(b);
        free(b);
    }
}

/* -- Other texts of it ---------------------------------------------------------------------- */

/* One thing exchanged in the text of a credential that is genuine. */
static void other_texts(void **state)
{
    static const struct {
        const char *old, *new;
        enum reason reason; /* REASON_GENUINE: it says the same */
    } TEXTS[] = {
        {"\"Ada Byron\"", "\"Ada\\u0020Byron\"", REASON_GENUINE},
        {"\"Ada Byron\"", "\"Ada Byron\\u0000\"", REASON_SIGNATURE_WRONG},
        {"\"Ada Byron\"", "\"Ada\\ud800Byron\"", REASON_CREDENTIAL_BROKEN},
        {"\"Ada Byron\"", "\"Ada\xc0\xa0" "Byron\"", REASON_CREDENTIAL_BROKEN},
        {"\"Ada Byron\"", "\"Ada\\u200bByron\"", REASON_SIGNATURE_WRONG},
        {"\"Ada Byron\"", "{\"@value\":\"Ada Byron\"}", REASON_GENUINE},
        {"\"Ada Byron\"", "{\"@value\":\"Ada Byron\",\"@language\":\"en\"}", REASON_SIGNATURE_WRONG},
        {"\"Ada Byron\"", "{\"@value\":\"Ada Byron\",\"@direction\":\"rtl\"}", REASON_CREDENTIAL_LOSSY},
        {"\"Ada Byron\"", "{\"@list\":[\"Ada Byron\"]}", REASON_SIGNATURE_WRONG},
        {"\"Ada Byron\"", "[\"Ada Byron\",\"Mallory\"]", REASON_SIGNATURE_WRONG},
        {"\"name\":\"Ada", "\"name\":\"Mallory\",\"name\":\"Ada", REASON_CREDENTIAL_BROKEN},
        {"\"name\":\"Ada", "\"n\\u0061me\":\"Mallory\",\"name\":\"Ada", REASON_CREDENTIAL_BROKEN},
        {"\"name\":\"Ada", "\"__proto__\":{\"name\":\"Mallory\"},\"name\":\"Ada", REASON_CREDENTIAL_LOSSY},
        {"\"name\":\"Ada", "\"constructor\":\"Mallory\",\"name\":\"Ada", REASON_CREDENTIAL_LOSSY},
        {"\"id\":\"did:example:1\"", "\"id\":\"did:example:%31\"", REASON_SIGNATURE_WRONG},
        {"{\"@context\"", "\xef\xbb\xbf{\"@context\"", REASON_CREDENTIAL_BROKEN},
        {"\"proofPurpose\"", "\"created\":\"2025-06-01T00:00:00Z\",\"proofPurpose\"", REASON_CREDENTIAL_BROKEN},
        {"eddsa-rdfc-2022", "eddsa-jcs-2022", REASON_SIGNATURE_WRONG},
        {"eddsa-rdfc-2022", "eddsa-2022", REASON_SIGNATURE_WRONG},
        {"eddsa-rdfc-2022", "ecdsa-rdfc-2019", REASON_SUITE_NOT_OF_KEY},
        {"\"DataIntegrityProof\"", "[\"DataIntegrityProof\"]", REASON_PROOF_FOREIGN},
        {"\"proofValue\":\"z", "\"proofValue\":\"u", REASON_SIGNATURE_MALFORMED},
        {"\"proofValue\":\"z", "\"proofValue\":\"z1", REASON_SIGNATURE_MALFORMED},
    };
    struct keybench *b = *state;
    static const struct parts USUAL = {0};
    const char *good = shown_with(b, &USUAL, &USUAL);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        const char *at = strstr(good, TEXTS[i].old);
        assert_non_null(at);
        const char *other = keybench_text(b, "%.*s%s%s", (int)(at - good), good, TEXTS[i].new, at + strlen(TEXTS[i].old));
        if (judge(b, other)->reason != TEXTS[i].reason)
            fail_with(TEXTS[i].old, TEXTS[i].new, &result.verdict);
    }
}

/* -- The page of a DID ---------------------------------------------------------------------- */

#define WEB "did:web:issuer.example"

/* A certificate of Blockcerts by a did:web with a page; what the page and the list on it say. */
static void judge_page(struct keybench *b, const char *page, const char *list, bool alias)
{
    const char *multibase = keybench_multibase(b, KEY_ED25519, 0);
    const char *recorded = keybench_text(b,
        "{\"http\":{\"https://issuer.example/.well-known/did.json\":{\"id\":\"" WEB "\",\"assertionMethod\":[{\"id\":\"#k\","
        "\"publicKeyMultibase\":\"%s\"}],\"service\":[{\"id\":\"#s\",\"type\":\"IssuerProfile\",\"serviceEndpoint\":"
        "\"https://issuer.example/page\"}]},\"https://issuer.example/page\":%s,\"https://issuer.example/r\":%s}}",
        multibase, page, list);
    struct err e;
    assert_ok(lookup_record(&b->lookup, recorded, strlen(recorded), &e), e);
    const char *options = keybench_text(b, "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\",\"created\":"
                                           "\"2025-06-01T00:00:00Z\",\"verificationMethod\":\"" WEB "#k\",\"proofPurpose\":"
                                           "\"assertionMethod\"}");
    judge(b, keybench_secure(b, KEY_ED25519, 0,
        keybench_text(b, "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",%s],\"id\":\"urn:uuid:1\","
                         "\"type\":[\"VerifiableCredential\",\"%s\"],\"issuer\":\"" WEB "\",\"credentialSubject\":{\"id\":"
                         "\"did:example:1\"}}", alias ? "{\"Own\":\"https://w3id.org/blockcerts#BlockcertsCredential\"}"
                                                    : "\"https://w3id.org/blockcerts/v3.2\"",
                      alias ? "Own" : "BlockcertsCredential"), options));
}

/* The page that a DID names tells the list of what was withdrawn, also if a key alone proved the certificate. */
static void pages_of_dids(void **state)
{
    static const struct {
        const char *page, *list;
        enum verdict_force force;
    } PAGES[] = {
        {"{\"type\":\"Profile\",\"revocationList\":\"https://issuer.example/r\"}", "{\"revokedAssertions\":[]}", VERDICT_IN_FORCE},
        {"{\"type\":\"Profile\",\"revocationList\":\"https://issuer.example/r\"}",
         "{\"revokedAssertions\":[{\"id\":\"urn:uuid:1\"}]}", VERDICT_REVOKED},
        {"{\"type\":\"Profile\",\"revocationList\":\"https://issuer.example/r\"}", "null", VERDICT_FORCE_UNKNOWN},
        {"{\"type\":\"Profile\"}", "null", VERDICT_IN_FORCE},
        {"null", "{\"revokedAssertions\":[]}", VERDICT_FORCE_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof PAGES / sizeof PAGES[0]; i++) {
        bool alias = i % 2 == 1; /* the type under a word of the holder's */
        const char *page = PAGES[i / 2].page, *list = PAGES[i / 2].list;
        struct keybench *b = malloc(sizeof *b);
        assert_non_null(b);
        keybench_open(b, NULL);
        judge_page(b, page, list, alias);
        if (result.verdict.authenticity != VERDICT_GENUINE || result.verdict.force != PAGES[i / 2].force)
            fail_with(page, list, &result.verdict);
        keybench_close(b);
        free(b);
    }
}

/* -- Redirects to somebody else ------------------------------------------------------------- */

struct site {
    struct keybench *b;
    const char *elsewhere; /* who answers for the document of the DID in the end */
};

static enum err_code answer_of_site(void *self, const char *url, struct fetch_reply *reply, struct err *e)
{
    const struct site *site = self;
    (void)e;
    reply->status = strstr(url, "/did.json") != NULL ? 200 : 404;
    snprintf(reply->elsewhere, sizeof reply->elsewhere, "%s", site->elsewhere);
    text_putf(&reply->body, "{\"id\":\"" WEB "\",\"assertionMethod\":[{\"id\":\"#k\",\"publicKeyMultibase\":\"%s\"}]}",
              keybench_multibase(site->b, KEY_ED25519, 0));
    return ERR_OK;
}

/* A host that lets anybody choose where it redirects to gives nobody its name. */
static void redirects(void **state)
{
    static const struct {
        const char *elsewhere;
        enum verdict_authenticity authenticity;
        enum reason reason;
    } SITES[] = {
        {"", VERDICT_GENUINE, REASON_GENUINE},
        {"evil.example", VERDICT_COULD_NOT_CHECK, REASON_KEY_UNREACHABLE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof SITES / sizeof SITES[0]; i++) {
        struct keybench *b = malloc(sizeof *b);
        assert_non_null(b);
        keybench_open(b, NULL);
        struct site site = {b, SITES[i].elsewhere};
        b->lookup.transport = (struct lookup_transport){answer_of_site, &site};
        const char *options = keybench_text(b, "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\",\"created\":"
                                               "\"2025-06-01T00:00:00Z\",\"verificationMethod\":\"" WEB "#k\",\"proofPurpose\":"
                                               "\"assertionMethod\"}");
        judge(b, keybench_secure(b, KEY_ED25519, 0,
            "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"id\":\"urn:uuid:1\",\"type\":[\"VerifiableCredential\"],"
            "\"issuer\":\"" WEB "\",\"credentialSubject\":{\"id\":\"did:example:1\"}}", options));
        if (result.verdict.authenticity != SITES[i].authenticity || result.verdict.reason != SITES[i].reason)
            fail_with(WEB, SITES[i].elsewhere, &result.verdict);
        keybench_close(b);
        free(b);
    }
}

/* What cannot be compared is not taken for plain. */
static void words_that_cannot_be_compared(void **state)
{
    struct keybench *b = *state;
    static const struct dates_names NAMES = {{NULL}, {NULL}};
    static const struct rdf_dataset NOTHING = {0};
    keybench_document(b, "{}", 2);
    assert_false(plain_check(&b->check, &NOTHING, b->check.root, &NAMES));
    keybench_expect(b, CREDENTIAL_COMPLEX);
}

/* Each would be looked for among all others: a limit keeps a stranger's document from taking seconds. */
static void words_that_are_too_many(void **state)
{
    struct keybench *b = *state;
    for (unsigned n = 256; n <= 257; n++) {
        struct text list = {0};
        for (unsigned i = 0; i < n; i++)
            text_putf(&list, "%s{\"id\":\"urn:r:%u\",\"type\":\"https://a.example/R\"}", i > 0 ? "," : "", i);
        const struct parts many = {.members = keybench_text(b, ",\"refreshService\":[%s]", text_string(&list))};
        text_done(&list);
        enum reason expected = n > 256 ? REASON_CREDENTIAL_COMPLEX : REASON_GENUINE;
        if (judge(b, shown_with(b, &many, &many))->reason != expected)
            fail_with("many", n > 256 ? "257" : "256", &result.verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attacks),
        cmocka_unit_test_setup_teardown(words_that_are_too_many, keybench_setup, keybench_teardown),
        cmocka_unit_test_setup_teardown(other_texts, keybench_setup, keybench_teardown),
        cmocka_unit_test(pages_of_dids), cmocka_unit_test(redirects),
        cmocka_unit_test_setup_teardown(words_that_cannot_be_compared, keybench_setup, keybench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
