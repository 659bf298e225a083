/* The store: the one door to what is kept on disk. The store is also the queue of the daemon: every
 * stage reads it, does one thing, writes it, wakes the next.
 *
 * Folder (schema 2; an older one is brought up to date at opening, see store_upgrade.h), each part an LMDB environment of its own, so that one writer never waits for
 * another:
 *   restoring/ a store that is being made aside (store_stage.h); without log/ beside it nothing is opened
 *   lock    held by the one process that may write (flock); holds its pid
 *   log/    the truth. Everything acknowledged is here, durable at commit, nothing else is needed
 *   index/  target -> sequence as sorted runs; rebuilt from log/ if absent (see runs.h)
 *   tree/   the nodes of every sealed batch; a tree is durable before its batch is put
 *
 * Tables of log/ (integers are little-endian keys of LMDB where marked *, else big-endian):
 *   meta     name -> bytes          "schema", "identity", "tag-key", and the callers' small values
 *   page     *page number -> 1 to 37 records of 54 bytes, one after the other: target 32, salt 16,
 *                                   accepted-at 5, rule 1 (0x80: forgotten, target and salt are zeros).
 *                                   Record s is on page (s - 1) / 37. All pages but the last are full
 *   batch    *k -> batch record     (encode_batch in store_batch.c)
 *   annex    *k -> the annex bytes
 *   range    *first sequence -> k, leaf count; of every batch with leaves
 *   value    anchored value -> k
 *   anchor   *k -> bytes of the caller          open: *k -> nothing, for the anchors not yet final
 *                                   k is a batch, or 2^63 + n: the n-th registry call (authorize, deauthorize,
 *                                   revoke) that was asked for; attempts and transactions stand there for both
 *   attempt  k ‖ u32 number -> bytes of the caller          tx: transaction hash -> k ‖ u32 number
 *   evidence *k -> bytes of the caller
 *   forgot   *sequence -> leaf 32, revoke id 32
 *   erase    *sequence -> index key 8, of those forgotten since the last compaction
 *
 * Threads: one write transaction at a time, begun, used and committed on one thread (storeq's round).
 * Read transactions on any thread, each used by one thread. store_tree_build() and store_index_step()
 * each on one thread at a time, beside rounds and readers. Nothing here takes a lock or waits for another.
 *
 * Sizes: 56 bytes a target in log/, 14 in index/, 66 in tree/. Memory: some 8 MB for each half million of the
 * newest targets (at most eight times), and 2 to 4 bytes a target for the duplicate filter.
 *
 * Errors of every function, besides those it names: ERR_IO the disk failed; ERR_NOSPACE disk or map_size
 * full (reading goes on, and writing again once there is room); ERR_CORRUPT what is stored contradicts
 * itself; ERR_NOMEM.
 */
#ifndef COMMON_DB_STORE_H
#define COMMON_DB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/db/storeread.h"
#include "common/err.h"
#include "common/hash32.h"
#include "common/merkle.h"
#include "common/seal.h"

#define STORE_SCHEMA 2
#define STORE_MAX_SEQUENCE ((UINT64_C(1) << 40) - 1)
#define STORE_MAX_BLOB (16u << 20) /* one anchor, attempt, evidence or meta value */
#define STORE_META_NAME_MAX 64

struct store;       /* opaque; owned by who opened it */
struct store_write; /* opaque; inside the store, at most one at a time */

struct store_options {
    const char *path;  /* the folder; made if absent (0700) unless read_only */
    uint64_t map_size; /* bytes that each of the three files may grow to; address space, not memory */
    bool read_only;    /* look at a store, also one in use; find() then knows what was there at opening,
                         or nothing if records are damaged */
};

/** Open a store, making an empty one in an empty folder.
 *
 *  Returns: ERR_OK; ERR_BUSY another process has it open for writing; ERR_VERSION made by a newer
 *           schema or LMDB; ERR_CORRUPT not a store, or truncated; ERR_DENIED not allowed to read or write
 *           there; ERR_NOT_FOUND read_only and nothing there; ERR_IO; ERR_NOSPACE; ERR_NOMEM.
 *  Owner:   *ret: the caller closes it.
 *  Cost:    reads 13 bytes a record (to fill the duplicate filter); rebuilds index/ if it is absent.
 */
