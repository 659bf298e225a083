/* Property: no change of a single byte of a certificate that is genuine leaves it genuine, unless what its proof
 * covers is the same as before: the canonical form, read again by this test in the strict way.
 *
 * Certificates of our own: every byte, several changes each. Public ones: HALLMARK_FLIPS places each (default
 * 120), chosen at random from a fixed seed. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/limits.h"
#include "tests/minted.h"
#include "verifier/formats/dispatch.h"
#include "verifier/formats/fingerprint.h"

#define NOW UINT64_C(1780000000) /* 2026-05-28 */

static struct canonize contexts;
static struct check_result result; /* large */

/* A certificate under attack. */
struct target {
    const char *name;
    char *bytes;
    size_t len;
    struct check_setup *setup;
    struct hash32 covered; /* SHA-256 of what the proof covers */
    struct facts facts;
    size_t genuine; /* changes that left it genuine */
};

static enum fingerprint_rule rule_of(const struct jdoc *root)
{
    return dispatch_recognise(root) == DISPATCH_BLOCKCERTS_1 ? FINGERPRINT_1_2 :
           dispatch_recognise(root) == DISPATCH_BLOCKCERTS_2 ? FINGERPRINT_2 :
                                                               FINGERPRINT_3;
}

/* The canonical form of everything but the proofs. Returns: false if there is none. */
static bool covered_by(const char *bytes, size_t len, struct hash32 *ret)
{
    struct jdoc_limits limits = {.bytes = LIMITS_CREDENTIAL_BYTES, .depth = JDOC_MAX_DEPTH};
    struct canonize_options options = canonize_options();
    struct canonize_result canonical;
    struct canonize old;
    const struct jdoc *root, *subject;
    struct arena arena;
    arena_init(&arena, CANONIZE_ARENA_BYTES);
    canonize_init(&old);
    bool good = jdoc_parse(&arena, (struct slice){(const uint8_t *)bytes, len}, limits, &root, NULL) == ERR_OK;
    if (good) {
        enum fingerprint_rule rule = rule_of(root);
        subject = fingerprint_subject(&arena, root, rule, 0);
        old.cache.mode_1_0 = rule == FINGERPRINT_1_2;
        options.losses = rule == FINGERPRINT_1_2 ? JSONLD_LOSS_LIST : JSONLD_LOSS_FAIL;
        good = subject != NULL && canonize_tree(rule == FINGERPRINT_1_2 ? &old : &contexts, &arena, subject, &options,
                                                &canonical, NULL) == ERR_OK;
    }
    if (good)
        *ret = canonical.hash;
    canonize_done(&old);
    arena_done(&arena);
    return good;
}

static void check_change(struct target *t, size_t at, char byte)
{
    struct hash32 covered;
    char before = t->bytes[at];
    if (byte == before)
        return;
    t->bytes[at] = byte;
    check_bytes(t->setup, t->name, t->bytes, t->len, &result);
    if (result.verdict.authenticity == VERDICT_GENUINE) {
        t->genuine++;
        if (!covered_by(t->bytes, t->len, &covered) || !hash32_equal(&covered, &t->covered))
            fail_msg("%s: byte %zu from 0x%02x to 0x%02x is genuine", t->name, at, before & 0xff, byte & 0xff);
        assert_string_equal(result.shown.facts.title, t->facts.title);
        assert_string_equal(result.shown.facts.holder, t->facts.holder);
    }
    t->bytes[at] = before;
}

/* A flipped bit, another letter of either case, a digit, white space, and the marks of JSON. */
static void check_place(struct target *t, size_t at, bool thorough)
{
    static const char OTHERS[] = "a0 \"\\,:}";
    char byte = t->bytes[at];
    check_change(t, at, (char)(byte ^ (1 << (at % 8))));
    if (!thorough)
        return;
    check_change(t, at, (char)(byte ^ 0x20));
    for (size_t i = 0; OTHERS[i] != '\0'; i++)
        check_change(t, at, OTHERS[i]);
}

