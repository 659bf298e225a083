/* docs/auditing.md in step with the table of findings: each code once, in order, with its severity and sentence. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/audit/catalogue.h"

static void every_code_is_explained(void **state)
{
    (void)state;
    static const char *const PARTS[] = {"\n- **Means**: ", "\n- **Does not mean**: ", "\n- **Do**: "};
    size_t len;
    char *page = harness_read("../docs/auditing.md", &len), *at = page;
    for (int code = 0; code < FINDING_CODES; code++) {
        const struct catalogue_row *row = catalogue_row((enum finding_code)code);
        char heading[512];
        snprintf(heading, sizeof heading, "\n### %s %s (%s)\n\n%s\n\n", row->code, row->name,
                 catalogue_severity_word(row->severity, CATALOGUE_ENGLISH), row->sentence[CATALOGUE_ENGLISH]);
        at = strstr(at, heading);
        if (at == NULL)
            fail_msg("docs/auditing.md does not have, or not in its place:%s", heading);
        at += strlen(heading);
        char *end = strstr(at, "\n### ");
        for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
            char *part = strstr(at - 1, PARTS[i]);
            if (part == NULL || (end != NULL && part > end))
                fail_msg("docs/auditing.md: %s lacks%s", row->code, PARTS[i]);
        }
    }
    size_t n = 0;
    for (char *heading = page; (heading = strstr(heading, "\n### HA-")) != NULL; heading++)
        n++;
    assert_int_equal(n, FINDING_CODES);
    free(page);
}

static void codes_and_names_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < FINDING_CODES; i++)
        for (int j = 0; j < i; j++) {
            const struct catalogue_row *a = catalogue_row((enum finding_code)i), *b = catalogue_row((enum finding_code)j);
            assert_string_not_equal(a->code, b->code);
            assert_string_not_equal(a->name, b->name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_code_is_explained),
                                       cmocka_unit_test(codes_and_names_are_unique)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