enum err_code store_open(struct store **ret, const struct store_options *options, struct err *e)
    __attribute__((warn_unused_result));

/** Close; no transaction, build or step may be under way. NULL is allowed. */
void store_close(struct store *s);

/** Make a store_tree_build() or store_index_step() that is under way return ERR_CANCELLED soon. Any thread.
 *  For closing: it cannot be taken back. */
void store_cancel(struct store *s);

/* ------------------------------------------------------------------ transactions */

/* struct store_read is a view of the log at one moment: see storeread.h. */
enum err_code store_read_begin(struct store *s, struct store_read *ret, struct err *e)
    __attribute__((warn_unused_result));
void store_read_end(struct store_read *r);

/** Begin the one write transaction.
 *  Returns: ERR_OK; ERR_BUSY one is open; ERR_DENIED opened read-only; ERR_IO also after an earlier failed
 *           flush: what the disk holds is unknown then, and only reopening helps. */
enum err_code store_write_begin(struct store *s, struct store_write **ret, struct err *e)
    __attribute__((warn_unused_result));

/** Commit. When it returns ERR_OK, all of it is durable; else none of it is kept. w is gone in both cases.
 *  If a write failed below (disk, map), this returns that error: look once, here. */
enum err_code store_write_commit(struct store_write *w, struct err *e) __attribute__((warn_unused_result));
void store_write_abort(struct store_write *w);

/** What this transaction has written so far, to read it back. Valid until commit or abort; do not end it. */
const struct store_read *store_write_view(struct store_write *w);

/** True once the engine failed in this transaction: nothing more can succeed in it. A refusal
 *  (ERR_CONFLICT, ERR_NOT_FOUND, …) does not fail the transaction, and has written nothing. */
bool store_write_failed(const struct store_write *w);

/** Counts the writes so far: tells whether a request that was refused half-way left something behind. */
uint64_t store_write_count(const struct store_write *w);

/* ------------------------------------------------------------------ identity and small values */

/** Genesis and name, set once, at the first start.
 *  Returns: ERR_OK, also if the same is there; ERR_CONFLICT another identity is there; ERR_INVALID the name. */
enum err_code store_identity_put(struct store_write *w, const uint8_t genesis[SEAL_GENESIS_LEN],
                                 const char *name, struct err *e);

/** Returns: ERR_OK; ERR_NOT_FOUND none is set. */
enum err_code store_identity(const struct store_read *r, uint8_t ret_genesis[SEAL_GENESIS_LEN],
                             char ret_name[SEAL_NAME_MAX + 1], struct err *e);

/** Small values of the callers (next nonce, lease, spend of the day), by a name of theirs.
 *  Returns: ERR_OK; ERR_INVALID an empty or too long name; ERR_LIMIT the value. */
enum err_code store_meta_put(struct store_write *w, const char *name, const void *data, size_t len,
                             struct err *e);
/** Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_meta(const struct store_read *r, const char *name, struct slice *ret, struct err *e);
/** Remove; nothing happens if there is none. */
enum err_code store_meta_delete(struct store_write *w, const char *name, struct err *e);

/* ------------------------------------------------------------------ targets */

enum store_rule { STORE_RULE_UNKNOWN, STORE_RULE_BYTES, STORE_RULE_RDFC }; /* stored: do not renumber */

/* Where an accepted target is. */
struct store_place {
    uint64_t sequence; /* from 1, in order of acceptance, without holes */
    bool duplicate;    /* it was there already: sequence is the first one's */
};

struct store_accept {
    const struct hash32 *targets;   /* n of them */
    size_t n;
    const uint8_t *rules;           /* n values of enum store_rule, or NULL: rule for all */
    enum store_rule rule;
    uint64_t accepted_at;           /* Unix seconds */
    const struct seal_salt *salts;  /* n of them, for a restore only; NULL: random, as always */
    struct store_place *ret_places; /* n of them, or NULL */
    uint64_t ret_accepted;          /* out: how many are new */
    uint64_t ret_duplicates;        /* out: how many were there, or come twice in this call */
};

