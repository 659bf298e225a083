/* Bodies of POST /v1/hashes, in all three forms. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/text.h"
#include "daemon/intake.h"

static size_t lines_in(struct slice body)
{
    size_t n = body.len > 0 && body.data[body.len - 1] != '\n';
    for (size_t i = 0; i < body.len; i++)
        n += body.data[i] == '\n';
    return n;
}

static const char *rule_word(enum store_rule rule)
{
    switch (rule) {
    case STORE_RULE_UNKNOWN:
        return NULL;
    case STORE_RULE_BYTES:
        return "bytes";
    case STORE_RULE_RDFC:
        return "rdfc";
    }
    return NULL;
}

/* What was read, in the spelling of the documentation. */
static void spell(struct text *t, const struct intake *in)
{
    for (size_t i = 0; i < in->n; i++) {
        const char *rule = in->rules != NULL ? rule_word(in->rules[i]) : NULL;
        text_puts(t, "{\"hash\":\"");
        text_put_hex(t, in->targets[i].b, sizeof in->targets[i].b);
        if (rule != NULL)
            text_putf(t, "\",\"rule\":\"%s", rule);
        text_puts(t, "\"}\n");
    }
}

/* Whatever the spelling was, the plain one says the same. */
static void check_respelt(const struct intake *in)
{
    struct text t = {0};
    struct intake again;
    spell(&t, in);
    intake_read(&again, INTAKE_NDJSON, (struct slice){(const uint8_t *)t.data, t.len});
    fuzz_assert(again.fault == INTAKE_NONE && again.n == in->n);
    fuzz_assert(memcmp(again.targets, in->targets, in->n * sizeof *in->targets) == 0);
    fuzz_assert(in->rules == NULL || memcmp(again.rules, in->rules, in->n) == 0);
    intake_done(&again);
    text_done(&t);
}

static void check_form(enum intake_form form, struct slice body)
{
    struct intake in;
    intake_read(&in, form, body);
    fuzz_assert(in.line <= lines_in(body));
    if (in.fault == INTAKE_NONE) {
        fuzz_assert(in.n > 0 && in.line == 0);
        fuzz_assert(form != INTAKE_NDJSON || in.n == lines_in(body));
        fuzz_assert(form != INTAKE_OCTETS || in.n * 32 == body.len);
        check_respelt(&in);
    }
    intake_done(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {data, size};
    check_form(INTAKE_JSON, body);
    check_form(INTAKE_NDJSON, body);
    check_form(INTAKE_OCTETS, body);
    check_form(INTAKE_UNKNOWN, body);
    return 0;
}
