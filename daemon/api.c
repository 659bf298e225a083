/* The HTTP interface of hallmarkd: see api.h. In order: the problem table, small readers, the routes,
 * the handlers one by one, and at the end the way of a request from its headers to its handler. */
#include "daemon/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "daemon/intake.h"

#define POOL_BODY 32768     /* bytes: larger bodies of lines are decoded on the thread pool */
#define MAX_BATCHES 1000    /* of one page of GET /v1/batches */
#define LEAVES_AT_ONCE 2048 /* leaves read from the store for one piece of an answer */

static const struct {
    unsigned status;
    const char *code;
    const char *title;
} PROBLEMS[] = {
#define X(name, status, code, title) [API_##name] = {status, code, title},
    API_PROBLEMS(X)
#undef X
};

static const char JSON[] = "application/json";
static const char PROBLEM_JSON[] = "application/problem+json";

struct request;
typedef void handler(struct request *r);

struct route {
    const char *path; /* {hash} and {k} stand for one segment */
    const char *method;
    enum tokens_scope scope;
    bool has_body;
    handler *run;
};

/* One request of ours, in httpd's user area. */
struct request {
    struct api *api;
    struct httpd_request *http;
    const struct route *route;
    char argument[72];    /* the segment that stood for {hash} or {k} */
    struct intake intake;
    enum intake_form form;
    uv_work_t work;       /* decoding a large body */
    struct storeq_req req; /* accepting */
    struct store_accept accept;
    struct store_place place; /* of a single hash */
};

size_t api_user_size(void)
{
    return sizeof(struct request);
}

/* ------------------------------------------------------------------ answers */

static void reply_text(struct request *r, unsigned status, const char *type, const struct text *t)
{
    struct httpd_response response = {
        .status = status, .content_type = type, .body = t->data, .len = t->len, .owner = HTTPD_COPIED};
    httpd_reply(r->http, &response);
}

