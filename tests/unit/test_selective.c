/* ecdsa-sd-2023: a derived proof of our own making, and what a holder might try with one. */
#include "tests/harness.h"

#include <stdlib.h>

#include "common/cbor.h"
#include "common/sha256.h"
#include "tests/keybench.h"
#include "verifier/keys/selective.h"

#define MAX_LINES 8

/* What is shown, and how it was signed. Names are 32 times one letter. */
struct shown {
    const char *lines[MAX_LINES]; /* as signed, with the names, sorted; NULL at the end */
    const char *document;         /* canonical */
    const char *names;            /* of c14n0, c14n1, … */
    uint8_t mandatory[MAX_LINES];
    size_t n_mandatory;
};

#define A "_:uYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE" /* 32 times 'a' */
#define B "_:uYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI"

static const struct shown USUAL = {
    .lines = {A " <urn:name> \"Ada\" .\n", A " <urn:knows> " B " .\n", B " <urn:name> \"Bob\" .\n"},
    .document = "_:c14n0 <urn:name> \"Bob\" .\n_:c14n1 <urn:knows> _:c14n0 .\n_:c14n1 <urn:name> \"Ada\" .\n",
    .names = "ba",
    .mandatory = {1},
    .n_mandatory = 1,
};

static struct arena arena;

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct hash32 options_hash(void)
{
    return sha256("options", 7);
}

static bool is_mandatory(const struct shown *s, size_t line)
{
    return memchr(s->mandatory, (int)line, s->n_mandatory) != NULL;
}

static void put_bytes(struct bytes_writer *w, const void *bytes, size_t len)
{
    cbor_put(w, CBOR_BYTES, len);
    bytes_put(w, bytes, len);
}

static void put_base(struct bytes_writer *w, enum key_kind issuer, const char *const *lines, size_t n,
                     const struct shown *s)
{
    uint8_t message[32 + 35 + 32], sig[1024];
    struct key key = keybench_key(KEY_P256, 1);
    struct hash32 options = options_hash(), mandatory;
    struct sha256_stream stream;
    sha256_init(&stream);
    for (size_t i = 0; i < n; i++)
        if (is_mandatory(s, i))
            sha256_update(&stream, lines[i], strlen(lines[i]));
    mandatory = sha256_final(&stream);
    memcpy(message, options.b, 32);
    memcpy(message + 32, "\x80\x24", 2);
    key_compress(message + 34, &key);
    memcpy(message + 67, mandatory.b, 32);
    put_bytes(w, sig, keybench_sign(issuer, 0, (struct slice){message, sizeof message}, sig));
    put_bytes(w, message + 32, 35);
}

/* The bytes of a derived proof. */
static struct slice prove(const struct shown *s, enum key_kind issuer)
{
    uint8_t *bytes = arena_alloc(&arena, 4096), sig[1024], name[32];
    struct bytes_writer w = bytes_writer(bytes, 4096);
    const char *lines[MAX_LINES];
    size_t n = 0;
    for (; s->lines[n] != NULL; n++)
        lines[n] = s->lines[n];
    qsort(lines, n, sizeof *lines, compare);
    bytes_put(&w, "\xd9\x5d\x01", 3);
    cbor_put(&w, CBOR_ARRAY, 5);
    put_base(&w, issuer, lines, n, s);
    cbor_put(&w, CBOR_ARRAY, n - s->n_mandatory);
    for (size_t i = 0; i < n; i++)
        if (!is_mandatory(s, i))
            put_bytes(&w, sig, keybench_sign(KEY_P256, 1, slice_of(lines[i]), sig));
    cbor_put(&w, CBOR_MAP, strlen(s->names));
    for (size_t i = 0; s->names[i] != '\0'; i++) {
        memset(name, s->names[i], sizeof name);
        cbor_put(&w, CBOR_UINT, i);
        put_bytes(&w, name, sizeof name);
    }
    cbor_put(&w, CBOR_ARRAY, s->n_mandatory);
    for (size_t i = 0; i < s->n_mandatory; i++)
        cbor_put(&w, CBOR_UINT, s->mandatory[i]);
    assert_false(w.failed);
    return (struct slice){bytes, w.len};
}

