/* Look-ups: the network by a script, a recorded file, and what each of them may never do. */
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "verifier/lookup.h"

#define TXID "8623beadbc7877a9e20fb7f83eda6c1a1fc350171f0714ff6c6c4054018eb54d"

/* A network that answers by the last part of the URL. */
struct script {
    unsigned asked;
    char url[128]; /* of the last question */
};

static enum err_code answer(void *self, const char *url, struct fetch_reply *reply, struct err *e)
{
    struct script *script = self;
    script->asked++;
    snprintf(script->url, sizeof script->url, "%s", url);
    if (strstr(url, "/denied") != NULL)
        return err_set(e, ERR_DENIED, "a private address");
    if (strstr(url, "/dead") != NULL)
        return err_set(e, ERR_TIMEOUT, "no answer in time");
    reply->status = strstr(url, "/gone") != NULL ? 410 : strstr(url, "/missing") != NULL ? 404 : 200;
    if (strstr(url, "/moved") != NULL)
        snprintf(reply->elsewhere, sizeof reply->elsewhere, "b.example:444");
    text_puts(&reply->body, "{\"a\":1}");
    return ERR_OK;
}

static enum lookup_answer ask(struct lookup *lookup, const char *url)
{
    return lookup_get(lookup, slice_of(url))->answer;
}

static void answers_of_the_network(void **state)
{
    (void)state;
    struct script script = {0};
    struct lookup_transport transport = {answer, &script};
    struct lookup lookup;
    lookup_open(&lookup, &transport);
    const struct lookup_reply *reply = lookup_get(&lookup, SLICE("http://a.example/x?q=1#part"));
    assert_int_equal(reply->answer, LOOKUP_FOUND);
    assert_true(slice_is(reply->body, "{\"a\":1}"));
    assert_int_equal(reply->body.data[reply->body.len], '\0');
    assert_string_equal(script.url, "https://a.example/x?q=1");
    assert_ptr_equal(lookup_get(&lookup, SLICE("https://a.example/x?q=1")), reply);
    assert_int_equal(script.asked, 1); /* one answer serves the run */
    assert_int_equal(ask(&lookup, "https://a.example/gone"), LOOKUP_GONE);
    assert_int_equal(ask(&lookup, "https://a.example/missing"), LOOKUP_UNREACHABLE);
    assert_int_equal(ask(&lookup, "https://a.example/dead"), LOOKUP_UNREACHABLE);
    assert_int_equal(ask(&lookup, "https://a.example/denied"), LOOKUP_REFUSED);
    assert_string_equal(lookup_get(&lookup, SLICE("https://a.example/dead?key=secret"))->why,
                        "a.example: no answer in time");
    lookup_close(&lookup);
}

/* A list may lie anywhere; what speaks for its host must come from there. */
static void answers_from_elsewhere(void **state)
{
    (void)state;
    struct script script = {0};
    struct lookup_transport transport = {answer, &script};
    struct lookup lookup;
    lookup_open(&lookup, &transport);
    assert_int_equal(lookup_get_own(&lookup, SLICE("https://a.example/x"))->answer, LOOKUP_FOUND);
    assert_int_equal(lookup_get_json(&lookup, SLICE("https://a.example/moved"))->answer, LOOKUP_FOUND);
    const struct lookup_reply *own = lookup_get_own(&lookup, SLICE("https://a.example/moved"));
    assert_int_equal(own->answer, LOOKUP_REFUSED);
    assert_null(own->json);
    assert_string_equal(own->why, "it redirects to b.example:444, which does not speak for it");
    lookup_close(&lookup);
}

static void what_is_no_url(void **state)
{
    (void)state;
    struct script script = {0};
    struct lookup_transport transport = {answer, &script};
    struct lookup lookup;
    lookup_open(&lookup, &transport);
    assert_int_equal(ask(&lookup, ""), LOOKUP_REFUSED);
    assert_int_equal(ask(&lookup, "file:///etc/passwd"), LOOKUP_REFUSED);
    assert_int_equal(ask(&lookup, "did:key:z6Mk"), LOOKUP_REFUSED);
    assert_int_equal(ask(&lookup, "https://college.example@a.example/"), LOOKUP_REFUSED);
    assert_int_equal(ask(&lookup, "https://college.example\\@a.example/"), LOOKUP_REFUSED);
    assert_int_equal(ask(&lookup, "https://coll\xc3\xa8ge.example/"), LOOKUP_REFUSED);
    assert_int_equal(lookup_get(&lookup, SLICE("https://a.example/\0x"))->answer, LOOKUP_REFUSED);
    static const char *const ROUND[] = {"/i/../x", "/i/./x", "/i/..", "/i/%2e%2E/x", "/i/.%2e?a", "/i\\..\\x", "/i\nx",
                                        "/i/..%2fx", "/i%2F..%5Cx", "/i/..;a=b/x", "/i/.%3Bx"};
    for (size_t i = 0; i < sizeof ROUND / sizeof ROUND[0]; i++) {
        char url[64];
        snprintf(url, sizeof url, "https://a.example%s", ROUND[i]);
        if (ask(&lookup, url) != LOOKUP_REFUSED)
            fail_msg("%s is asked for", url);
    }
    assert_int_equal(script.asked, 0);
    assert_int_not_equal(ask(&lookup, "https://a.example/..i/.well-known/%2e%zz/...;/x...?y=../z"), LOOKUP_REFUSED);
    lookup_close(&lookup);
}

