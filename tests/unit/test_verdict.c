/* The verdict as tables, and the completeness of the reasons. */
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "verifier/verdict.h"

#define DOC VERDICT_DOCUMENT
#define GOOD(anchor) {anchor, REASON_BLOCK_FINAL}
#define LISTED {DOC, REASON_ISSUER_LISTED}

struct case_finding {
    int anchor;
    enum reason reason;
};

struct verdict_case {
    const char *name;
    struct case_finding findings[8];
    size_t n;
    enum verdict_authenticity authenticity;
    enum verdict_force force;
    enum reason reason;
    enum verdict_exit exit;
};

#define F(...) {__VA_ARGS__}, sizeof((struct case_finding[]){__VA_ARGS__}) / sizeof(struct case_finding)

static const struct verdict_case CASES[] = {
    {"all is well", F(GOOD(0), LISTED), VERDICT_GENUINE, VERDICT_IN_FORCE, REASON_GENUINE, 0},
    {"skipped steps do not matter", F({DOC, REASON_NO_END}, GOOD(0), {DOC, REASON_NO_REVOCATION}),
     VERDICT_GENUINE, VERDICT_IN_FORCE, REASON_GENUINE, 0},
    {"nothing that proves", F(LISTED, {0, REASON_ANCHOR_FOUND}), VERDICT_COULD_NOT_CHECK,
     VERDICT_FORCE_UNKNOWN, REASON_INCOMPLETE, 2},
    {"altered", F({DOC, REASON_HASH_DIFFERS}), VERDICT_NOT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_HASH_DIFFERS, 1},
    {"altered, whatever the anchor says", F({DOC, REASON_HASH_DIFFERS}, GOOD(0)), VERDICT_NOT_GENUINE,
     VERDICT_FORCE_UNKNOWN, REASON_HASH_DIFFERS, 1},
    {"altered beats unreachable", F({DOC, REASON_HASH_DIFFERS}, {0, REASON_CHAIN_UNREACHABLE}),
     VERDICT_NOT_GENUINE, VERDICT_FORCE_UNKNOWN, REASON_HASH_DIFFERS, 1},
    {"unreachable", F({0, REASON_CHAIN_UNREACHABLE}), VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN,
     REASON_CHAIN_UNREACHABLE, 2},
    {"a rule broken for certain beats what could not be asked", F({DOC, REASON_TEST_CHAIN}, {DOC, REASON_DATE_FORM}),
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_DATE_FORM, 2},
    {"altered beats a broken rule", F({DOC, REASON_DATE_FORM}, {DOC, REASON_HASH_DIFFERS}), VERDICT_NOT_GENUINE,
     VERDICT_FORCE_UNKNOWN, REASON_HASH_DIFFERS, 1},
    {"not final", F({0, REASON_BLOCK_NOT_FINAL}), VERDICT_PENDING, VERDICT_FORCE_UNKNOWN, REASON_BLOCK_NOT_FINAL, 2},
    {"not anchored", F({DOC, REASON_NOT_ANCHORED}), VERDICT_PENDING, VERDICT_FORCE_UNKNOWN, REASON_NOT_ANCHORED, 2},
    {"one good anchor is enough", F({0, REASON_VALUE_DIFFERS}, GOOD(1), {2, REASON_CHAIN_UNREACHABLE}, LISTED),
     VERDICT_GENUINE, VERDICT_IN_FORCE, REASON_GENUINE, 0},
    {"contradicted and unreachable", F({0, REASON_VALUE_DIFFERS}, {1, REASON_CHAIN_UNREACHABLE}),
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CHAIN_UNREACHABLE, 2},
    {"contradicted and pending", F({0, REASON_BLOCK_NOT_FINAL}, {1, REASON_KEY_FOREIGN}), VERDICT_PENDING,
     VERDICT_FORCE_UNKNOWN, REASON_BLOCK_NOT_FINAL, 2},
    {"pending and unreachable", F({0, REASON_BLOCK_NOT_FINAL}, {1, REASON_NO_ENDPOINT}), VERDICT_COULD_NOT_CHECK,
     VERDICT_FORCE_UNKNOWN, REASON_NO_ENDPOINT, 2},
    {"all contradict", F({0, REASON_VALUE_DIFFERS}, {1, REASON_KEY_FOREIGN}), VERDICT_NOT_GENUINE,
     VERDICT_FORCE_UNKNOWN, REASON_VALUE_DIFFERS, 1},
    {"final but signed by a stranger", F(GOOD(0), {0, REASON_KEY_FOREIGN}), VERDICT_NOT_GENUINE,
     VERDICT_FORCE_UNKNOWN, REASON_KEY_FOREIGN, 1},
    {"nobody is trusted", F(GOOD(0), {DOC, REASON_NO_TRUST_LIST}), VERDICT_UNKNOWN_ISSUER, VERDICT_IN_FORCE,
     REASON_NO_TRUST_LIST, 4},
    {"unknown issuer and unreachable", F({DOC, REASON_ISSUER_UNLISTED}, {0, REASON_CHAIN_UNREACHABLE}),
     VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_CHAIN_UNREACHABLE, 2},
    {"revoked", F(GOOD(0), LISTED, {DOC, REASON_REVOKED}), VERDICT_GENUINE, VERDICT_REVOKED, REASON_REVOKED, 3},
    {"revocation unknown", F(GOOD(0), LISTED, {DOC, REASON_REVOCATION_UNKNOWN}), VERDICT_GENUINE,
     VERDICT_FORCE_UNKNOWN, REASON_REVOCATION_UNKNOWN, 2},
    {"revoked by an unknown issuer", F(GOOD(0), {DOC, REASON_NO_TRUST_LIST}, {DOC, REASON_REVOKED}),
     VERDICT_UNKNOWN_ISSUER, VERDICT_REVOKED, REASON_NO_TRUST_LIST, 4},
    {"revoked and not final", F({0, REASON_BLOCK_NOT_FINAL}, {DOC, REASON_REVOKED}), VERDICT_PENDING,
     VERDICT_REVOKED, REASON_BLOCK_NOT_FINAL, 2},
    {"no file", F({DOC, REASON_NO_SUCH_FILE}), VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN, REASON_NO_SUCH_FILE, 66},
    {"not a document", F({DOC, REASON_CREDENTIAL_BROKEN}), VERDICT_COULD_NOT_CHECK, VERDICT_FORCE_UNKNOWN,
     REASON_CREDENTIAL_BROKEN, 65},
};

