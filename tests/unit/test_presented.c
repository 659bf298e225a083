/* Presentations under attack: credentials exchanged, hidden, wrapped and left without a proof; and whose answer to
 * whom it is. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/keybench.h"
#include "verifier/check.h"
#include "verifier/report.h"

#define NOW UINT64_C(1780000000) /* 2026-05-28 */
#define V2 "\"https://www.w3.org/ns/credentials/v2\""
#define CRED "https://www.w3.org/2018/credentials#"

enum { ISSUER, HOLDER, THIEF }; /* keys */

static struct check_result result; /* large */

/* -- What is presented ---------------------------------------------------------------------- */

static const char *did(struct keybench *b, unsigned nth)
{
    return keybench_did(b, KEY_ED25519, nth);
}

static const char *sign(struct keybench *b, unsigned nth, const char *document, const char *purpose, const char *more)
{
    return keybench_secure(b, KEY_ED25519, nth, document,
                           keybench_text(b, "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\",\"created\":"
                                            "\"2025-06-01T00:00:00Z\",\"verificationMethod\":\"%s#%s\",\"proofPurpose\":\"%s\"%s}",
                                         did(b, nth), keybench_multibase(b, KEY_ED25519, nth), purpose, more));
}

static const char *unsigned_credential(struct keybench *b, const char *id, const char *name, const char *more)
{
    return keybench_text(b, "{\"@context\":[" V2 "],\"id\":\"%s\",\"type\":[\"VerifiableCredential\"],\"issuer\":\"%s\","
                            "\"credentialSubject\":{\"id\":\"%s\",\"name\":\"%s\"}%s}", id, did(b, ISSUER), did(b, HOLDER),
                         name, more);
}

static const char *credential(struct keybench *b, const char *id, const char *more)
{
    return sign(b, ISSUER, unsigned_credential(b, id, "Ada", more), "assertionMethod", "");
}

static const char *token(struct keybench *b, const char *alg)
{
    return keybench_jws(b, KEY_ED25519, ISSUER, keybench_text(b, "{\"alg\":\"%s\"}", alg),
                        unsigned_credential(b, "urn:c:t", "Ada", ""));
}

