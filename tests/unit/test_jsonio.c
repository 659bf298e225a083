/* Strict JSON: what is refused, and that the message names the place. */
#include "tests/harness.h"

#include "common/jsonio.h"

static enum err_code load(const char *text, size_t len, struct err *e)
{
    json_t *value = NULL;
    enum err_code rc = jsonio_load(&value, text, len, 1000, e);
    json_decref(value);
    return rc;
}

static void load_refuses(void **state)
{
    (void)state;
    static const char *const BAD[] = {"", "{", "{}x", "{} {}", "{\"a\":1,\"a\":2}", "[01]", "nul",
                                      "{\"a\":\"\x80\"}", "\xef\xbb\xbf{}", "[1,]", "{'a':1}"};
    struct err e;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_err(load(BAD[i], strlen(BAD[i]), &e), ERR_PARSE);
    assert_err(load("{\n  \"secret\" secret}", 20, &e), ERR_PARSE);
    assert_string_equal(e.msg, "not JSON: line 2, column 17: ':' expected");
}

static void load_limits(void **state)
{
    (void)state;
    char deep[200];
    struct err e;
    memset(deep, '[', 65);
    memset(deep + 65, ']', 65);
    assert_err(load(deep, 130, &e), ERR_LIMIT);
    assert_ok(load(deep + 1, 128, &e), e);
    assert_ok(load("\"[[\\\"[[\"", 8, &e), e);
    json_t *value;
    assert_err(jsonio_load(&value, "[10]", 4, 3, &e), ERR_LIMIT);
}

/* Read {"a":[{…}]} with one getter that must fail with this message. */
#define check_message(json, getter, message)                                                       \
    do {                                                                                           \
        json_t *value_;                                                                            \
        struct err e_;                                                                             \
        struct jsonio doc_ = {.e = &e_};                                                           \
        assert_ok(jsonio_load(&value_, json, strlen(json), 1000, &e_), e_);                        \
        struct jsonio_node root = jsonio_root(&doc_, value_);                                      \
        struct jsonio_node list = jsonio_array(&root, "a", 2), at = jsonio_item(&list, 0);         \
        (void)at;                                                                                  \
        (void)(getter);                                                                            \
        assert_int_not_equal(doc_.code, ERR_OK);                                                   \
        assert_string_equal(e_.msg, message);                                                      \
        json_decref(value_);                                                                       \
    } while (0)

static void getters_name_the_place(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"one", "two"};
    check_message("{\"a\":[{}]}", jsonio_u64(&at, "n"), "a[0].n: is missing");
    check_message("{\"a\":[{\"n\":-1}]}", jsonio_u64(&at, "n"), "a[0].n: must not be negative");
    check_message("{\"a\":[{\"n\":1.0}]}", jsonio_u64(&at, "n"), "a[0].n: must be an integer");
    check_message("{\"a\":[{\"n\":\"x\\u0000\"}]}", jsonio_string(&at, "n")[0],
                  "a[0].n: holds a zero character");
    check_message("{\"a\":[{\"n\":null}]}", jsonio_bool(&at, "n"), "a[0].n: must be true or false");
    check_message("{\"a\":[{\"n\":\"three\"}]}", jsonio_word(&at, "n", WORDS, 2),
                  "a[0].n: is none of the words known here, like \"one\"");
    check_message("{\"a\":[{\"n\":\"2026-11-22T07:00:00z\"}]}", jsonio_time(&at, "n"),
                  "a[0].n: must be a time like 2026-11-22T07:00:00Z");
    check_message("{\"a\":[7]}", 0, "a[0]: must be an object");
    check_message("{\"a\":{}}", 0, "a: must be an array");
    check_message("{\"a\":[1,2,3]}", 0, "a: has more than 2 elements");
    check_message("[]", 0, "must be an object");
}

