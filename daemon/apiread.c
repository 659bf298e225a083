/* The readers of the HTTP interface: every GET (see apiread.h). */
#include "daemon/apiread.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BATCHES 1000    /* of one page of GET /v1/batches */
#define LEAVES_AT_ONCE 2048 /* leaves read from the store for one piece of an answer */

static enum err_code write_entry(struct text *t, const struct store_read *read, const struct store_entry *entry,
                                 struct err *e)
{
    struct store_batch batch = {0};
    enum err_code rc = entry->k != 0 ? store_batch(read, entry->k, &batch, e) : ERR_OK;
    text_puts(t, "{\"hash\":\"");
    text_put_hex(t, entry->target.b, sizeof entry->target.b);
    text_putf(t, "\",\"status\":\"%s\",\"sequence\":%" PRIu64, entry->k != 0 ? proofs_status_word(batch.status) : "accepted",
              entry->sequence);
    if (entry->k != 0)
        text_putf(t, ",\"batch\":%" PRIu64 ",\"leafIndex\":%" PRIu64, entry->k, entry->leaf_index);
    else
        text_puts(t, ",\"batch\":null,\"leafIndex\":null");
    text_put_time_member(t, "acceptedAt", entry->accepted_at);
    text_put_time_member(t, "sealedAt", batch.sealed_at);
    text_put_time_member(t, "minedAt", batch.mined_at);
    text_put_time_member(t, "finalAt", batch.final_at);
    text_puts(t, "}\n");
    return rc;
}

/* ------------------------------------------------------------------ about one hash, on a pool thread */

static struct apibase_request *of_read(struct readq_req *req)
{
    return (struct apibase_request *)((char *)req - offsetof(struct apibase_request, read));
}

static enum err_code run_hash(const struct store_read *read, struct readq_req *req, struct err *e)
{
    struct apibase_request *r = of_read(req);
    struct store_entry entry;
    enum err_code rc = store_find(read, &r->wanted, &entry, e);
    return rc == ERR_OK ? write_entry(&r->document, read, &entry, e) : rc;
}

static enum err_code run_proof(const struct store_read *read, struct readq_req *req, struct err *e)
{
    struct apibase_request *r = of_read(req);
    struct store_entry entry;
    enum err_code rc = store_find(read, &r->wanted, &entry, e);
    return rc == ERR_OK ? proofs_write(&r->document, read, r->api->log, &entry, e) : rc;
}

static void reply_not_sealed(struct apibase_request *r)
{
    char extra[64], value[32];
    uint64_t seconds = r->api->seconds_to_seal(r->api->owner);
    snprintf(extra, sizeof extra, ",\"retryAfter\":%" PRIu64, seconds);
    snprintf(value, sizeof value, "%" PRIu64, seconds);
    APIBASE_PROBLEM(r, .which = API_NOT_SEALED, .extra = extra, .header = "Retry-After", .value = value);
}

/* The document goes to the client without being copied. */
static void reply_written(struct apibase_request *r)
{
    struct text *t = &r->document;
    struct httpd_response response = {
        .status = 200, .content_type = apibase_json, .body = t->data, .len = t->len, .owner = HTTPD_GIVEN};
    *t = (struct text){0};
    httpd_reply(r->http, &response);
}

static void on_hash_read(struct readq_req *req, enum err_code status)
{
    struct apibase_request *r = of_read(req);
    if (status == ERR_OK && !r->document.failed)
        reply_written(r);
    else
        apibase_reply_error(r, status == ERR_OK ? ERR_NOMEM : status, &req->err);
}

static void on_proof_read(struct readq_req *req, enum err_code status)
{
    struct apibase_request *r = of_read(req);
    if (status == ERR_NOT_YET) {
        reply_not_sealed(r);
        return;
    }
    r->api->stats.proofs += status == ERR_OK;
    on_hash_read(req, status);
}

static void read_later(struct apibase_request *r)
{
    struct err e;
    enum err_code rc = readq_submit(r->api->readq, &r->read, &e);
    if (rc != ERR_OK)
        apibase_reply_error(r, rc, &e);
}

void apiread_hash(struct apibase_request *r)
{
    r->read = (struct readq_req){.run = run_hash, .done = on_hash_read};
    if (apibase_argument_hash(r, &r->wanted))
        read_later(r);
}

void apiread_proof(struct apibase_request *r)
{
    r->read = (struct readq_req){.run = run_proof, .done = on_proof_read};
    if (apibase_argument_hash(r, &r->wanted))
        read_later(r);
}

/* ------------------------------------------------------------------ the log and its batches */