/* The text with one old replaced. */
static const char *altered(struct keybench *b, const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    return keybench_text(b, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}

static const char *present(struct keybench *b, const char *members, const char *context)
{
    return keybench_text(b, "{\"@context\":[" V2 "%s],\"type\":[\"VerifiablePresentation\"],\"holder\":\"%s\"%s}", context,
                         did(b, HOLDER), members);
}

#define ENVELOPE(id) "{\"@context\":" V2 ",\"id\":\"" id "\",\"type\":\"EnvelopedVerifiableCredential\"}"

/* What a letter behind a $ stands for. */
static const char *member(struct keybench *b, char letter)
{
    switch (letter) {
    case 'A': return credential(b, "urn:c:a", "");
    case 'B': return credential(b, "urn:c:b", "");
    case 'X': return credential(b, "urn:c:x", ",\"validUntil\":\"2026-01-01T00:00:00Z\"");
    case 'F': return altered(b, credential(b, "urn:c:a", ""), "Ada", "Mallory");
    case 'P': return unsigned_credential(b, "urn:c:a", "Ada", "");
    case 'T': return token(b, "EdDSA");
    case 'N': return token(b, "none");
    case 'V': return sign(b, HOLDER, present(b, keybench_text(b, ",\"verifiableCredential\":[%s]", member(b, 'A')), ""),
                          "authentication", "");
    default: fail_msg("$%c stands for nothing", letter); return NULL;
    }
}

static const char *filled(struct keybench *b, const char *text)
{
    const char *at = strchr(text, '$');
    return at == NULL ? text
                      : keybench_text(b, "%.*s%s%s", (int)(at - text), text, member(b, at[1]), filled(b, at + 2));
}

/* -- Cases ---------------------------------------------------------------------------------- */

struct presented_case {
    const char *name;
    const char *made, *shown; /* members; what the holder signed, and what is shown with that proof. NULL: the same */
    const char *context;      /* added afterwards */
    enum verdict_authenticity authenticity;
    enum verdict_force force;
    enum reason reason;
};

#define VC(list) ",\"verifiableCredential\":" list
#define GOOD VERDICT_GENUINE, VERDICT_IN_FORCE, REASON_GENUINE
#define FORGED(why) VERDICT_NOT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_##why
#define UNCHECKED(why) VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_##why
#define OWN "{\"own\":{\"@id\":\"" CRED "verifiableCredential\",\"@type\":\"@id\",\"@container\":\"@graph\"}}"

static const struct presented_case CASES[] = {
    {"one", VC("$A"), NULL, "", GOOD},
    {"two", VC("[$A,$B]"), NULL, "", GOOD},
    {"a forged one beside a genuine one", VC("[$A,$F]"), NULL, "", FORGED(MEMBER_FORGED)},
    {"one exchanged", VC("[$A]"), VC("[$B]"), "", FORGED(SIGNATURE_WRONG)},
    {"one taken away", VC("[$A,$B]"), VC("[$A]"), "", FORGED(SIGNATURE_WRONG)},
    {"one added", VC("[$A]"), VC("[$A,$B]"), "", FORGED(SIGNATURE_WRONG)},
    {"one without its proof", VC("[$A,$P]"), NULL, "", UNCHECKED(MEMBER_UNCHECKED)},
    {"one that has expired", VC("[$A,$X]"), NULL, "", VERDICT_GENUINE, VERDICT_EXPIRED, REASON_MEMBER_EXPIRED},
    {"one that has expired, under a word of the holder's", VC("[$A,$X]"), VC("[$A]") ",\"own\":$X", "," OWN, UNCHECKED(WORDS_HIDDEN)},
    {"the only one under such a word", VC("$X"), ",\"own\":$X", "," OWN, UNCHECKED(WORDS_HIDDEN)},
    {"one twice for another that is hidden", VC("[$A,$X]"), VC("[$A,$A]") ",\"own\":$X", "," OWN, FORGED(SIGNATURE_WRONG)},
    {"null for one that is hidden", VC("[$A,$X]"), VC("[$A,null]") ",\"own\":$X", "," OWN, UNCHECKED(WORDS_HIDDEN)},
    {"one under its full name", VC("[$A,$X]"), VC("[$A]") ",\"" CRED "verifiableCredential\":{\"@graph\":$X}", "", UNCHECKED(WORDS_HIDDEN)},
    {"none", ",\"id\":\"urn:p:1\"", NULL, "", VERDICT_GENUINE, VERDICT_IN_FORCE, REASON_PRESENTATION_BARE}, /* it proves who answers */
    {"an empty list", ",\"id\":\"urn:p:1\"" VC("[]"), NULL, "", VERDICT_GENUINE, VERDICT_IN_FORCE, REASON_PRESENTATION_BARE},
    {"an empty list for one that is hidden", ",\"id\":\"urn:p:1\"" VC("$X"), ",\"id\":\"urn:p:1\",\"verifiableCredential\":[],\"own\":$X",
     "," OWN, UNCHECKED(WORDS_HIDDEN)},
    {"a presentation inside", VC("[$V]"), NULL, "", UNCHECKED(MEMBER_UNCHECKED)},
    {"a list inside the list", VC("[$A]"), VC("[[$A]]"), "", UNCHECKED(WORDS_HIDDEN)},
    {"one that has expired in a list inside", VC("[$A,$X]"), VC("[$A,[$X]]"), "", UNCHECKED(WORDS_HIDDEN)},
    {"a set of them", VC("[$A,$X]"), VC("{\"@set\":[$A,$X]}"), "", UNCHECKED(WORDS_HIDDEN)},
    {"an envelope", VC("[" ENVELOPE("data:application/vc+jwt,$T") "]"), NULL, "", GOOD},
    {"an envelope of a token without signature", VC("[" ENVELOPE("data:application/vc+jwt,$N") "]"), NULL, "", UNCHECKED(MEMBER_UNCHECKED)},
    {"an envelope of something else", VC("[" ENVELOPE("data:application/vc+jwt,hello") "]"), NULL, "", UNCHECKED(MEMBER_UNCHECKED)},
    {"an empty envelope", VC("[" ENVELOPE("data:application/vc+jwt,") "]"), NULL, "", UNCHECKED(MEMBER_UNCHECKED)},
    {"an envelope that is a link", VC("[" ENVELOPE("https://a.example/c.jwt") "]"), NULL, "", UNCHECKED(MEMBER_UNCHECKED)},
    {"another token in the envelope", VC("[" ENVELOPE("data:application/vc+jwt,$T") "]"),
     VC("[" ENVELOPE("data:application/vc+jwt,$N") "]"), "", FORGED(SIGNATURE_WRONG)},
    {"another holder", ",\"id\":\"urn:p:1\"" VC("$A"), ",\"id\":\"urn:p:2\"" VC("$A"), "", FORGED(SIGNATURE_WRONG)},
};

static void judge(struct keybench *b, const char *text)
{
    struct check_setup setup = {.canonize = &b->canonize, .lookup = &b->lookup, .now = NOW, .offline = true, .expected = b->env.expected};
    check_bytes(&setup, "presentation", text, strlen(text), &result);
}

static void assert_verdict(const char *name, enum verdict_authenticity authenticity, enum verdict_force force, enum reason reason)
{
    const struct verdict *v = &result.verdict;
    if (v->authenticity != authenticity || v->force != force || v->reason != reason)
        fail_msg("%s: %s, %s, %s (%s)", name, verdict_authenticity_word(v->authenticity), verdict_force_word(v->force),
                 reasons_row(v->reason)->code, v->detail);
}

/* As shown, with the proof of what was made. */
static const char *shown(struct keybench *b, const struct presented_case *c)
{
    const char *made = sign(b, HOLDER, present(b, filled(b, c->made), ""), "authentication", "");
    if (c->shown == NULL)
        return made;
    const char *proof = NULL, *text = present(b, filled(b, c->shown), c->context);
    for (const char *at = made; (at = strstr(at, ",\"proof\":")) != NULL; at++)
        proof = at; /* the last one is its own */
    return keybench_text(b, "%.*s%s", (int)strlen(text) - 1, text, proof);
}

static void cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct keybench *b = malloc(sizeof *b);
        assert_non_null(b);
        keybench_open(b, "{}");
        judge(b, shown(b, &CASES[i]));
        assert_verdict(CASES[i].name, CASES[i].authenticity, CASES[i].force, CASES[i].reason);
        keybench_close(b);
        free(b);
    }
}

