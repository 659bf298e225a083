/* One LMDB environment: a folder, its map, its errors in our words. Used only inside common/db.
 *
 * The whole map is reserved at opening: it is address space, the file itself grows as it is written. So
 * nothing ever has to be mapped anew under a reader. Flushing is LMDB's default (data, then header) and is
 * never weakened. Readers are bound to their transaction, not to a thread.
 *
 * LMDB gives an environment up whose file header could not be written: it refuses everything from then on, reading
 * too. So the next transaction that is begun opens the files anew first, which needs no write: a disk that failed
 * for a while costs what was being written, and no restart. Whoever is still inside is waited for. */
#ifndef COMMON_DB_DBENV_H
#define COMMON_DB_DBENV_H

#include <lmdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define DBENV_MAX_TABLES 16

#define DBENV_MAX_HANDLE (DBENV_MAX_TABLES + 2) /* LMDB's own two tables come first */

struct dbenv {
    MDB_env *env;               /* NULL while it could not be opened anew */
    char name[16];              /* "log", for messages */
    char *folder;               /* owned; NULL: closed */
    const char *table[DBENV_MAX_HANDLE]; /* names by handle; NULL: none */
    uint64_t map_size;
    bool read_only;
    _Atomic(MDB_txn *) spare;   /* a read transaction kept for reuse */
    _Atomic int users;          /* open transactions; -1: it is being opened anew */
    _Atomic unsigned reopened;  /* how often it was opened anew */
};

struct dbenv_options {
    const char *folder; /* made if absent, unless read_only */
    const char *name;
    uint64_t map_size;
    bool read_only;
};

struct dbenv_usage {
    uint64_t used;     /* bytes in pages that hold something */
    uint64_t file;     /* bytes of the file, free pages included */
};

/** Open. Returns: ERR_OK; ERR_NOT_FOUND read-only and nothing there; ERR_CORRUPT not LMDB, or cut short;
 *  ERR_VERSION another LMDB format; ERR_DENIED; ERR_NOSPACE; ERR_IO; ERR_NOMEM. */
enum err_code dbenv_open(struct dbenv *d, const struct dbenv_options *options, struct err *e);
/** Close; no transaction is open. Harmless on one that is all zeros. */
void dbenv_close(struct dbenv *d);

/** A read transaction. Any thread; end it on the thread that began it.
 *  Returns: ERR_OK; ERR_BUSY a failed write has closed the files, and others are still inside, for longer than a
 *  second; else they cannot be opened anew: the next call tries again. */
enum err_code dbenv_read_begin(struct dbenv *d, MDB_txn **ret, struct err *e);
void dbenv_read_end(struct dbenv *d, MDB_txn *txn);

/** The same for writing; for dbtxn.c, which ends it by LMDB's commit or abort and then dbenv_leave(). */
enum err_code dbenv_write_begin(struct dbenv *d, MDB_txn **ret, struct err *e);
void dbenv_leave(struct dbenv *d);

/** Open a table, in a write transaction or, if it exists, in any. In: a name that is never freed. */
enum err_code dbenv_table(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *ret, struct err *e);

enum err_code dbenv_usage(struct dbenv *d, struct dbenv_usage *ret, struct err *e);

/** Write a compact copy to folder/data.mdb, durable when it returns; the folder is made if absent.
 *  Returns: ERR_OK; ERR_EXISTS there is one already; ERR_NOSPACE; ERR_DENIED; ERR_IO. What was begun is removed. */
enum err_code dbenv_copy(struct dbenv *d, const char *folder, struct err *e);

/** Make the names in a folder durable. */
enum err_code dbenv_sync_folder(const char *folder, struct err *e);

/** Record what an LMDB call (or errno) returned. Returns: its code in our words, ERR_OK for 0. */
enum err_code dbenv_error(struct err *e, int rc, const char *what);

/** After a failed write: EIO may be LMDB's word for a short write, which is a full disk. */
int dbenv_write_error(struct dbenv *d, int rc);

#ifdef HALLMARK_FAULTS
/* Tests: the n-th LMDB call from now fails with dbenv_fault_rc, or, if that is DBENV_FAULT_CRASH, ends the process
 * there and then; 0 switches it off. dbenv_fault_calls counts. */
#define DBENV_FAULT_CRASH (-1)
extern _Atomic long dbenv_fault_at;
extern _Atomic int dbenv_fault_rc;
extern _Atomic long dbenv_fault_calls;
int dbenv_fault(void);
#define DBENV_CALL(call) (dbenv_fault() != 0 ? dbenv_fault_rc : (call))
#else
#define dbenv_fault() 0
#define DBENV_CALL(call) (call)
#endif

#endif
