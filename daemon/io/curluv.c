/* HTTP requests to others, on the loop: see curluv.h.
 *
 * curl calls back for two things: watch this socket (on_socket), wake me in so long (on_timeout). It
 * must not be called from inside either, so a time-out of 0 becomes a timer of 0. It drops and re-adds
 * the watch of a socket on nearly each transfer; a uv handle closes asynchronously, so each watch is
 * its own object and frees itself in its close callback. */
#include "daemon/io/curluv.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_CONNECTIONS 32 /* kept alive for the next transfer */
#define FIRST_ROOM 4096

_Static_assert(sizeof((struct curluv_transfer *)0)->detail >= CURL_ERROR_SIZE, "curl writes there");

struct watch {
    uv_poll_t poll;
    struct curluv *owner;
    curl_socket_t fd;
};

/* ---- the end of a transfer ---- */

static void unlink_transfer(struct curluv_transfer *t)
{
    if (t->prev != NULL)
        t->prev->next = t->next;
    else
        t->curl->transfers = t->next;
    if (t->next != NULL)
        t->next->prev = t->prev;
    t->prev = t->next = NULL;
}

static void close_when_empty(struct curluv *c);

static void finish(struct curluv_transfer *t)
{
    struct curluv *c = t->curl;
    if (t->easy != NULL) {
        curl_multi_remove_handle(c->multi, t->easy);
        curl_easy_cleanup(t->easy);
    }
    curl_slist_free_all(t->slist);
    t->easy = t->slist = NULL;
    unlink_transfer(t);
    t->is_running = t->is_over = false;
    t->done(t); /* t may be gone, or running again */
    close_when_empty(c);
}

/* done() may end others, or start them: begin again from the front each time. */
static void finish_over(struct curluv *c)
{
    for (struct curluv_transfer *t = c->transfers; t != NULL;) {
        if (t->is_over) {
            finish(t);
            t = c->transfers;
        } else {
            t = t->next;
        }
    }
}

static void on_soon(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    finish_over(idle->data);
}

/* The verdict is known; done() comes in the next turn, or when `soon` has closed: libuv would count a closing handle that
 * is started as active for ever. */
static void end_soon(struct curluv_transfer *t)
{
    t->is_over = true;
    if (!uv_is_closing((uv_handle_t *)&t->curl->soon))
        uv_idle_start(&t->curl->soon, on_soon);
}

static const char *describe(CURLcode code, const char *detail)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST: /* these details name the host and no more of the URL */
    case CURLE_COULDNT_CONNECT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return detail[0] != '\0' ? detail : curl_easy_strerror(code);
    case CURLE_UNSUPPORTED_PROTOCOL: /* the scheme was checked at the start */
    case CURLE_WEIRD_SERVER_REPLY:
        return "the reply is not HTTP";
    default:
        return curl_easy_strerror(code);
    }
}

static enum err_code code_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT:
        return ERR_TIMEOUT;
    case CURLE_FILESIZE_EXCEEDED:
        return ERR_LIMIT;
    case CURLE_OUT_OF_MEMORY:
        return ERR_NOMEM;
    default:
        return ERR_IO;
    }
}

static void conclude(struct curluv_transfer *t, CURLcode code)
{
    long status = 0;
    curl_off_t us = 0;
    const char *type = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &us);
    t->elapsed_ms = (uint64_t)us / 1000;
    if (t->err.code != ERR_OK)
        return; /* on_data knew better */
    if (code != CURLE_OK) {
        char label[CURLUV_LABEL_LEN];
        curluv_label(label, t->url);
        err_set(&t->err, code_of(code), "%s: %.100s", label, describe(code, t->detail));
        return;
    }
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    t->status = (unsigned)status;
    snprintf(t->content_type, sizeof t->content_type, "%s", type != NULL ? type : "");
}

static void collect(struct curluv *c)
{
    CURLMsg *msg;
    int left;
    while (c->multi != NULL && (msg = curl_multi_info_read(c->multi, &left)) != NULL) {
        struct curluv_transfer *t = NULL;
        if (msg->msg != CURLMSG_DONE)
            continue;
        CURLcode code = msg->data.result; /* msg dies with the handle */
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        if (t->is_over)
            continue; /* cancelled meanwhile, on_soon ends it */
        conclude(t, code);
        finish(t);
    }
}