/* Who presents: anybody may hand on a credential, but only in his own name, and only as the answer to a question. */
static void presenters(void **state)
{
    struct keybench *b = *state;
    const char *alone = present(b, filled(b, VC("$A")), ""), *thief = altered(b, alone, did(b, HOLDER), did(b, THIEF));
    const char *nobody = altered(b, alone, keybench_text(b, ",\"holder\":\"%s\"", did(b, HOLDER)), "");
    judge(b, sign(b, THIEF, thief, "authentication", ""));
    assert_verdict("in his own name", GOOD);
    assert_string_equal(result.shown.issuer_id, did(b, THIEF));
    judge(b, sign(b, THIEF, alone, "authentication", ""));
    assert_verdict("in the name of another", FORGED(SIGNER_NOT_ISSUER));
    judge(b, sign(b, THIEF, nobody, "authentication", ""));
    assert_verdict("in nobody's name", GOOD); /* then it is that of whoever made the proof */
    assert_string_equal(result.shown.issuer_id, did(b, THIEF));
    b->env.expected.challenge = "today";
    b->env.expected.domains[0] = "here.example";
    judge(b, sign(b, HOLDER, alone, "authentication", ",\"challenge\":\"today\",\"domain\":\"here.example\""));
    assert_verdict("the answer", GOOD);
    judge(b, sign(b, HOLDER, alone, "authentication", ",\"challenge\":\"yesterday\",\"domain\":\"here.example\""));
    assert_verdict("an old answer", FORGED(PROOF_OTHER_CHALLENGE));
    judge(b, sign(b, HOLDER, alone, "authentication", ""));
    assert_verdict("an answer to no question", FORGED(PROOF_OTHER_CHALLENGE));
    judge(b, sign(b, HOLDER, alone, "authentication", ",\"challenge\":\"today\",\"domain\":\"there.example\""));
    assert_verdict("an answer to somebody else", FORGED(PROOF_OTHER_DOMAIN));
}

/* Nobody may take the answer on a presentation without credentials for one on a credential. */
static void lines_on_nothing(void **state)
{
    static const char *const LINES[][2] = {
        {"SIGNED, BUT WITHOUT ANY CREDENTIAL: The presentation holds no credential: it proves only who made it.\n",
         "\nNO CREDENTIAL THAT COULD BE IN FORCE · checked on "},
        {"SIGNÉ, MAIS SANS AUCUNE ATTESTATION : La présentation ne contient aucune attestation : elle prouve seulement qui l’a faite.\n",
         "\nAUCUNE ATTESTATION QUI PUISSE ÊTRE EN VIGUEUR · vérifié le "},
    };
    struct keybench *b = *state;
    for (int language = 0; language < 2; language++)
        for (int bare = 0; bare < 2; bare++) {
            struct text out = {0};
            judge(b, sign(b, HOLDER, present(b, bare ? ",\"id\":\"urn:p:1\"" : filled(b, VC("$A")), ""), "authentication", ""));
            report_text(&out, &result, (enum reasons_language)language, NOW, 0);
            bool begins = strncmp(text_string(&out), LINES[language][0], strlen(LINES[language][0])) == 0;
            if (begins != bare || (strstr(text_string(&out), LINES[language][1]) != NULL) != bare)
                fail_msg("%s", text_string(&out));
            text_clear(&out);
            report_json(&out, &result, (enum reasons_language)language);
            assert_int_equal(strstr(text_string(&out), "\"force\":\"in-force\",\"code\":\"HM-1313\",") != NULL, bare);
            text_done(&out);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases),
        cmocka_unit_test_setup_teardown(presenters, keybench_setup, keybench_teardown),
        cmocka_unit_test_setup_teardown(lines_on_nothing, keybench_setup, keybench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
