/* The trust list: windows, several forms of id, and every malformed file with its message. */
#include "tests/harness.h"

#include "verifier/trust.h"

#define A1 "0x1111111111111111111111111111111111111111"
#define AB "0xAbabABABababababababababababababababABAB"

static struct trust parse(const char *text)
{
    struct trust trust;
    struct err e;
    assert_ok(trust_parse(&trust, text, strlen(text), &e), e);
    return trust;
}

static enum trust_answer find(const struct trust *trust, uint8_t byte, uint64_t time)
{
    struct seal_address addresses[2];
    const struct trust_entry *entry;
    memset(&addresses[0], 0xee, sizeof addresses[0]);
    memset(&addresses[1], byte, sizeof addresses[1]);
    enum trust_answer answer = trust_find(trust, addresses, 2, time, &entry);
    assert_int_equal(entry != NULL, answer != TRUST_UNLISTED);
    return answer;
}

static void windows(void **state)
{
    (void)state;
    struct trust t = parse("[{\"id\":\"" A1 "\",\"name\":\"One\",\"from\":\"1970-01-01T00:00:10Z\","
                           "\"until\":\"1970-01-01T00:00:20Z\"},"
                           "{\"id\":\"" A1 "\",\"from\":\"1970-01-01T01:00:30+01:00\",\"until\":null},"
                           "{\"id\":\"" AB "\"},{\"id\":\"did:key:z6\"},{\"id\":\"https://example.org/\"}]");
    assert_int_equal(t.n, 5);
    assert_string_equal(t.entries[0].name, "One");
    assert_string_equal(t.entries[2].name, "");
    assert_int_equal(find(&t, 0x11, 9), TRUST_NOT_THEN);
    assert_int_equal(find(&t, 0x11, 10), TRUST_LISTED);
    assert_int_equal(find(&t, 0x11, 19), TRUST_LISTED);
    assert_int_equal(find(&t, 0x11, 20), TRUST_NOT_THEN);
    assert_int_equal(find(&t, 0x11, 30), TRUST_LISTED);
    assert_int_equal(find(&t, 0xab, 0), TRUST_LISTED);
    assert_int_equal(find(&t, 0x22, 15), TRUST_UNLISTED);
    trust_done(&t);
}

static void an_empty_list_trusts_nobody(void **state)
{
    (void)state;
    struct trust t = parse("[]");
    assert_int_equal(find(&t, 0x11, 15), TRUST_UNLISTED);
    trust_done(&t);
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } BAD[] = {
        {"", "not JSON"},
        {"{}", "must be an array"},
        {"[1]", "[0]: must be an object"},
        {"[{}]", "[0].id: is missing"},
        {"[{\"id\":7}]", "[0].id: must be a string"},
        {"[{\"id\":\"0x11\"}]", "[0]: id: must be 0x"},
        {"[{\"id\":\"certif.example.fr\"}]", "[0]: id: must be 0x"},
        {"[{\"id\":\"http://example.org\"}]", "[0]: id: must be 0x"},
        {"[{\"id\":\"" A1 "\",\"untill\":null}]", "unknown member \"untill\""},
        {"[{\"id\":\"" A1 "\",\"from\":\"yesterday\"}]", "from: must be a time"},
        {"[{\"id\":\"" A1 "\",\"from\":12}]", "[0].from: must be a string"},
        {"[{\"id\":\"" A1 "\",\"name\":null}]", "[0].name: must be a string"},
        {"[{\"id\":\"" A1 "\",\"id\":\"" A1 "\"}]", "duplicate"},
        {"[{\"id\":\"" A1 "\",\"from\":\"2027-01-01T00:00:00Z\",\"until\":\"2026-01-01T00:00:00Z\"}]",
         "from is not before until"},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct trust t;
        struct err e = {0};
        if (trust_parse(&t, BAD[i].text, strlen(BAD[i].text), &e) == ERR_OK || strstr(e.msg, BAD[i].message) == NULL)
            fail_msg("%s: %s", BAD[i].text, e.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows),
        cmocka_unit_test(an_empty_list_trusts_nobody),
        cmocka_unit_test(malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
