/* The HTTP interface of hallmarkd: see api.h. Accepting hashes, the routes, and the way of a request from
 * its headers to its handler. */
#include "daemon/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/apiread.h"

#define POOL_BODY 32768 /* bytes: larger bodies of lines are decoded on the thread pool */

size_t api_user_size(void)
{
    return sizeof(struct apibase_request);
}

/* ------------------------------------------------------------------ POST /v1/hashes */

static enum err_code apply_accept(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct apibase_request *r = (struct apibase_request *)((char *)req - offsetof(struct apibase_request, req));
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
static void reply_single(struct apibase_request *r)
{
    struct text *t = apibase_scratch(r->api);
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
    apibase_reply_text(r, r->place.duplicate ? 200 : 202, apibase_json, t);
}

static void on_accepted(struct storeq_req *req, enum err_code status)
{
    struct apibase_request *r = (struct apibase_request *)((char *)req - offsetof(struct apibase_request, req));
    struct api *api = r->api;
    if (status != ERR_OK) {
        apibase_reply_error(r, status, &req->err);
        return;
    }
    histogram_add(&api->stats.ack, &histogram_ack, (double)(uv_hrtime() - r->whole_at) / 1e9);
    api->stats.accepted += r->accept.ret_accepted;
    api->stats.duplicates += r->accept.ret_duplicates;
    if (r->form == INTAKE_JSON) {
        reply_single(r);
    } else {
        struct text *t = apibase_scratch(api);
        text_putf(t, "{\"accepted\":%" PRIu64 ",\"duplicates\":%" PRIu64 "}\n", r->accept.ret_accepted,
                  r->accept.ret_duplicates);
        apibase_reply_text(r, 202, apibase_json, t);
    }
    if (r->accept.ret_accepted > 0)
        api->on_accepted(api->owner, r->accept.ret_accepted);
}

static void reply_intake_fault(struct apibase_request *r)
{
    const struct intake *in = &r->intake;
    char detail[256], extra[64] = "";
    snprintf(detail, sizeof detail, "%s", intake_text(in->fault));
    if (in->line > 0) {
        snprintf(detail, sizeof detail, "line %zu: %s; nothing of this body was kept", in->line, intake_text(in->fault));
        snprintf(extra, sizeof extra, ",\"line\":%zu", in->line);
    }
    if (in->fault == INTAKE_MEMORY)
        apibase_reply_busy(r);
    else
        APIBASE_PROBLEM(r, .which = API_BAD_BODY, .code = intake_code(in->fault), .detail = detail, .extra = extra);
}

/* The body is decoded: hand the targets to the store. */
static void submit(struct apibase_request *r)
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
        apibase_reply_error(r, rc, &e);
}

static void decode(uv_work_t *work)
{
    struct apibase_request *r = work->data;
    intake_read(&r->intake, r->form, httpd_body(r->http));
}

static void on_decoded(uv_work_t *work, int status)
{
    struct apibase_request *r = work->data;
    r->api->n_work--;
    if (status == 0)
        submit(r);
    else
        apibase_reply_busy(r);
}

static void post_hashes(struct apibase_request *r)
{
    struct slice body = httpd_body(r->http);
    if (body.len > POOL_BODY && r->form == INTAKE_NDJSON) {
        if (r->api->n_work == API_MAX_WORK) {
            apibase_reply_busy(r);
            return;
        }
        r->work.data = r;
        if (uv_queue_work(r->api->storeq->loop, &r->work, decode, on_decoded) == 0)
            r->api->n_work++;
        else
            apibase_reply_busy(r);
        return;
    }
    intake_read(&r->intake, r->form, body);
    submit(r);
}

/* ------------------------------------------------------------------ the way of a request */

