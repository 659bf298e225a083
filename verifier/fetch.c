/* Blocking HTTP over libcurl: see fetch.h. */
#include "verifier/fetch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "verifier/curllib.h"
#include "verifier/netaddr.h"

#define MAX_URL 8192

enum err_code fetch_open(struct fetch *ret, struct err *e)
{
    (void)e;
    ret->curl = NULL;
    return ERR_OK;
}

/* The client, at the first request. */
static enum err_code start(struct fetch *fetch, struct err *e)
{
    if (fetch->curl != NULL)
        return ERR_OK;
    enum err_code rc = curllib_load(&fetch->lib, e);
    if (rc == ERR_OK && (fetch->curl = fetch->lib->curl_easy_init()) == NULL)
        rc = err_set(e, ERR_NOMEM, "libcurl does not start");
    return rc;
}

void fetch_close(struct fetch *fetch)
{
    if (fetch->curl != NULL)
        fetch->lib->curl_easy_cleanup(fetch->curl);
    fetch->curl = NULL;
}

/* Behind "://", or NULL if it is neither http nor https. */
static const char *after_scheme(const char *url)
{
    if (strncmp(url, "http://", 7) == 0)
        return url + 7;
    return strncmp(url, "https://", 8) == 0 ? url + 8 : NULL;
}

void fetch_host(char *host, size_t cap, const char *url)
{
    const char *from = strstr(url, "://");
    from = from != NULL ? from + 3 : url;
    size_t len = strcspn(from, "/?#");
    const char *at = memrchr(from, '@', len);
    if (at != NULL) {
        len -= (size_t)(at + 1 - from);
        from = at + 1;
    }
    snprintf(host, cap, "%.*s", (int)(len < 128 ? len : 128), from);
}

/* -- The safety rules ----------------------------------------------------------------------- */

enum err_code fetch_allow(struct fetch *fetch, const char *origin, struct err *e)
{
    const char *host = after_scheme(origin);
    if (host == NULL || host[0] == '\0' || host[strcspn(host, "/?#@\\ ")] != '\0')
        return err_set(e, ERR_INVALID, "an origin is http:// or https:// with a host, a port, and no path");
    if (fetch->n_allowed == FETCH_MAX_ALLOWED)
        return err_set(e, ERR_LIMIT, "more than %d origins", FETCH_MAX_ALLOWED);
    fetch->allowed[fetch->n_allowed++] = origin;
    return ERR_OK;
}

/* The allowed origin of this URL's host and port, or NULL. */
static const char *allowed_origin(const struct fetch *fetch, const char *url)
{
    const char *host = after_scheme(url);
    size_t len = strcspn(host, "/?#");
    for (size_t i = 0; i < fetch->n_allowed; i++) {
        const char *allowed = after_scheme(fetch->allowed[i]);
        if (strlen(allowed) == len && strncasecmp(allowed, host, len) == 0)
            return fetch->allowed[i];
    }
    return NULL;
}

/* One exchange of a document's URL, as libcurl's callbacks see it. */
struct guard {
    bool open;   /* an allowed origin: any address */
    bool closed; /* an address was refused */
};

static bool may_reach(struct guard *guard, bool is_public)
{
    guard->closed = guard->closed || !(guard->open || is_public);
    return !guard->closed;
}

/* A new connection: the address that the name resolved to, whoever answered. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    if (!may_reach(arg, netaddr_is_public(&address->addr)))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Before the request is sent, also on a connection that was there already. */
static int on_connected(void *arg, char *ip, char *own_ip, int port, int own_port)
{
    (void)own_ip, (void)port, (void)own_port;
    return may_reach(arg, netaddr_is_public_text(ip)) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* What will be asked: the URL itself, or with the scheme of the allowed origin.
 * Returns: ERR_OK; ERR_INVALID, ERR_DENIED, ERR_LIMIT. */
static enum err_code admit(const struct fetch *fetch, const struct fetch_request *request, const char *url,
                           char admitted[static MAX_URL], struct guard *guard, struct err *e)
{
    const char *host = after_scheme(url);
    if (host == NULL)
        return err_set(e, ERR_INVALID, "not an http or https URL");
    if (strlen(url) >= MAX_URL)
        return err_set(e, ERR_LIMIT, "the URL is longer than %d bytes", MAX_URL - 1);
    snprintf(admitted, MAX_URL, "%s", url);
    if (request->trust == FETCH_OF_USER)
        return ERR_OK;
    if (memchr(host, '@', strcspn(host, "/?#")) != NULL)
        return err_set(e, ERR_DENIED, "a document's URL may not carry a user name");
    const char *origin = allowed_origin(fetch, url);
    *guard = (struct guard){.open = origin != NULL};
    if (origin == NULL && strncmp(url, "https://", 8) != 0)
        return err_set(e, ERR_DENIED, "a document's URL must be https");
    if (origin != NULL &&
        snprintf(admitted, MAX_URL, "%s%s", origin, host + strcspn(host, "/?#")) >= MAX_URL)
        return err_set(e, ERR_LIMIT, "the URL is longer than %d bytes", MAX_URL - 1);
    return ERR_OK;
}

/* -- One exchange --------------------------------------------------------------------------- */

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

static enum err_code explain(const struct fetch *fetch, CURLcode code, const struct sink *sink, const struct guard *guard,
                             struct err *e)
{
    if (guard->closed)
        return err_set(e, ERR_DENIED, "a document's URL may not lead to a private address");
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
    return err_set(e, ERR_IO, "%s", fetch->lib->curl_easy_strerror(code));
}

static struct curl_slist *headers_of(const struct curllib *lib, const struct fetch_request *request)
{
    char line[1200];
    struct curl_slist *list = lib->curl_slist_append(NULL, "Expect:"); /* no 100-continue round trip */
    if (request->content_type != NULL) {
        snprintf(line, sizeof line, "Content-Type: %s", request->content_type);
        list = lib->curl_slist_append(list, line);
    }
    if (request->token != NULL && request->trust == FETCH_OF_USER) {
        snprintf(line, sizeof line, "Authorization: Bearer %s", request->token);
        list = lib->curl_slist_append(list, line);
        explicit_bzero(line, sizeof line);
    }
    return list;
}

static void set_up(const struct curllib *lib, CURL *curl, const struct fetch_request *request, const char *url, long timeout_ms,
                   struct guard *guard)
{
    lib->curl_easy_reset(curl); /* options only: connections stay */
    lib->curl_easy_setopt(curl, CURLOPT_URL, url);
    lib->curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    lib->curl_easy_setopt(curl, CURLOPT_PROXY, "");
    lib->curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    lib->curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS);
    lib->curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    lib->curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* it also bounds the wait for a silent name server */
    lib->curl_easy_setopt(curl, CURLOPT_USERAGENT, "hallmark/" HALLMARK_VERSION);
    if (request->content_type != NULL) {
        lib->curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
        lib->curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    }
    if (request->trust == FETCH_OF_USER)
        return;
    lib->curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    lib->curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, guard);
    lib->curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_connected);
    lib->curl_easy_setopt(curl, CURLOPT_PREREQDATA, guard);
}

