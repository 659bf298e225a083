/* The proof document (design.md section 2, file ending .proof.json): what a holder keeps beside a
 * certificate. Written as text without a JSON library (a daemon writes tens of thousands a second),
 * read strictly. */
#ifndef COMMON_PROOF_H
#define COMMON_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/seal.h"
#include "common/text.h"

/* Where the batch stands: information for the reader, never a reason to believe. */
#define PROOF_STATUSES(X) X(SEALED, "sealed") X(SENT, "sent") X(MINED, "mined") X(FINAL, "final")
enum proof_status {
#define X(name, word) PROOF_##name,
    PROOF_STATUSES(X)
#undef X
};

/* How the target was computed: a hint, `verify` tries the file's own rule first. */
enum proof_rule {
    PROOF_RULE_UNSAID, /* the submitter did not say: the member is left out */
    PROOF_RULE_BYTES,
    PROOF_RULE_RDFC,
};

/* One transaction that carries R of this batch, or of a later one that the tail leads to. */
struct proof_anchor {
    struct seal_step *tail; /* right S_i, 32 bytes each; NULL if none */
    size_t n_tail;
    struct hash32 merkle_root; /* the value in the transaction's input */
    uint64_t chain_id;
    struct seal_address to, from;
    struct hash32 tx_hash;
    uint64_t block_number;
    struct hash32 block_hash;
    uint64_t block_time; /* Unix seconds */
    char *evidence; /* the JSON text of the evidence object, or NULL: see common/evidence.h */
};

struct proof {
    char log[SEAL_NAME_MAX + 1];
    uint8_t genesis[SEAL_GENESIS_LEN];
    uint8_t header[SEAL_HEADER_LEN]; /* number, leafCount and sealedAt are written from it */
    enum proof_status status;
    enum proof_rule rule;
    struct hash32 target;
    uint64_t leaf_index;
    struct seal_step *path; /* salt, tree, header hash, R_prev */
    size_t n_path;
    struct proof_anchor *anchors; /* earliest first; none until mined */
    size_t n_anchors;
};

const char *proof_status_word(enum proof_status status);

/** Write the document on one line, ended by a newline, appended to `out`.
 *
 *  `proofValue` is written for every anchor on a network that MerkleProof2019 can name.
 *  Returns: ERR_OK; ERR_INVALID if header or times cannot be written (a bug or damage in the store);
 *           ERR_NOMEM. After an error the tail of `out` is undefined.
 *  Owner:   everything stays the caller's; the arrays may be on the stack.
 */
enum err_code proof_write(struct text *out, const struct proof *proof, struct err *e)
    __attribute__((warn_unused_result));

/** Read a document by every rule of section 2 that needs nothing but the document: JSON without
 *  duplicate keys, hex in our form, limits, friendly fields that agree with the header, a log name
 *  that the genesis holds, a path of exactly the right shape, a proofValue (if there is one) that
 *  says the same as the steps.
 *  Whether the path leads to the anchored value is not judged here: proof_value().
 *
 *  Returns: ERR_OK; ERR_VERSION a version that we do not know; ERR_LIMIT too long, too many steps or
 *           anchors; ERR_PARSE, ERR_INVALID malformed, the place is in the message; ERR_NOMEM.
 *  Owner:   the caller; proof_done() frees. Untouched on error.
 */
enum err_code proof_parse(struct proof *ret, const void *text, size_t len, struct err *e)
    __attribute__((warn_unused_result));

/** Free what proof_parse() filled; {0} is fine. */
void proof_done(struct proof *proof);

/* What a path proves: see seal_check_path(). */
struct proof_value {
    struct hash32 value; /* R_k */
    struct hash32 leaf;
    struct hash32 revoke_id;
};

/** Fold the path in its exact shape.
 *  Returns: ERR_OK; ERR_PARSE, ERR_INVALID, ERR_LIMIT as seal_check_path(). */
enum err_code proof_value(struct proof_value *ret, const struct proof *proof, struct err *e)
    __attribute__((warn_unused_result));

/** The value that this anchor must carry: R_k with the anchor's tail folded in.
 *  It proves something only if it equals anchor->merkle_root.
 *  Returns: ERR_OK; ERR_INVALID, ERR_LIMIT as seal_check_tail(). */
enum err_code proof_anchored(struct hash32 *ret, const struct proof *proof,
                             const struct proof_anchor *anchor, const struct hash32 *value,
                             struct err *e) __attribute__((warn_unused_result));

#endif