/* Returns: an error, or what the signatures say. */
static enum err_code check(struct slice bytes, const char *document, enum key_kind issuer, enum signature_answer *ret)
{
    struct selective_proof p;
    struct key key = keybench_key(issuer, 0);
    struct hash32 options = options_hash();
    enum err_code rc = selective_read(&arena, bytes, &p, NULL);
    return rc != ERR_OK ? rc : selective_check(&arena, &p, &options, slice_of(document), &key, ret, NULL);
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void holds(void **state)
{
    static const enum key_kind ISSUERS[] = {KEY_P256, KEY_SECP256K1};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (size_t n = 0; n <= 3; n++) {
            struct shown s = USUAL;
            enum signature_answer answer = SIGNATURE_WRONG;
            memcpy(s.mandatory, "\0\1\2", 3);
            s.n_mandatory = n;
            assert_err(check(prove(&s, ISSUERS[i]), s.document, ISSUERS[i], &answer), ERR_OK);
            assert_int_equal(answer, SIGNATURE_HOLDS);
        }
}

static void every_byte_counts(void **state)
{
    struct slice good = prove(&USUAL, KEY_P256);
    uint8_t *bytes = (uint8_t *)(uintptr_t)good.data;
    (void)state;
    for (size_t i = 0; i < 8 * good.len; i++) {
        enum signature_answer answer = SIGNATURE_WRONG;
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        if (check(good, USUAL.document, KEY_P256, &answer) == ERR_OK && answer == SIGNATURE_HOLDS)
            fail_msg("bit %zu does not count", i);
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t len = 0; len < good.len; len++) {
        enum signature_answer answer = SIGNATURE_WRONG;
        assert_int_not_equal(check((struct slice){bytes, len}, USUAL.document, KEY_P256, &answer), ERR_OK);
    }
}

/* Another list of what must be shown (the last two bytes of the proof), and other forms of the same bytes. */
static void other_parts(void **state)
{
    static const struct {
        size_t cut; /* bytes at the end */
        struct slice in_their_place;
    } PARTS[] = {
        {2, SLICE("\x80")},             /* none */
        {2, SLICE("\x81\x00")},         /* another */
        {2, SLICE("\x82\x01\x01")},     /* the same twice */
        {2, SLICE("\x82\x02\x01")},     /* backwards */
        {2, SLICE("\x82\x00\x01")},     /* one more */
        {2, SLICE("\x81\x03")},         /* none such */
        {2, SLICE("\x81\x20")},         /* negative */
        {2, SLICE("\x81\x1a\xff\xff\xff\xff")}, /* huge */
        {2, SLICE("\x81\x18\x01")},     /* not in the shortest form */
        {2, SLICE("\x98\x01\x01")},
        {2, SLICE("\x9f\x01\xff")},     /* of no stated length */
        {2, SLICE("\x81\xf6")},         /* null */
        {2, SLICE("\xa1\x01\x01")},     /* a map */
        {2, SLICE("\x81\xc0\x01")},     /* with a tag */
        {0, SLICE("\x00")},             /* something behind it */
        {0, SLICE("\x80")},
    };
    struct slice good = prove(&USUAL, KEY_P256);
    (void)state;
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        enum signature_answer answer = SIGNATURE_WRONG;
        struct slice other = arena_join(&arena, (struct slice){good.data, good.len - PARTS[i].cut}, PARTS[i].in_their_place);
        if (check(other, USUAL.document, KEY_P256, &answer) == ERR_OK && answer == SIGNATURE_HOLDS)
            fail_msg("case %zu holds", i);
    }
}

