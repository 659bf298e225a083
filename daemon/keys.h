/* The keys of the log and its revocations: registry calls that an operator asks for, and the change of the key
 * that signs.
 *
 * Happy path: keys_call() makes a job of a call durable and gives it to the anchorer, which sends it as it sends
 * anchors: same lane, own nonce, stored before it is sent, dearer if need be, followed to finality. A change of
 * the key in use is several of these; core/rotation.h says which comes next, and each stage is stored together
 * with the call that it begins.
 * Failure modes: a store that cannot be written: tried again at the next event; a crash: keys_read() finds the
 * stage, keys_open() goes on.
 *
 * Small values of the store: "sender" (the address that sends now; absent: the first key), "rotation"
 * (rotation_encode), "calls" (u64: the number of the last call). The jobs themselves are anchors of the store
 * with numbers from ANCHOR_CALLS on.
 * Thread: the loop's, but for what storeq applies.
 */
#ifndef DAEMON_KEYS_H
#define DAEMON_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/db/store.h"
#include "common/err.h"
#include "common/seal.h"
#include "daemon/anchorer.h"
#include "daemon/core/rotation.h"
#include "daemon/io/clock.h"
#include "daemon/io/signer.h"
#include "daemon/io/storeq.h"
#include "daemon/issuers.h"
#include "daemon/sealer.h"
#include "daemon/signers.h"

/* What was asked for is durable, or was refused: call is its number. */
typedef void keys_done(void *asker, enum err_code rc, uint64_t call, const struct err *e);

struct keys {
    struct store *store; /* borrowed, all of these; set before keys_read */
    struct storeq *storeq;
    const struct clock *clock;
    const struct proofs_log *log;
    struct anchorer *anchorer;
    struct sealer *sealer;
    struct signers *signers;
    bool registry;              /* anchors go to a registry: calls are possible */
    struct seal_address sender; /* whose signatures anchors have now */
    struct rotation rotation;
    uint64_t n_calls;           /* so many calls were ever asked for */
    /* Private. */
    bool open;
    bool busy;                  /* a change is being stored, or the signer asked for its keys */
    struct storeq_req put;
    struct rotation next;       /* what is being stored */
    bool changes;               /* next differs from rotation */
    bool calls;                 /* with a new call: job */
    bool switches;              /* with a new sender: next.to */
    struct anchor_job job;
    struct signer_request question;
    struct seal_address wanted; /* of a rotation; zeros: the signer's other key */
    void *asker;
    keys_done *answered;        /* NULL: nobody waits */
};

/** Read what is stored, before the loop; after a restore, what the annexes tell. In: the log's identity is known, and
 *  the signers are prepared.
 *  Returns: ERR_OK; ERR_CORRUPT, ERR_VERSION, ERR_IO; ERR_CONFLICT no key in force can be used. */
enum err_code keys_read(struct keys *k, struct err *e);

/** Begin, once anchorer and sealer are open. */
void keys_open(struct keys *k);

/** Ask for one call. Deauthorizing the key in use ends the log, in order.
 *
 *  In:      argument  revoke: the id; else the key, as registry_word() makes it
 *  Returns: ERR_OK, then done comes once; ERR_UNSUPPORTED no registry; ERR_BUSY another change is under way;
 *           ERR_EXISTS the key is in force already; ERR_NOT_FOUND it is not; ERR_LIMIT; ERR_GONE the log is closed.
 */
enum err_code keys_call(struct keys *k, enum anchor_call call, const struct hash32 *argument, void *asker,
                        keys_done *done, struct err *e);

/** Change the key in use.
 *  In:      to  the new key; NULL: the other key that the signer holds
 *  Returns: as keys_call(); done also says what is wrong with the signer. */
enum err_code keys_rotate(struct keys *k, const struct seal_address *to, void *asker, keys_done *done, struct err *e);

/** Something became durable: look whether the next stage is due. Cheap. */
void keys_wake(struct keys *k);

/** Whether the key in use was removed from the log, so that nothing will ever be anchored again. */
bool keys_is_closed(const struct keys *k);

#endif
