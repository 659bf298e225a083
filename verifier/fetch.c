/* Blocking HTTP over libcurl: see fetch.h. */
#include "verifier/fetch.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

enum err_code fetch_open(struct fetch *ret, struct err *e)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (ret->curl = curl_easy_init()) == NULL)
        return err_set(e, ERR_NOMEM, "libcurl does not start");
    return ERR_OK;
}

void fetch_close(struct fetch *fetch)
{
    if (fetch->curl != NULL)
        curl_easy_cleanup(fetch->curl);
    fetch->curl = NULL;
}

void fetch_host(char *host, size_t cap, const char *url)
{
    const char *from = strstr(url, "://");
    from = from != NULL ? from + 3 : url;
    size_t len = strcspn(from, "/?#");
    const char *at = memchr(from, '@', len);
    if (at != NULL) {
        len -= (size_t)(at + 1 - from);
        from = at + 1;
    }
    snprintf(host, cap, "%.*s", (int)(len < 128 ? len : 128), from);
}

struct sink {
    struct text *body;
    size_t max;
    bool over; /* the reply is longer than that */
};

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
    struct sink *sink = arg;
    if (size * n > sink->max - sink->body->len) {
        sink->over = true;
        return 0;
    }
    text_put(sink->body, data, size * n);
    return sink->body->failed ? 0 : size * n;
}

static enum err_code explain(CURLcode code, const struct sink *sink, struct err *e)
{
    if (sink->over)
        return err_set(e, ERR_LIMIT, "the answer is longer than %zu bytes", sink->max);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set(e, ERR_TIMEOUT, "no answer in time");
    if (code == CURLE_OUT_OF_MEMORY || sink->body->failed)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (code == CURLE_URL_MALFORMAT)
        return err_set(e, ERR_INVALID, "not a URL");
    if (code == CURLE_UNSUPPORTED_PROTOCOL)
        return err_set(e, ERR_IO, "the answer is not HTTP");
    return err_set(e, ERR_IO, "%s", curl_easy_strerror(code));
}

static struct curl_slist *headers_of(const struct fetch_request *request)
{
    char line[1200];
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no 100-continue round trip */
    if (request->content_type != NULL) {
        snprintf(line, sizeof line, "Content-Type: %s", request->content_type);
        list = curl_slist_append(list, line);
    }
    if (request->token != NULL) {
        snprintf(line, sizeof line, "Authorization: Bearer %s", request->token);
        list = curl_slist_append(list, line);
        explicit_bzero(line, sizeof line);
    }
    return list;
}

enum err_code fetch_do(struct fetch *fetch, const struct fetch_request *request,
                       struct fetch_reply *ret, struct err *e)
{
    CURL *curl = fetch->curl;
    if (strncmp(request->url, "http://", 7) != 0 && strncmp(request->url, "https://", 8) != 0)
        return err_set(e, ERR_INVALID, "not an http or https URL");
    struct sink sink = {.body = &ret->body, .max = request->max_reply};
    struct curl_slist *headers = headers_of(request);
    text_clear(&ret->body);
    curl_easy_reset(curl); /* options only: connections stay */
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     request->timeout_ms > 0 ? request->timeout_ms : (long)FETCH_TOTAL_MS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "hallmark/" HALLMARK_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
    if (request->content_type != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        return explain(code, &sink, e);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
    return ERR_OK;
}
