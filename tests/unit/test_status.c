/* Status of a credential: every mechanism, and what is said when its list is silent, wrong or not there. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "verifier/status/status.h"

#define BIT_23547_SET \
    "H4sIAAAAAAAAA-3OMQEAAAgDoEWwf1pbTA9IQAIAAJTMdQAAAAAAAAAAAAAAAAD4awEYNa3BAEAAAA"
#define BIT_0_SET \
    "H4sIAAAAAAACA-3BIQEAAAACIKc73RkWoAEAAAAAAAAAAAAAAAAAAADeBuRZQ2cAQAAA"
#define LIST "https://list.example/1"

/* How a list credential is judged: the real check is that of the formats. */
struct judge {
    bool readable;
    enum verdict_authenticity authenticity;
    enum verdict_force force;
    const char *issuer;
};

static struct judge judge;

static bool nested(struct format_check *c, struct slice bytes, struct verdict *ret,
                   const struct jdoc **ret_root, struct slice *ret_issuer)
{
    *ret = (struct verdict){.authenticity = judge.authenticity, .force = judge.force};
    *ret_issuer = slice_of(judge.issuer);
    return judge.readable && jdoc_parse(c->arena, bytes, jdoc_limits(), ret_root, NULL) == ERR_OK;
}

/* One credential, with its profile and what look-ups answer; the codes that were found, in order. */
struct question {
    const char *credential, *profile, *http;
    bool at, live;
};

#define ASK(credential, profile, http) (&(struct question){credential, profile, http, false, false})

static struct verdict_findings found;

static void ask(const struct question *q)
{
    struct lookup lookup;
    struct arena arena;
    struct err e;
    struct text recorded = {0};
    struct format_env env = {.lookup = &lookup, .now = 1800000000, .at = q->at};
    struct format_check c = {.env = &env, .arena = &arena, .findings = &found, .nested = nested,
                             .issuer = SLICE("did:example:issuer")};
    found.n = 0;
    arena_init(&arena, 1 << 24);
    lookup_open(&lookup, NULL);
    text_putf(&recorded, "{\"http\":{%s}}", q->http);
    if (!q->live)
        assert_ok(lookup_record(&lookup, text_string(&recorded), recorded.len, &e), e);
    assert_ok(jdoc_parse(&arena, slice_of(q->credential), jdoc_limits(), &c.root, &e), e);
    if (q->profile != NULL)
        assert_ok(jdoc_parse(&arena, slice_of(q->profile), jdoc_limits(), &c.profile, &e), e);
    status_check(&c);
    lookup_close(&lookup);
    arena_done(&arena);
    text_done(&recorded);
}

static void assert_codes(const struct question *q, const char *expected)
{
    struct text codes = {0};
    ask(q);
    for (size_t i = 0; i < found.n; i++) {
        text_puts(&codes, i > 0 ? " " : "");
        text_puts(&codes, reasons_row(found.items[i].reason)->code);
        assert_string_equal(reasons_row(found.items[i].reason)->step, "checkRevokedStatus");
    }
    if (strcmp(text_string(&codes), expected) != 0)
        fail_msg("%s\nwith %s: %s, expected %s (%s)", q->credential, q->http, text_string(&codes), expected,
                 found.n > 0 ? found.items[0].detail : "");
    text_done(&codes);
}

static int set_up(void **state)
{
    (void)state;
    judge = (struct judge){true, VERDICT_GENUINE, VERDICT_IN_FORCE, "did:example:issuer"};
    return 0;
}

/* -- Lists of the issuer's profile ------------------------------------------------------------ */

#define PROFILE "{\"revocationList\":\"https://i.example/r\"}"
#define CERTIFICATE "{\"id\":\"urn:uuid:1 2\"}"
#define ASKED "\"https://i.example/r?assertionId=urn%3Auuid%3A1%202\":"

static void no_mechanism(void **state)
{
    (void)state;
    assert_codes(ASK(CERTIFICATE, NULL, ""), "HM-4400");
    assert_codes(ASK(CERTIFICATE, "{}", ""), "HM-4400");
    assert_codes(ASK("{\"credentialStatus\":[]}", NULL, ""), "HM-4400");
    assert_codes(ASK("{\"credentialStatus\":null}", "{}", ""), "HM-4400");
}