static size_t write_problem(char *body, size_t cap, unsigned status, const char *code, const char *title,
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

struct problem {
    enum api_problem which;
    const char *code;    /* another code of the same kind, or NULL */
    const char *detail;  /* or NULL */
    const char *extra;   /* further members, beginning with a comma, or NULL */
    const char *header, *value; /* one extra header, or NULL */
};

static void reply_problem(struct request *r, struct problem p)
{
    char body[1024];
    unsigned status = PROBLEMS[p.which].status;
    const char *code = p.code != NULL ? p.code : PROBLEMS[p.which].code;
    struct httpd_response response = {
        .status = status,
        .content_type = PROBLEM_JSON,
        .body = body,
        .len = write_problem(body, sizeof body, status, code, PROBLEMS[p.which].title, p.detail,
                             p.extra != NULL ? p.extra : ""),
        .owner = HTTPD_COPIED,
        .headers = {{p.header, p.value}},
    };
    httpd_reply(r->http, &response);
}

#define PROBLEM(r, ...) reply_problem(r, (struct problem){__VA_ARGS__})

static void reply_busy(struct request *r)
{
    PROBLEM(r, .which = API_OVERLOADED, .header = "Retry-After", .value = "1");
}

/* An error of the store: what a client is told of it. */
static void reply_error(struct request *r, enum err_code code, const struct err *e)
{
    switch (code) {
    case ERR_BUSY:
    case ERR_CANCELLED:
    case ERR_NOMEM:
        reply_busy(r);
        return;
    case ERR_NOSPACE:
        PROBLEM(r, .which = API_NO_SPACE);
        return;
    case ERR_IO:
        PROBLEM(r, .which = API_STORAGE, .header = "Retry-After", .value = "5");
        return;
    case ERR_GONE:
        PROBLEM(r, .which = API_FORGOTTEN);
        return;
    case ERR_NOT_FOUND:
        PROBLEM(r, .which = API_UNKNOWN_HASH);
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
        PROBLEM(r, .which = API_INTERNAL, .detail = e->msg);
        return;
    }
}

/* The document in api->scratch, or the error that prevented it. */
static void reply_document(struct request *r, enum err_code rc, const struct err *e)
{
    if (rc == ERR_OK && r->api->scratch.failed)
        rc = ERR_NOMEM;
    if (rc == ERR_OK)
        reply_text(r, 200, JSON, &r->api->scratch);
    else
        reply_error(r, rc, e);
}

static struct text *scratch(struct api *api)
{
    if (api->scratch.failed)
        text_done(&api->scratch);
    text_clear(&api->scratch);
    return &api->scratch;
}

/* ------------------------------------------------------------------ arguments */

static bool parse_number(const char *text, uint64_t max, uint64_t *ret)
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
static bool query_number(struct request *r, const char *name, uint64_t initial, uint64_t max, uint64_t *ret)
{
    const char *text = httpd_query(r->http, name);
    *ret = initial;
    return text == NULL || (httpd_count_query(r->http, name) == 1 && parse_number(text, max, ret));
}

static bool argument_hash(struct request *r, struct hash32 *ret)
{
    if (hex_decode(ret->b, sizeof ret->b, r->argument, strlen(r->argument), false))
        return true;
    PROBLEM(r, .which = API_BAD_HASH);
    return false;
}

static bool argument_batch(struct request *r, const struct store_read *read, struct store_batch *ret)
{
    uint64_t k;
    struct err e;
    if (!parse_number(r->argument, UINT64_MAX, &k)) {
        PROBLEM(r, .which = API_BAD_NUMBER);
        return false;
    }
    enum err_code rc = store_batch(read, k, ret, &e);
    if (rc == ERR_NOT_FOUND)
        PROBLEM(r, .which = API_UNKNOWN_BATCH);
    else if (rc != ERR_OK)
        reply_error(r, rc, &e);
    return rc == ERR_OK;
}

/* Begin reading, or answer. */
static bool begin(struct request *r, struct store_read *ret)
{
    struct err e;
    enum err_code rc = store_read_begin(r->api->store, ret, &e);
    if (rc != ERR_OK)
        reply_error(r, rc, &e);
    return rc == ERR_OK;
}

/* ------------------------------------------------------------------ POST /v1/hashes */

static enum err_code apply_accept(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct request *r = (struct request *)((char *)req - offsetof(struct request, req));
    return store_accept(w, &r->accept, e);
}

static const char *entry_word(const struct store_read *read, const struct store_entry *entry)
{
    struct store_batch batch;
    if (entry->k == 0 || store_batch(read, entry->k, &batch, NULL) != ERR_OK)
        return "accepted";
    return proofs_status_word(batch.status);
}

/* The answer to one hash: 202 for a new one, 200 and the first record for one that was there. */
static void reply_single(struct request *r)
{
    struct text *t = scratch(r->api);
    const char *word = "accepted";
    struct store_read read;
    struct store_entry entry;
    if (r->place.duplicate && store_read_begin(r->api->store, &read, NULL) == ERR_OK) {
        if (store_entry(&read, r->place.sequence, &entry, NULL) == ERR_OK)
            word = entry_word(&read, &entry);
        store_read_end(&read);
    }
    text_puts(t, "{\"hash\":\"");
    text_put_hex(t, r->intake.targets[0].b, sizeof r->intake.targets[0].b);
    text_putf(t, "\",\"status\":\"%s\",\"sequence\":%" PRIu64 "}\n", word, r->place.sequence);
    reply_text(r, r->place.duplicate ? 200 : 202, JSON, t);
}

static void on_accepted(struct storeq_req *req, enum err_code status)
{
    struct request *r = (struct request *)((char *)req - offsetof(struct request, req));
    struct api *api = r->api;
    if (status != ERR_OK) {
        reply_error(r, status, &req->err);
        return;
    }
    api->stats.accepted += r->accept.ret_accepted;
    api->stats.duplicates += r->accept.ret_duplicates;
    if (r->form == INTAKE_JSON) {
        reply_single(r);
    } else {
        struct text *t = scratch(api);
        text_putf(t, "{\"accepted\":%" PRIu64 ",\"duplicates\":%" PRIu64 "}\n", r->accept.ret_accepted,
                  r->accept.ret_duplicates);
        reply_text(r, 202, JSON, t);
    }
    if (r->accept.ret_accepted > 0)
        api->on_accepted(api->owner, r->accept.ret_accepted);
}

static void reply_intake_fault(struct request *r)
{
    const struct intake *in = &r->intake;
    char detail[256], extra[64] = "";
    snprintf(detail, sizeof detail, "%s", intake_text(in->fault));
    if (in->line > 0) {
        snprintf(detail, sizeof detail, "line %zu: %s; nothing of this body was kept", in->line, intake_text(in->fault));
        snprintf(extra, sizeof extra, ",\"line\":%zu", in->line);
    }
    if (in->fault == INTAKE_MEMORY)
        reply_busy(r);
    else
        PROBLEM(r, .which = API_BAD_BODY, .code = intake_code(in->fault), .detail = detail, .extra = extra);
}

/* The body is decoded: hand the targets to the store. */
static void submit(struct request *r)
{
    struct err e;
    if (r->intake.fault != INTAKE_NONE) {
        reply_intake_fault(r);
        return;
    }
    r->accept = (struct store_accept){
        .targets = r->intake.targets,
        .n = r->intake.n,
        .rules = r->intake.rules,
        .accepted_at = clock_unix_s(r->api->clock),
        .ret_places = r->form == INTAKE_JSON ? &r->place : NULL,
    };
    r->req.apply = apply_accept;
    r->req.done = on_accepted;
    r->req.bytes = r->intake.n * sizeof(struct hash32);
    enum err_code rc = storeq_submit(r->api->storeq, &r->req, &e);
    if (rc != ERR_OK)
        reply_error(r, rc, &e);
}

static void decode(uv_work_t *work)
{
    struct request *r = work->data;
    intake_read(&r->intake, r->form, httpd_body(r->http));
}

static void on_decoded(uv_work_t *work, int status)
{
    struct request *r = work->data;
    r->api->n_work--;
    if (status == 0)
        submit(r);
    else
        reply_busy(r);
}

static void post_hashes(struct request *r)
{
    struct slice body = httpd_body(r->http);
    if (body.len > POOL_BODY && r->form == INTAKE_NDJSON) {
        if (r->api->n_work == API_MAX_WORK) {
            reply_busy(r);
            return;
        }
        r->work.data = r;
        if (uv_queue_work(r->api->storeq->loop, &r->work, decode, on_decoded) == 0)
            r->api->n_work++;
        else
            reply_busy(r);
        return;
    }
    intake_read(&r->intake, r->form, body);
    submit(r);
}

/* ------------------------------------------------------------------ GET */

static void put_time(struct text *t, const char *key, uint64_t seconds)
{
    text_putf(t, ",\"%s\":", key);
    if (seconds == 0) {
        text_puts(t, "null");
        return;
    }
    text_putc(t, '"');
    text_put_time(t, seconds);
    text_putc(t, '"');
}

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
    put_time(t, "acceptedAt", entry->accepted_at);
    put_time(t, "sealedAt", batch.sealed_at);
    put_time(t, "minedAt", batch.mined_at);
    put_time(t, "finalAt", batch.final_at);
    text_puts(t, "}\n");
    return rc;
}

