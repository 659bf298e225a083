/* Where the published log is read: a node over HTTP (source_node.c) or a folder (source_store.c).
 *
 * Happy path: source_log(); source_begin(), source_next() until ERR_NOT_FOUND; source_leaves() and
 * source_annex() of each batch. After another source_log() whatever came since is there too.
 *
 * Errors of every function: ERR_IO, ERR_TIMEOUT not reachable; ERR_PARSE, ERR_INVALID, ERR_LIMIT not the answer
 * of a log; those of store.h; ERR_NOMEM. */
#ifndef VERIFIER_AUDIT_SOURCE_H
#define VERIFIER_AUDIT_SOURCE_H

#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/hash32.h"
#include "verifier/audit/ledger.h"
#include "verifier/fetch.h"

#define SOURCE_MAX_LEAVES (1u << 26) /* of one batch: 2 GiB */

struct source {
    const struct source_calls *calls; /* NULL: not open */
    void *self;
};

/* What a kind of source does; the functions below call these. */
struct source_calls {
    enum err_code (*log)(void *self, struct ledger *ret, struct err *e);
    enum err_code (*begin)(void *self, uint64_t after, struct err *e);
    enum err_code (*next)(void *self, struct ledger_batch *ret, struct err *e);
    enum err_code (*leaves)(void *self, const struct ledger_batch *batch, struct hash32 **ret, uint64_t *ret_n,
                            struct err *e);
    enum err_code (*annex)(void *self, const struct ledger_batch *batch, struct slice *ret, struct err *e);
    void (*close)(void *self);
};

/** In: fetch, url  borrowed. Nothing is asked yet. */
enum err_code source_node_open(struct source *ret, struct fetch *fetch, const char *url, struct err *e)
    __attribute__((warn_unused_result));
/** A store that may be in use, or a copy of one. */
enum err_code source_store_open(struct source *ret, const char *folder, struct err *e)
    __attribute__((warn_unused_result));
void source_close(struct source *s);

/** Genesis, name, head and anchored of the log, into a ledger.
 *  Returns: also ERR_CONFLICT, the ledger has another genesis. */
enum err_code source_log(struct source *s, struct ledger *ret, struct err *e) __attribute__((warn_unused_result));

/** Read the list from the first batch above `after` on, in its own order. */
enum err_code source_begin(struct source *s, uint64_t after, struct err *e) __attribute__((warn_unused_result));
/** Out: ret  its part "as listed", and the header. Returns: also ERR_NOT_FOUND, the end of the list. */
enum err_code source_next(struct source *s, struct ledger_batch *ret, struct err *e)
    __attribute__((warn_unused_result));

/** All leaves of a batch; none if the source has none.
 *  Owner: the source's until the next call; may be overwritten. */
enum err_code source_leaves(struct source *s, const struct ledger_batch *batch, struct hash32 **ret,
                            uint64_t *ret_n, struct err *e) __attribute__((warn_unused_result));

/** The annex of a batch. Owner: the source's until the next call. Returns: also ERR_NOT_FOUND. */
enum err_code source_annex(struct source *s, const struct ledger_batch *batch, struct slice *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