static enum err_code exchange(struct fetch *fetch, const struct fetch_request *request, const char *url,
                              long timeout_ms, struct guard *guard, struct fetch_reply *ret, struct err *e)
{
    const struct curllib *lib = fetch->lib;
    CURL *curl = fetch->curl;
    struct sink sink = {.body = &ret->body, .max = request->max_reply};
    struct curl_slist *headers = headers_of(lib, request);
    text_clear(&ret->body);
    set_up(lib, curl, request, url, timeout_ms, guard);
    lib->curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    lib->curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    lib->curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
    CURLcode code = lib->curl_easy_perform(curl);
    lib->curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    lib->curl_slist_free_all(headers);
    if (code != CURLE_OK)
        return explain(fetch, code, &sink, guard, e);
    lib->curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
    return ERR_OK;
}

/* -- With its redirects --------------------------------------------------------------------- */

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Where the reply sends us, or NULL. Lives until the next exchange. */
static const char *redirect_of(struct fetch *fetch, const struct fetch_request *request)
{
    char *to = NULL;
    if (request->trust == FETCH_OF_USER || request->content_type != NULL)
        return NULL;
    fetch->lib->curl_easy_getinfo(fetch->curl, CURLINFO_REDIRECT_URL, &to);
    return to;
}

/* The same host, or one below the other: who may redirect from a host need not be its owner. */
static bool is_same_site(const char *a, const char *b)
{
    a += strncasecmp(a, "www.", 4) == 0 ? 4 : 0;
    b += strncasecmp(b, "www.", 4) == 0 ? 4 : 0;
    size_t a_len = strlen(a), b_len = strlen(b);
    const char *longer = a_len > b_len ? a : b, *shorter = a_len > b_len ? b : a;
    size_t more = strlen(longer) - strlen(shorter);
    return shorter[0] != '\0' && strcasecmp(longer + more, shorter) == 0 && (more == 0 || longer[more - 1] == '.');
}

static void note_site(struct fetch_reply *ret, const char *asked, const char *answered)
{
    char from[sizeof ret->elsewhere], to[sizeof ret->elsewhere];
    fetch_host(from, sizeof from, asked);
    fetch_host(to, sizeof to, answered);
    if (!is_same_site(from, to))
        snprintf(ret->elsewhere, sizeof ret->elsewhere, "%s", to);
}

enum err_code fetch_do(struct fetch *fetch, const struct fetch_request *request,
                       struct fetch_reply *ret, struct err *e)
{
    char url[MAX_URL];
    const char *next = request->url;
    ret->elsewhere[0] = '\0';
    long end = now_ms() + (request->timeout_ms > 0 ? request->timeout_ms : (long)FETCH_TOTAL_MS);
    for (int i = 0; i <= FETCH_REDIRECTS; i++) {
        struct guard guard = {.open = true};
        long left = end - now_ms();
        enum err_code rc = admit(fetch, request, next, url, &guard, e);
        if (rc == ERR_OK && left <= 0)
            rc = err_set(e, ERR_TIMEOUT, "no answer in time");
        if (rc == ERR_OK)
            rc = start(fetch, e);
        if (rc == ERR_OK)
            rc = exchange(fetch, request, url, left, &guard, ret, e);
        if (rc == ERR_OK)
            next = redirect_of(fetch, request);
        if (rc == ERR_OK && next == NULL)
            note_site(ret, request->url, url);
        if (rc != ERR_OK || next == NULL)
            return rc;
    }
    return err_set(e, ERR_LIMIT, "more than %d redirects", FETCH_REDIRECTS);
}
