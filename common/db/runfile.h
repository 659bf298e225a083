/* One sorted run on disk: 64-bit tag -> sequence. Chunks of packed entries in order, and a filter that says for
 * most tags that they are not in it, for the price of one look. Used only by runs.c, which keeps the list.
 *
 * Tables:  entry   u32 run ‖ first tag 8 ‖ first sequence 5 -> up to RUNFILE_PER_CHUNK entries of 13 bytes, tag 8
 *                  ‖ sequence 5, big-endian, in order of (tag, sequence)
 *          filter  *(run << 32 | piece) -> up to RUNFILE_PER_PIECE blocks of filter.h, in order of the tags'
 *                  high bits: they are filled in the order in which entries come. A piece without tags is absent */
#ifndef COMMON_DB_RUNFILE_H
#define COMMON_DB_RUNFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db/dbtxn.h"
#include "common/db/filter.h"

#define RUNFILE_PER_CHUNK 313  /* 4,069 bytes: a page of 4 KiB, less LMDB's own 16 */
#define RUNFILE_PER_PIECE 2047 /* 64 KiB less LMDB's own, to the block */

struct runfile_entry {
    uint64_t tag;
    uint64_t sequence;
};

struct runfile_tables {
    MDB_dbi entry, filter;
};

/* A run being written. A plain value: a copy is a place to go back to if the transaction fails. */
struct runfile_writer {
    uint32_t run;
    uint64_t n_blocks;
    uint64_t count;  /* entries so far */
    unsigned chunks; /* put so far */
    size_t n;        /* entries in chunk */
    uint64_t piece;  /* the number of the one in memory */
    struct runfile_entry chunk[RUNFILE_PER_CHUNK];
    struct filter_block block[RUNFILE_PER_PIECE];
};

/** Begin a run of exactly `count` entries. */
void runfile_begin(struct runfile_writer *w, uint32_t run, uint64_t count);
/** Append the next entry in order. False if the transaction has failed. */
bool runfile_append(struct runfile_writer *w, struct dbtxn *t, struct runfile_tables tables,
                    struct runfile_entry entry);
/** Put what is left. False if the transaction has failed. */
bool runfile_end(struct runfile_writer *w, struct dbtxn *t, struct runfile_tables tables);

/* A place in a run. The caller opens and closes the cursor, on the table of entries. */
struct runfile_place {
    MDB_cursor *cursor;
    uint32_t run;
    struct slice chunk;
    size_t at;
};

/** Go to the first entry not below `entry`. Returns: 0, MDB_NOTFOUND at the end, or another LMDB error. */
int runfile_seek(struct runfile_place *p, struct runfile_entry entry);
/** Go to the next entry. Returns: as above. */
int runfile_next(struct runfile_place *p);
struct runfile_entry runfile_current(const struct runfile_place *p);

/** Whether a run of `count` entries may hold a tag; false is certain. Returns: 0 or an LMDB error. */
int runfile_may_hold(MDB_txn *txn, struct runfile_tables tables, uint32_t run, uint64_t count, uint64_t tag,
                     bool *ret);

/** Delete up to `chunks` chunks of a run; the filter goes with the last. Returns: 0 or an LMDB error. */
int runfile_delete(struct dbtxn *t, struct runfile_tables tables, uint32_t run, unsigned chunks, bool *ret_gone);

/** Sort entries by tag, keeping the order of equal ones. Tags are uniform: linear time.
 *  Shapes:  entry  n; scratch  n, left with rubbish */
void runfile_sort(struct runfile_entry *entry, struct runfile_entry *scratch, uint64_t n);

static inline bool runfile_below(struct runfile_entry x, struct runfile_entry y)
{
    return x.tag < y.tag || (x.tag == y.tag && x.sequence < y.sequence);
}

#endif
