/* The sequence table: records of accepted targets, packed 37 to a page so that two pages fill one of LMDB's.
 * Record s is on page (s - 1) / 37; all pages but the last are full. Used only by the store. */
#ifndef COMMON_DB_PAGES_H
#define COMMON_DB_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db/dbtxn.h"

#define PAGES_RECORD 54     /* target 32, salt 16, accepted-at 5, rule 1 */
#define PAGES_PER_PAGE 37   /* a value of 1,998 bytes: the most LMDB keeps two of in 4 KiB */
#define PAGES_FORGOTTEN 0x80 /* in the rule byte: target and salt are zeros */

struct pages_record {
    const uint8_t *target; /* 32 bytes, then the salt, 16 */
    uint64_t accepted_at;
    uint8_t rule;          /* with PAGES_FORGOTTEN */
};

/* The page that is being filled, until it is put. */
struct pages_tail {
    uint64_t last;         /* the last sequence, the tail's records included; 0: none */
    uint64_t put;          /* the last sequence that the table holds */
    bool loaded;           /* bytes holds the records of the last page */
    uint8_t bytes[PAGES_RECORD * PAGES_PER_PAGE];
};

/** The last sequence in the table, 0 if it is empty. Returns: ERR_OK; ERR_CORRUPT. */
enum err_code pages_last(MDB_txn *txn, MDB_dbi table, uint64_t *ret, struct err *e);

/** The packed records from `first` to the end of its page: *ret_n of them, at least 1.
 *  Returns: ERR_OK, *ret points into the map; ERR_NOT_FOUND; ERR_CORRUPT. */
enum err_code pages_get(MDB_txn *txn, MDB_dbi table, uint64_t first, const uint8_t **ret, size_t *ret_n,
                        struct err *e);

struct pages_record pages_decode(const uint8_t *record);

/** Append a record. False if the transaction has failed. The page is put when it is full, or by pages_flush(). */
bool pages_append(struct pages_tail *tail, struct dbtxn *t, MDB_dbi table, const uint8_t *target,
                  const uint8_t *salt, uint64_t accepted_at, uint8_t rule);

/** Put the page that is being filled, so that the table holds all. */
bool pages_flush(struct pages_tail *tail, struct dbtxn *t, MDB_dbi table);

/** A record that is only in the tail yet, or NULL. */
const uint8_t *pages_in_tail(const struct pages_tail *tail, uint64_t sequence);

/** Put zeros in place of target and salt of a record that the table holds. False if the transaction has failed,
 *  or the record is not there. */
bool pages_forget(struct dbtxn *t, MDB_dbi table, uint64_t sequence);

#endif