static void hex_is_strict(void **state)
{
    (void)state;
    uint8_t b[2];
    check_message("{\"a\":[{\"h\":\"0xabcd\"}]}", (jsonio_hex(&at, "h", b, 2), 0),
                  "a[0].h: must be 4 lower-case hex digits without 0x");
    check_message("{\"a\":[{\"h\":\"ABCD\"}]}", (jsonio_hex(&at, "h", b, 2), 0),
                  "a[0].h: must be 4 lower-case hex digits without 0x");
    check_message("{\"a\":[{\"h\":\"abcd\"}]}", (jsonio_hex0x(&at, "h", b, 2), 0),
                  "a[0].h: must be 0x and 4 lower-case hex digits");
    check_message("{\"a\":[{\"h\":\"0xabc\"}]}", (jsonio_hex0x(&at, "h", b, 2), 0),
                  "a[0].h: must be 0x and 4 lower-case hex digits");
}

static void good_values_come_back(void **state)
{
    (void)state;
    static const char JSON[] = "{\"n\":9223372036854775807,\"s\":\"é\",\"t\":\"2026-11-22T07:00:00Z\","
                               "\"w\":\"two\",\"h\":\"0102\",\"x\":\"0x0304\",\"b\":true,\"o\":{}}";
    static const char *const WORDS[] = {"one", "two"};
    json_t *value;
    struct err e;
    struct jsonio doc = {.e = &e};
    uint8_t b[4];
    assert_ok(jsonio_load(&value, JSON, strlen(JSON), 1000, &e), e);
    struct jsonio_node root = jsonio_root(&doc, value);
    assert_int_equal(jsonio_u64(&root, "n"), INT64_MAX);
    assert_string_equal(jsonio_string(&root, "s"), "é");
    assert_int_equal(jsonio_time(&root, "t"), 1795330800);
    assert_int_equal(jsonio_word(&root, "w", WORDS, 2), 1);
    jsonio_hex(&root, "h", b, 2);
    jsonio_hex0x(&root, "x", b + 2, 2);
    assert_memory_equal(b, "\1\2\3\4", 4);
    assert_true(jsonio_bool(&root, "b"));
    assert_true(jsonio_has(&root, "o"));
    assert_false(jsonio_has(&root, "p"));
    assert_int_equal(doc.code, ERR_OK);
    json_decref(value);
}

static void first_error_is_kept_and_zeros_follow(void **state)
{
    (void)state;
    static const char JSON[] = "{\"n\":7,\"o\":{\"n\":7}}";
    json_t *value;
    struct err e;
    struct jsonio doc = {.e = &e};
    assert_ok(jsonio_load(&value, JSON, strlen(JSON), 1000, &e), e);
    struct jsonio_node root = jsonio_root(&doc, value);
    assert_string_equal(jsonio_string(&root, "first"), "");
    struct jsonio_node o = jsonio_object(&root, "o");
    assert_int_equal(jsonio_u64(&o, "n"), 0);
    assert_int_equal(jsonio_u64(&root, "n"), 0);
    assert_string_equal(e.msg, "first: is missing");
    json_decref(value);
}

static void damaged_member_names_are_seen(void **state)
{
    (void)state;
    static const char *const KEYS[] = {"proofValue", "evidence", NULL};
    static const struct {
        const char *json;
        enum err_code code;
    } CASES[] = {
        {"{\"evidence\":1,\"other\":2,\"evidences\":3,\"evidznce\":4}", ERR_OK},
        {"{\"Evidence\":1}", ERR_INVALID},
        {"{\"proofValud\":1}", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *value;
        struct err e;
        struct jsonio doc = {.e = &e};
        assert_ok(jsonio_load(&value, CASES[i].json, strlen(CASES[i].json), 1000, &e), e);
        struct jsonio_node root = jsonio_root(&doc, value);
        jsonio_keys(&root, KEYS);
        assert_int_equal(doc.code, CASES[i].code);
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_refuses),
        cmocka_unit_test(load_limits),
        cmocka_unit_test(getters_name_the_place),
        cmocka_unit_test(hex_is_strict),
        cmocka_unit_test(good_values_come_back),
        cmocka_unit_test(first_error_is_kept_and_zeros_follow),
        cmocka_unit_test(damaged_member_names_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
