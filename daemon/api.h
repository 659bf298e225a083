/* The HTTP interface of hallmarkd (design.md section 3): routes, bodies, answers, and the one table of
 * problem codes. It reads the store itself and writes through storeq.
 *
 * Thread: the loop's.
 */
#ifndef DAEMON_API_H
#define DAEMON_API_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/db/store.h"
#include "common/text.h"
#include "daemon/io/clock.h"
#include "daemon/io/httpd.h"
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
    const struct clock *clock;
    const struct tokens *tokens;
    const struct proofs_log *log;
    struct api_limits limits;
    unsigned n_work;           /* bodies on the thread pool */
    struct text scratch;       /* one document is written at a time */
    struct {
        uint64_t accepted, duplicates, proofs; /* since the start */
    } stats;
    /* What the rest of the daemon answers for. */
    void *owner;
    void (*on_accepted)(void *owner, uint64_t n);              /* something new waits to be sealed */
    uint64_t (*seconds_to_seal)(void *owner);                  /* for Retry-After, at least 1 */
    bool (*ready)(void *owner, char reason[256]);              /* false: reason says why not */
    void (*write_metrics)(void *owner, struct text *out);      /* Prometheus text */
    void (*write_issuers)(void *owner, struct text *out);      /* JSON array of addresses */
};

/** What httpd needs to serve the interface: give it to httpd_open(). */
struct httpd_handler api_handler(struct api *api);

/** Bytes of httpd's user area that the interface needs. */
size_t api_user_size(void);

void api_done(struct api *api);

#endif
