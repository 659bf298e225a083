/* The index: 64-bit tag -> sequence, as sorted runs. Inserting into a B-tree at random places costs 5 to 45 us
 * and thousands of bytes written a target, more the larger it is; a sorted run costs half a microsecond and
 * 15 bytes, whatever is there already.
 *
 * Each generation of recent.h becomes one run of tier 0. Eight runs of a tier, oldest first, are merged into one
 * of the next, in slices of one small transaction each; readers go on with the old runs until the last slice.
 * All of it can be made again from the log, so a damaged or foreign index is simply dropped.
 *
 * Tables:  those of runfile.h, and state: "state" -> the list of runs (encode_state in runs.c)
 *
 * Threads: adding and merging on one thread at a time; looking and counting on any. */
#ifndef COMMON_DB_RUNS_H
#define COMMON_DB_RUNS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db/dbtxn.h"
#include "common/db/runfile.h"
#include "common/hash32.h"

#define RUNS_FORMAT 2 /* of the index; another one is dropped and made again */
#define RUNS_FAN 8    /* runs of a tier that are merged into one */
#define RUNS_MAX 128  /* runs at once, dead ones included */

enum runs_life { RUNS_GROWING, RUNS_LIVE, RUNS_DEAD }; /* stored: do not renumber */

struct runs_run {
    uint32_t id;
    uint8_t tier;
    enum runs_life life;
    uint64_t generation; /* the first one it covers */
    uint64_t count;      /* entries */
};

struct runs_state {
    struct hash32 log;   /* which log it belongs to */
    uint64_t covered;    /* generations, from 0, that live runs hold */
    uint32_t next_id;
    unsigned n;
    struct runs_run run[RUNS_MAX];
};

/* Where the merge under way stands in one of the runs it reads. */
struct runs_input {
    uint32_t id;
    struct runfile_entry next; /* the first entry not yet merged */
    bool done;
};

/* The merge under way. Kept in memory: after a crash it begins anew. */
struct runs_merge {
    bool active;
    struct runs_input input[RUNS_FAN];
    struct runfile_writer output;
};

struct runs {
    struct dbenv env;
    MDB_dbi state_table;
    struct runfile_tables tables;
    struct runs_state state;       /* of the thread that adds and merges */
    struct runs_merge *merge;      /* owned; NULL if read-only */
    struct runs_merge *merge_kept; /* owned: a copy from before the slice under way */
    _Atomic bool due;              /* a merge or a removal waits */
    _Atomic unsigned live;
};

/** Open, drop what belongs to another log, forget a merge that was not finished. */
enum err_code runs_open(struct runs *s, const struct dbenv_options *options, const struct hash32 *log,
                        struct err *e);
void runs_close(struct runs *s);

/** Drop all runs. */
enum err_code runs_clear(struct runs *s, struct err *e);

/** Add generation `covered` as a run, durable when it returns.
 *  In:  entry  n of them in order of (tag, sequence) */
enum err_code runs_add(struct runs *s, const struct runfile_entry *entry, uint64_t n, struct err *e);

/** Whether runs_step() has something to do. Any thread. */
bool runs_due(const struct runs *s);

/** One slice of merging, or of removing merged runs: one small transaction. */
enum err_code runs_step(struct runs *s, struct err *e);

/** Call hit for each sequence with this tag, newest run first, until it returns true.
 *  Returns: ERR_OK also if there is none; ERR_CORRUPT; others. Thread: any. */
enum err_code runs_find(struct runs *s, uint64_t tag, bool (*hit)(void *ctx, uint64_t sequence), void *ctx,
                        struct err *e);

/** The live run that holds a generation, as the index is now.
 *  Out:     ret_covered  how many generations, from 0, the index holds; valid also with ERR_NOT_FOUND
 *  Returns: ERR_OK; ERR_NOT_FOUND no run holds it; ERR_CORRUPT. Thread: any. */
enum err_code runs_covering(struct runs *s, uint64_t generation, struct runs_run *ret, uint64_t *ret_covered, struct err *e);

/** Entries of a run, at most n of them, from the first not below `from` on; *ret_n is 0 at the end.
 *  Returns: ERR_OK; ERR_GONE the run is not live any more: it was merged. Thread: any. */
enum err_code runs_read(struct runs *s, uint32_t id, struct runfile_entry from, size_t n, struct runfile_entry *ret,
                        size_t *ret_n, struct err *e);

/** Call each for every tag of all live runs, in order within a run: the filter is filled with it. */
enum err_code runs_each(struct runs *s, void (*each)(void *ctx, uint64_t tag), void *ctx, struct err *e);

#endif