static const struct apibase_route ROUTES[] = {
    {"/v1/hashes", "POST", TOKENS_SUBMIT, true, post_hashes},
    {"/v1/hashes/{hash}", "GET", TOKENS_READ, false, apiread_hash},
    {"/v1/proofs/{hash}", "GET", TOKENS_READ, false, apiread_proof},
    {"/v1/batches", "GET", TOKENS_NONE, false, apiread_batches},
    {"/v1/batches/{k}", "GET", TOKENS_NONE, false, apiread_batch},
    {"/v1/batches/{k}/leaves", "GET", TOKENS_NONE, false, apiread_leaves},
    {"/v1/batches/{k}/annex", "GET", TOKENS_NONE, false, apiread_annex},
    {"/v1/log", "GET", TOKENS_NONE, false, apiread_log},
    {"/v1/events", "GET", TOKENS_NONE, false, apiread_events},
    {"/", "GET", TOKENS_NONE, false, apiread_page},
    {"/style.css", "GET", TOKENS_NONE, false, apiread_style},
    {"/healthz", "GET", TOKENS_NONE, false, apiread_healthz},
    {"/readyz", "GET", TOKENS_NONE, false, apiread_readyz},
    {"/metrics", "GET", TOKENS_NONE, false, apiread_metrics},
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
static bool has_method(const struct apibase_route *route, struct httpd_request *http)
{
    return strcmp(route->method, httpd_method(http)) == 0 ||
           (httpd_is_head(http) && strcmp(route->method, "GET") == 0);
}

static bool find_route(struct apibase_request *r)
{
    const struct apibase_route *found = NULL;
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++)
        if (match(ROUTES[i].path, httpd_path(r->http), r->argument, sizeof r->argument)) {
            found = &ROUTES[i];
            break;
        }
    if (found == NULL)
        APIBASE_PROBLEM(r, .which = API_UNKNOWN_PATH);
    else if (!has_method(found, r->http))
        APIBASE_PROBLEM(r, .which = API_METHOD, .header = "Allow",
                .value = strcmp(found->method, "GET") == 0 ? "GET, HEAD" : found->method);
    else
        r->route = found;
    return r->route != NULL;
}

static bool let_in(struct apibase_request *r)
{
    uint64_t wait_s = 0;
    char seconds[24];
    switch (tokens_judge(r->api->tokens, httpd_header(r->http, "Authorization"), r->route->scope, uv_hrtime() / 1000, &wait_s)) {
    case TOKENS_GRANTED:
        return true;
    case TOKENS_MISSING:
        APIBASE_PROBLEM(r, .which = API_TOKEN_MISSING, .header = "WWW-Authenticate", .value = "Bearer realm=\"hallmark\"");
        return false;
    case TOKENS_UNKNOWN:
        APIBASE_PROBLEM(r, .which = API_TOKEN_UNKNOWN, .header = "WWW-Authenticate",
                .value = "Bearer realm=\"hallmark\", error=\"invalid_token\"");
        return false;
    case TOKENS_TOO_WEAK:
        APIBASE_PROBLEM(r, .which = API_TOKEN_SCOPE, .header = "WWW-Authenticate",
                .value = "Bearer realm=\"hallmark\", error=\"insufficient_scope\"");
        return false;
    case TOKENS_TOO_OFTEN:
        snprintf(seconds, sizeof seconds, "%" PRIu64, wait_s);
        APIBASE_PROBLEM(r, .which = API_TOO_OFTEN, .header = "Retry-After", .value = seconds);
        return false;
    }
    return false;
}

static size_t on_headers(struct httpd_request *http)
{
    struct apibase_request *r = httpd_user(http);
    r->api = httpd_self(http);
    r->http = http;
    if (!find_route(r) || !let_in(r) || !r->route->has_body)
        return 0;
    r->form = intake_form_of(httpd_header(http, "Content-Type"));
    if (r->form == INTAKE_UNKNOWN) {
        APIBASE_PROBLEM(r, .which = API_CONTENT_TYPE,
                .detail = "application/json, application/x-ndjson or application/octet-stream");
        return 0;
    }
    if (storeq_full(r->api->storeq)) { /* say so before the body is read */
        apibase_reply_busy(r);
        return 0;
    }
    return r->form == INTAKE_JSON ? r->api->limits.max_body : r->api->limits.max_bulk_body;
}

static void on_request(struct httpd_request *http)
{
    struct apibase_request *r = httpd_user(http);
    r->whole_at = uv_hrtime();
    r->route->run(r);
}

static void on_done(struct httpd_request *http)
{
    struct apibase_request *r = httpd_user(http);
    intake_done(&r->intake);
    text_done(&r->document);
    events_leave(r->api->events, &r->reader);
}

static void on_drained(struct httpd_request *http)
{
    struct apibase_request *r = httpd_user(http);
    events_continue(r->api->events, &r->reader);
}

static size_t make_error(void *self, enum httpd_fault fault, char *body, size_t cap)
{
    (void)self;
    const struct httpd_fault_info *info = &httpd_fault_info[fault];
    return apibase_write_problem(body, cap, info->status, info->code, info->text, NULL, "");
}

struct httpd_handler api_handler(struct api *api)
{
    return (struct httpd_handler){
        .self = api,
        .on_headers = on_headers,
        .on_request = on_request,
        .on_drained = on_drained,
        .on_done = on_done,
        .make_error = make_error,
        .error_type = apibase_problem_json,
    };
}

void api_done(struct api *api)
{
    text_done(&api->scratch);
}