void apiread_batches(struct apibase_request *r)
{
    uint64_t after, limit;
    struct store_read read;
    struct store_batch batch;
    struct err e;
    if (!apibase_query_number(r, "after", 0, UINT64_MAX, &after) || !apibase_query_number(r, "limit", 100, MAX_BATCHES, &limit) ||
        limit == 0) {
        APIBASE_PROBLEM(r, .which = API_BAD_NUMBER, .detail = "after is a batch number, limit is 1 to 1000");
        return;
    }
    if (!apibase_begin(r, &read))
        return;
    struct text *t = apibase_scratch(r->api);
    enum err_code rc = ERR_OK;
    uint64_t n = 0;
    text_puts(t, "{\"batches\":[");
    while (n < limit && (rc = store_batch_after(&read, after, &batch, &e)) == ERR_OK) {
        if (n++ > 0)
            text_putc(t, ',');
        if ((rc = proofs_write_batch(t, &read, r->api->log, &batch, &e)) != ERR_OK)
            break;
        after = batch.k;
    }
    if (rc == ERR_OK) /* the page is full: is there another? */
        rc = store_batch_after(&read, after, &batch, &e);
    if (rc == ERR_OK)
        text_putf(t, "],\"next\":%" PRIu64 "}\n", after);
    else
        text_puts(t, "],\"next\":null}\n");
    store_read_end(&read);
    apibase_reply_document(r, rc == ERR_NOT_FOUND ? ERR_OK : rc, &e);
}

void apiread_batch(struct apibase_request *r)
{
    struct store_read read;
    struct store_batch batch;
    struct err e;
    if (!apibase_begin(r, &read))
        return;
    if (apibase_argument_batch(r, &read, &batch)) {
        struct text *t = apibase_scratch(r->api);
        enum err_code rc = proofs_write_batch(t, &read, r->api->log, &batch, &e);
        text_putc(t, '\n');
        apibase_reply_document(r, rc, &e);
    }
    store_read_end(&read);
}

/* Leaves are read while the client takes them; each piece has a read transaction of its own, which is
 * right because the leaves of a batch never change. */
struct leaves {
    struct store *store;
    uint64_t k;
    struct hash32 buffer[LEAVES_AT_ONCE];
    uint64_t first; /* leaf in buffer[0] */
    size_t n;       /* leaves in buffer */
};

static bool load_leaves(struct leaves *l, uint64_t first)
{
    struct store_read read;
    if (store_read_begin(l->store, &read, NULL) != ERR_OK)
        return false;
    l->first = first;
    l->n = 0;
    enum err_code rc = store_leaves(&read, l->k, first, LEAVES_AT_ONCE, l->buffer, &l->n, NULL);
    store_read_end(&read);
    return rc == ERR_OK && l->n > 0;
}

static ssize_t read_leaves(void *ctx, uint64_t pos, char *buf, size_t max)
{
    struct leaves *l = ctx;
    uint64_t leaf = pos / sizeof *l->buffer;
    if ((leaf < l->first || leaf >= l->first + l->n) && !load_leaves(l, leaf))
        return -1;
    size_t skip = (size_t)(pos - l->first * sizeof *l->buffer);
    size_t len = l->n * sizeof *l->buffer - skip;
    if (len > max)
        len = max;
    memcpy(buf, (const char *)l->buffer + skip, len);
    return (ssize_t)len;
}

void apiread_leaves(struct apibase_request *r)
{
    struct store_read read;
    struct store_batch batch;
    if (!apibase_begin(r, &read))
        return;
    if (apibase_argument_batch(r, &read, &batch)) {
        struct leaves *l = calloc(1, sizeof *l);
        struct httpd_response head = {.status = 200, .content_type = "application/octet-stream"};
        if (l == NULL) {
            apibase_reply_busy(r);
        } else {
            l->store = r->api->store;
            l->k = batch.k;
            httpd_reply_reader(r->http, &head, batch.leaf_count * sizeof *l->buffer, read_leaves, free, l);
        }
    }
    store_read_end(&read);
}

void apiread_annex(struct apibase_request *r)
{
    struct store_read read;
    struct store_batch batch;
    struct slice annex;
    struct err e;
    if (!apibase_begin(r, &read))
        return;
    if (apibase_argument_batch(r, &read, &batch)) {
        enum err_code rc = store_annex(&read, batch.k, &annex, &e);
        struct httpd_response response = {
            .status = 200, .content_type = apibase_json, .body = annex.data, .len = annex.len, .owner = HTTPD_COPIED};
        if (rc == ERR_OK)
            httpd_reply(r->http, &response);
        else if (rc == ERR_NOT_FOUND)
            APIBASE_PROBLEM(r, .which = API_NO_ANNEX);
        else
            apibase_reply_error(r, rc, &e);
    }
    store_read_end(&read);
}