/** Accept targets: all of them or, on an error, none. Each new one gets the next sequence and a salt.
 *
 *  Returns: ERR_OK; ERR_BUSY the index is too far behind: let store_index_step() run;
 *           ERR_LIMIT the log holds 2^40 targets. A forgotten target is accepted anew.
 *  Cost:    0.3 us a target in bulk, whatever is stored already.
 */
enum err_code store_accept(struct store_write *w, struct store_accept *a, struct err *e);

struct store_entry {
    uint64_t sequence;
    struct hash32 target;  /* zeros if forgotten */
    struct seal_salt salt; /* zeros if forgotten; leaves the daemon only inside a proof */
    enum store_rule rule;
    uint64_t accepted_at;  /* Unix seconds */
    uint64_t k;            /* its batch; 0: not sealed yet */
    uint64_t leaf_index;   /* within its batch */
    bool forgotten;
};

/** Find a target. Thread: any.
 *  Returns: ERR_OK; ERR_NOT_FOUND; ERR_GONE it was forgotten (known until compaction, then not found). */
enum err_code store_find(const struct store_read *r, const struct hash32 *target,
                         struct store_entry *ret, struct err *e);

/** The entry with a sequence, forgotten or not. Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_entry(const struct store_read *r, uint64_t sequence, struct store_entry *ret,
                          struct err *e);

struct store_pending {
    uint64_t first;        /* sequence of the first target not yet sealed (the next one, if count is 0) */
    uint64_t count;        /* accepted, not sealed */
    uint64_t oldest_at;    /* accepted_at of the first; 0 if count is 0 */
};

enum err_code store_pending(const struct store_read *r, struct store_pending *ret, struct err *e);

/** Add a target that was forgotten before, for a restore: it takes its place, its leaf and its revoke id.
 *  Returns: ERR_OK; ERR_LIMIT, ERR_BUSY as store_accept(). */
enum err_code store_accept_forgotten(struct store_write *w, const struct hash32 *leaf, const struct hash32 *revoke_id,
                                     struct err *e);

struct store_forgotten {
    uint64_t sequence;
    struct hash32 leaf;
    struct hash32 revoke_id;
};

/** Destroy target and salt; leaf, place and revoke id stay. Old copies of the page stay in the free pages
 *  of the file until store_compact().
 *  Returns: ERR_OK; ERR_NOT_FOUND; ERR_GONE already. */
enum err_code store_forget(struct store_write *w, const struct hash32 *target,
                           struct store_forgotten *ret, struct err *e);

/** The first sequence, not below this one, that was forgotten and that no compaction has erased yet.
 *  Returns: ERR_OK; ERR_NOT_FOUND none. */
enum err_code store_to_erase(const struct store_read *r, uint64_t sequence, uint64_t *ret, struct err *e);

/** Revoke id and leaf of a forgotten sequence. Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_forgotten(const struct store_read *r, uint64_t sequence,
                              struct store_forgotten *ret, struct err *e);

/* ------------------------------------------------------------------ sealing, batches */

/** Build the tree over targets first … first + n - 1 and make it durable, in slices of its own: rounds go on
 *  meanwhile. Redoing one is harmless; one whose batch is never put is overwritten by the next.
 *
 *  In:      n  at least 1; all of them accepted
 *  Out:     ret_root  B_k
 *  Returns: ERR_OK; ERR_INVALID the range is empty or not all accepted; ERR_CANCELLED.
 *  Thread:  one at a time, not the loop: 0.3 s a million.
 */
enum err_code store_tree_build(struct store *s, uint64_t first, uint64_t n, struct hash32 *ret_root,
                               struct err *e) __attribute__((warn_unused_result));

enum store_status { /* stored: do not renumber */
    STORE_SEALED = 1,
    STORE_SENT,
    STORE_MINED,
    STORE_FINAL,
};

