/* What a log needs after a loss before it goes on: the own anchors listed, compared with the store, and what
 * follows from it (core/gap.h).
 *
 * Happy path: recover_start(); the list; the store is asked about each value; the plan, the annex, the
 * orphans; done(). The anchorer orphans what waits, the sealer seals the gap, and then each orphan's hashes.
 * It is planned over the anchors of all keys of the log: those of before a change of the key are its own, too.
 * Failure modes: no agreed list, the store fails: ok is false; it is tried again after the next look.
 * Thread: the loop's.
 */
#ifndef DAEMON_RECOVER_H
#define DAEMON_RECOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db/store.h"
#include "common/hash32.h"
#include "daemon/core/gap.h"
#include "daemon/ownlist.h"

struct recover {
    /* Set before recover_start; of the list chain, first, sender, to, registry, last_block and n_nonces. */
    struct store *store;
    struct hash32 r0;
    struct ownlist list;
    void *user;
    void (*done)(struct recover *r);
    /* Valid in done and until recover_done(). */
    bool ok, cancelled;
    bool key_gone; /* ok, but the sender is no key of the log any more: there is no plan for it */
    struct gap_plan plan;
    char annex[GAP_ANNEX_LEN];
    size_t annex_len;
    uint64_t *again; /* orphans that hold leaves: to be sealed again, ascending */
    size_t n_again;
};

/** Start. Zero it before its first use. done comes exactly once, never from inside this call. */
void recover_start(struct recover *r);

/** Free what it holds. Nothing may be under way. */
void recover_done(struct recover *r);

#endif
