/* One HTTP exchange at a time, blocking, with deadlines and a limit on the reply: for JSON-RPC and
 * for our own daemon. No proxy from the environment, no redirects, no cookies. */
#ifndef VERIFIER_FETCH_H
#define VERIFIER_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/text.h"

#define FETCH_CONNECT_MS 5000
#define FETCH_TOTAL_MS 30000

/* A client that keeps its connections open between calls. One thread. */
struct fetch {
    void *curl; /* CURL *, owned */
};

/** Returns: ERR_OK; ERR_NOMEM if libcurl cannot start. Owner: the caller, fetch_close(). */
enum err_code fetch_open(struct fetch *ret, struct err *e) __attribute__((warn_unused_result));
void fetch_close(struct fetch *fetch);

struct fetch_request {
    const char *url;          /* http or https */
    const char *content_type; /* NULL: a GET */
    const char *body;         /* borrowed until the call is over */
    size_t body_len;
    const char *token;        /* bearer token, or NULL; never in a message */
    size_t max_reply;         /* bytes */
    long timeout_ms;          /* for the whole exchange; 0: FETCH_TOTAL_MS */
};

struct fetch_reply {
    long status;      /* HTTP status */
    struct text body; /* owned; text_done() */
};

/** Do it. Any HTTP status is a success.
 *
 *  Returns: ERR_OK, *ret is filled (its body is emptied and used again: start from {0});
 *           ERR_INVALID a URL that is not http or https; ERR_IO not reachable, or broken off;
 *           ERR_TIMEOUT; ERR_LIMIT a longer reply; ERR_NOMEM. The message does not hold the URL: put
 *           fetch_host() in front (whole URLs carry keys).
 */
enum err_code fetch_do(struct fetch *fetch, const struct fetch_request *request,
                       struct fetch_reply *ret, struct err *e) __attribute__((warn_unused_result));

/** "host:port" of a URL for messages, without path, query and credentials. Writes at most cap bytes. */
void fetch_host(char *host, size_t cap, const char *url);

#endif