struct store_batch {
    uint64_t k;
    uint64_t first;          /* sequence of leaf 0; of the next target if leaf_count is 0 */
    uint64_t leaf_count;
    struct hash32 root;      /* B_k */
    uint8_t header[SEAL_HEADER_LEN];
    struct hash32 seal;      /* S_k */
    struct hash32 previous;  /* R_prev */
    struct hash32 anchored;  /* R_k */
    uint64_t sealed_at;      /* times are Unix seconds, 0: not yet */
    uint64_t mined_at;
    uint64_t final_at;
    enum store_status status;
    uint32_t annex_len;      /* 0: no annex */
};

/** Add a batch; its tree is built. annex_len says how long `annex` is.
 *
 *  Returns: ERR_OK; ERR_CONFLICT k is not above the newest, the range begins neither after the last sealed
 *           target nor is exactly that of an earlier batch (which is sealed again after a restore), or holds
 *           targets that are not accepted; ERR_NOT_FOUND no tree was built over it; ERR_LIMIT the annex. */
enum err_code store_batch_put(struct store_write *w, const struct store_batch *batch, const void *annex,
                              struct err *e);

/** Change status, mined_at and final_at of a batch. Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_batch_mark(struct store_write *w, uint64_t k, enum store_status status,
                               uint64_t mined_at, uint64_t final_at, struct err *e);

/** Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_batch(const struct store_read *r, uint64_t k, struct store_batch *ret, struct err *e);
/** The first batch with a number above k. k may have holes. Returns: ERR_OK; ERR_NOT_FOUND none. */
enum err_code store_batch_after(const struct store_read *r, uint64_t k, struct store_batch *ret,
                                struct err *e);
/** The last batch with a number below k. Returns: ERR_OK; ERR_NOT_FOUND none. */
enum err_code store_batch_before(const struct store_read *r, uint64_t k, struct store_batch *ret,
                                 struct err *e);
/** Returns: ERR_OK; ERR_NOT_FOUND no batch yet. */
enum err_code store_batch_newest(const struct store_read *r, struct store_batch *ret, struct err *e);
/** The batch whose anchored value this is. Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_batch_of_value(const struct store_read *r, const struct hash32 *anchored,
                                   uint64_t *ret_k, struct err *e);
/** Returns: ERR_OK; ERR_NOT_FOUND no such batch, or it has no annex. */
enum err_code store_annex(const struct store_read *r, uint64_t k, struct slice *ret, struct err *e);

/** Leaves offset … of batch k, at most n of them; *ret_n tells how many (0 at the end).
 *  Returns: ERR_OK; ERR_NOT_FOUND no such batch. */
enum err_code store_leaves(const struct store_read *r, uint64_t k, uint64_t offset, size_t n,
                           struct hash32 *ret, size_t *ret_n, struct err *e);

/** The tree steps of leaf `index` of batch k, from the leaf up: what merkle_path_shape() dictates.
 *  Returns: ERR_OK; ERR_NOT_FOUND no such batch or leaf. */
enum err_code store_path(const struct store_read *r, uint64_t k, uint64_t index,
                         struct merkle_step ret[MERKLE_MAX_LEVELS], unsigned *ret_n, struct err *e);

/* ------------------------------------------------------------------ anchors: bytes that daemon/core/anchor encodes */

/** Put the anchor of batch k (a job of daemon/core/anchor, encoded by it).
 *  In:      final  it needs no more work: store_anchor_open_after() no longer gives it
 *  Returns: ERR_OK; ERR_LIMIT. */
enum err_code store_anchor_put(struct store_write *w, uint64_t k, bool final, const void *data,
                               size_t len, struct err *e);
/** Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_anchor(const struct store_read *r, uint64_t k, struct slice *ret, bool *ret_final,
                           struct err *e);
/** The first anchor above k that is not final. Returns: ERR_OK; ERR_NOT_FOUND none. */
enum err_code store_anchor_open_after(const struct store_read *r, uint64_t k, uint64_t *ret_k,
                                      struct slice *ret, struct err *e);

/** Put one attempt of batch k (the raw transaction, its fees), found again by number and by its hash.
 *  Numbers are the caller's, from 1; putting the same number again replaces its bytes.
 *  Returns: ERR_OK; ERR_CONFLICT the hash belongs to another attempt; ERR_LIMIT. */