/* ---- what curl asks of the loop ---- */

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    struct curluv *c = w->owner;
    int running, flags = 0;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    curl_multi_socket_action(c->multi, w->fd, flags, &running); /* w may be closing after this */
    collect(c);
}

/* The last handle, and the last moment for those who did not know. */
static void on_soon_closed(uv_handle_t *handle)
{
    struct curluv *c = handle->data;
    finish_over(c);
    c->is_closed = true;
    curl_global_cleanup();
    c->on_closed(c);
}

static void count_down(struct curluv *c)
{
    if (--c->n_handles == 0)
        uv_close((uv_handle_t *)&c->soon, on_soon_closed);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *w = handle->data;
    struct curluv *c = w->owner;
    free(w);
    count_down(c);
}

static struct watch *make_watch(struct curluv *c, curl_socket_t fd)
{
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL || uv_poll_init_socket(c->loop, &w->poll, fd) != 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    w->owner = c;
    w->fd = fd;
    c->n_handles++;
    curl_multi_assign(c->multi, fd, w);
    return w;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    (void)easy;
    struct curluv *c = ctx;
    struct watch *w = socket_ctx;
    if (what == CURL_POLL_REMOVE) {
        if (w != NULL) {
            uv_poll_stop(&w->poll);
            uv_close((uv_handle_t *)&w->poll, on_watch_closed);
            curl_multi_assign(c->multi, fd, NULL);
        }
        return 0;
    }
    if (w == NULL)
        w = make_watch(c, fd);
    if (w == NULL)
        return -1; /* no memory: curl ends its transfers */
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) |
                 ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    uv_poll_start(&w->poll, events, on_ready);
    return 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct curluv *c = timer->data;
    int running;
    curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(c);
}

static int on_timeout(CURLM *multi, long ms, void *ctx)
{
    (void)multi;
    struct curluv *c = ctx;
    if (ms < 0)
        uv_timer_stop(&c->timer);
    else
        uv_timer_start(&c->timer, on_timer, (uint64_t)ms, 0);
    return 0;
}

/* ---- opening and closing ---- */

enum err_code curluv_open(struct curluv *c, uv_loop_t *loop, struct err *e)
{
    *c = (struct curluv){.loop = loop};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(e, ERR_NOMEM, "curl cannot be initialised");
    c->multi = curl_multi_init();
    if (c->multi == NULL) {
        curl_global_cleanup();
        return err_set(e, ERR_NOMEM, "curl: out of memory");
    }
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
    uv_timer_init(loop, &c->timer);
    uv_idle_init(loop, &c->soon);
    c->timer.data = c->soon.data = c;
    c->n_handles = 1;
    return ERR_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    count_down(handle->data);
}

static void close_when_empty(struct curluv *c)
{
    if (!c->is_closing || c->transfers != NULL || c->multi == NULL)
        return;
    curl_multi_cleanup(c->multi); /* closes its connections: on_socket is called */
    c->multi = NULL;
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}

void curluv_close(struct curluv *c, void (*on_closed)(struct curluv *c))
{
    assert(!c->is_closing);
    c->is_closing = true;
    c->on_closed = on_closed;
    for (struct curluv_transfer *t = c->transfers; t != NULL; t = t->next)
        curluv_cancel(t);
    close_when_empty(c);
}

/* ---- a transfer ---- */

static bool grow(struct curluv_transfer *t, size_t want)
{
    size_t cap = t->reply_cap > 0 ? t->reply_cap : FIRST_ROOM;
    while (cap < want)
        cap *= 2;
    char *grown = cap > t->reply_cap ? realloc(t->reply, cap) : t->reply;
    if (grown == NULL)
        return false;
    t->reply = grown;
    t->reply_cap = cap;
    return true;
}

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
    struct curluv_transfer *t = ctx;
    size_t len = size * n;
    if (len > t->max_reply - t->reply_len) {
        err_set(&t->err, ERR_LIMIT, "the reply is over %zu bytes", t->max_reply);
        return 0; /* ends the transfer */
    }
    if (!grow(t, t->reply_len + len + 1)) {
        err_set(&t->err, ERR_NOMEM, "out of memory for a reply");
        return 0;
    }
    memcpy(t->reply + t->reply_len, data, len);
    t->reply_len += len;
    t->reply[t->reply_len] = '\0';
    return len;
}

