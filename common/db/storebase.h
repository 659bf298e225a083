/* What the files of the store share: its struct, its tables, and how a target is looked up. Only store*.c
 * include this; everybody else includes store.h. */
#ifndef COMMON_DB_STOREBASE_H
#define COMMON_DB_STOREBASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/db/dbtxn.h"
#include "common/db/filter.h"
#include "common/db/nodes.h"
#include "common/db/pages.h"
#include "common/db/recent.h"
#include "common/db/runs.h"
#include "common/db/storeread.h"

#define STOREBASE_TAG_WORDS 4 /* a target as u64 */
#define STOREBASE_NO_SLOT UINT32_MAX
#define STOREBASE_FORGOT_LEN 64 /* leaf 32, revoke id 32 */

#define STOREBASE_TABLES(X)                                                                        \
    X(meta, 0)                                                                                     \
    X(page, MDB_INTEGERKEY)                                                                        \
    X(batch, MDB_INTEGERKEY)                                                                       \
    X(annex, MDB_INTEGERKEY)                                                                       \
    X(range, MDB_INTEGERKEY)                                                                       \
    X(value, 0)                                                                                    \
    X(anchor, MDB_INTEGERKEY)                                                                      \
    X(open, MDB_INTEGERKEY)                                                                        \
    X(attempt, 0)                                                                                  \
    X(tx, 0)                                                                                       \
    X(evidence, MDB_INTEGERKEY)                                                                    \
    X(forgot, MDB_INTEGERKEY)                                                                      \
    X(erase, MDB_INTEGERKEY)

struct store_write {
    struct store *store;
    struct dbtxn t;
    struct store_read view;
    struct pages_tail tail;
    uint32_t *undo;       /* owned: slots of the targets inserted into recent, one a sequence; STOREBASE_NO_SLOT: it
                             was not inserted */
    size_t n_undo, cap_undo;
    uint8_t random[4096]; /* salts to come */
    size_t random_left;
    uint64_t changes;     /* see store_write_count() */
    unsigned reopened;    /* of the log, when `last` was known to be true */
};

struct store {
    struct dbenv log;
#define X(name, flags) MDB_dbi name;
    STOREBASE_TABLES(X)
#undef X
    struct nodes tree;
    struct runs index;
    struct recent recent;
    struct filter filter;           /* the writer's */
    unsigned __int128 tag_key[STOREBASE_TAG_WORDS + 1];
    _Atomic uint64_t last;          /* the last sequence that is durable */
    _Atomic uint64_t filter_bytes;
    _Atomic bool cancelled;
    _Atomic unsigned readers;       /* read transactions of callers, on any thread */
    _Atomic bool away;              /* its files are being exchanged: store_read_begin() says ERR_BUSY */
    char *path;                     /* owned */
    uint64_t map_size;
    bool read_only;
    bool findable;                  /* index and recent hold all that was there at opening */
    int lock_fd;                    /* -1: read-only */
    struct store_write write;       /* .t.txn is NULL: none is open */
};

/** A keyed 64-bit hash of a target: nobody who submits targets can make tags collide.
 *  Source: multilinear hashing, D. Lemire and O. Kaser, "Strongly universal string hashing is fast" (2014). */
static inline uint64_t storebase_tag(const struct store *s, const uint8_t target[32])
{
    unsigned __int128 sum = s->tag_key[0];
    for (unsigned i = 0; i < STOREBASE_TAG_WORDS; i++) {
        uint64_t word;
        memcpy(&word, target + 8 * i, sizeof word);
        sum += s->tag_key[i + 1] * word;
    }
    return (uint64_t)(sum >> 64);
}

/* A search for one target. */
struct storebase_look {
    struct store *store;
    MDB_txn *txn;                  /* of the log: only what it sees is found */
    const struct pages_tail *tail; /* NULL, or where records not yet in txn are */
    const uint8_t *target;
    uint64_t found;                /* out: its sequence; 0: none */
    bool forgotten;                /* out: a forgotten record has its tag */
    enum err_code rc;
    struct err *e;
};

/** Search by tag, in memory first, then in the index (recent.h says why in this order). */
enum err_code storebase_look(struct storebase_look *look, uint64_t tag);

/** The last sealed sequence, 0 if none. */
enum err_code storebase_sealed(MDB_txn *txn, const struct store *s, uint64_t *ret, struct err *e);

/** The batch that holds a sequence. Returns: ERR_OK, *ret_k 0 if it is not sealed. */
enum err_code storebase_range(MDB_txn *txn, const struct store *s, uint64_t sequence, uint64_t *ret_first,
                              uint64_t *ret_count, uint64_t *ret_k, struct err *e);

/** Call each(ctx, sequence, record, tag) for records first … last of the log, in read transactions of some
 *  thousand records. A forgotten record without a tag is left out.
 *  Returns: ERR_OK; ERR_CANCELLED; ERR_CORRUPT one is missing. */
enum err_code storebase_scan(struct store *s, uint64_t first, uint64_t last,
                             void (*each)(void *ctx, uint64_t sequence, uint64_t tag), void *ctx,
                             struct err *e);

/** The value of a table whose keys are sequences: the first entry not below *sequence.
 *  Returns: ERR_OK, *sequence its key; ERR_NOT_FOUND no more. */
enum err_code storebase_next(MDB_txn *txn, MDB_dbi table, uint64_t *sequence, struct slice *ret, struct err *e);

/** After writing: count `changes`. Returns: what the transaction has come to. */
enum err_code storebase_written(struct store_write *w, uint64_t changes, struct err *e);

/** Close what the store has open, but not its lock; its memory goes too. */
void storebase_close_parts(struct store *s);

/** Random bytes of the system. Returns: ERR_OK; ERR_IO. */
enum err_code storebase_random(void *ret, size_t len, struct err *e);

#endif