static void offline_asks_nobody(void **state)
{
    (void)state;
    struct lookup lookup;
    lookup_open(&lookup, NULL);
    assert_int_equal(ask(&lookup, "https://a.example/x"), LOOKUP_UNREACHABLE);
    lookup_close(&lookup);
}

static const char RECORDED[] =
    "{\"http\":{\"https://a.example/json\":{\"b\":2,\"a\":1},\"https://a.example/raw\":\"not JSON\","
    "\"https://a.example/null\":null,\"http://a.example/old\":[]},"
    "\"chain\":{\"0x" TXID "\":{\"remoteHash\":\"68f3ede17fdb67ffd4a5164b5687a71f9fbb68da803b803935720f2aa38f7728\","
    "\"issuingAddress\":\"1Q3P94\",\"time\":\"2016-10-03T19:52:55.000Z\",\"revokedAddresses\":[\"1A\",\"1B\"]},"
    "\"0000000000000000000000000000000000000000000000000000000000000001\":{\"remoteHash\":\"68\"},"
    "\"0000000000000000000000000000000000000000000000000000000000000002\":{\"remoteHash\":\"68f3ede17fdb67ffd4a5164b5687a71f9fbb68da803b803935720f2aa38f7728\","
    "\"issuingAddress\":\"1Q3P94\",\"time\":\"2016-10-03T19:52:55.000Z\"}},"
    "\"options\":{\"challenge\":\"c\",\"domain\":[\"d\",\"e\"]}}";

static void answers_of_a_recorded_file(void **state)
{
    (void)state;
    struct script script = {0};
    struct lookup_transport transport = {answer, &script};
    struct lookup lookup;
    struct err e;
    lookup_open(&lookup, &transport);
    assert_false(lookup_is_recorded(&lookup));
    assert_int_equal(lookup_record(&lookup, RECORDED, strlen(RECORDED), &e), ERR_OK);
    assert_true(lookup_is_recorded(&lookup));
    assert_true(slice_is(lookup_get(&lookup, SLICE("https://a.example/json"))->body, "{\"b\":2,\"a\":1}"));
    assert_true(slice_is(lookup_get(&lookup, SLICE("https://a.example/raw"))->body, "not JSON"));
    assert_true(slice_is(lookup_get(&lookup, SLICE("http://a.example/old"))->body, "[]"));
    assert_int_equal(ask(&lookup, "https://a.example/null"), LOOKUP_UNREACHABLE);
    assert_int_equal(ask(&lookup, "https://a.example/unlisted"), LOOKUP_UNREACHABLE);
    assert_int_equal(script.asked, 0); /* never the network */
    assert_string_equal(lookup_option(&lookup, "challenge", 0), "c");
    assert_null(lookup_option(&lookup, "challenge", 1));
    assert_string_equal(lookup_option(&lookup, "domain", 1), "e");
    assert_null(lookup_option(&lookup, "domain", 2));
    assert_null(lookup_option(&lookup, "proofPurpose", 0));
    lookup_close(&lookup);
}

/* A JSON body comes without spaces, otherwise as it was recorded. The text may go away. */
static void bodies_as_they_were_recorded(void **state)
{
    (void)state;
    static const char TEXT[] = "{ \"http\" : { \"https://a.example/\" : {\n \"z\": [ 1.50, 9007199254740993, true ],"
                               " \"a\": \"\\u00e9 \\/\\u0000\\n\" } }, \"options\": {\"domain\": [1, \"d\"], \"challenge\": {}} }";
    char text[sizeof TEXT];
    struct lookup lookup;
    struct err e;
    lookup_open(&lookup, NULL);
    memcpy(text, TEXT, sizeof text);
    assert_int_equal(lookup_record(&lookup, text, strlen(text), &e), ERR_OK);
    memset(text, 'x', sizeof text);
    assert_true(slice_is(lookup_get(&lookup, SLICE("https://a.example/"))->body,
                         "{\"z\":[1.50,9007199254740993,true],\"a\":\"\xc3\xa9 /\\u0000\\n\"}"));
    assert_null(lookup_option(&lookup, "domain", 0)); /* no string */
    assert_string_equal(lookup_option(&lookup, "domain", 1), "d");
    assert_null(lookup_option(&lookup, "challenge", 0));
    lookup_close(&lookup);
}