/* Returns: false if it is not genuine to begin with. */
static bool begin(struct target *t)
{
    check_bytes(t->setup, t->name, t->bytes, t->len, &result);
    t->facts = result.shown.facts;
    return result.verdict.authenticity == VERDICT_GENUINE && covered_by(t->bytes, t->len, &t->covered);
}

static void our_own(void **state)
{
    (void)state;
    for (int version = 2; version <= 3; version++) {
        struct minted m = {.version = version, .members = ",\"validUntil\":\"2030-01-01T00:00:00Z\""};
        if (version == 2)
            m.members = ",\"expires\":\"2030-01-01T00:00:00Z\"";
        char *lookups = minted_lookups(&contexts, &m);
        struct lookup lookup;
        struct err e;
        lookup_open(&lookup, NULL);
        assert_ok(lookup_record(&lookup, lookups, strlen(lookups), &e), e);
        struct check_setup setup = {.canonize = &contexts, .lookup = &lookup, .now = NOW, .offline = true};
        struct target t = {.name = version == 2 ? "2.x" : "3.x", .bytes = minted_certificate(&contexts, &m), .setup = &setup};
        t.len = strlen(t.bytes);
        assert_true(begin(&t));
        for (size_t at = 0; at < t.len; at++)
            check_place(&t, at, true);
        printf("%s: %zu bytes, %zu changes leave it genuine\n", t.name, t.len, t.genuine);
        lookup_close(&lookup);
        free(t.bytes);
        free(lookups);
    }
}

static char *read_data(const char *name, size_t *ret_len)
{
    char path[512];
    snprintf(path, sizeof path, "fixtures/%s", name);
    const char *found = harness_data(path);
    return found == NULL ? NULL : harness_read(found, ret_len);
}

/* Returns: true if it was genuine, and its places were tried. */
static bool try_public(const json_t *record, size_t places, uint64_t *random)
{
    const char *file = json_string_value(json_object_get(record, "file")),
               *env = json_string_value(json_object_get(record, "env"));
    struct target t = {.name = file};
    struct lookup lookup;
    struct err e;
    size_t len;
    char *lookups = env == NULL || strstr(env, ".json") == NULL ? NULL : read_data(env, &len);
    if (lookups == NULL)
        return false;
    t.bytes = read_data(file, &t.len);
    assert_non_null(t.bytes);
    lookup_open(&lookup, NULL);
    assert_ok(lookup_record(&lookup, lookups, len, &e), e);
    struct check_setup setup = {.canonize = &contexts, .lookup = &lookup, .now = NOW, .offline = true};
    t.setup = &setup;
    bool genuine = begin(&t);
    if (t.len > 200000)
        places = places / 8 + 1; /* images: each check takes long */
    for (size_t i = 0; genuine && i < places; i++)
        check_place(&t, (size_t)(harness_random(random) % t.len), false);
    if (genuine)
        printf("%s: %zu places, %zu changes leave it genuine\n", file, places, t.genuine);
    lookup_close(&lookup);
    free(lookups);
    free(t.bytes);
    return genuine;
}

static void public_ones(void **state)
{
    (void)state;
    const char *wanted = getenv("HALLMARK_FLIPS");
    size_t places = wanted != NULL ? strtoul(wanted, NULL, 10) : 120, len, i, tried = 0;
    uint64_t random = 7;
    json_t *record;
    char *text = read_data("index.json", &len);
    if (text == NULL)
        skip(); /* the public data is absent */
    json_t *index = json_loadb(text, len, 0, NULL);
    assert_non_null(index);
    json_array_foreach(index, i, record)
        tried += try_public(record, places, &random);
    printf("%zu public certificates\n", tried);
    assert_true(tried >= 8);
    json_decref(index);
    free(text);
}

static int set_up(void **state)
{
    (void)state;
    canonize_init(&contexts);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    canonize_done(&contexts);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(our_own), cmocka_unit_test(public_ones)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
