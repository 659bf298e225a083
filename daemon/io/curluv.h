/* HTTP requests to others, by libcurl's multi interface on a libuv loop.
 *
 * Happy path of a transfer: curluv_start() lends the object to curluv; curl asks for sockets to be
 * watched and for a timer; when it says the transfer is over, done() is called from the loop.
 * Failure modes: whatever goes wrong ends in the same done(), with an error in the object.
 * Thread rule: one thread, the loop's. Between start and done nobody else touches the object.
 *
 * Only http and https, no redirects, no proxy from the environment, certificates are checked,
 * connections are kept alive and shared by all transfers of one curluv.
 */
#ifndef DAEMON_IO_CURLUV_H
#define DAEMON_IO_CURLUV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/err.h"

#define CURLUV_MAX_HEADERS 4

struct curluv {
    uv_loop_t *loop;
    void *multi; /* CURLM */
    uv_timer_t timer;
    uv_idle_t soon; /* finishes transfers outside of curl and of start */
    struct curluv_transfer *transfers; /* started, not done */
    unsigned n_handles;                /* timer and watches that are not yet closed; `soon` is the last */
    bool is_closing, is_closed;
    void (*on_closed)(struct curluv *c);
};

struct curluv_transfer {
    /* Filled in by the caller before start; borrowed until done. */
    const char *url;
    const void *body; /* NULL: GET; else POST */
    size_t body_len;
    const char *headers[CURLUV_MAX_HEADERS]; /* "Name: value"; the first NULL ends the list */
    uint64_t timeout_ms;                     /* for the whole transfer; 0 is a bug */
    size_t max_reply;                        /* bytes of body */
    void (*done)(struct curluv_transfer *t); /* exactly once, never from inside start */

    /* Filled in before done. */
    struct err err;  /* OK, IO (no connection, broken transfer), TIMEOUT, LIMIT (over max_reply),
                        CANCELLED, INVALID (url), NOMEM. Its text holds no part of the url but
                        scheme, host and port. */
    unsigned status; /* of HTTP; meaningful if err.code is OK */
    char *reply;     /* the body and a NUL; freed by curluv_transfer_done or the next start */
    size_t reply_len;
    char content_type[64]; /* cut if longer; "" if absent */
    uint64_t elapsed_ms;

    /* Private. */
    struct curluv *curl;
    struct curluv_transfer *prev, *next;
    void *easy;  /* CURL */
    void *slist; /* struct curl_slist */
    size_t reply_cap;
    char detail[256]; /* curl's own words; at least CURL_ERROR_SIZE */
    bool is_running;
    bool is_over; /* running, but its verdict is known: done comes in the next turn */
};

/** Returns: ERR_NOMEM. Owner: c is the caller's and must not move until on_closed. */
enum err_code curluv_open(struct curluv *c, uv_loop_t *loop, struct err *e)
    __attribute__((warn_unused_result));

/** End every transfer with ERR_CANCELLED, also those that are started until then, then call on_closed, from the loop.
 *  Nothing may be started after it. */
void curluv_close(struct curluv *c, void (*on_closed)(struct curluv *c));

/** Begin. Zero the object before its first start; it may be started again from its own done. */
void curluv_start(struct curluv *c, struct curluv_transfer *t);

/** Do not even begin: done comes from the loop with this error. */
void curluv_refuse(struct curluv *c, struct curluv_transfer *t, const struct err *why);

/** Give up: done comes soon with ERR_CANCELLED. Harmless if t is not running. */
void curluv_cancel(struct curluv_transfer *t);

/** Free what a transfer still holds. Harmless if it holds nothing. Not while it runs. */
void curluv_transfer_done(struct curluv_transfer *t);

/** Take the reply over: the caller frees it. Returns: NULL if there is none. */
char *curluv_steal_reply(struct curluv_transfer *t);

/** The part of a URL that may be logged, "scheme://host:port", into text; "?" if it does not parse. */
#define CURLUV_LABEL_LEN 128
void curluv_label(char text[CURLUV_LABEL_LEN], const char *url);

#endif