/* One tree is one text, for the whole run. */
static void json_is_read_once(void **state)
{
    (void)state;
    struct lookup lookup;
    struct err e;
    lookup_open(&lookup, NULL);
    assert_int_equal(lookup_record(&lookup, RECORDED, strlen(RECORDED), &e), ERR_OK);
    const struct lookup_reply *reply = lookup_get_json(&lookup, SLICE("https://a.example/json"));
    assert_int_equal(jdoc_get(reply->json, "b")->type, JDOC_NUMBER);
    assert_ptr_equal(lookup_get_json(&lookup, SLICE("http://a.example/json#part"))->json, reply->json);
    reply = lookup_get_json(&lookup, SLICE("https://a.example/raw"));
    assert_int_equal(reply->answer, LOOKUP_FOUND);
    assert_null(reply->json);
    assert_true(reply->not_json[0] != '\0');
    assert_null(lookup_get_json(&lookup, SLICE("https://a.example/null"))->json);
    assert_null(lookup_get_json(&lookup, SLICE("ftp://a.example/"))->json);
    lookup_close(&lookup);
}

static uint64_t time_now;

static uint64_t clock_of_test(void)
{
    return time_now;
}

static void answers_that_grow_old(void **state)
{
    (void)state;
    struct script script = {0};
    struct lookup_transport transport = {answer, &script};
    struct lookup lookup;
    struct slice url = SLICE("https://a.example/list");
    struct err e;
    lookup_open(&lookup, &transport);
    lookup.clock = clock_of_test;
    time_now = 1000;
    const struct lookup_reply *first = lookup_get(&lookup, url);
    time_now = 1500;
    assert_ptr_equal(lookup_get_fresh(&lookup, url, 500), first);
    assert_int_equal(script.asked, 1);
    time_now = 1501;
    const struct lookup_reply *second = lookup_get_fresh(&lookup, url, 500);
    assert_ptr_not_equal(second, first);
    assert_true(slice_is(first->body, "{\"a\":1}")); /* still there */
    assert_ptr_equal(lookup_get(&lookup, url), second);
    assert_int_equal(script.asked, 2);
    assert_int_equal(lookup_get_fresh(&lookup, SLICE("ftp://a.example/"), 0)->answer, LOOKUP_REFUSED);
    assert_int_equal(lookup_record(&lookup, RECORDED, strlen(RECORDED), &e), ERR_OK);
    first = lookup_get(&lookup, SLICE("https://a.example/json"));
    time_now = 100000;
    assert_ptr_equal(lookup_get_fresh(&lookup, SLICE("https://a.example/json"), 0), first); /* as old as it is */
    lookup_close(&lookup);
}

static void recorded_transactions(void **state)
{
    (void)state;
    struct lookup lookup;
    struct lookup_transaction t;
    struct err e;
    lookup_open(&lookup, NULL);
    assert_false(lookup_transaction(&lookup, SLICE(TXID), &t)); /* nothing recorded */
    assert_int_equal(lookup_record(&lookup, RECORDED, strlen(RECORDED), &e), ERR_OK);
    assert_true(lookup_transaction(&lookup, SLICE(TXID), &t));
    assert_true(lookup_transaction(&lookup, SLICE("0x8623BEADBC7877A9E20FB7F83EDA6C1A1FC350171F0714FF6C6C4054018EB54D"), &t));
    assert_int_equal(t.value.b[0], 0x68);
    assert_true(slice_is(t.sender, "1Q3P94"));
    assert_int_equal(t.time, 1475524375);
    assert_int_equal(t.revoked->array.n, 2);
    assert_true(jdoc_is(t.revoked->array.items[1], "1B"));
    assert_true(lookup_transaction(&lookup, SLICE("0000000000000000000000000000000000000000000000000000000000000002"), &t));
    assert_null(t.revoked); /* not told, which is not "none" */
    assert_false(lookup_transaction(&lookup, SLICE("0000000000000000000000000000000000000000000000000000000000000001"), &t));
    lookup_close(&lookup);
}

static void recorded_files_that_are_none(void **state)
{
    (void)state;
    static const char *const BAD[] = {"", "[]", "{\"http\":[]}", "{\"chain\":1}", "{\"options\":\"\"}", "{\"a\":1,\"a\":2}"};
    struct lookup lookup;
    struct err e;
    lookup_open(&lookup, NULL);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_int_not_equal(lookup_record(&lookup, BAD[i], strlen(BAD[i]), &e), ERR_OK);
    assert_int_equal(lookup_record(&lookup, "{\n\"http\"}", 9, &e), ERR_PARSE);
    assert_string_equal(e.msg, "not JSON: line 2, column 7: expected ':'");
    char deep[JDOC_MAX_DEPTH + 1];
    memset(deep, '[', sizeof deep);
    assert_int_equal(lookup_record(&lookup, deep, sizeof deep, &e), ERR_LIMIT);
    assert_false(lookup_is_recorded(&lookup));
    assert_int_equal(lookup_record(&lookup, "{}", 2, &e), ERR_OK);
    lookup_close(&lookup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_the_network),     cmocka_unit_test(answers_from_elsewhere), cmocka_unit_test(what_is_no_url),
        cmocka_unit_test(offline_asks_nobody),        cmocka_unit_test(answers_of_a_recorded_file),
        cmocka_unit_test(bodies_as_they_were_recorded),
        cmocka_unit_test(json_is_read_once),          cmocka_unit_test(answers_that_grow_old),
        cmocka_unit_test(recorded_transactions),      cmocka_unit_test(recorded_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