static void get_hash(struct request *r)
{
    struct hash32 target;
    struct store_read read;
    struct store_entry entry;
    struct err e;
    if (!argument_hash(r, &target) || !begin(r, &read))
        return;
    struct text *t = scratch(r->api);
    enum err_code rc = store_find(&read, &target, &entry, &e);
    if (rc == ERR_OK)
        rc = write_entry(t, &read, &entry, &e);
    store_read_end(&read);
    reply_document(r, rc, &e);
}

static void reply_not_sealed(struct request *r)
{
    char extra[64], value[32];
    uint64_t seconds = r->api->seconds_to_seal(r->api->owner);
    snprintf(extra, sizeof extra, ",\"retryAfter\":%" PRIu64, seconds);
    snprintf(value, sizeof value, "%" PRIu64, seconds);
    PROBLEM(r, .which = API_NOT_SEALED, .extra = extra, .header = "Retry-After", .value = value);
}

static void get_proof(struct request *r)
{
    struct hash32 target;
    struct store_read read;
    struct store_entry entry;
    struct err e;
    if (!argument_hash(r, &target) || !begin(r, &read))
        return;
    struct text *t = scratch(r->api);
    enum err_code rc = store_find(&read, &target, &entry, &e);
    if (rc == ERR_OK)
        rc = proofs_write(t, &read, r->api->log, &entry, &e);
    store_read_end(&read);
    if (rc == ERR_NOT_YET) {
        reply_not_sealed(r);
        return;
    }
    r->api->stats.proofs += rc == ERR_OK;
    reply_document(r, rc, &e);
}

