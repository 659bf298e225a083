/* What the parts of the HTTP interface share: see apibase.h. */
#include "daemon/apibase.h"

#include <string.h>

#include "common/hex.h"

static const struct {
    unsigned status;
    const char *code;
    const char *title;
} PROBLEMS[] = {
#define X(name, status, code, title) [API_##name] = {status, code, title},
    API_PROBLEMS(X)
#undef X
};

const char apibase_json[] = "application/json";
const char apibase_problem_json[] = "application/problem+json";

/* ------------------------------------------------------------------ answers */

void apibase_reply_text(struct apibase_request *r, unsigned status, const char *type, const struct text *t)
{
    struct httpd_response response = {
        .status = status, .content_type = type, .body = t->data, .len = t->len, .owner = HTTPD_COPIED};
    httpd_reply(r->http, &response);
}

size_t apibase_write_problem(char *body, size_t cap, unsigned status, const char *code, const char *title,
                            const char *detail, const char *extra)
{
    struct text t = {0};
    text_putf(&t, "{\"type\":\"urn:hallmark:problem:%s\",\"title\":\"%s\",\"status\":%u,\"code\":\"%s\"", code, title,
              status, code);
    if (detail != NULL && detail[0] != '\0') {
        text_puts(&t, ",\"detail\":");
        text_put_json(&t, detail, strlen(detail));
    }
    text_puts(&t, extra);
    text_puts(&t, "}\n");
    size_t len = t.failed || t.len > cap ? 0 : t.len;
    if (len > 0)
        memcpy(body, t.data, len);
    text_done(&t);
    return len;
}

void apibase_reply_problem(struct apibase_request *r, struct apibase_problem p)
{
    char body[1024];
    unsigned status = PROBLEMS[p.which].status;
    const char *code = p.code != NULL ? p.code : PROBLEMS[p.which].code;
    struct httpd_response response = {
        .status = status,
        .content_type = apibase_problem_json,
        .body = body,
        .len = apibase_write_problem(body, sizeof body, status, code, PROBLEMS[p.which].title, p.detail,
                             p.extra != NULL ? p.extra : ""),
        .owner = HTTPD_COPIED,
        .headers = {{p.header, p.value}},
    };
    httpd_reply(r->http, &response);
}

void apibase_reply_busy(struct apibase_request *r)
{
    APIBASE_PROBLEM(r, .which = API_OVERLOADED, .header = "Retry-After", .value = "1");
}

/* An error of the store: what a client is told of it. */
void apibase_reply_error(struct apibase_request *r, enum err_code code, const struct err *e)
{
    switch (code) {
    case ERR_BUSY:
    case ERR_CANCELLED:
    case ERR_NOMEM:
        apibase_reply_busy(r);
        return;
    case ERR_NOSPACE:
        APIBASE_PROBLEM(r, .which = API_NO_SPACE);
        return;
    case ERR_IO:
        APIBASE_PROBLEM(r, .which = API_STORAGE, .header = "Retry-After", .value = "5");
        return;
    case ERR_GONE:
        APIBASE_PROBLEM(r, .which = API_FORGOTTEN);
        return;
    case ERR_NOT_FOUND:
        APIBASE_PROBLEM(r, .which = API_UNKNOWN_HASH);
        return;
    case ERR_OK:
    case ERR_INVALID:
    case ERR_PARSE:
    case ERR_LIMIT:
    case ERR_VERSION:
    case ERR_EXISTS:
    case ERR_CONFLICT:
    case ERR_NOT_YET:
    case ERR_DENIED:
    case ERR_UNSUPPORTED:
    case ERR_CORRUPT:
    case ERR_RPC:
    case ERR_TIMEOUT:
        APIBASE_PROBLEM(r, .which = API_INTERNAL, .detail = e->msg);
        return;
    }
}

/* The document in api->scratch, or the error that prevented it. */
void apibase_reply_document(struct apibase_request *r, enum err_code rc, const struct err *e)
{
    if (rc == ERR_OK && r->api->scratch.failed)
        rc = ERR_NOMEM;
    if (rc == ERR_OK)
        apibase_reply_text(r, 200, apibase_json, &r->api->scratch);
    else
        apibase_reply_error(r, rc, e);
}

struct text *apibase_scratch(struct api *api)
{
    if (api->scratch.failed)
        text_done(&api->scratch);
    text_clear(&api->scratch);
    return &api->scratch;
}

/* ------------------------------------------------------------------ arguments */

bool apibase_parse_number(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;
    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (const char *p = text; *p != '\0'; p++)
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
            return false;
    *ret = v;
    return v <= max;
}

/* A query argument, or its default. */
bool apibase_query_number(struct apibase_request *r, const char *name, uint64_t initial, uint64_t max, uint64_t *ret)
{
    const char *text = httpd_query(r->http, name);
    *ret = initial;
    return text == NULL || (httpd_count_query(r->http, name) == 1 && apibase_parse_number(text, max, ret));
}

bool apibase_argument_hash(struct apibase_request *r, struct hash32 *ret)
{
    if (hex_decode(ret->b, sizeof ret->b, r->argument, strlen(r->argument), false))
        return true;
    APIBASE_PROBLEM(r, .which = API_BAD_HASH);
    return false;
}

bool apibase_argument_batch(struct apibase_request *r, const struct store_read *read, struct store_batch *ret)
{
    uint64_t k;
    struct err e;
    if (!apibase_parse_number(r->argument, UINT64_MAX, &k)) {
        APIBASE_PROBLEM(r, .which = API_BAD_NUMBER);
        return false;
    }
    enum err_code rc = store_batch(read, k, ret, &e);
    if (rc == ERR_NOT_FOUND)
        APIBASE_PROBLEM(r, .which = API_UNKNOWN_BATCH);
    else if (rc != ERR_OK)
        apibase_reply_error(r, rc, &e);
    return rc == ERR_OK;
}

/* Begin reading, or answer. */
bool apibase_begin(struct apibase_request *r, struct store_read *ret)
{
    struct err e;
    enum err_code rc = store_read_begin(r->api->store, ret, &e);
    if (rc != ERR_OK)
        apibase_reply_error(r, rc, &e);
    return rc == ERR_OK;
}
