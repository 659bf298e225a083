/* From the store to what is handed out about anchors: the proof document of one hash, and the anchors of
 * a batch. Reads only. */
#ifndef DAEMON_PROOFS_H
#define DAEMON_PROOFS_H

#include <stdint.h>

#include "common/db/store.h"
#include "common/err.h"
#include "common/hash32.h"
#include "common/proof.h"
#include "common/seal.h"
#include "common/text.h"

/* Who this log is: read once at the start. */
struct proofs_log {
    char name[SEAL_NAME_MAX + 1];
    uint8_t genesis_bytes[SEAL_GENESIS_LEN];
    struct seal_genesis genesis;
    struct hash32 r0;
    uint64_t chain_id; /* where anchors go */
};

/** Read it from the store. Returns: ERR_OK; ERR_NOT_FOUND the store has no log yet; ERR_CORRUPT. */
enum err_code proofs_log_read(struct proofs_log *ret, const struct store_read *r, struct err *e);

/* One signed transaction as it is stored under (batch, seq): who sends it, where to, its bytes. */
struct proofs_attempt {
    struct seal_address from, to;
    struct slice raw; /* points into what was decoded; empty for one that a lost store had made */
};
#define PROOFS_ATTEMPT_MAX 4096

/** Shapes: ret PROOFS_ATTEMPT_MAX bytes. Returns: the length; 0 if raw is too long. */
size_t proofs_attempt_encode(const struct proofs_attempt *attempt, uint8_t *ret);
/** Returns: ERR_OK; ERR_CORRUPT. */
enum err_code proofs_attempt_decode(struct proofs_attempt *ret, struct slice bytes, struct err *e);

/* The anchor that proves a batch: its own, or that of a later one. */
struct proofs_anchored {
    bool mined;                 /* the rest is valid */
    uint64_t k;                 /* the batch whose value it carries */
    struct proof_anchor anchor; /* tail is owned; evidence points into the read transaction */
};

/** Find it. Out: ret complete; proofs_anchored_done() frees the tail.
 *  Returns: ERR_OK; ERR_CORRUPT, ERR_LIMIT, ERR_NOMEM and the errors of the store. */
enum err_code proofs_anchored(const struct store_read *r, const struct proofs_log *log,
                              const struct store_batch *batch, struct proofs_anchored *ret, struct err *e);
void proofs_anchored_done(struct proofs_anchored *a);

/** Append the proof document of one accepted hash.
 *  Returns: ERR_OK; ERR_NOT_YET it is in no batch yet; ERR_GONE it was forgotten; as proofs_anchored(). */
enum err_code proofs_write(struct text *out, const struct store_read *r, const struct proofs_log *log,
                           const struct store_entry *entry, struct err *e);

/** Append the public object of one batch (GET /v1/batches/{k}). */
enum err_code proofs_write_batch(struct text *out, const struct store_read *r, const struct proofs_log *log,
                                 const struct store_batch *batch, struct err *e);

/** "sealed", "sent", "mined", "final". */
const char *proofs_status_word(enum store_status status);

#endif
