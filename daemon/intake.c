/* The bodies of POST /v1/hashes: see intake.h. */
#include "daemon/intake.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "common/jsonio.h"

#define HEX_LEN 64
#define LINE_MAX_BYTES 1024 /* of one NDJSON line: a hash and a rule need a tenth of it */

static const struct {
    const char *code;
    const char *text;
} FAULTS[] = {
#define X(name, code, text) {code, text},
    INTAKE_FAULTS(X)
#undef X
};

const char *intake_code(enum intake_fault fault)
{
    return FAULTS[fault].code;
}

const char *intake_text(enum intake_fault fault)
{
    return FAULTS[fault].text;
}

enum intake_form intake_form_of(const char *content_type)
{
    static const char *const TYPES[] = {
        [INTAKE_JSON] = "application/json",
        [INTAKE_NDJSON] = "application/x-ndjson",
        [INTAKE_OCTETS] = "application/octet-stream",
    };
    size_t len = content_type != NULL ? strcspn(content_type, "; \t") : 0;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (strlen(TYPES[i]) == len && strncasecmp(TYPES[i], content_type, len) == 0)
            return (enum intake_form)i;
    return INTAKE_UNKNOWN;
}

static bool read_rule(const json_t *value, uint8_t *ret)
{
    const char *text = json_string_value(value);
    if (value == NULL)
        *ret = STORE_RULE_UNKNOWN;
    else if (text != NULL && strcmp(text, "bytes") == 0)
        *ret = STORE_RULE_BYTES;
    else if (text != NULL && strcmp(text, "rdfc") == 0)
        *ret = STORE_RULE_RDFC;
    else
        return false;
    return true;
}

/* {"hash":…,"rule":…}; other members are ignored, as a client of tomorrow would hope. */
static enum intake_fault read_object(struct slice body, struct hash32 *target, uint8_t *rule)
{
    json_t *root = NULL;
    if (jsonio_load(&root, body.data, body.len, body.len, NULL) != ERR_OK)
        return INTAKE_BAD_JSON;
    const json_t *hash = json_object_get(root, "hash");
    enum intake_fault fault = INTAKE_NONE;
    if (!json_is_object(root) || !json_is_string(hash))
        fault = INTAKE_BAD_JSON;
    else if (!hex_decode(target->b, sizeof target->b, json_string_value(hash), json_string_length(hash), false))
        fault = INTAKE_BAD_HASH;
    else if (!read_rule(json_object_get(root, "rule"), rule))
        fault = INTAKE_BAD_RULE;
    json_decref(root);
    return fault;
}

/* One line: the plain spellings are read by hand, the rest as JSON. */
static enum intake_fault read_line(struct slice line, struct hash32 *target, uint8_t *rule)
{
    static const char FRONT[] = "{\"hash\":\"";
    const char *text = (const char *)line.data;
    *rule = STORE_RULE_UNKNOWN;
    if (line.len == HEX_LEN)
        return hex_decode(target->b, sizeof target->b, text, HEX_LEN, false) ? INTAKE_NONE : INTAKE_BAD_HASH;
    if (line.len == HEX_LEN + 2 && text[0] == '"' && text[HEX_LEN + 1] == '"')
        return hex_decode(target->b, sizeof target->b, text + 1, HEX_LEN, false) ? INTAKE_NONE : INTAKE_BAD_HASH;
    size_t front = sizeof FRONT - 1;
    if (line.len == front + HEX_LEN + 2 && memcmp(text, FRONT, front) == 0 &&
        memcmp(text + front + HEX_LEN, "\"}", 2) == 0 &&
        hex_decode(target->b, sizeof target->b, text + front, HEX_LEN, false))
        return INTAKE_NONE;
    if (line.len == 0 || line.len > LINE_MAX_BYTES || text[0] != '{')
        return INTAKE_BAD_HASH;
    return read_object(line, target, rule);
}

static size_t count_lines(struct slice body)
{
    size_t n = 0;
    const uint8_t *p = body.data, *end = body.data + body.len;
    while (p < end) {
        const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
        n++;
        p = newline != NULL ? newline + 1 : end;
    }
    return n;
}

static void read_lines(struct intake *in, struct slice body)
{
    size_t n = count_lines(body);
    in->owned = true;
    in->targets = malloc((n > 0 ? n : 1) * sizeof *in->targets);
    in->rules = malloc(n > 0 ? n : 1);
    if (in->targets == NULL || in->rules == NULL) {
        in->fault = INTAKE_MEMORY;
        return;
    }
    const uint8_t *p = body.data, *end = body.data + body.len;
    for (in->n = 0; in->n < n && in->fault == INTAKE_NONE; in->n++) {
        const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
        const uint8_t *stop = newline != NULL ? newline : end;
        struct slice line = {p, (size_t)(stop - p)};
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        in->fault = read_line(line, &in->targets[in->n], &in->rules[in->n]);
        if (in->fault != INTAKE_NONE)
            in->line = in->n + 1;
        p = stop + 1;
    }
}

void intake_read(struct intake *in, enum intake_form form, struct slice body)
{
    memset(in, 0, sizeof *in);
    switch (form) {
    case INTAKE_JSON:
        in->targets = &in->one;
        in->rules = &in->one_rule;
        in->n = 1;
        in->fault = read_object(body, &in->one, &in->one_rule);
        break;
    case INTAKE_NDJSON:
        read_lines(in, body);
        break;
    case INTAKE_OCTETS:
        in->targets = (struct hash32 *)(uintptr_t)body.data; /* only ever read */
        in->n = body.len / sizeof *in->targets;
        if (body.len % sizeof *in->targets != 0)
            in->fault = INTAKE_BAD_LENGTH;
        break;
    case INTAKE_UNKNOWN:
        in->fault = INTAKE_BAD_JSON;
        break;
    }
    if (in->fault == INTAKE_NONE && in->n == 0)
        in->fault = INTAKE_EMPTY;
}

void intake_done(struct intake *in)
{
    if (in->owned) {
        free(in->targets);
        free(in->rules);
    }
    memset(in, 0, sizeof *in);
}
