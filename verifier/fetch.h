/* One HTTP exchange at a time, blocking, with deadlines and a limit on the reply. No proxy from the
 * environment, no cookies, no credentials but a token that the caller gives.
 *
 * Two kinds of URL, never mixed:
 *  - one that the user named (an endpoint, a node): http or https, any address, no redirects;
 *  - one that came out of a document: https only, on public addresses only, whatever its name resolves to
 *    and wherever it redirects to (at most FETCH_REDIRECTS times); it carries no user name. The user may
 *    allow an origin: then that host and port is asked as the origin says.
 */
#ifndef VERIFIER_FETCH_H
#define VERIFIER_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/text.h"

#define FETCH_CONNECT_MS 5000
#define FETCH_TOTAL_MS 30000
#define FETCH_REDIRECTS 5
#define FETCH_MAX_ALLOWED 16

struct curllib;

/* A client that keeps its connections open between calls. One thread. */
struct fetch {
    void *curl;                            /* CURL *, owned; NULL before the first request */
    const struct curllib *lib;             /* what works on it */
    const char *allowed[FETCH_MAX_ALLOWED]; /* origins "http://host:port" that documents may lead to; borrowed */
    size_t n_allowed;
};

/** Returns: ERR_OK; libcurl itself is loaded at the first request. Owner: the caller, fetch_close(). */
enum err_code fetch_open(struct fetch *ret, struct err *e) __attribute__((warn_unused_result));
void fetch_close(struct fetch *fetch);

/** Let URLs of documents lead to an origin, private or without TLS.
 *  In:      origin  "http://host", "https://host:port", without a path; borrowed
 *  Returns: ERR_OK; ERR_INVALID it is no such thing; ERR_LIMIT too many. */
enum err_code fetch_allow(struct fetch *fetch, const char *origin, struct err *e)
    __attribute__((warn_unused_result));

enum fetch_trust {
    FETCH_OF_DOCUMENT, /* the URL came out of a document: the safety rules hold */
    FETCH_OF_USER,     /* the user named it */
};

struct fetch_request {
    const char *url;          /* http or https */
    enum fetch_trust trust;
    const char *content_type; /* NULL: a GET */
    const char *body;         /* borrowed until the call is over */
    size_t body_len;
    const char *token;        /* bearer token, or NULL; never in a message; only with FETCH_OF_USER */
    size_t max_reply;         /* bytes */
    long timeout_ms;          /* for the whole exchange, redirects included; 0: FETCH_TOTAL_MS */
};

struct fetch_reply {
    long status;      /* HTTP status */
    struct text body; /* owned; text_done() */
    char elsewhere[128]; /* host and port that answered, if redirects led to another site than was asked; else "" */
};

/** Do it. Any HTTP status is a success.
 *
 *  Returns: ERR_OK, *ret is filled (its body is emptied and used again: start from {0});
 *           ERR_INVALID a URL that is not http or https; ERR_DENIED the safety rules refuse it, or what
 *           it leads to; ERR_IO not reachable, or broken off; ERR_TIMEOUT; ERR_LIMIT a longer reply, or
 *           too many redirects; ERR_NOMEM. The message does not hold the URL: put fetch_host() in
 *           front (whole URLs carry keys).
 */
enum err_code fetch_do(struct fetch *fetch, const struct fetch_request *request,
                       struct fetch_reply *ret, struct err *e) __attribute__((warn_unused_result));

/** "host:port" of a URL for messages, without path, query and credentials. Writes at most cap bytes. */
void fetch_host(char *host, size_t cap, const char *url);

#endif