/* The holder may leave out what need not be shown, if the signatures go with it; nothing else. */
static void other_documents(void **state)
{
    static const struct {
        const char *document;
        enum err_code rc;
    } DOCUMENTS[] = {
        {"", ERR_INVALID},
        {"_:c14n0 <urn:name> \"Bob\" .\n_:c14n1 <urn:name> \"Ada\" .\n", ERR_INVALID},
        {"_:c14n0 <urn:name> \"Bob\" .\n_:c14n1 <urn:knows> _:c14n0 .\n_:c14n1 <urn:name> \"Ada\" .\n"
         "_:c14n1 <urn:name> \"Eve\" .\n", ERR_INVALID},
        {"_:c14n0 <urn:name> \"Eve\" .\n_:c14n1 <urn:knows> _:c14n0 .\n_:c14n1 <urn:name> \"Ada\" .\n", ERR_OK},
        {"_:c14n0 <urn:name> \"Bob\" .\n_:c14n1 <urn:hates> _:c14n0 .\n_:c14n1 <urn:name> \"Ada\" .\n", ERR_OK},
        {"_:c14n1 <urn:name> \"Bob\" .\n_:c14n0 <urn:knows> _:c14n1 .\n_:c14n0 <urn:name> \"Ada\" .\n", ERR_OK},
        {"_:c14n0 <urn:name> \"Bob\" .\n_:c14n1 <urn:knows> _:c14n0 .\n_:c14n2 <urn:name> \"Ada\" .\n", ERR_INVALID},
        {"_:x <urn:name> \"Bob\" .\n_:c14n1 <urn:knows> _:c14n0 .\n_:c14n1 <urn:name> \"Ada\" .\n", ERR_INVALID},
        {"no quads", ERR_PARSE},
    };
    struct slice good = prove(&USUAL, KEY_P256);
    (void)state;
    for (size_t i = 0; i < sizeof DOCUMENTS / sizeof DOCUMENTS[0]; i++) {
        enum signature_answer answer = SIGNATURE_WRONG;
        enum err_code rc = check(good, DOCUMENTS[i].document, KEY_P256, &answer);
        if (rc != DOCUMENTS[i].rc || answer != SIGNATURE_WRONG)
            fail_msg("%s: %s", DOCUMENTS[i].document, err_name(rc));
    }
}

/* Two people shown under the name of one: each statement is signed, but not about the same person. */
static void merged_names(void **state)
{
    struct shown s = USUAL;
    enum signature_answer answer = SIGNATURE_WRONG;
    (void)state;
    s.lines[0] = A " <urn:degree> \"PhD\" .\n";
    s.lines[1] = A " <urn:name> \"Ada\" .\n";
    s.lines[2] = NULL;
    s.document = "_:c14n0 <urn:degree> \"PhD\" .\n_:c14n1 <urn:name> \"Ada\" .\n";
    s.names = "aa";
    s.n_mandatory = 0;
    assert_err(check(prove(&s, KEY_P256), s.document, KEY_P256, &answer), ERR_INVALID);
    s.document = "_:c14n0 <urn:degree> \"PhD\" .\n_:c14n0 <urn:name> \"Ada\" .\n";
    s.names = "a";
    assert_err(check(prove(&s, KEY_P256), s.document, KEY_P256, &answer), ERR_OK);
    assert_int_equal(answer, SIGNATURE_HOLDS);
}

/* A name that no node bears changes nothing (VC-DI-ECDSA 3.4.8 takes a name only for a node that there is); it must be
 * a name like the others, and of the next number. */
static void names_of_nobody(void **state)
{
    static const struct {
        const char *names;
        enum err_code rc;
    } NAMES[] = {
        {"bac", ERR_OK}, {"bacd", ERR_OK}, {"bab", ERR_INVALID}, {"bacc", ERR_INVALID}, {"b", ERR_INVALID}, {"", ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        struct shown s = USUAL;
        enum signature_answer answer = SIGNATURE_WRONG;
        s.names = NAMES[i].names;
        enum err_code rc = check(prove(&s, KEY_P256), s.document, KEY_P256, &answer);
        if (rc != NAMES[i].rc || (answer == SIGNATURE_HOLDS) != (rc == ERR_OK))
            fail_msg("\"%s\": %s", s.names, err_name(rc));
    }
}

static void wrong_keys(void **state)
{
    enum signature_answer answer = SIGNATURE_HOLDS;
    (void)state;
    assert_err(check(prove(&USUAL, KEY_SECP256K1), USUAL.document, KEY_P256, &answer), ERR_OK);
    assert_int_equal(answer, SIGNATURE_WRONG);
    struct slice base = prove(&USUAL, KEY_P256);
    ((uint8_t *)(uintptr_t)base.data)[2] = 0;
    assert_err(check(base, USUAL.document, KEY_P256, &answer), ERR_UNSUPPORTED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(holds), T(every_byte_counts), T(other_parts), T(other_documents), T(merged_names),
        T(names_of_nobody), T(wrong_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
