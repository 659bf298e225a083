/* Bodies of POST /v1/hashes: good forms and every kind of bad one. */
#include "tests/harness.h"

#include <stdio.h>

#include "daemon/intake.h"

#define H1 "1111111111111111111111111111111111111111111111111111111111111111"
#define H2 "22222222222222222222222222222222222222222222222222222222222222ab"

static struct intake in;

static enum intake_fault text_fault(enum intake_form form, const char *body)
{
    intake_done(&in);
    intake_read(&in, form, (struct slice){(const uint8_t *)body, strlen(body)});
    return in.fault;
}

static void form_is_the_content_type(void **state)
{
    (void)state;
    assert_int_equal(intake_form_of("application/json"), INTAKE_JSON);
    assert_int_equal(intake_form_of("Application/JSON; charset=utf-8"), INTAKE_JSON);
    assert_int_equal(intake_form_of("application/x-ndjson"), INTAKE_NDJSON);
    assert_int_equal(intake_form_of("application/octet-stream"), INTAKE_OCTETS);
    assert_int_equal(intake_form_of("application/jsonx"), INTAKE_UNKNOWN);
    assert_int_equal(intake_form_of("text/plain"), INTAKE_UNKNOWN);
    assert_int_equal(intake_form_of(NULL), INTAKE_UNKNOWN);
}

static void one_object(void **state)
{
    (void)state;
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":\"" H2 "\"}"), INTAKE_NONE);
    assert_int_equal(in.n, 1);
    assert_int_equal(in.targets[0].b[31], 0xab);
    assert_int_equal(in.rules[0], STORE_RULE_UNKNOWN);
    assert_int_equal(text_fault(INTAKE_JSON, " {\"rule\":\"rdfc\", \"hash\":\"" H1 "\", \"x\": [1]}"), INTAKE_NONE);
    assert_int_equal(in.rules[0], STORE_RULE_RDFC);
    assert_int_equal(text_fault(INTAKE_JSON, ""), INTAKE_BAD_JSON);
    assert_int_equal(text_fault(INTAKE_JSON, "{}"), INTAKE_BAD_JSON);
    assert_int_equal(text_fault(INTAKE_JSON, "[]"), INTAKE_BAD_JSON);
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":1}"), INTAKE_BAD_JSON);
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":\"" H1 "\"} x"), INTAKE_BAD_JSON);
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":\"" H1 "\",\"hash\":\"" H1 "\"}"), INTAKE_BAD_JSON);
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":\"0x" H1 "\"}"), INTAKE_BAD_HASH);
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":\"AB\"}"), INTAKE_BAD_HASH);
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":\"" H1 "\",\"rule\":\"sha\"}"), INTAKE_BAD_RULE);
    assert_int_equal(text_fault(INTAKE_JSON, "{\"hash\":\"" H1 "\",\"rule\":null}"), INTAKE_BAD_RULE);
}

static void upper_case_is_refused(void **state)
{
    (void)state;
    assert_int_equal(text_fault(INTAKE_NDJSON, "AA11111111111111111111111111111111111111111111111111111111111111\n"),
                     INTAKE_BAD_HASH);
}

static void lines(void **state)
{
    (void)state;
    assert_int_equal(text_fault(INTAKE_NDJSON, H1 "\n\"" H2 "\"\n{\"hash\":\"" H1 "\"}\r\n"
                                "{ \"hash\" : \"" H2 "\" , \"rule\" : \"bytes\" }"), INTAKE_NONE);
    assert_int_equal(in.n, 4);
    assert_int_equal(in.targets[1].b[31], 0xab);
    assert_int_equal(in.targets[2].b[0], 0x11);
    assert_int_equal(in.rules[3], STORE_RULE_BYTES);
    assert_int_equal(text_fault(INTAKE_NDJSON, ""), INTAKE_EMPTY);
}

static void third_line_of_ten_is_named(void **state)
{
    (void)state;
    char body[10 * 65 + 1] = "";
    for (int i = 0; i < 10; i++)
        snprintf(body + i * 65, sizeof body - (size_t)i * 65, "%s\n", H1);
    assert_int_equal(text_fault(INTAKE_NDJSON, body), INTAKE_NONE);
    assert_int_equal(in.n, 10);
    body[2 * 65 + 5] = 'x';
    assert_int_equal(text_fault(INTAKE_NDJSON, body), INTAKE_BAD_HASH);
    assert_int_equal(in.line, 3);
    assert_int_equal(text_fault(INTAKE_NDJSON, H1 "\n\n" H1 "\n"), INTAKE_BAD_HASH);
    assert_int_equal(in.line, 2);
}

static void octets(void **state)
{
    (void)state;
    uint8_t raw[95] = {0};
    intake_done(&in);
    intake_read(&in, INTAKE_OCTETS, (struct slice){raw, 64});
    assert_int_equal(in.fault, INTAKE_NONE);
    assert_int_equal(in.n, 2);
    assert_null(in.rules);
    intake_read(&in, INTAKE_OCTETS, (struct slice){raw, 95});
    assert_int_equal(in.fault, INTAKE_BAD_LENGTH);
    intake_read(&in, INTAKE_OCTETS, (struct slice){raw, 0});
    assert_int_equal(in.fault, INTAKE_EMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_is_the_content_type), cmocka_unit_test(one_object),
        cmocka_unit_test(upper_case_is_refused),    cmocka_unit_test(lines),
        cmocka_unit_test(third_line_of_ten_is_named), cmocka_unit_test(octets),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    intake_done(&in);
    return rc;
}