static void cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct verdict_case *c = &CASES[i];
        static struct verdict_findings findings;
        findings.n = 0;
        for (size_t j = 0; j < c->n; j++)
            verdict_add(&findings, c->findings[j].anchor, c->findings[j].reason, "%s", "");
        struct verdict v = verdict_of(&findings);
        if (v.authenticity != c->authenticity || v.force != c->force || v.reason != c->reason || v.exit != c->exit)
            fail_msg("%s: %s, %s, %s, exit %d", c->name, verdict_authenticity_word(v.authenticity),
                     verdict_force_word(v.force), reasons_row(v.reason)->code, v.exit);
    }
}

static void nothing_found_is_not_genuine(void **state)
{
    (void)state;
    static const struct verdict_findings NONE;
    assert_int_equal(verdict_of(&NONE).authenticity, VERDICT_COULD_NOT_CHECK);
}

/* Every reason that objects, alone beside a good anchor, keeps the exit code from being 0. */
static void every_objection_counts(void **state)
{
    (void)state;
    static struct verdict_findings findings;
    for (unsigned r = 0; r < REASONS_COUNT; r++) {
        findings.n = 0;
        verdict_add(&findings, 0, REASON_BLOCK_FINAL, "%s", "");
        verdict_add(&findings, DOC, (enum reason)r, "%s", "why");
        struct verdict v = verdict_of(&findings);
        bool objects = reasons_row((enum reason)r)->effect > REASONS_SKIPPED;
        assert_int_equal(v.exit != 0, objects);
        if (objects) {
            assert_int_equal(v.reason, r);
            assert_string_equal(v.detail, "why");
        }
    }
}

static void worst_of_several_files(void **state)
{
    (void)state;
    static const enum verdict_exit ORDER[] = {1, 66, 65, 2, 4, 3, 0};
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++)
            assert_int_equal(verdict_worst(ORDER[i], ORDER[j]), ORDER[i < j ? i : j]);
}

static void the_table_is_complete(void **state)
{
    (void)state;
    for (unsigned r = 0; r < REASONS_COUNT; r++) {
        const struct reasons_row *row = reasons_row((enum reason)r);
        unsigned number;
        char rest;
        assert_int_equal(sscanf(row->code, "HM-%4u%c", &number, &rest), 1);
        for (unsigned other = 0; other < r; other++)
            assert_string_not_equal(row->code, reasons_row((enum reason)other)->code);
        for (int language = 0; language < 2; language++) {
            size_t len = strlen(row->sentence[language]);
            assert_true(len > 10 && row->sentence[language][len - 1] == '.');
            bool objects = row->effect > REASONS_SKIPPED && row->mender != REASONS_NOBODY;
            assert_int_equal(reasons_mend((enum reason)r, (enum reasons_language)language)[0] != '\0', objects);
        }
        assert_string_not_equal(row->sentence[0], row->sentence[1]);
        assert_true(row->step[0] != '\0' && reasons_status((enum reason)r)[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases),
        cmocka_unit_test(nothing_found_is_not_genuine),
        cmocka_unit_test(every_objection_counts),
        cmocka_unit_test(worst_of_several_files),
        cmocka_unit_test(the_table_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
