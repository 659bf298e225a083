/* Which keys speak for the log, as far as this store knows: the first key, and what final calls of the registry
 * have added and removed; and what of that the next annex must still tell.
 *
 * Small values of the store: "issuers" (addresses, one after the other; absent: the first key alone), "key-changes"
 * (u8 1 added, 0 removed ‖ address, one after the other, oldest first).
 * Thread: any; those that write, inside a store transaction.
 */
#ifndef DAEMON_ISSUERS_H
#define DAEMON_ISSUERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db/store.h"
#include "common/err.h"
#include "common/seal.h"
#include "common/text.h"
#include "daemon/proofs.h"

#define ISSUERS_MAX 16
#define ISSUERS_MAX_CHANGES 64 /* told by one annex */

struct issuers {
    struct seal_address keys[ISSUERS_MAX];
    size_t n;
};

/** The keys in force. Returns: ERR_OK; ERR_CORRUPT; ERR_IO. */
enum err_code issuers_read(const struct store_read *r, const struct proofs_log *log, struct issuers *ret, struct err *e);

bool issuers_has(const struct issuers *issuers, const struct seal_address *key);

/** Append the keys in force as a JSON array of addresses; an empty one if they cannot be read.
 *  Thread: any, outside a transaction of its own. */
void issuers_write(struct store *store, const struct proofs_log *log, struct text *out);

/** A key was added or removed, finally. Doing it again changes nothing.
 *  Returns: ERR_OK; ERR_LIMIT too many keys. */
enum err_code issuers_change(struct store_write *w, const struct proofs_log *log, bool added,
                             const struct seal_address *key, struct err *e);

/** Append the annex that tells what changed: {"version":1,"keys":[{"add":"0x…"},{"remove":"0x…"}]}.
 *  Returns: how many changes it tells; 0: there is nothing to tell, and nothing was appended. */
size_t issuers_annex(const struct store_read *r, struct text *out);

/** Learn the keys in force again from the annexes of all batches: after a restore these are all that is left of them.
 *  Nothing is done if they are stored, or no annex tells of a key.
 *  Out:     ret_learnt  they were stored by this call
 *  Returns: ERR_OK; ERR_PARSE an annex that is not ours; and the errors of the store. Thread: before the loop. */
enum err_code issuers_learn(struct store *store, const struct proofs_log *log, bool *ret_learnt, struct err *e);

/** The oldest n changes are told. */
enum err_code issuers_told(struct store_write *w, size_t n, struct err *e);

#endif