void apiread_log(struct apibase_request *r)
{
    const struct proofs_log *log = r->api->log;
    static const struct seal_address NONE;
    struct store_read read;
    struct store_batch newest = {.anchored = log->r0};
    struct err e;
    if (!apibase_begin(r, &read))
        return;
    enum err_code rc = store_batch_newest(&read, &newest, &e);
    store_read_end(&read);
    struct text *t = apibase_scratch(r->api);
    text_puts(t, "{\"log\":");
    text_put_json(t, log->name, strlen(log->name));
    text_puts(t, ",\"genesis\":\"");
    text_put_hex(t, log->genesis_bytes, sizeof log->genesis_bytes);
    text_puts(t, "\",\"r0\":\"");
    text_put_hex(t, log->r0.b, sizeof log->r0.b);
    text_putf(t, "\",\"head\":%" PRIu64 ",\"anchored\":\"", newest.k);
    text_put_hex(t, newest.anchored.b, sizeof newest.anchored.b);
    text_putf(t, "\",\"chainId\":%" PRIu64 ",\"registry\":", log->chain_id);
    if (memcmp(&log->genesis.registry, &NONE, sizeof NONE) != 0) {
        text_puts(t, "\"0x");
        text_put_hex(t, log->genesis.registry.b, sizeof log->genesis.registry.b);
        text_putc(t, '"');
    } else {
        text_puts(t, "null");
    }
    text_puts(t, ",\"issuers\":");
    r->api->write_issuers(r->api->owner, t);
    text_puts(t, "}\n");
    apibase_reply_document(r, rc == ERR_NOT_FOUND ? ERR_OK : rc, &e);
}

void apiread_events(struct apibase_request *r)
{
    const char *last = httpd_header(r->http, "Last-Event-ID");
    uint64_t after;
    bool good = last != NULL && last[0] != '\0' ? apibase_parse_number(last, UINT64_MAX, &after)
                                                : apibase_query_number(r, "after", UINT64_MAX, UINT64_MAX, &after);
    if (good)
        events_subscribe(r->api->events, &r->reader, r->http, after);
    else
        APIBASE_PROBLEM(r, .which = API_BAD_NUMBER, .detail = "Last-Event-ID and after are batch numbers");
}

void apiread_page(struct apibase_request *r)
{
    struct text *t = apibase_scratch(r->api);
    const char *language = r->api->write_page(r->api->owner, httpd_query(r->http, "lang"),
                                              httpd_header(r->http, "Accept-Language"), t);
    struct httpd_response response = {
        .status = 200,
        .content_type = "text/html; charset=utf-8",
        .body = t->data,
        .len = t->len,
        .owner = HTTPD_COPIED,
        .headers = {{"Content-Security-Policy", r->api->policy}, {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"}, {"Cache-Control", "no-store"}, {"Content-Language", language},
                    {"Vary", "Accept-Language"}},
    };
    if (t->failed)
        apibase_reply_busy(r);
    else
        httpd_reply(r->http, &response);
}

void apiread_style(struct apibase_request *r)
{
    struct httpd_response response = {
        .status = 200,
        .content_type = "text/css; charset=utf-8",
        .body = r->api->style,
        .len = strlen(r->api->style),
        .owner = HTTPD_BORROWED,
        .headers = {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "max-age=3600"}},
    };
    httpd_reply(r->http, &response);
}

void apiread_healthz(struct apibase_request *r)
{
    static const char OK[] = "{\"status\":\"alive\"}\n";
    struct httpd_response response = {
        .status = 200, .content_type = apibase_json, .body = OK, .len = sizeof OK - 1, .owner = HTTPD_BORROWED};
    httpd_reply(r->http, &response);
}

void apiread_readyz(struct apibase_request *r)
{
    char reason[256] = "";
    if (!r->api->ready(r->api->owner, reason)) {
        APIBASE_PROBLEM(r, .which = API_NOT_READY, .detail = reason, .header = "Retry-After", .value = "5");
        return;
    }
    struct text *t = apibase_scratch(r->api);
    text_puts(t, "{\"status\":\"ready\"}\n");
    apibase_reply_text(r, 200, apibase_json, t);
}

void apiread_metrics(struct apibase_request *r)
{
    struct text *t = apibase_scratch(r->api);
    r->api->write_metrics(r->api->owner, t);
    if (t->failed)
        apibase_reply_busy(r);
    else
        apibase_reply_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", t);
}