static void get_batches(struct request *r)
{
    uint64_t after, limit;
    struct store_read read;
    struct store_batch batch;
    struct err e;
    if (!query_number(r, "after", 0, UINT64_MAX, &after) || !query_number(r, "limit", 100, MAX_BATCHES, &limit) ||
        limit == 0) {
        PROBLEM(r, .which = API_BAD_NUMBER, .detail = "after is a batch number, limit is 1 to 1000");
        return;
    }
    if (!begin(r, &read))
        return;
    struct text *t = scratch(r->api);
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
    reply_document(r, rc == ERR_NOT_FOUND ? ERR_OK : rc, &e);
}

static void get_batch(struct request *r)
{
    struct store_read read;
    struct store_batch batch;
    struct err e;
    if (!begin(r, &read))
        return;
    if (argument_batch(r, &read, &batch)) {
        struct text *t = scratch(r->api);
        enum err_code rc = proofs_write_batch(t, &read, r->api->log, &batch, &e);
        text_putc(t, '\n');
        reply_document(r, rc, &e);
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

static void get_leaves(struct request *r)
{
    struct store_read read;
    struct store_batch batch;
    if (!begin(r, &read))
        return;
    if (argument_batch(r, &read, &batch)) {
        struct leaves *l = calloc(1, sizeof *l);
        struct httpd_response head = {.status = 200, .content_type = "application/octet-stream"};
        if (l == NULL) {
            reply_busy(r);
        } else {
            l->store = r->api->store;
            l->k = batch.k;
            httpd_reply_reader(r->http, &head, batch.leaf_count * sizeof *l->buffer, read_leaves, free, l);
        }
    }
    store_read_end(&read);
}

static void get_annex(struct request *r)
{
    struct store_read read;
    struct store_batch batch;
    struct slice annex;
    struct err e;
    if (!begin(r, &read))
        return;
    if (argument_batch(r, &read, &batch)) {
        enum err_code rc = store_annex(&read, batch.k, &annex, &e);
        struct httpd_response response = {
            .status = 200, .content_type = JSON, .body = annex.data, .len = annex.len, .owner = HTTPD_COPIED};
        if (rc == ERR_OK)
            httpd_reply(r->http, &response);
        else if (rc == ERR_NOT_FOUND)
            PROBLEM(r, .which = API_NO_ANNEX);
        else
            reply_error(r, rc, &e);
    }
    store_read_end(&read);
}

static void get_log(struct request *r)
{
    const struct proofs_log *log = r->api->log;
    static const struct seal_address NONE;
    struct store_read read;
    struct store_batch newest = {.anchored = log->r0};
    struct err e;
    if (!begin(r, &read))
        return;
    enum err_code rc = store_batch_newest(&read, &newest, &e);
    store_read_end(&read);
    struct text *t = scratch(r->api);
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
    reply_document(r, rc == ERR_NOT_FOUND ? ERR_OK : rc, &e);
}

static void get_healthz(struct request *r)
{
    static const char OK[] = "{\"status\":\"alive\"}\n";
    struct httpd_response response = {
        .status = 200, .content_type = JSON, .body = OK, .len = sizeof OK - 1, .owner = HTTPD_BORROWED};
    httpd_reply(r->http, &response);
}

static void get_readyz(struct request *r)
{
    char reason[256] = "";
    if (!r->api->ready(r->api->owner, reason)) {
        PROBLEM(r, .which = API_NOT_READY, .detail = reason, .header = "Retry-After", .value = "5");
        return;
    }
    struct text *t = scratch(r->api);
    text_puts(t, "{\"status\":\"ready\"}\n");
    reply_text(r, 200, JSON, t);
}

static void get_metrics(struct request *r)
{
    struct text *t = scratch(r->api);
    r->api->write_metrics(r->api->owner, t);
    if (t->failed)
        reply_busy(r);
    else
        reply_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", t);
}

/* ------------------------------------------------------------------ the way of a request */

static const struct route ROUTES[] = {
    {"/v1/hashes", "POST", TOKENS_SUBMIT, true, post_hashes},
    {"/v1/hashes/{hash}", "GET", TOKENS_READ, false, get_hash},
    {"/v1/proofs/{hash}", "GET", TOKENS_READ, false, get_proof},
    {"/v1/batches", "GET", TOKENS_NONE, false, get_batches},
    {"/v1/batches/{k}", "GET", TOKENS_NONE, false, get_batch},
    {"/v1/batches/{k}/leaves", "GET", TOKENS_NONE, false, get_leaves},
    {"/v1/batches/{k}/annex", "GET", TOKENS_NONE, false, get_annex},
    {"/v1/log", "GET", TOKENS_NONE, false, get_log},
    {"/healthz", "GET", TOKENS_NONE, false, get_healthz},
    {"/readyz", "GET", TOKENS_NONE, false, get_readyz},
    {"/metrics", "GET", TOKENS_NONE, false, get_metrics},
};

/* Whether a path has the form of a route; its argument is copied out. */
static bool match(const char *form, const char *path, char *argument, size_t cap)
{
    while (*form != '\0') {
        if (*form != '{') {
            if (*form++ != *path++)
                return false;
            continue;
        }
        size_t len = strcspn(path, "/");
        if (len == 0)
            return false;
        if (len >= cap) /* too long for anything that exists: the handler will say what is wrong */
            len = cap - 1;
        memcpy(argument, path, len);
        argument[len] = '\0';
        path += strcspn(path, "/");
        form = strchr(form, '}') + 1;
    }
    return *path == '\0';
}

/* HEAD is GET without its body. */
static bool has_method(const struct route *route, struct httpd_request *http)
{
    return strcmp(route->method, httpd_method(http)) == 0 ||
           (httpd_is_head(http) && strcmp(route->method, "GET") == 0);
}

static bool find_route(struct request *r)
{
    const struct route *found = NULL;
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++)
        if (match(ROUTES[i].path, httpd_path(r->http), r->argument, sizeof r->argument)) {
            found = &ROUTES[i];
            break;
        }
    if (found == NULL)
        PROBLEM(r, .which = API_UNKNOWN_PATH);
    else if (!has_method(found, r->http))
        PROBLEM(r, .which = API_METHOD, .header = "Allow",
                .value = strcmp(found->method, "GET") == 0 ? "GET, HEAD" : found->method);
    else
        r->route = found;
    return r->route != NULL;
}

static bool let_in(struct request *r)
{
    switch (tokens_judge(r->api->tokens, httpd_header(r->http, "Authorization"), r->route->scope)) {
    case TOKENS_GRANTED:
        return true;
    case TOKENS_MISSING:
        PROBLEM(r, .which = API_TOKEN_MISSING, .header = "WWW-Authenticate", .value = "Bearer realm=\"hallmark\"");
        return false;
    case TOKENS_UNKNOWN:
        PROBLEM(r, .which = API_TOKEN_UNKNOWN, .header = "WWW-Authenticate",
                .value = "Bearer realm=\"hallmark\", error=\"invalid_token\"");
        return false;
    case TOKENS_TOO_WEAK:
        PROBLEM(r, .which = API_TOKEN_SCOPE, .header = "WWW-Authenticate",
                .value = "Bearer realm=\"hallmark\", error=\"insufficient_scope\"");
        return false;
    }
    return false;
}

static size_t on_headers(struct httpd_request *http)
{
    struct request *r = httpd_user(http);
    r->api = httpd_self(http);
    r->http = http;
    if (!find_route(r) || !let_in(r) || !r->route->has_body)
        return 0;
    r->form = intake_form_of(httpd_header(http, "Content-Type"));
    if (r->form == INTAKE_UNKNOWN) {
        PROBLEM(r, .which = API_CONTENT_TYPE,
                .detail = "application/json, application/x-ndjson or application/octet-stream");
        return 0;
    }
    if (storeq_full(r->api->storeq)) { /* say so before the body is read */
        reply_busy(r);
        return 0;
    }
    return r->form == INTAKE_JSON ? r->api->limits.max_body : r->api->limits.max_bulk_body;
}

static void on_request(struct httpd_request *http)
{
    struct request *r = httpd_user(http);
    r->route->run(r);
}

static void on_done(struct httpd_request *http)
{
    struct request *r = httpd_user(http);
    intake_done(&r->intake);
}

static size_t make_error(void *self, enum httpd_fault fault, char *body, size_t cap)
{
    (void)self;
    const struct httpd_fault_info *info = &httpd_fault_info[fault];
    return write_problem(body, cap, info->status, info->code, info->text, NULL, "");
}

struct httpd_handler api_handler(struct api *api)
{
    return (struct httpd_handler){
        .self = api,
        .on_headers = on_headers,
        .on_request = on_request,
        .on_done = on_done,
        .make_error = make_error,
        .error_type = PROBLEM_JSON,
    };
}

void api_done(struct api *api)
{
    text_done(&api->scratch);
}