static void list_of_the_profile(void **state)
{
    (void)state;
    static const struct {
        const char *http, *expected;
    } CASES[] = {
        {ASKED "{\"revokedAssertions\":[]}", "HM-4100"},
        {ASKED "{\"revokedAssertions\":[{\"id\":\"urn:uuid:1 2\",\"revocationReason\":\"mistake\"}]}", "HM-4101"},
        {ASKED "{\"revokedAssertions\":[\"x\",\"urn:uuid:1 2\"]}", "HM-4101"},
        {ASKED "{\"revokedAssertions\":[{\"uid\":\"urn:uuid:1 2\"}]}", "HM-4101"},
        {ASKED "{\"revokedAssertions\":[{\"id\":\"urn:uuid:1 3\"},7,null]}", "HM-4100"},
        {ASKED "null,\"https://i.example/r\":{\"revokedAssertions\":[\"urn:uuid:1 2\"]}", "HM-4101"},
        {"\"https://i.example/r\":{\"revokedAssertions\":[]}", "HM-4100"},
        {ASKED "null", "HM-4102"},
        {"", "HM-4102"},
        {ASKED "{}", "HM-4600"},
        {ASKED "{\"revokedAssertions\":{}}", "HM-4600"},
        {ASKED "\"<html>not found</html>\"", "HM-4600"},
        {ASKED "[]", "HM-4600"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_codes(ASK(CERTIFICATE, PROFILE, CASES[i].http), CASES[i].expected);
    assert_codes(ASK(CERTIFICATE, "{\"revocationList\":{\"id\":\"https://i.example/r\"}}",
                                    ASKED "{\"revokedAssertions\":[]}"), "HM-4100");
    assert_codes(ASK("{\"document\":{\"assertion\":{\"uid\":\"u1\"}}}", PROFILE,
                                    "\"https://i.example/r\":{\"revokedAssertions\":[{\"uid\":\"u1\"}]}"), "HM-4101");
    assert_codes(ASK("{\"name\":\"x\"}", PROFILE, ASKED "{\"revokedAssertions\":[]}"), "HM-4500");
    assert_codes(ASK(CERTIFICATE, "{\"revocationList\":\"https://i.example/r?x=1\"}",
                                    "\"https://i.example/r?x=1&assertionId=urn%3Auuid%3A1%202\":"
                                    "{\"revokedAssertions\":[]}"), "HM-4100");
    ask(ASK(CERTIFICATE, PROFILE, CASES[1].http));
    assert_string_equal(found.items[0].detail, "mistake");
}

/* A list that only the document names is asked, and a revocation counts; that it cannot be had says nothing, for it
 * is the issuer's page that says which list is his. */
static void list_of_the_document(void **state)
{
    (void)state;
    static const char *const DOCUMENTS[] = {
        "{\"id\":\"urn:uuid:1 2\",\"badge\":{\"issuer\":{\"id\":\"urn:i\",\"revocationList\":\"https://i.example/r\"}}}",
        "{\"id\":\"urn:uuid:1 2\",\"issuer\":{\"id\":\"urn:i\",\"revocationList\":\"https://i.example/r\"}}",
    };
    for (size_t i = 0; i < sizeof DOCUMENTS / sizeof DOCUMENTS[0]; i++) {
        assert_codes(ASK(DOCUMENTS[i], "{}", ASKED "{\"revokedAssertions\":[\"urn:uuid:1 2\"]}"), "HM-4101");
        assert_codes(ASK(DOCUMENTS[i], "{}", ASKED "{\"revokedAssertions\":[]}"), "HM-4100");
        assert_codes(ASK(DOCUMENTS[i], "{}", ASKED "{}"), "HM-4600");
        assert_codes(ASK(DOCUMENTS[i], "{}", ""), "HM-4104");
        assert_codes(ASK(DOCUMENTS[i], "{\"revocationList\":\"https://i.example/other\"}", ASKED "{\"revokedAssertions\":[]}"),
                     "HM-4102");
    }
}

/* -- 1EdTech ---------------------------------------------------------------------------------- */

#define EDTECH "{\"id\":\"u:1\",\"credentialStatus\":{\"id\":\"https://e.example/r\",\"type\":\"1EdTechRevocationList\"}}"
#define AT "\"https://e.example/r\":"

static void list_of_1edtech(void **state)
{
    (void)state;
    static const struct {
        const char *http, *expected;
    } CASES[] = {
        {AT "{\"revokedCredential\":[]}", "HM-4100"},
        {AT "{\"revokedCredential\":[{\"id\":\"u:1\"}]}", "HM-4101"},
        {AT "{\"revokedCredential\":[{\"id\":\"u:1\",\"revoked\":true}]}", "HM-4101"},
        {AT "{\"revokedCredential\":[{\"id\":\"u:1\",\"revoked\":false}]}", "HM-4100"},
        {AT "{\"revokedCredential\":[{\"id\":\"u:1\",\"revoked\":false},{\"id\":\"u:1\"}]}", "HM-4101"},
        {AT "{\"revokedCredential\":[{\"id\":\"u:1\",\"revoked\":\"no\"}]}", "HM-4101"},
        {AT "{\"id\":\"https://e.example/r\",\"issuer\":\"did:example:issuer\",\"revokedCredential\":[]}", "HM-4100"},
        {AT "{\"id\":\"https://e.example/r\",\"issuer\":{\"id\":\"did:example:issuer\"},\"revokedCredential\":[]}",
         "HM-4100"},
        {AT "{\"id\":\"https://e.example/other\",\"revokedCredential\":[]}", "HM-4603"},
        {AT "{\"issuer\":\"did:example:other\",\"revokedCredential\":[]}", "HM-4603"},
        {AT "{\"issuer\":{},\"revokedCredential\":[]}", "HM-4603"},
        {AT "{}", "HM-4600"},
        {AT "null", "HM-4102"},
        {"", "HM-4102"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_codes(ASK(EDTECH, NULL, CASES[i].http), CASES[i].expected);
    assert_codes(ASK("{\"id\":\"u:1\",\"credentialStatus\":{\"type\":\"1EdTechRevocationList\"}}",
                                    NULL, ""), "HM-4500");
    assert_codes(ASK("{\"id\":\"u:1\",\"credentialStatus\":{\"type\":\"RevocationList2020Status\"}}",
                                    NULL, ""), "HM-4501");
    assert_codes(ASK("{\"credentialStatus\":\"https://e.example/r\"}", NULL, ""), "HM-4501");
}

/* -- Status lists ----------------------------------------------------------------------------- */

#define ENTRY(purpose, index)                                                                      \
    "{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"" purpose "\",\"statusListIndex\":" index \
    ",\"statusListCredential\":\"" LIST "\"}"
#define WITH(entries) "{\"id\":\"u:1\",\"credentialStatus\":" entries "}"
#define LIST_WITH(head, subject)                                                                   \
    "\"" LIST "\":{" head "\"type\":[\"VerifiableCredential\",\"BitstringStatusListCredential\"],"  \
    "\"credentialSubject\":{" subject "}}"
#define SUBJECT "\"type\":\"BitstringStatusList\",\"encodedList\":\"u" BIT_23547_SET "\""
#define GOOD_LIST LIST_WITH("\"id\":\"" LIST "\",", SUBJECT)

static void bits(void **state)
{
    (void)state;
    static const struct {
        const char *entries, *expected;
    } CASES[] = {
        {ENTRY("revocation", "23546"), "HM-4100"},
        {ENTRY("revocation", "23547"), "HM-4101"},
        {ENTRY("revocation", "\"23547\""), "HM-4101"},
        {ENTRY("suspension", "23546"), "HM-4401"},
        {ENTRY("suspension", "23547"), "HM-4402"},
        {ENTRY("refresh", "23546"), "HM-4403"},
        {ENTRY("refresh", "23547"), "HM-4404"},
        {ENTRY("message", "23547"), "HM-4403"},
        {ENTRY("in-arrears", "23546"), "HM-4403"},
        {ENTRY("in-arrears", "23547"), "HM-4502"},
        {"[" ENTRY("revocation", "23546") "," ENTRY("suspension", "23547") "]", "HM-4100 HM-4402"},
        {ENTRY("revocation", "131071"), "HM-4100"},
        {ENTRY("revocation", "131072"), "HM-4603"},
        {ENTRY("revocation", "-1"), "HM-4500"},
        {ENTRY("revocation", "1.5"), "HM-4500"},
        {ENTRY("revocation", "\"\""), "HM-4500"},
        {ENTRY("revocation", "\"0x1\""), "HM-4500"},
        {ENTRY("revocation", "9999999999999999999999"), "HM-4500"},
        {ENTRY("revocation", "null"), "HM-4500"},
        {"{\"type\":\"StatusList2021Entry\",\"statusListIndex\":1,\"statusListCredential\":\"" LIST "\"}", "HM-4500"},
        {"{\"type\":\"StatusList2021Entry\",\"statusListIndex\":1,\"statusPurpose\":\"revocation\"}", "HM-4500"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char credential[1000];
        snprintf(credential, sizeof credential, WITH("%s"), CASES[i].entries);
        assert_codes(ASK(credential, NULL, GOOD_LIST), CASES[i].expected);
    }
}

static void the_list_itself(void **state)
{
    (void)state;
    static const char ONE[] = WITH(ENTRY("revocation", "1"));
    static const struct {
        const char *http, *issuer, *expected;
    } CASES[] = {
        {GOOD_LIST, "did:example:issuer", "HM-4100"},
        {GOOD_LIST, "did:example:other", "HM-4405 HM-4100"},
        {LIST_WITH("", SUBJECT), "did:example:issuer", "HM-4100"},
        {LIST_WITH("", SUBJECT), "did:example:other", "HM-4603"},
        {LIST_WITH("", SUBJECT), "", "HM-4603"},
        {LIST_WITH("\"id\":\"http://list.example/1\",", SUBJECT), "did:example:issuer", "HM-4100"},
        {LIST_WITH("\"id\":\"https://list.example/2\",", SUBJECT), "did:example:issuer", "HM-4603"},
        {LIST_WITH("", SUBJECT ",\"statusPurpose\":\"revocation\""), "did:example:issuer", "HM-4100"},
        {LIST_WITH("", SUBJECT ",\"statusPurpose\":[\"suspension\",\"revocation\"]"), "did:example:issuer", "HM-4100"},
        {LIST_WITH("", SUBJECT ",\"statusPurpose\":\"suspension\""), "did:example:issuer", "HM-4603"},
        {LIST_WITH("", SUBJECT ",\"statusPurpose\":7"), "did:example:issuer", "HM-4603"},
        {LIST_WITH("", "\"type\":\"StatusList2021\",\"encodedList\":\"" BIT_23547_SET "\""), "did:example:issuer",
         "HM-4100"},
        {LIST_WITH("", "\"type\":\"BitstringStatusList\""), "did:example:issuer", "HM-4600"},
        {LIST_WITH("", "\"type\":\"BitstringStatusList\",\"encodedList\":\"uH4sI\""), "did:example:issuer", "HM-4600"},
        {LIST_WITH("", "\"type\":\"Person\",\"encodedList\":\"u" BIT_23547_SET "\""), "did:example:issuer", "HM-4600"},
        {"\"" LIST "\":{\"type\":\"VerifiableCredential\",\"credentialSubject\":{" SUBJECT "}}", "did:example:issuer",
         "HM-4600"},
        {"\"" LIST "\":\"no JSON\"", "did:example:issuer", "HM-4600"},
        {"\"" LIST "\":null", "did:example:issuer", "HM-4102"},
        {"", "did:example:issuer", "HM-4102"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        judge.issuer = CASES[i].issuer;
        assert_codes(ASK(ONE, NULL, CASES[i].http), CASES[i].expected);
    }
}

static void a_list_must_be_proven_and_in_force(void **state)
{
    (void)state;
    static const char SET[] = WITH(ENTRY("revocation", "23547"));
    static const struct {
        enum verdict_authenticity authenticity;
        enum verdict_force force;
        const char *expected;
    } CASES[] = {
        {VERDICT_UNKNOWN_ISSUER, VERDICT_IN_FORCE, "HM-4101"},
        {VERDICT_NOT_GENUINE, VERDICT_IN_FORCE, "HM-4601"},
        {VERDICT_COULD_NOT_CHECK, VERDICT_IN_FORCE, "HM-4601"},
        {VERDICT_PENDING, VERDICT_IN_FORCE, "HM-4601"},
        {VERDICT_GENUINE, VERDICT_EXPIRED, "HM-4602"},
        {VERDICT_GENUINE, VERDICT_NOT_YET, "HM-4602"},
        {VERDICT_GENUINE, VERDICT_REVOKED, "HM-4602"},
        {VERDICT_GENUINE, VERDICT_FORCE_UNKNOWN, "HM-4602"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        judge.authenticity = CASES[i].authenticity;
        judge.force = CASES[i].force;
        assert_codes(ASK(SET, NULL, GOOD_LIST), CASES[i].expected);
    }
    judge.readable = false;
    assert_codes(ASK(SET, NULL, GOOD_LIST), "HM-4600");
}

static void entries_are_counted(void **state)
{
    (void)state;
    struct text t = {0};
    text_puts(&t, "{\"id\":\"u:1\",\"credentialStatus\":[");
    for (int i = 0; i < 1000; i++)
        text_puts(&t, i > 0 ? ",{}" : "{}");
    text_puts(&t, "]}");
    ask(ASK(text_string(&t), NULL, ""));
    assert_int_equal(found.n, 17);
    text_done(&t);
}

static void messages(void **state)
{
    (void)state;
    ask(ASK(WITH("{\"type\":\"BitstringStatusListEntry\",\"statusPurpose\":\"message\",\"statusSize\":2,"
                                "\"statusListIndex\":11773,\"statusMessage\":[{\"status\":\"0x0\",\"message\":\"none\"},"
                                "{\"status\":\"0x1\",\"message\":\"in print\"}],\"statusListCredential\":\"" LIST "\"}"),
                           NULL, GOOD_LIST));
    assert_int_equal(found.n, 1);
    assert_string_equal(found.items[0].detail, "value 1: in print");
}

/* -- At another time -------------------------------------------------------------------------- */

/* A live look-up of a list, scripted. */
static enum err_code get(void *self, const char *url, struct fetch_reply *reply, struct err *e)
{
    (void)url, (void)e;
    text_puts(&reply->body, self);
    reply->status = 200;
    return ERR_OK;
}

static const char *code_at(const char *credential, const char *body)
{
    struct lookup_transport transport = {get, (void *)(uintptr_t)body};
    struct lookup lookup;
    struct arena arena;
    struct err e;
    struct format_env env = {.lookup = &lookup, .now = 1000000000, .at = true};
    struct format_check c = {.env = &env, .arena = &arena, .findings = &found, .nested = nested,
                             .issuer = SLICE("did:example:issuer")};
    found.n = 0;
    arena_init(&arena, 1 << 24);
    lookup_open(&lookup, &transport);
    assert_ok(jdoc_parse(&arena, slice_of(credential), jdoc_limits(), &c.root, &e), e);
    assert_ok(jdoc_parse(&arena, SLICE(PROFILE), jdoc_limits(), &c.profile, &e), e);
    status_check(&c);
    lookup_close(&lookup);
    arena_done(&arena);
    assert_int_equal(found.n, 1);
    return reasons_row(found.items[0].reason)->code;
}

static void a_past_day(void **state)
{
    (void)state;
    static const char BODY[] =
        "{\"type\":\"BitstringStatusListCredential\",\"credentialSubject\":{" SUBJECT "}}";
    assert_string_equal(code_at(CERTIFICATE, "{\"revokedAssertions\":[]}"), "HM-4702");
    assert_string_equal(code_at(CERTIFICATE, "{\"revokedAssertions\":[\"urn:uuid:1 2\"]}"), "HM-4700");
    assert_string_equal(code_at(WITH(ENTRY("revocation", "1")), BODY), "HM-4702");
    assert_string_equal(code_at(WITH(ENTRY("revocation", "23547")), BODY), "HM-4700");
    assert_string_equal(code_at(WITH(ENTRY("suspension", "1")), BODY), "HM-4701");
    assert_string_equal(code_at(WITH(ENTRY("suspension", "23547")), BODY), "HM-4701");
    assert_codes(&(struct question){WITH(ENTRY("revocation", "23547")), NULL, GOOD_LIST, true, false}, "HM-4101");
    assert_codes(&(struct question){CERTIFICATE, PROFILE, "", true, true}, "HM-4102");
}

/* -- In a long run ---------------------------------------------------------------------------- */

static uint64_t minutes;

static uint64_t clock_of_test(void)
{
    return minutes * 60 * 1000;
}

static unsigned copies_asked;

/* Only the first copy of the list is clear of entry 0. */
static enum err_code get_changing(void *self, const char *url, struct fetch_reply *reply, struct err *e)
{
    (void)url, (void)e;
    text_putf(&reply->body,
              "{\"type\":\"BitstringStatusListCredential\",\"credentialSubject\":{\"type\":\"BitstringStatusList\","
              "\"encodedList\":\"u%s\"%s}}",
              copies_asked == 0 ? BIT_23547_SET : BIT_0_SET, (const char *)self);
    reply->status = 200;
    copies_asked++;
    return ERR_OK;
}

/* What is found at the beginning of a run, and so many minutes later, with a list of this ttl. */
static void assert_later(const char *ttl, uint64_t later, const char *expected)
{
    struct lookup_transport transport = {get_changing, (void *)(uintptr_t)ttl};
    struct lookup lookup;
    struct arena arena;
    struct err e;
    struct format_env env = {.lookup = &lookup, .now = 1800000000};
    struct format_check c = {.env = &env, .arena = &arena, .findings = &found, .nested = nested,
                             .issuer = SLICE("did:example:issuer")};
    arena_init(&arena, 1 << 24);
    lookup_open(&lookup, &transport);
    lookup.clock = clock_of_test;
    copies_asked = 0;
    assert_ok(jdoc_parse(&arena, SLICE(WITH(ENTRY("revocation", "0"))), jdoc_limits(), &c.root, &e), e);
    for (int i = 0; i < 2; i++) {
        minutes = i == 0 ? 0 : later;
        found.n = 0;
        status_check(&c);
        assert_int_equal(found.n, 1);
        assert_string_equal(reasons_row(found.items[0].reason)->code, i == 0 ? "HM-4100" : expected);
    }
    lookup_close(&lookup);
    arena_done(&arena);
}

static void a_list_lives_as_long_as_it_says(void **state)
{
    (void)state;
    assert_later("", 5, "HM-4100");
    assert_later("", 6, "HM-4101");
    assert_later(",\"ttl\":600000", 10, "HM-4100");
    assert_later(",\"ttl\":600000", 11, "HM-4101");
    assert_later(",\"ttl\":0", 1, "HM-4101");
    assert_later(",\"ttl\":\"long\"", 6, "HM-4101"); /* what is no number says nothing */
    assert_later(",\"ttl\":-1", 6, "HM-4101");
    assert_later(",\"ttl\":1e300", 6, "HM-4101");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_mechanism, set_up),
        cmocka_unit_test_setup(list_of_the_profile, set_up),
        cmocka_unit_test_setup(list_of_the_document, set_up),
        cmocka_unit_test_setup(list_of_1edtech, set_up),
        cmocka_unit_test_setup(bits, set_up),
        cmocka_unit_test_setup(the_list_itself, set_up),
        cmocka_unit_test_setup(a_list_must_be_proven_and_in_force, set_up),
        cmocka_unit_test_setup(entries_are_counted, set_up),
        cmocka_unit_test_setup(messages, set_up),
        cmocka_unit_test_setup(a_past_day, set_up),
        cmocka_unit_test_setup(a_list_lives_as_long_as_it_says, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
