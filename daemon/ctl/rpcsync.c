/* JSON-RPC with one endpoint, waiting for the answer: see rpcsync.h. */
#include "daemon/ctl/rpcsync.h"

#include <stdbool.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "common/text.h"

/* A reply as it comes in. */
struct incoming {
    struct text body;
    size_t max;
    bool too_long;
};

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct incoming *in = user;
    size_t len = size * n;
    in->too_long = len > in->max - in->body.len;
    if (in->too_long)
        return 0; /* curl stops */
    text_put(&in->body, data, len);
    return in->body.failed ? 0 : len;
}

enum err_code rpcsync_open(struct rpcsync *r, const char *url, struct err *e)
{
    *r = (struct rpcsync){.curl = curl_easy_init()};
    if (r->curl == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    curl_easy_setopt(r->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(r->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(r->curl, CURLOPT_TIMEOUT_MS, (long)RPCSYNC_TIMEOUT_MS);
    curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, on_body);
    if (curl_easy_setopt(r->curl, CURLOPT_URL, url) == CURLE_OK)
        return ERR_OK;
    rpcsync_close(r);
    return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

void rpcsync_close(struct rpcsync *r)
{
    curl_easy_cleanup(r->curl);
    *r = (struct rpcsync){0};
}

/* curl_easy_strerror never holds any part of the URL. */
static enum err_code error_of(CURLcode code, const struct incoming *in, const char *method,
                              struct err *e)
{
    if (in->too_long)
        return err_set(e, ERR_LIMIT, "%s: the reply is longer than %zu bytes", method, in->max);
    if (in->body.failed || code == CURLE_OUT_OF_MEMORY)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return err_set(e, ERR_INVALID, "not an http or https URL");
    return err_set(e, code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_IO, "%s: %s", method,
                   curl_easy_strerror(code));
}

/* One POST. The caller frees in->body whatever is returned. */
static enum err_code post(struct rpcsync *r, const char *body, const char *method,
                          struct incoming *in, struct err *e)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (headers == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, in);
    CURLcode code = curl_easy_perform(r->curl);
    curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return code == CURLE_OK ? ERR_OK : error_of(code, in, method, e);
}

enum err_code rpcsync_call(struct rpcsync *r, const struct ethrpc_request *request,
                           struct ethrpc_reply *ret, struct err *e)
{
    struct incoming in = {.max = ethrpc_max_reply(request->method)};
    char *body = ethrpc_body(request, ++r->last_id);
    if (body == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    enum err_code rc = post(r, body, ethrpc_name(request->method), &in, e);
    if (rc == ERR_OK) {
        rc = ethrpc_open(ret, request->method, r->last_id, text_string(&in.body), in.body.len, e);
        long status = 0;
        curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
        if (rc != ERR_OK && status != 200)
            err_wrap(e, "HTTP %ld", status);
    }
    free(body);
    text_done(&in.body);
    return rc;
}