static bool set_headers(struct curluv_transfer *t)
{
    struct curl_slist *list =
        curl_slist_append(NULL, "Expect:"); /* a large body goes out at once */
    for (size_t i = 0; list != NULL && i < CURLUV_MAX_HEADERS && t->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, t->headers[i]);
        if (longer == NULL)
            curl_slist_free_all(list);
        list = longer;
    }
    t->slist = list;
    return list != NULL && curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, list) == CURLE_OK;
}

/* Everything but the URL, which may fail for its own reason. */
static bool set_options(struct curluv_transfer *t)
{
    CURL *easy = t->easy;
    t->detail[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)t->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* else a silent name server holds the loop: curl joins its thread */
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->max_reply);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    if (t->body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, t->body);
    }
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") ==
               CURLE_OK && /* not even from the environment */
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "hallmark/" HALLMARK_VERSION) == CURLE_OK &&
           set_headers(t);
}

static enum err_code begin(struct curluv_transfer *t)
{
    char label[CURLUV_LABEL_LEN];
    if (t->curl->is_closing)
        return err_set(&t->err, ERR_CANCELLED, "shutting down");
    curluv_label(label, t->url);
    if (strcmp(label, "?") == 0)
        return err_set(&t->err, ERR_INVALID, "not an http or https URL");
    if (!grow(t, FIRST_ROOM))
        return err_set(&t->err, ERR_NOMEM, "out of memory for a reply");
    t->reply[0] = '\0';
    t->easy = curl_easy_init();
    if (t->easy == NULL || !set_options(t) ||
        curl_easy_setopt(t->easy, CURLOPT_URL, t->url) != CURLE_OK ||
        curl_multi_add_handle(t->curl->multi, t->easy) != CURLM_OK)
        return err_set(&t->err, ERR_NOMEM, "curl: out of memory");
    return ERR_OK;
}

static void take_on(struct curluv *c, struct curluv_transfer *t)
{
    assert(!t->is_running && t->done != NULL && !c->is_closed);
    curluv_transfer_done(t);
    t->err = (struct err){.code = ERR_OK};
    t->status = 0;
    t->content_type[0] = '\0';
    t->elapsed_ms = 0;
    t->curl = c;
    t->is_running = true;
    t->prev = NULL;
    t->next = c->transfers;
    if (t->next != NULL)
        t->next->prev = t;
    c->transfers = t;
}

void curluv_start(struct curluv *c, struct curluv_transfer *t)
{
    assert(t->timeout_ms > 0);
    take_on(c, t);
    if (begin(t) != ERR_OK)
        end_soon(t);
}

void curluv_refuse(struct curluv *c, struct curluv_transfer *t, const struct err *why)
{
    take_on(c, t);
    t->err = *why;
    end_soon(t);
}

void curluv_cancel(struct curluv_transfer *t)
{
    if (!t->is_running || t->is_over)
        return;
    err_set(&t->err, ERR_CANCELLED, "cancelled");
    end_soon(t);
}

void curluv_transfer_done(struct curluv_transfer *t)
{
    assert(!t->is_running);
    free(t->reply);
    t->reply = NULL;
    t->reply_len = t->reply_cap = 0;
}

char *curluv_steal_reply(struct curluv_transfer *t)
{
    char *reply = t->reply;
    t->reply = NULL;
    t->reply_len = t->reply_cap = 0;
    return reply;
}

void curluv_label(char text[CURLUV_LABEL_LEN], const char *url)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLU *u = curl_url();
    snprintf(text, CURLUV_LABEL_LEN, "?");
    if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0))
        snprintf(text, CURLUV_LABEL_LEN, "%s://%.100s:%s", scheme, host, port);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
}
