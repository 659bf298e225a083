/* What the parts of the HTTP interface share: the interface itself, one request of it, the one table of
 * problems, and how answers are given.
 *
 * Thread: the loop's.
 */
#ifndef DAEMON_APIBASE_H
#define DAEMON_APIBASE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/db/store.h"
#include "common/text.h"
#include "daemon/events.h"
#include "daemon/intake.h"
#include "daemon/io/clock.h"
#include "daemon/io/httpd.h"
#include "daemon/io/readq.h"
#include "daemon/io/storeq.h"
#include "daemon/proofs.h"
#include "daemon/tokens.h"

#define API_MAX_WORK 16 /* bulk bodies being decoded on the thread pool at once */

/* Every answer that is not a success: name, status, code, title. The code is stable. */
#define API_PROBLEMS(X)                                                                           \
    X(UNKNOWN_PATH, 404, "unknown-path", "There is nothing at this path")                         \
    X(METHOD, 405, "method-not-allowed", "This resource does not have this method")               \
    X(TOKEN_MISSING, 401, "token-missing", "A bearer token is needed")                            \
    X(TOKEN_UNKNOWN, 401, "token-unknown", "The bearer token is not known here")                  \
    X(TOKEN_SCOPE, 403, "token-scope", "The bearer token does not allow this")                    \
    X(TOO_OFTEN, 429, "rate-limited", "This token has made too many requests, wait a moment")       \
    X(CONTENT_TYPE, 415, "unsupported-content-type", "The content type is not one of the accepted") \
    X(BAD_BODY, 400, "bad-body", "The body is not good")                                          \
    X(BAD_HASH, 400, "bad-hash", "A hash is 64 lower-case hexadecimal digits without 0x")         \
    X(BAD_NUMBER, 400, "bad-number", "A number is decimal digits, in its range")                  \
    X(UNKNOWN_HASH, 404, "unknown-hash", "This hash was never accepted here")                     \
    X(FORGOTTEN, 410, "forgotten", "This hash was erased on request")                             \
    X(NOT_SEALED, 409, "not-sealed", "This hash is accepted and not in a batch yet")              \
    X(UNKNOWN_BATCH, 404, "unknown-batch", "There is no such batch")                              \
    X(NO_ANNEX, 404, "no-annex", "This batch has no annex")                                       \
    X(OVERLOADED, 503, "overloaded", "Too much is in flight, try again in a moment")              \
    X(NO_SPACE, 507, "storage-full", "The store is full; what was accepted is safe")              \
    X(STORAGE, 503, "storage-failed", "The store could not be written; nothing was kept")         \
    X(NOT_READY, 503, "not-ready", "The service is not ready")                                    \
    X(INTERNAL, 500, "internal", "Something is wrong on our side")

enum api_problem {
#define X(name, status, code, title) API_##name,
    API_PROBLEMS(X)
#undef X
};

struct api_limits {
    size_t max_body, max_bulk_body; /* bytes */
};

struct api {
    struct httpd *httpd;       /* borrowed, all of these */
    struct store *store;
    struct storeq *storeq;
    struct readq *readq;
    const struct clock *clock;
    struct tokens *tokens;
    const struct proofs_log *log;
    struct events *events;
    struct api_limits limits;
    unsigned n_work;           /* bodies on the thread pool */
    struct text scratch;       /* one document is written at a time */
    struct {
        uint64_t accepted, duplicates, proofs; /* since the start */
        struct histogram ack;                  /* seconds from a whole POST to its answer */
    } stats;
    /* What the rest of the daemon answers for. */
    void *owner;
    void (*on_accepted)(void *owner, uint64_t n);              /* something new waits to be sealed */
    uint64_t (*seconds_to_seal)(void *owner);                  /* for Retry-After, at least 1 */
    bool (*ready)(void *owner, char reason[256]);              /* false: reason says why not */
    void (*write_metrics)(void *owner, struct text *out);      /* Prometheus text */
    /* The status page; both strings may be NULL. Returns: the code of its language. */
    const char *(*write_page)(void *owner, const char *lang, const char *accept_language, struct text *out);
    const char *style, *policy;                                /* of the page: style sheet, Content-Security-Policy */
    void (*write_issuers)(void *owner, struct text *out);      /* JSON array of addresses */
};

struct apibase_request;
typedef void apibase_handler(struct apibase_request *r);

struct apibase_route {
    const char *path; /* {hash} and {k} stand for one segment */
    const char *method;
    enum tokens_scope scope;
    bool has_body;
    apibase_handler *run;
};

/* One request of ours, in httpd's user area. */
struct apibase_request {
    struct api *api;
    struct httpd_request *http;
    const struct apibase_route *route;
    char argument[72];    /* the segment that stood for {hash} or {k} */
    struct intake intake;
    enum intake_form form;
    uv_work_t work;       /* decoding a large body */
    struct storeq_req req; /* accepting */
    struct store_accept accept;
    struct store_place place; /* of a single hash */
    uint64_t whole_at;    /* uv_hrtime() when all of it was here */
    struct events_reader reader; /* of GET /v1/events */
    struct readq_req read; /* writing a document from the store */
    struct hash32 wanted;  /* the hash it is about */
    struct text document;
};

/* Content types. */
extern const char apibase_json[];
extern const char apibase_problem_json[];

/* A problem to answer with; members that are not needed are left out. */
struct apibase_problem {
    enum api_problem which;
    const char *code;   /* another code of the same kind */
    const char *detail; /* a sentence */
    const char *extra;  /* further members, beginning with a comma */
    const char *header, *value; /* one extra header */
};

/** RFC 9457 text of a problem. Returns: its length; 0 if it does not fit. */
size_t apibase_write_problem(char *body, size_t cap, unsigned status, const char *code, const char *title,
                             const char *detail, const char *extra);
void apibase_reply_problem(struct apibase_request *r, struct apibase_problem p);
#define APIBASE_PROBLEM(r, ...) apibase_reply_problem(r, (struct apibase_problem){__VA_ARGS__})

/** 503 with Retry-After. */
void apibase_reply_busy(struct apibase_request *r);
/** What a client is told of an error of the store. */
void apibase_reply_error(struct apibase_request *r, enum err_code code, const struct err *e);
void apibase_reply_text(struct apibase_request *r, unsigned status, const char *type, const struct text *t);
/** The document in the scratch text, or the error that prevented it. */
void apibase_reply_document(struct apibase_request *r, enum err_code rc, const struct err *e);

/** An empty text to write one document in. */
struct text *apibase_scratch(struct api *api);

/** Decimal digits without leading zeros, at most max. */
bool apibase_parse_number(const char *text, uint64_t max, uint64_t *ret);
/** A query argument, or its default. Returns: false if it is no such number, or is given twice. */
bool apibase_query_number(struct apibase_request *r, const char *name, uint64_t initial, uint64_t max, uint64_t *ret);
/** The segment that stood for {hash} or {k}. Returns: false if the request was answered with a problem. */
bool apibase_argument_hash(struct apibase_request *r, struct hash32 *ret);
bool apibase_argument_batch(struct apibase_request *r, const struct store_read *read, struct store_batch *ret);
/** Begin reading. Returns: false if the request was answered with a problem. */
bool apibase_begin(struct apibase_request *r, struct store_read *ret);

#endif