enum err_code store_attempt_put(struct store_write *w, uint64_t k, uint32_t number,
                                const struct hash32 *tx_hash, const void *data, size_t len,
                                struct err *e);
/** Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_attempt(const struct store_read *r, uint64_t k, uint32_t number, struct slice *ret,
                            struct err *e);
/** The first attempt of batch k with a number above `number`. Returns: ERR_OK; ERR_NOT_FOUND none. */
enum err_code store_attempt_after(const struct store_read *r, uint64_t k, uint32_t number,
                                  uint32_t *ret_number, struct slice *ret, struct err *e);
/** Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_attempt_of_tx(const struct store_read *r, const struct hash32 *tx_hash,
                                  uint64_t *ret_k, uint32_t *ret_number, struct err *e);

/** The evidence of batch k's anchor. Returns: ERR_OK; ERR_LIMIT. */
enum err_code store_evidence_put(struct store_write *w, uint64_t k, const void *data, size_t len,
                                 struct err *e);
/** Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code store_evidence(const struct store_read *r, uint64_t k, struct slice *ret, struct err *e);

/* ------------------------------------------------------------------ the index, sizes, compaction */

/** True if store_index_step() has something to do. Any thread, cheap. */
bool store_index_due(const struct store *s);

/** True if the index is so far behind that rounds had better wait. Any thread, cheap. */
bool store_index_behind(const struct store *s);

/** Do a slice of the index's upkeep: write or merge sorted runs, some milliseconds.
 *  Returns: ERR_OK, also if nothing was due; ERR_CANCELLED. After an error it is due again: wait a little. */
enum err_code store_index_step(struct store *s, struct err *e) __attribute__((warn_unused_result));

struct store_stats {
    uint64_t targets;       /* accepted ever, forgotten ones too */
    uint64_t sealed;        /* of these, in a batch */
    uint64_t forgotten;
    uint64_t to_erase;      /* of these, not yet complete: a compaction must take them out of the files */
    uint64_t batches;
    uint64_t log_bytes;     /* used pages of each file */
    uint64_t index_bytes;
    uint64_t tree_bytes;
    uint64_t map_size;      /* what each may grow to */
    uint64_t memory_bytes;  /* filter and the newest part of the index, in memory */
    unsigned runs;          /* sorted runs on disk */
    uint64_t unindexed;     /* newest targets that are in memory only (and in the log) */
};

enum err_code store_stats(const struct store_read *r, struct store_stats *ret, struct err *e);

/** How often files were opened anew after a write that failed (dbenv.h), since they were opened.
 *  Thread: any, but not while store_compact_swap() is under way. */
unsigned store_reopened(const struct store *s);

/** Copy a consistent, compact store to an empty folder, while rounds go on: a backup. index/ is left out.
 *  Returns: ERR_OK, the copy is durable; ERR_EXISTS the folder holds something; ERR_CANCELLED.
 *  Thread:  any but the loop; seconds a gigabyte. */
enum err_code store_copy(struct store *s, const char *folder, struct err *e)
    __attribute__((warn_unused_result));

/** Rewrite a store that nobody has open, so that no forgotten target or salt is left in its files (blocks that
 *  the file system has freed are out of our reach), and that find() says ERR_NOT_FOUND for them. Free pages go too.
 *  Returns: as store_open(). A crash on the way leaves a whole store, old or new: do it again then. */
enum err_code store_compact(const struct store_options *options, struct err *e)
    __attribute__((warn_unused_result));

/** The same on an open store, in two steps, while no write, tree or index step is under way:
 *  store_compact_copy() makes the copy, readers go on; store_compact_swap() turns away readers that come from now on,
 *  waits until none is left (so none may be of its own thread), puts the copy in place and lets them in again.
 *  If the swap fails, the store can only be closed: what is on disk is whole, old or new.
 *  Cost: the copy a second or two a gigabyte of log/; the swap as store_open() without an index.
 */
enum err_code store_compact_copy(struct store *s, struct err *e) __attribute__((warn_unused_result));
enum err_code store_compact_swap(struct store *s, struct err *e) __attribute__((warn_unused_result));

#endif
