/* What a file is: bytes, a credential, or a damaged credential; and its hash. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/sha256.h"
#include "verifier/document.h"

static const char *put(const char *name, const void *data, size_t len)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
    return path;
}

static enum document_kind kind_of(const char *text, bool as_bytes)
{
    struct document d;
    struct err e;
    assert_ok(document_read(&d, put("file", text, strlen(text)), as_bytes, &e), e);
    struct hash32 h = sha256(text, strlen(text));
    assert_true(hash32_equal(&d.as_bytes, &h));
    assert_int_equal(d.hashed, d.kind == DOCUMENT_FILE);
    if (d.hashed)
        assert_true(hash32_equal(&d.hash, &h) && d.rule == PROOF_RULE_BYTES);
    return d.kind;
}

#define QUAD "<did:x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> " \
             "<https://www.w3.org/2018/credentials#VerifiableCredential> .\n"

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum document_kind kind;
    } CASES[] = {
        {"", DOCUMENT_FILE},
        {"%PDF-1.7 \"@context\"", DOCUMENT_FILE},
        {"{\"a\":1}", DOCUMENT_FILE},
        {"{\"a\":{\"@context\":1}}", DOCUMENT_FILE},
        {"[{\"@context\":[]}]", DOCUMENT_FILE},
        {"{\"type\":\"HallmarkProof\"}", DOCUMENT_FILE},
        {"{not json", DOCUMENT_FILE},
        {"{\"@context\":[]}", DOCUMENT_CREDENTIAL},
        {" \r\n\t{\"a\":1,\"@context\":\"x\"}\n", DOCUMENT_CREDENTIAL},
        {"{\"@context\":[]", DOCUMENT_DAMAGED},
        {"{\"@context\":[],\"a\":1,\"a\":2}", DOCUMENT_DAMAGED},
        {"\xef\xbb\xbf{\"@context\":[]}", DOCUMENT_DAMAGED},
        {"{\xe2\x80\x9c@context\xe2\x80\x9d:1,\"@context\":[]}", DOCUMENT_DAMAGED},
        {QUAD, DOCUMENT_CREDENTIAL},
        {"_:c14n0 <a> <b> .\n" QUAD, DOCUMENT_CREDENTIAL},
        {"<html></html>", DOCUMENT_FILE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (kind_of(CASES[i].text, false) != CASES[i].kind)
            fail_msg("case %zu: %s", i, CASES[i].text);
        assert_int_equal(kind_of(CASES[i].text, true), DOCUMENT_FILE);
    }
}

static void long_files_are_streamed(void **state)
{
    (void)state;
    size_t len = 20 << 20; /* longer than any credential */
    char *data = malloc(len);
    struct document d;
    struct err e;
    memset(data, ' ', len);
    memcpy(data, "{\"@context\":[]}", 15);
    assert_ok(document_read(&d, put("long", data, len), false, &e), e);
    struct hash32 h = sha256(data, len);
    assert_true(hash32_equal(&d.hash, &h));
    assert_int_equal(d.kind, DOCUMENT_FILE);
    free(data);
}

static void absent_files(void **state)
{
    (void)state;
    struct document d;
    struct err e;
    char *text;
    size_t len;
    assert_err(document_read(&d, "/nonexistent/file", false, &e), ERR_NOT_FOUND);
    assert_err(document_read(&d, harness_folder(), false, &e), ERR_NOT_FOUND);
    assert_err(document_load(&text, &len, harness_folder(), 10, &e), ERR_NOT_FOUND);
    assert_err(document_load(&text, &len, put("eleven", "12345678901", 11), 10, &e), ERR_LIMIT);
    assert_ok(document_load(&text, &len, put("ten", "1234567890", 10), 10, &e), e);
    assert_int_equal(len, 10);
    assert_string_equal(text, "1234567890");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(long_files_are_streamed),
        cmocka_unit_test(absent_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
