/* A view of the store's log at one moment: see store.h, which is what everybody else includes. */
#ifndef COMMON_DB_STOREREAD_H
#define COMMON_DB_STOREREAD_H

struct store;

/* Values read through it are copies; slices point into the map and are valid until store_read_end(). Keep it
 * short: it keeps old pages from being reused. */
struct store_read {
    struct store *store;
    void *txn; /* the engine's */
};

#endif
